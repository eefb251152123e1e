// Keyboard shortcuts: `?` lists them, and the single-letter ones can be turned off there.
// Belongs here: which key does what. Must not go here: what it does.

import { byId, el } from "./dom.js";

const EVERYWHERE = [["/", "Search everything that was said"], ["?", "Show these shortcuts"]];
const MEETING = [
  ["k", "Play or pause", (player) => player.toggle()],
  ["j", "Back ten seconds", (player) => player.skip(-1)],
  ["l", "Forward ten seconds", (player) => player.skip(1)],
  ["s", "Slower", (player) => player.faster(-1)],
  ["f", "Faster", (player) => player.faster(1)],
  ["t", "Follow along in the transcript", (player) => player.toggleFollow()],
];
const OTHERS = [["Enter", "On a quote: go to the transcript"], ["Esc", "Back to the quote; close a form"], ["↑ ↓", "Move through search results"]];

let current = () => null; // the player of the meeting that is shown
let on = true;
let dialog = null;

/** Whether somebody is typing, so that a letter is a letter. */
const typing = (target) => target.closest?.("input:not([type='checkbox'], [type='range']), textarea, select, [contenteditable], dialog");

/** Whether single-letter shortcuts are on. */
export const keysAreOn = () => on;

/** Listen to the keys. `playerOf()`: the player of the meeting that is shown, or null. */
export function startKeys(playerOf) {
  current = playerOf;
  byId("keys").addEventListener("click", showKeys);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing || typing(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      showKeys();
      return;
    }
    const act = on && MEETING.find(([key]) => key === event.key)?.[2];
    const player = act && current();
    if (!player) return;
    event.preventDefault();
    act(player);
  });
}

/** Show the list of shortcuts. */
export function showKeys() {
  if (dialog?.open) return;
  dialog ??= make();
  document.body.append(dialog);
  dialog.showModal();
}

function make() {
  const list = (keys) => el("dl", { class: "keys-list" }, keys.map(([key, words]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, words))));
  const box = el("input", { type: "checkbox", checked: on, on: { change: () => { on = box.checked; } } });
  const made = el("dialog", { class: "keys", "aria-labelledby": "keys-title" },
    el("h2", { id: "keys-title" }, "Keys"),
    list(EVERYWHERE),
    el("h3", {}, "In a meeting with sound"), list(MEETING),
    el("h3", {}, "Elsewhere"), list(OTHERS),
    el("label", { class: "tick" }, box, "Single-letter shortcuts are on"),
    el("form", { method: "dialog" }, el("button", { class: "primary", autofocus: true }, "Close")));
  made.addEventListener("click", (event) => event.target === made && made.close());
  return made;
}
