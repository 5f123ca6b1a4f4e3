// This person's clock: it shows, moves on, and comes back to real time. It moves nobody else's.

import { complain, find, hour, moment, post, say } from "./page.js";

export class Clock {
  /** `where()` returns the look whose person's clock it is. */
  constructor(where) {
    this.where = where;
    this.ahead = 0; // milliseconds from this computer's clock to the person's
    this.zone = "UTC";
    this.next = null;
    for (const button of document.querySelectorAll("[data-advance]")) {
      button.addEventListener("click", () => this.move({ advance: Number(button.dataset.advance) }));
    }
    find("clock-jump").addEventListener("click", () => this.next && this.move({ next: true }));
    find("clock-reset").addEventListener("click", () => this.move({ real: true }));
    find("clock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.move({ to: find("clock-to").value });
    });
    setInterval(() => this.show(), 1000);
  }

  set({ now, offset, zone, next }) {
    this.ahead = now - Date.now();
    this.zone = zone;
    this.next = next;
    find("clock-moved").hidden = offset === 0;
    find("clock-reset").hidden = offset === 0;
    find("clock-next").hidden = !next;
    if (next) find("clock-next").firstElementChild.textContent = say("web.clock.next." + next.kind, { when: this.words(next.at) });
    this.show();
  }

  words(at) {
    return `${moment(at, this.zone, { weekday: "short", day: "numeric", month: "short" })}, ${hour(at, this.zone)}`;
  }

  show() {
    const now = Date.now() + this.ahead;
    const face = find("clock-now");
    const text = this.words(now);
    if (face.textContent === text) return;
    face.textContent = text;
    face.dateTime = new Date(now).toISOString();
  }

  async move(how) {
    complain(find("clock-problem"), "");
    const { status, data } = await post("/simulator/clock", { look: this.where(), ...how });
    if (status !== 200) complain(find("clock-problem"), data.error ?? say("web.chat.unsent"));
  }
}
