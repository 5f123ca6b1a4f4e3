// The line where the person writes, attaches and shares where they are.

import { complain, find, page, say } from "./page.js";

export class Composer {
  /** `act.text(text, {began, fresh, shown})`, `act.file({…})`, `act.location([latitude, longitude])`. */
  constructor(act) {
    this.act = act;
    this.input = find("message");
    this.began = 0; // when the person began to write this message; 0: nothing is written
    this.prompted = 0; // when the newest question appeared
    this.shown = 0; // and its number
    this.look = null;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
    });
    find("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    find("attach").addEventListener("click", () => find("file").click());
    find("file").addEventListener("change", (event) => this.attach(event.target));
    find("share").addEventListener("click", () => this.share());
    find("place-here").addEventListener("click", () => this.here());
    find("place-cancel").addEventListener("click", () => find("place").close());
    find("place-form").addEventListener("submit", () => {
      this.act.location([find("latitude").valueAsNumber, find("longitude").valueAsNumber]);
    });
  }

  /** A phone without attachments (SMS) has neither button. */
  as(look) {
    this.look = look;
    find("attach").hidden = look.takes.length === 0;
    find("share").hidden = !look.places;
    find("file").accept = look.takes.includes("file") ? "" : look.takes.map((kind) => `${kind}/*`).join(",");
  }

  /** The newest question on the screen is the one of that number. */
  prompt(number) {
    this.prompted = performance.now();
    this.shown = number;
  }

  typed() {
    if (!this.input.value) this.began = 0;
    else if (!this.began) this.began = performance.now();
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    const began = Math.max(0, Math.round(performance.now() - (this.began || performance.now())));
    // begun after the newest question was on the screen: it answers that one, however fast it was typed
    const fresh = this.began === 0 || this.began >= this.prompted;
    this.input.value = "";
    this.typed();
    this.act.text(text, { began, fresh, shown: this.shown });
  }

  async attach(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    complain(find("problem"), "");
    if (file.size > page.largest) {
      complain(find("problem"), say("web.error.too_large", { limit: page.largest_said }));
      return;
    }
    this.act.file({ name: file.name, content_type: file.type || "application/octet-stream", content: await encoded(file) });
  }

  share() {
    complain(find("place-problem"), "");
    find("place").showModal();
  }

  here() {
    const denied = () => complain(find("place-problem"), say("web.place.denied"));
    if (!navigator.geolocation) {
      denied();
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        find("latitude").value = coords.latitude.toFixed(5);
        find("longitude").value = coords.longitude.toFixed(5);
      },
      denied,
      { timeout: 10000 },
    );
  }
}

function encoded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
