// Sends what the person does, in order, and keeps what the server has not taken yet. Each message has an id of its own, so that
// sending it twice (the answer was lost, the page was reloaded) changes nothing.

import { post, say } from "./page.js";

const KEPT = "minga.unsent";

function recalled() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  } catch {
    return [];
  }
}

export class Sending {
  constructor(talk) {
    this.talk = talk;
    this.queue = recalled(); // what an earlier page of this tab could not send comes first
    this.busy = false;
  }

  /** Shows what waits for being sent from that phone. */
  show(look) {
    for (const message of this.queue) if (message.look === look) this.talk.pending(message);
  }

  /** `message` is {look, language, does, began, fresh}; `shows` is how it looks until the server has it. */
  send(message, shows) {
    const whole = { ...message, id: crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now(), shows };
    this.queue.push(whole);
    this.remember();
    this.talk.pending(whole);
    this.flush();
  }

  drop() {
    this.queue = [];
    this.remember();
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length) {
      const message = this.queue[0];
      const { shows, ...body } = message;
      this.talk.mend(message.id);
      this.talk.writing(this.talk.shown.has(message.id)); // not while another phone is looked at
      const { status, data } = await post("/simulator/messages", body);
      if (this.queue[0] !== message) continue; // dropped meanwhile: it was another person's
      if (status === 0 || status >= 500) {
        this.talk.failed(message.id, data.error ?? say("web.chat.unsent"), () => this.flush());
        break;
      }
      this.queue.shift();
      this.remember();
      if (status >= 400) this.talk.failed(message.id, data.error ?? say("web.chat.unsent"), null);
      else if (!data.replies) this.talk.writing(false);
    }
    this.busy = false;
  }

  remember() {
    try {
      // a file may be larger than what a tab can keep: then it lives only as long as the page
      sessionStorage.setItem(KEPT, JSON.stringify(this.queue.filter((message) => !message.does.file)));
    } catch {
      // forgetting is all that is lost
    }
  }
}
