// Listens to the server's stream of what stands in the database. It reconnects for ever, and goes on after what it has.

import { page } from "./page.js";

const AGAIN = 1500; // milliseconds before a refused stream is asked for again
const AWAY = 20000; // milliseconds that a hidden tab goes on listening

/**
 * Opens the chat of that look. `on.chat` gets each piece, `on.link` true or false as the connection comes and goes.
 * Returns a function that closes it.
 */
export function listen(look, on) {
  let source = null;
  let after = "";
  let timer = 0;
  let closed = false;

  function open() {
    const query = new URLSearchParams({ look, lang: page.language, after });
    source = new EventSource(`/simulator/stream?${query}`);
    source.addEventListener("open", () => on.link(true));
    source.addEventListener("chat", (event) => {
      after = event.lastEventId;
      on.chat(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (closed) return;
      on.link(false);
      // the browser comes back by itself after a broken connection, but not after an answer that is no stream (a 503)
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN);
    });
  }

  // a browser keeps few connections to one place: a tab that nobody looks at gives its own back
  function seen() {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = setTimeout(() => source.close(), AWAY);
    else if (source.readyState === EventSource.CLOSED) open();
  }

  document.addEventListener("visibilitychange", seen);
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
    source.close();
  };
}
