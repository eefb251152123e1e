// What needs a person, above the list: failed, with gaps, unconfirmed, overdue, each with its number and a link.
// Belongs here: requesting and drawing these numbers. Must not go here: the lists that they lead to.

import { attention } from "./api.js";
import { byId, el } from "./dom.js";
import { count } from "./words.js";

const QUIET_MS = 1000; // events come in bursts
const SHOWN = 20; // meetings listed at once

let timer = null;
let turns = 0; // an answer never replaces that of a later request
let shown = "";
let onStatus = () => {};

/** Set it up. `showStatus(status)` filters the list of recordings. */
export function startAttention(showStatus) {
  onStatus = showStatus;
}

/** Request the numbers now. Without a response, the old ones stay: the list says what is wrong. */
export async function loadAttention() {
  clearTimeout(timer);
  timer = null;
  const turn = (turns += 1);
  try {
    const found = await attention();
    if (turn === turns) draw(found);
  } catch {
    // The list says that the service is down or requires a key.
  }
}

/** Something happened: request the numbers soon. */
export function attentionTouched() {
  timer ??= setTimeout(loadAttention, QUIET_MS);
}

/** Forget it, as after signing out. */
export function forgetAttention() {
  clearTimeout(timer);
  timer = null;
  turns += 1;
  draw({ failed: 0, gaps: 0, overdue: 0, unconfirmed: [], counted_up_to: 0 });
}

function draw(found) {
  const now = JSON.stringify(found);
  if (now === shown) return;
  shown = now;
  const number = (n) => (n === found.counted_up_to ? `${n} or more` : String(n));
  const filter = (n, status, words) => n > 0 && el("li", {},
    el("button", { class: "attention-link", type: "button", on: { click: () => onStatus(status) } }, el("strong", {}, number(n)), ` ${words}`));
  const meetings = found.unconfirmed;
  const place = byId("attention-list");
  const opened = place.querySelector("details")?.open ?? false;
  const focused = [...place.querySelectorAll("button, a, summary")].indexOf(document.activeElement);
  place.replaceChildren(...[
    filter(found.failed, "failed", "failed"),
    filter(found.gaps, "gaps", "with gaps"),
    found.overdue > 0 && el("li", {}, el("a", { class: "attention-link", href: "#/commitments?view=overdue" }, el("strong", {}, number(found.overdue)), " overdue commitments")),
    meetings.length > 0 && el("li", {}, el("details", { open: opened },
      el("summary", { class: "attention-link" }, el("strong", {}, String(meetings.length)), ` with unconfirmed items`),
      el("ul", { class: "attention-meetings" }, meetings.slice(0, SHOWN).map((one) => el("li", {},
        el("a", { href: `#/meetings/${encodeURIComponent(one.recording_id)}`, dir: "auto" }, one.title), el("span", { class: "hint" }, ` ${count(one.items, "item")}`))),
        meetings.length > SHOWN && el("li", { class: "hint" }, `and ${meetings.length - SHOWN} more`)))),
  ].filter(Boolean));
  if (focused >= 0) ([...place.querySelectorAll("button, a, summary")][focused] ?? byId("recordings-title")).focus();
  byId("attention").hidden = !place.childElementCount;
}
