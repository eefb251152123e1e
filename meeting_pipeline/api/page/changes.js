// What people changed in a meeting: who, when, before and after, each with an undo button; and edits that fit no current item.
// Belongs here: this list. Must not go here: the forms that make edits (edit_forms.js).

import { setAside, undoEdit } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";
import { count, momentOf } from "./words.js";

const WHAT = { item: "Item", segment: "Transcript", recording: "Details", claim: "Item", speaker: "Speaker" };
const JUDGED = "judgement"; // a field that repeats the action

const fieldWords = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");

const valueOf = (value) => (value === null || value === undefined ? "nothing" : Array.isArray(value) ? value.join(", ") || "nobody" : String(value));

/** The list of changes of a meeting. `onChanged()` loads the meeting again and resolves when it is drawn. */
export class ChangesView {
  constructor(id, onChanged) {
    this.id = id;
    this.onChanged = onChanged;
    this.summary = el("summary", {});
    this.list = el("ol", { class: "changes-list" });
    this.lost = el("div", {});
    this.element = el("section", { class: "part changes", "aria-labelledby": "changes-title", hidden: true },
      el("h2", { id: "changes-title" }, "Changes"), this.lost, el("details", {}, this.summary, this.list));
  }

  update({ edits, conflicts, segments }) {
    this.element.hidden = !edits.length;
    const total = edits[0]?.number ?? 0; // the newest: the service lists only the last of many
    this.summary.textContent = `${count(total, "change", "changes")} by people${total > edits.length ? ` (the last ${edits.length} are listed)` : ""}`;
    this.list.replaceChildren(...edits.map((edit) => this.row(edit)));
    const lines = segments.filter((one) => one.segment_id === null);
    this.lost.replaceChildren(...(conflicts.length + lines.length ? [this.lostOnes(conflicts, lines)] : []));
  }

  lostOnes(conflicts, lines) {
    return el("div", { class: "unconfirmed", role: "group", "aria-label": "Edits that fit no current item" },
      el("h3", {}, "Edits that fit no current item"),
      el("p", { class: "hint" }, "The current version no longer has what they changed. The edits are kept, and apply again as soon as a version has it."),
      el("ul", {},
        conflicts.map((edit) => el("li", {}, el("span", { dir: "auto" }, edit.text),
          el("span", { class: "hint" }, ` ${Object.entries(edit.fields).map(([name, value]) => `${name}: ${valueOf(value)}`).join("; ")}, by ${edit.edited_by} `),
          this.button("Discard", `Discard: ${edit.text}`, () => setAside(this.id, edit.claim_id), "Discarded"))),
        lines.map((line) => el("li", {}, el("span", { dir: "auto" }, line.found_text),
          el("span", { class: "hint" }, ` was corrected to “${line.text}” by ${line.edited_by}`)))));
  }

  row(edit) {
    const fields = [...new Set([...Object.keys(edit.before), ...Object.keys(edit.after)])].filter((name) => name !== JUDGED);
    return el("li", {},
      el("p", {}, el("span", { class: "hint" }, edit.undoes ? "Undone by " : `${WHAT[edit.kind] ?? edit.kind} ${edit.action} by `),
        el("span", { dir: "auto" }, edit.edited_by), el("span", { class: "hint" }, `, ${momentOf(edit.edited_at)}`)),
      edit.text && el("p", { dir: "auto" }, edit.text),
      fields.map((name) => el("p", { class: "hint" }, `${fieldWords(name)}: `, el("del", { dir: "auto" }, valueOf(edit.before[name])), " → ", el("ins", { dir: "auto" }, valueOf(edit.after[name])))),
      edit.undone_by === null && this.button("Undo", `Undo change ${edit.number}: ${edit.text}`, () => undoEdit(this.id, edit.number), `Undone: ${edit.text || `change ${edit.number}`}`));
  }

  button(words, name, act, said) {
    return actionButton(words, async (button) => {
      try {
        await act();
        await this.onChanged();
        announce(said, { seen: true });
      } catch (problem) {
        button.parentElement.querySelector("[role=alert]")?.remove();
        button.parentElement.append(el("div", { role: "alert" }, problemBox(problem)));
      }
    }, { kind: "quiet", name });
  }
}
