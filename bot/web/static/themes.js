// Coding by the keyboard: whatever it does is a press of a button that is on the page, so that it works by hand as well.
//
// A key counts only while one of the cards has the focus, and never with Ctrl, Alt or Meta.

const form = document.getElementById("cards");
const told = document.getElementById("told");

const cards = () => [...form.querySelectorAll(".answer")];
const current = () => document.activeElement?.closest?.(".answer");

function go(card) {
  if (!card) return;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", behavior: "auto" });
}

function step(by) {
  const all = cards();
  const card = all[all.indexOf(current()) + by];
  if (card) go(card);
  else document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
}

function box(card, key) {
  return [...card.querySelectorAll("label[data-key]")].find((label) => label.dataset.key === key)?.querySelector("input");
}

function tick(card, found) {
  found.checked = !found.checked;
  const rest = found.closest("details");
  if (rest) rest.open = true;
  alone(found);
}

/** "No theme" and themes rule each other out. */
function alone(found) {
  if (!found.checked) return;
  const none = found.name.startsWith("n:");
  for (const other of found.closest(".answer").querySelectorAll("input[type=checkbox]")) {
    if (other !== found && other.name.startsWith("n:") !== none) other.checked = false;
  }
}

function save(card) {
  const ticked = card.querySelector("input[type=checkbox]:checked");
  const button = ticked ? "only" : "confirm";
  card.querySelector(`button[name=${button}]`)?.click();
}

function press(event) {
  const card = current();
  if (!card || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const on = event.target;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Enter") {
    if (on.matches("button, a, summary, audio")) return; // it presses what has the focus
    event.preventDefault();
    save(card);
  } else if (key === "ArrowDown" || key === "j") {
    event.preventDefault();
    step(1);
  } else if (key === "ArrowUp" || key === "k") {
    event.preventDefault();
    step(-1);
  } else if (on.matches("audio")) {
    return;
  } else if (key === "ArrowRight") {
    document.querySelector("a[rel=next]")?.click();
  } else if (key === "ArrowLeft") {
    document.querySelector("a[rel=prev]")?.click();
  } else if (key === "u") {
    document.getElementById("undo").click();
  } else if (key === "c") {
    card.querySelector("a.quote")?.click();
  } else if (key === "s") {
    event.preventDefault();
    const none = box(card, "s");
    none.checked = true;
    alone(none);
    save(card);
  } else {
    const found = box(card, key);
    if (!found) return;
    event.preventDefault();
    tick(card, found);
  }
}

/** Tells what was saved and goes on to what is to be done; where it could not be saved the card says why, and stays. */
function came(card) {
  const done = card.querySelector("[data-saved]");
  const behind = cards().slice(cards().indexOf(card) + 1);
  const next = behind.find((one) => !one.matches(".coded")) ?? behind[0];
  if (!done) return go(card);
  told.textContent = `${done.textContent} ${form.dataset.next}`;
  if (next) go(next);
  else (document.querySelector("a[rel=next]") ?? { click: () => go(card) }).click();
}

if (form) {
  form.addEventListener("keydown", press);
  form.addEventListener("change", (event) => event.target.matches("input[type=checkbox]") && alone(event.target));
  let sent = "";
  document.addEventListener("htmx:before:request", () => (sent = current()?.id ?? ""));
  document.addEventListener("htmx:finally:swap", () => {
    const card = sent && document.getElementById(sent); // what came in the place of the card that was sent
    sent = "";
    if (card) came(card);
  });
  go(cards()[0]);
}
