// Versions of results: held ones side by side with the current ones, and earlier ones that can be restored.
// Belongs here: these lists and their buttons. Must not go here: how a current result is drawn (minutes.js).

import { changeVersions, diff, versions } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";
import { count, insightWords, momentOf } from "./words.js";

const STATE = { current: "Current", held: "Held", earlier: "Earlier", discarded: "Discarded" };
const DONE = { promote: "Current now", discard: "Discarded", restore: "Restored" };
const VERDICT = { verified: "confirmed", unverified: "not confirmed", not_checked: "not checked" };

/** The versions of one recording. `onChanged()` loads the meeting again and resolves when it is drawn. */
export class VersionsView {
  constructor(id, onChanged) {
    this.id = id;
    this.onChanged = onChanged;
    this.turns = 0;
    this.drawn = "";
    this.opened = false;
    this.body = el("div");
    this.element = el("section", { class: "part versions", "aria-labelledby": "versions-title", hidden: true },
      el("h2", { id: "versions-title", tabindex: "-1" }, "Versions"), this.body);
  }

  /** Request them, and draw them if they have changed. The meeting is complete without them, so a failure is ignored. */
  async load() {
    const turn = (this.turns += 1);
    try {
      const all = (await versions(this.id)).versions.filter((one) => one.kind !== "transcript");
      const held = all.filter((one) => one.state === "held");
      const diffs = held.length ? (await diff(this.id)).diffs : [];
      if (turn === this.turns) this.draw(all, diffs);
    } catch {
      // the next event of the recording requests them again
    }
  }

  draw(all, diffs) {
    const now = JSON.stringify([all, diffs]);
    if (this.drawn === now) return;
    this.drawn = now;
    const earlier = all.filter((one) => one.state === "earlier" || one.state === "discarded");
    this.element.hidden = diffs.length === 0 && earlier.length === 0;
    const hadFocus = this.body.contains(document.activeElement);
    this.body.replaceChildren(...[...diffs.map((one) => this.held(one)), earlier.length > 0 && this.earlier(earlier)].filter(Boolean));
    if (hadFocus && !this.element.hidden) this.element.querySelector("h2").focus();
  }

  /** A version that waits for a person, beside the current one. */
  held(found) {
    const name = insightWords(found.insight);
    return el("article", { class: "held", "aria-label": `${name}: a new version is held` },
      el("h3", {}, `${name}: a new version is held`),
      el("p", { class: "hint" }, "It is published only when you promote it. Submitters are then notified."),
      found.differs
        ? el("div", { class: "side-by-side" }, this.side("Now", found.before, found, "removed"), this.side("Held", found.after, found, "added"))
        : el("p", {}, "There are no differences from the current version."),
      el("p", { class: "hint" }, found.same > 0 && `The same in both: ${count(found.same, "entry", "entries")}.`),
      el("div", { class: "row" },
        this.button("Promote", `Promote the new version: ${name}`, "promote", { insight: found.insight }, "secondary"),
        this.button("Discard", `Discard the new version: ${name}`, "discard", { insight: found.insight }, "quiet")));
  }

  /** One of the two versions: its maker, and what only it says, with the differing words marked. */
  side(title, version, found, op) {
    const mark = op === "added" ? "ins" : "del";
    const words = (pieces) => pieces.filter((piece) => piece.op === "same" || piece.op === op)
      .map((piece) => (piece.op === op ? el(mark, {}, piece.text) : piece.text));
    const only = op === "added" ? found.added : found.removed;
    const which = op === "added" ? "after" : "before";
    return el("div", { class: "version-side" },
      el("h4", {}, title, version && el("span", { class: "hint" }, ` version ${version.version}, ${verdictsOf(version)}, $${version.cost_usd.toFixed(4)}`)),
      found.text.length > 0 && el("p", { class: "version-text", dir: "auto" }, words(found.text)),
      el("ul", {},
        found.changed.map((one) => el("li", {}, el("span", { dir: "auto" }, words(one.words)), details(one[which]),
          el("dl", {}, one.fields.filter((field) => field[which] !== one[which].text)
            .map((field) => el("div", {}, el("dt", {}, field.title), el("dd", { dir: "auto" }, field[which] ?? "none")))))),
        only.map((one) => el("li", {}, el(mark, { dir: "auto" }, one.text), details(one)))));
  }

  earlier(found) {
    return el("details", { class: "earlier-versions", open: this.opened, on: { toggle: (event) => { this.opened = event.target.open; } } },
      el("summary", {}, `Earlier versions (${found.length})`),
      el("ul", {}, found.map((one) => {
        const name = `${insightWords(one.kind)}, version ${one.version}`;
        return el("li", {},
          el("span", {}, name),
          el("span", { class: "hint" }, ` ${STATE[one.state].toLowerCase()}, made ${momentOf(one.made_at)} by ${one.provenance.provider} ${one.provenance.model}, ${verdictsOf(one)} `),
          one.changes.map((note) => el("span", { class: "hint" }, `${note.change} by ${note.made_by}${note.reason ? `: ${note.reason}` : ""} `)),
          this.button("Restore", `Restore ${name}`, "restore", { insight: one.kind, version: one.version }, "quiet"));
      })));
  }

  button(label, name, act, wanted, kind) {
    return actionButton(label, async (button) => {
      try {
        await changeVersions(this.id, act, wanted);
        await Promise.all([this.onChanged(), this.load()]);
        announce(`${DONE[act]}: ${insightWords(wanted.insight)}`, { seen: true });
      } catch (problem) {
        button.parentElement.querySelector("[role=alert]")?.remove();
        button.parentElement.append(el("div", { role: "alert" }, problemBox(problem)));
      }
    }, { kind, name });
  }
}

/** Shown below a claim of a version: its quote, and what people decided about it. */
function details(claim) {
  const said = [claim.at, claim.quote && `“${claim.quote}”`, VERDICT[claim.verdict], claim.state === "deleted" && "deleted by a person"];
  return el("p", { class: "hint", dir: "auto" }, said.filter(Boolean).join(" · "));
}

function verdictsOf(version) {
  const found = Object.entries(version.verdicts ?? {}).filter(([, number]) => number > 0);
  return found.map(([verdict, number]) => `${number} ${VERDICT[verdict]}`).join(", ") || "no entries";
}
