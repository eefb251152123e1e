// What the words of the meeting do not confirm, what people accepted, and what they deleted.
// Belongs here: these lists and their buttons. Must not go here: how an item of an insight is drawn (minutes.js).

import { judgeClaim } from "./api.js";
import { problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";

const SAID = { accepted: "Accepted", deleted: "Deleted", null: "Undone" };

/** The claims of a meeting. `onChanged()` loads the meeting again and resolves when it is drawn. */
export class Claims {
  constructor(id, onChanged) {
    this.id = id;
    this.onChanged = onChanged;
    this.opened = new Set(); // insights whose deleted claims somebody looks at
    this.update([]);
  }

  update(claims) {
    this.all = claims;
    this.byId = new Map(claims.map((claim) => [claim.claim_id, claim]));
  }

  /** Entries that are facts. The record has others too where the installation marks them. */
  facts(entries) {
    return entries && entries.filter((entry) => (this.byId.get(entry.claim_id)?.state ?? (entry.verdict === "unverified" && !entry.accepted_by ? "withheld" : "published")) === "published");
  }

  /** What stands below a fact: who accepted it, and a way to delete it. */
  below(entry) {
    const claim = this.byId.get(entry.claim_id);
    if (!claim) return null;
    const undo = claim.judgement && this.button(claim, null, "Undo");
    return el("div", { class: "row claim-row" },
      claim.judgement && el("span", { class: "hint" }, `Accepted by ${claim.judged_by}`), undo,
      this.button(claim, "deleted", "Delete"));
  }

  /** The claims of an insight that are no facts: withheld ones with their reasons, then deleted ones. `draw(claim)` gives a list item. */
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

  /** Saying the same twice changes nothing, so no click has to wait for the one before. */
  async judge(claim, judgement, button) {
    try {
      await judgeClaim(this.id, claim.claim_id, judgement);
      await this.onChanged();
      announce(`${SAID[judgement]}: ${claim.text}`);
    } catch (problem) {
      const trouble = el("div", { role: "alert" }, problemBox(problem));
      button.parentElement.querySelector("[role=alert]")?.remove();
      button.parentElement.append(trouble);
    }
  }
}
