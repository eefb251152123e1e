// Items as rows that fold: one line each in long lists, everything in short ones.
// Belongs here: folding and unfolding. Must not go here: what an item says (minutes.js), its buttons (claims.js).

import { el } from "./dom.js";

const DENSE_FROM = 9; // shorter lists fit on a screen unfolded
const FOLDED = "until-found"; // find-in-page searches what is folded, and unfolds it
let rows = 0; // every row needs its own id

/** Which items of a meeting are folded; this survives redrawing. */
export class Folds {
  constructor() {
    this.chosen = new Map(); // claim id -> whether somebody wants it open
    this.all = new Map(); // name of a list -> whether all of it was unfolded or folded
  }

  isOpen(list, item, dense) {
    return this.chosen.get(item.claim_id) ?? this.all.get(list) ?? !dense;
  }
}

/** Whether a list of this many items shows one line per item. */
export const isDense = (number) => number >= DENSE_FROM;

/**
 * An item that folds. `head`: what is always shown; `more`: what unfolds; `name`: the item in words, for the button.
 * `list`: the name of its list; `dense`: one line while it is folded.
 */
export function foldingItem({ item, head, more, name, list, dense, folds, over = false }) {
  const id = `fold-${(rows += 1)}`;
  const body = el("div", { class: "item-more", id }, more);
  const button = el("button", { class: "fold", type: "button", "aria-controls": id, "aria-label": `Details: ${name}` }, el("span", { class: "fold-mark", "aria-hidden": "true" }));
  const made = el("li", { class: ["item", over && "over", dense && "dense"].filter(Boolean).join(" "), data: item.claim_id ? { claim: item.claim_id } : {} },
    el("div", { class: "item-head" }, head, button), body);
  const show = (open) => {
    if (open) body.removeAttribute("hidden");
    else body.setAttribute("hidden", FOLDED);
    made.classList.toggle("folded", !open);
    button.setAttribute("aria-expanded", String(open));
  };
  const choose = (open) => {
    if (item.claim_id) folds.chosen.set(item.claim_id, open);
    show(open);
  };
  button.addEventListener("click", () => choose(made.classList.contains("folded")));
  // A click anywhere on the line unfolds it, except on another control or while text is being selected.
  made.firstChild.addEventListener("click", (event) => {
    if (dense && !event.target.closest("button, a, label, input") && !String(getSelection())) choose(made.classList.contains("folded"));
  });
  body.addEventListener("beforematch", () => choose(true));
  made.addEventListener("fold", (event) => show(event.detail));
  show(folds.isOpen(list, item, dense));
  return made;
}

/** A button that unfolds all items of a list, or folds them again. `place()`: the element that holds them. */
export function foldAllButton(list, place, folds) {
  const words = () => (folds.all.get(list) ? "Fold all" : "Unfold all");
  const button = el("button", { class: "quiet fold-all", type: "button", "aria-label": `${words()}: ${list}` }, words());
  button.addEventListener("click", () => {
    const open = !folds.all.get(list);
    folds.all.set(list, open);
    for (const item of place().querySelectorAll(".item.dense")) {
      folds.chosen.delete(item.dataset.claim);
      item.dispatchEvent(new CustomEvent("fold", { detail: open }));
    }
    button.textContent = words();
    button.setAttribute("aria-label", `${words()}: ${list}`);
  });
  return button;
}
