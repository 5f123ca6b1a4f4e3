// What every part of the page shares: its texts and facts, and a short way to make elements. Texts are set, never parsed as HTML.

export const page = JSON.parse(document.getElementById("page").textContent);

export const find = (id) => document.getElementById(id);

/** Returns the page's text of that key, its {places} filled once. A missing key shows itself, so that nobody overlooks it. */
export function say(key, places = {}) {
  return (page.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in places ? String(places[name]) : whole));
}

/** Returns a new element. `properties` are its properties; keys with a dash are attributes. Empty children are left out. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else if (name === "class") element.className = value;
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${page.icons}#${name}`);
  drawing.append(use);
  return drawing;
}

/** Shows a problem in the place that is kept for it, and takes it away again when `text` is empty. */
export function complain(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

/**
 * Sends JSON and returns {status, data}. Status 0: the server was not reached, and nothing is known about the message.
 * `data.error` is a text for people wherever the server refuses.
 */
export async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": page.language },
      body: JSON.stringify(body),
    });
    const data = await answer.json().catch(() => ({}));
    return { status: answer.status, data };
  } catch {
    return { status: 0, data: {} };
  }
}

/** What this browser remembers between visits; without storage (private windows) it simply forgets. */
export const memory = {
  get(key, otherwise) {
    try {
      return localStorage.getItem(`minga.${key}`) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`minga.${key}`, value);
    } catch {
      // forgetting is all that is lost
    }
  },
};

const formats = new Map();

/** Returns a moment (milliseconds) as people of the municipality's zone and the page's language read it. */
export function moment(milliseconds, zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(page.locale, { timeZone: zone, ...options }));
  return formats.get(key).format(milliseconds);
}

export const hour = (milliseconds, zone) => moment(milliseconds, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const day = (milliseconds, zone) => moment(milliseconds, zone, { weekday: "long", day: "numeric", month: "long" });
