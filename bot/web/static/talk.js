// Draws the conversation: bubbles, buttons, lists, what an SMS costs.

import { day, find, hour, icon, make, page, say } from "./page.js";

const NEAR = 90; // pixels from the end within which the log follows new messages

export class Talk {
  /** `act.press(item, option)`, `act.several(item, options)`, `act.share()` are called when the person does so. */
  constructor(act) {
    this.act = act;
    this.log = find("log");
    this.empty = find("empty");
    this.sheet = find("options");
    this.shown = new Map();
    this.zone = page.zone;
    this.lastDay = "";
    this.waiting = null;
    this.following = true; // until the person scrolls up to read what was before
    this.log.addEventListener("scroll", () => {
      this.following = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    });
    new ResizeObserver(() => this.following && this.end()).observe(this.log); // a keyboard came up, a line was added
    find("options-close").addEventListener("click", () => this.sheet.close());
    this.sheet.addEventListener("click", (event) => {
      if (event.target === this.sheet) this.sheet.close(); // a press beside the sheet closes it, as on a phone
    });
  }

  get blank() {
    return this.shown.size === 0;
  }

  clear() {
    for (const child of [...this.log.children]) if (child !== this.empty) child.remove();
    this.shown.clear();
    this.lastDay = "";
    this.waiting = null;
    this.following = true;
    this.empty.hidden = false;
  }

  /** Adds what is new; a pending message is replaced by what the server kept. Returns the newest question: {drawn, number}. */
  add(items, zone) {
    this.zone = zone;
    this.log.setAttribute("aria-busy", String(this.blank));
    let prompt = null;
    for (const item of items) {
      if (this.shown.has(item.id)) continue;
      if (item.event) this.shown.get(item.event)?.remove();
      if (item.event) this.shown.delete(item.event);
      if (item.who === "bot") this.writing(false);
      this.date(item.at);
      const drawn = this.draw(item);
      this.shown.set(item.id, drawn);
      this.put(drawn);
      if (item.who === "bot" && item.prompt) prompt = { drawn, number: item.prompt };
    }
    this.empty.hidden = !this.blank;
    this.log.setAttribute("aria-busy", "false");
    if (this.following) this.end();
    return prompt;
  }

  /** Shows what the person just did, before the server has it. Returns the element, so that a failure can be told there. */
  pending(message) {
    const drawn = this.draw({ ...message.shows, who: "person", at: null });
    drawn.classList.add("pending");
    this.shown.set(message.id, drawn);
    this.put(drawn);
    this.empty.hidden = true;
    this.end();
    return drawn;
  }

  /** Tells under a pending message that it was not sent; `again` is called when the person wants another try. */
  failed(id, text, again) {
    const drawn = this.shown.get(id);
    if (!drawn) return;
    drawn.querySelector(".unsent")?.remove();
    const line = make("div", { class: "unsent", role: "alert" }, text);
    if (again) line.append(make("button", { class: "link", type: "button", textContent: say("web.chat.retry"), onclick: again }));
    drawn.append(line);
    this.writing(false);
    this.end();
  }

  mend(id) {
    this.shown.get(id)?.querySelector(".unsent")?.remove();
  }

  writing(is) {
    if (is && !this.waiting) {
      this.waiting = make("div", { class: "talk", "aria-hidden": "true" });
      this.waiting.append(make("div", { class: "bubble" }, make("span", { class: "dots" }, make("i"), make("i"), make("i"))));
      this.log.append(this.waiting);
      this.end();
    } else if (!is && this.waiting) {
      this.waiting.remove();
      this.waiting = null;
    }
    find("phone-state").textContent = say(is ? "web.chat.writing" : "web.chat.online");
  }

  put(drawn) {
    // pending messages and the dots stay last, whatever arrives meanwhile
    const later = drawn.classList.contains("pending") ? this.waiting : this.log.querySelector(".pending") ?? this.waiting;
    this.log.insertBefore(drawn, later);
  }

  end() {
    this.following = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  date(at) {
    const today = day(at, this.zone);
    if (today === this.lastDay) return;
    this.lastDay = today;
    this.put(make("p", { class: "place-line", textContent: today }));
  }

  draw(item) {
    if (item.who === "place") {
      return make("p", { class: "place-line" }, item.clock ? `${item.text}: ${hour(item.at, this.zone)}` : item.text);
    }
    const mine = item.who === "person";
    if (item.prompt) this.quieten();
    const words = make("div", { class: "words", id: `words-${item.id}`, lang: item.language || null }, item.text);
    const stamp = make("div", { class: "stamp" }, item.at === null ? say("web.chat.sending") : hour(item.at, this.zone));
    const bubble = make("div", { class: "bubble" });
    bubble.append(make("span", { class: "unseen" }, `${say(mine ? "web.chat.you" : "web.chat.bot")}: `));
    for (const file of item.media ?? []) bubble.append(this.attached(file));
    if (item.text) bubble.append(words);
    bubble.append(stamp);
    const talk = make("div", { class: mine ? "talk mine" : "talk" }, bubble);
    if (item.segments) talk.append(this.bill(item.segments));
    if (item.options?.length && item.layout !== "numbered") talk.append(this.choices(item, words.id));
    if (item.asks_location) talk.append(this.locate());
    return talk;
  }

  attached(file) {
    const words = [say("web.chat.file." + file.kind), file.name].filter(Boolean).join(": ");
    if (file.kind === "image" && file.url) return make("div", { class: "attached" }, make("img", { src: file.url, alt: words }));
    const name = file.url ? make("a", { href: file.url, download: file.name }, words) : make("span", {}, words);
    return make("div", { class: "attached" }, icon("file"), name);
  }

  bill(segments) {
    const count = segments.count === 1 ? say("web.chat.segment") : say("web.chat.segments", { n: segments.count });
    const line = make("p", { class: "bill" }, make("b", {}, count), ` · ${segments.encoding}`);
    if (segments.costly.length) line.append(` · ${say("web.chat.costly", { characters: segments.costly.join(" ") })}`);
    return line;
  }

  locate() {
    const button = make("button", { type: "button", onclick: () => this.act.share() }, icon("pin"), say("web.chat.share"));
    return this.newest(make("div", { class: "choices" }, button));
  }

  choices(item, words) {
    const group = make("div", { class: "choices", role: "group", "aria-labelledby": words });
    if (item.layout === "list") {
      const open = make("button", { type: "button", "aria-haspopup": "dialog" }, icon("list"), say("web.chat.list"));
      open.addEventListener("click", () => this.unfold(item));
      group.append(open);
    } else if (item.several) {
      this.toggles(item, group);
    } else {
      for (const option of item.options) {
        const button = make("button", { type: "button", textContent: option.cut || option.label });
        button.addEventListener("click", () => this.act.press(item, option));
        group.append(button);
      }
    }
    return this.newest(group);
  }

  /** Only the newest choices stand out; the former stay usable, as on a real phone, but quiet. */
  newest(group) {
    this.quieten();
    group.classList.add("latest");
    return group;
  }

  quieten() {
    for (const former of this.log.querySelectorAll(".choices.latest")) former.classList.remove("latest");
  }

  toggles(item, group) {
    const chosen = new Set();
    group.append(make("p", { class: "hint" }, say("web.chat.several")));
    for (const option of item.options) {
      const button = make("button", { type: "button", "aria-pressed": "false", textContent: option.cut || option.label });
      button.addEventListener("click", () => {
        if (!chosen.delete(option.name)) chosen.add(option.name);
        button.setAttribute("aria-pressed", String(chosen.has(option.name)));
        done.disabled = chosen.size === 0;
      });
      group.append(button);
    }
    const done = make("button", { class: "done", type: "button", disabled: true, textContent: say("web.chat.done") });
    done.addEventListener("click", () => this.act.several(item, item.options.filter((option) => chosen.has(option.name))));
    group.append(done);
  }

  unfold(item) {
    const list = find("options-list");
    list.replaceChildren();
    for (const option of item.options) {
      const button = make("button", { type: "button" }, option.cut || option.label);
      if (option.cut && option.cut !== option.label) button.append(make("br"), make("span", { class: "quiet" }, option.label));
      button.addEventListener("click", () => {
        this.sheet.close();
        this.act.press(item, option);
      });
      list.append(button);
    }
    this.sheet.showModal();
  }
}
