// What the words of the meeting do not confirm, what people accepted, and what they deleted.
// Belongs here: these lists and their buttons. Must not go here: how an item of an insight is drawn (minutes.js).

import { addItem, changeItem, judgeClaim, setAside } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";
import { itemForm } from "./edit_forms.js";

const SAID = { accepted: "Accepted", deleted: "Deleted", null: "Undone" };

/** The claims of a meeting. `onChanged()` loads the meeting again and resolves when it is drawn. */
export class Claims {
  constructor(id, onChanged) {
    this.id = id;
    this.onChanged = onChanged;
    this.opened = new Set(); // insights whose list of deleted claims is open
    this.editing = 0; // open forms: their surroundings are not drawn again meanwhile
    this.update([]);
  }

  update(claims, speakers = []) {
    this.all = claims;
    this.names = new Map(speakers.map((one) => [one.label, one.shown]));
    this.byId = new Map(claims.map((claim) => [claim.claim_id, claim]));
  }

  /** Entries that are facts. The record has others too where the installation marks them. */
  facts(entries) {
    return entries && entries.filter((entry) => (this.byId.get(entry.claim_id)?.state ?? (entry.verdict === "unverified" && !entry.accepted_by ? "withheld" : "published")) === "published");
  }

  /** Shown below a fact: who accepted, edited or added it, and buttons to edit and delete it. */
  below(entry) {
    const claim = this.byId.get(entry.claim_id);
    if (!claim) return null;
    const undo = claim.judgement && this.button(claim, null, "Undo");
    return el("div", { class: "row claim-row" },
      claim.judgement && el("span", { class: "hint" }, `Accepted by ${claim.judged_by}`), undo,
      claim.edited_by && el("span", { class: "hint" }, `${claim.added ? "Added" : "Edited"} by ${claim.edited_by}`),
      claim.fields && this.editButton(claim),
      claim.added ? this.removeButton(claim) : this.button(claim, "deleted", "Delete"));
  }

  /** A box to tick an action item off; null for anything else. */
  tick(entry) {
    const claim = this.byId.get(entry.claim_id);
    if (claim?.insight !== "action_items" || !claim.fields) return null;
    const done = claim.fields.status === "done";
    const box = el("input", { type: "checkbox", checked: done, "aria-label": `Done: ${claim.text}` });
    let saving = false;
    box.addEventListener("change", async () => {
      if (saving) {
        box.checked = !box.checked;
        return;
      }
      saving = true;
      await this.act(box.closest("li"), () => changeItem(this.id, claim.claim_id, { status: box.checked ? "done" : "open" }, claim.version), `${box.checked ? "Done" : "Open again"}: ${claim.text}`);
      saving = false;
      if (box.isConnected) box.checked = done; // it was not saved, and nothing was drawn again
    });
    return el("label", { class: "tick", title: "Done" }, box);
  }

  editButton(claim) {
    const button = el("button", { class: "quiet", type: "button", "aria-label": `Edit: ${claim.text}` }, "Edit");
    button.addEventListener("click", () => this.edit(claim, button.closest("li")));
    return button;
  }

  removeButton(claim) {
    const button = actionButton("Delete", () => this.act(button.parentElement, () => setAside(this.id, claim.claim_id), `Deleted: ${claim.text}`), { kind: "quiet", name: `Delete: ${claim.text}` });
    return button;
  }

  edit(claim, place) {
    const before = [...place.childNodes];
    const save = async (changes) => {
      if (Object.keys(changes).length) await changeItem(this.id, claim.claim_id, changes, claim.version);
      this.close(place, before, claim, Object.keys(changes).length > 0);
    };
    this.open(place, itemForm(claim.insight, claim.fields, (label) => this.names.get(label) ?? label, save, () => this.close(place, before, claim, false)));
  }

  open(place, form) {
    this.editing += 1;
    place.replaceChildren(form);
    form.querySelector("textarea, input").focus();
  }

  async close(place, before, claim, changed) {
    this.editing -= 1;
    place.replaceChildren(...before);
    await this.onChanged();
    const again = document.querySelector(`[data-claim="${CSS.escape(claim.claim_id)}"] button[aria-label^="Edit"]`) ?? place.querySelector('button[aria-label^="Edit"]');
    again?.focus();
    if (changed) announce(`Saved: ${this.byId.get(claim.claim_id)?.text ?? claim.text}`, { seen: true });
  }

  /** A button that opens a form for a new item of an insight. */
  adding(insight, words) {
    const place = el("div", { class: "adding" });
    const button = el("button", { class: "secondary", type: "button" }, words);
    const close = async (text) => {
      this.editing -= 1;
      place.replaceChildren(button);
      await this.onChanged();
      (document.querySelector(`[data-adding="${insight}"] button`) ?? button).focus();
      if (text) announce(`Added: ${text}`, { seen: true });
    };
    place.dataset.adding = insight;
    button.addEventListener("click", () => this.open(place, itemForm(insight, null, (label) => this.names.get(label) ?? label, async (item) => {
      await addItem(this.id, { insight, ...item });
      await close(item.text);
    }, () => close(""))));
    place.append(button);
    return place;
  }

  /** Make an edit, draw the meeting again and announce it, or show why it failed. */
  async act(place, make, said) {
    try {
      await make();
      await this.onChanged();
      announce(said, { seen: true });
    } catch (problem) {
      place.querySelector("[role=alert]")?.remove();
      place.append(el("div", { role: "alert" }, problemBox(problem)));
    }
  }

  /** The claims of an insight that are not facts: withheld ones with their reasons, then deleted ones. `draw(claim)` gives a list item. */
  apart(insight, draw) {
    const own = this.all.filter((claim) => claim.insight === insight);
    const withheld = own.filter((claim) => claim.state === "withheld");
    const deleted = own.filter((claim) => claim.state === "deleted");
    return [
      withheld.length > 0 && el("div", { class: "unconfirmed", role: "group", "aria-label": "Not confirmed by the words of the meeting" },
        el("h3", {}, "Not confirmed by the words of the meeting"),
        el("p", { class: "hint" }, "Compare each of these with the recording before you use it."),
        el("ol", { class: "items" }, withheld.map((claim) => this.unconfirmed(claim, draw(claim))))),
      deleted.length > 0 && el("details", { class: "deleted-claims", open: this.opened.has(insight), on: { toggle: (event) => this.note(insight, event.target.open) } },
        el("summary", {}, `Deleted (${deleted.length})`),
        el("ul", {}, deleted.map((claim) => el("li", {},
          el("span", { dir: "auto" }, claim.text), el("span", { class: "hint" }, ` deleted by ${claim.judged_by} `), this.button(claim, null, "Undo"))))),
    ];
  }

  /** A list that is drawn again stays open. */
  note(insight, open) {
    if (open) this.opened.add(insight);
    else this.opened.delete(insight);
  }

  unconfirmed(claim, item) {
    item.append(
      el("p", { class: "why" }, claim.reasons.map((reason) => reason.sentence).join(" ") || "No reason was given."),
      el("div", { class: "row claim-row" }, this.button(claim, "accepted", "Accept"), this.button(claim, "deleted", "Delete")));
    return item;
  }

  button(claim, judgement, words) {
    const made = el("button", { class: "quiet", type: "button", "aria-label": `${words}: ${claim.text}` }, words);
    made.addEventListener("click", () => this.judge(claim, judgement, made));
    return made;
  }

  /** Repeating an edit changes nothing, so no click has to wait for the previous one. */
  async judge(claim, judgement, button) {
    try {
      await judgeClaim(this.id, claim.claim_id, judgement);
      await this.onChanged();
      announce(`${SAID[judgement]}: ${claim.text}`, { seen: true });
    } catch (problem) {
      const trouble = el("div", { role: "alert" }, problemBox(problem));
      button.parentElement.querySelector("[role=alert]")?.remove();
      button.parentElement.append(trouble);
    }
  }
}
