// Puts the page together: who writes, on which phone, what the server says.

import { Clock } from "./clock.js";
import { Composer } from "./composer.js";
import { forgetKept, showKept } from "./kept.js";
import { complain, find, memory, page, post, say } from "./page.js";
import { Sending } from "./sending.js";
import { listen } from "./stream.js";
import { Talk } from "./talk.js";

const phone = document.querySelector(".phone");
const speaks = find("speaks");
let look = page.looks[0];
let hush = () => {};
let pressed = false; // the person chose by keyboard or mouse within the log: take them to the next choices

const talk = new Talk({
  press(item, option) {
    pressed = true;
    act({ choice: option.name, prompt: item.prompt }, { text: option.label });
  },
  several(item, options) {
    pressed = true;
    // names hold no spaces, so several of them make one press
    const names = options.map((option) => option.name).join(" ");
    act({ choice: names, prompt: item.prompt }, { text: options.map((option) => option.label).join(", ") });
  },
  share: () => composer.share(),
});
const sending = new Sending(talk);
const composer = new Composer({
  text: (text, when) => act({ text }, { text }, when),
  file: (file) => act({ file }, { media: [{ kind: file.content_type.split("/")[0], name: file.name }] }),
  location: (place) => act({ location: place }, { text: place.map((degrees) => degrees.toFixed(4)).join(", ") }),
});
const clock = new Clock(() => look.name);

function act(does, shows, when = { fresh: true, shown: composer.shown }) {
  complain(find("problem"), "");
  view("chat");
  sending.send({ look: look.name, language: speaks.value, does, ...when }, shows);
}

function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll(".views button")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === name));
  }
}

function receive(chat) {
  const within = pressed && find("log").contains(document.activeElement);
  const prompt = talk.add(chat.items, chat.clock.zone);
  if (prompt) composer.prompt(prompt.number);
  if (prompt && within) {
    (prompt.drawn.querySelector(".choices button") ?? find("message")).focus({ preventScroll: true });
    pressed = false;
  }
  clock.set(chat.clock);
  showKept(chat.kept, chat.clock.zone);
  if (chat.language && chat.language !== speaks.value) speaks.value = chat.language;
  find("restart").hidden = chat.kept?.status !== "open";
  for (const button of document.querySelectorAll("[data-flow]")) {
    if (chat.kept?.status === "open" && button.dataset.flow === chat.kept.flow) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

let linked = true;

function link(is) {
  if (is && !linked) {
    find("connection").textContent = say("web.chat.back_online");
    setTimeout(() => linked && (find("connection").textContent = ""), 2500);
    sending.flush();
  } else if (!is) {
    find("connection").textContent = say("web.chat.offline");
  }
  linked = is;
}

function open(name) {
  look = page.looks.find((other) => other.name === name) ?? page.looks[0];
  memory.set("look", look.name);
  hush();
  phone.dataset.look = look.name;
  for (const radio of document.querySelectorAll("[name=look]")) radio.checked = radio.value === look.name;
  composer.as(look);
  talk.clear();
  composer.prompt(0);
  forgetKept();
  sending.show(look.name);
  hush = listen(look.name, { chat: receive, link });
  sending.flush();
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => {
    view(button.dataset.show);
    if (!button.isConnected || button.classList.contains("narrow-only")) document.querySelector("[data-flow]")?.focus();
  });
}
for (const button of document.querySelectorAll("[data-flow]")) {
  button.addEventListener("click", () => act({ start: button.dataset.flow }, { text: button.firstElementChild.textContent }));
}
for (const radio of document.querySelectorAll("[name=look]")) radio.addEventListener("change", () => open(radio.value));
speaks.addEventListener("change", () => {
  memory.set("speaks", speaks.value);
  // somebody who already writes changes language as anybody would: by saying its name
  const name = speaks.selectedOptions[0].textContent;
  if (!talk.blank) act({ text: name }, { text: name });
});
find("restart").addEventListener("click", () => act({ action: "restart" }, { text: say("web.setup.restart") }));
find("new-person").addEventListener("click", async () => {
  const { status, data } = await post("/simulator/person", {});
  if (status !== 200) {
    complain(find("problem"), data.error ?? say("web.chat.unsent"));
    return;
  }
  sending.drop();
  open(look.name);
});

speaks.value = memory.get("speaks", speaks.value);
if (!speaks.value) speaks.selectedIndex = 0;
open(memory.get("look", page.looks[0].name));
