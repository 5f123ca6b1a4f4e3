// The panel "what was kept": the journal of this conversation, step by step, as it stands in the database.

import { find, hour, make, say } from "./page.js";

let known = new Set();

export function showKept(kept, zone) {
  const rows = kept?.rows ?? [];
  const consents = kept?.consents ?? [];
  const fresh = new Set();
  find("kept-none").hidden = rows.length + consents.length > 0;
  find("kept-none").textContent = say(kept?.anonymous ? "web.kept.anonymous" : "web.kept.none");
  find("kept-head").hidden = !kept;
  if (kept) find("kept-head").replaceChildren(...head(kept));
  find("kept-export").hidden = !kept;
  if (kept) find("kept-export").lastElementChild.textContent = `minga export ${kept.flow} --with-test`;
  const count = find("kept-count");
  count.textContent = String(rows.length);
  count.hidden = rows.length === 0;

  const drawn = [...consents.map((consent) => consented(consent, zone)), ...rows.map((row) => answered(row, zone))];
  drawn.sort((one, other) => one.at - other.at);
  for (const { key, item } of drawn) {
    fresh.add(key);
    if (known.size && !known.has(key)) item.classList.add("new");
  }
  const list = find("kept-rows");
  list.replaceChildren(...drawn.map(({ item }) => item));
  const added = [...fresh].some((key) => !known.has(key));
  if (added) list.lastElementChild?.scrollIntoView?.({ block: "nearest" });
  known = fresh;
}

export function forgetKept() {
  known = new Set();
  showKept(null, "UTC");
}

function head(kept) {
  const status = make("span", { class: kept.status === "open" ? "chip warm" : "chip" }, say("web.kept.status." + kept.status));
  const version = make("span", {}, say("web.kept.version", { version: kept.version.slice(0, 8) }));
  const facts = make("p", {}, status, version);
  if (kept.receipt) facts.append(make("span", {}, say("web.kept.receipt", { receipt: kept.receipt })));
  return [make("strong", {}, kept.title), facts];
}

function consented(consent, zone) {
  const key = consent.given ? "web.kept.consent.given" : "web.kept.consent.declined";
  const item = make(
    "li",
    {},
    make("span", { class: "value" }, say(key, consent)),
    make("span", { class: "facts" }, make("span", {}, hour(consent.at, zone)), make("span", {}, consent.language)),
  );
  return { key: `consent-${consent.name}-${consent.at}`, at: consent.at, item };
}

function answered(row, zone) {
  const facts = make("span", { class: "facts" }, make("code", {}, row.code ? `${row.step} = ${row.code}` : row.step));
  if (row.pass) facts.append(make("span", {}, say("web.kept.pass", { n: row.pass })));
  facts.append(make("span", {}, hour(row.at, zone)), make("span", {}, row.language));
  if (row.personal) facts.append(make("span", { class: "chip warm" }, say("web.kept.personal")));
  if (row.replaced) facts.append(make("span", { class: "chip warm" }, say("web.kept.replaced")));
  const item = make("li", { class: row.replaced ? "replaced" : "" });
  if (row.question) item.append(make("span", { class: "question" }, row.question));
  if (row.empty) item.append(make("span", { class: "value none" }, say("web.kept.empty." + row.empty)));
  else item.append(make("span", { class: "value" }, row.shown));
  if (row.raw && row.raw !== row.shown && row.raw !== row.code) {
    item.append(make("span", { class: "facts" }, say("web.kept.wrote", { raw: row.raw })));
  }
  if (row.comment) item.append(make("span", { class: "facts" }, say("web.kept.comment", { comment: row.comment })));
  item.append(facts);
  return { key: `answer-${row.conversation}-${row.sequence}`, at: row.at, item };
}
