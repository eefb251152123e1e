// Sharing a meeting: creating a link for somebody without a key, and the list of links.
// Belongs here: this part of a meeting's page. Must not go here: what somebody with a link sees (it has no scripts).

import { createShare, revokeShare, shares } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";
import { momentOf } from "./words.js";

const DAYS = [["1", "a day"], ["7", "a week"], ["30", "30 days"], ["90", "90 days"], ["366", "a year"]];
const STATE = { valid: "Valid", expired: "Expired", revoked: "Revoked" };

/** The part of a meeting's page with its links. `hasSound`: whether there is anything to play. */
export class SharingView {
  constructor(id, hasSound) {
    this.id = id;
    this.hasSound = hasSound;
    this.made = el("div", { role: "status" });
    this.trouble = el("div", { role: "alert" });
    this.list = el("ul", { class: "share-list" });
    const opened = this.opened = el("details", {}, el("summary", {}, "Share this meeting"), this.form(), this.trouble, this.made, this.list);
    opened.addEventListener("toggle", () => opened.open && this.load());
    this.element = el("section", { class: "part sharing", "aria-label": "Share" }, opened);
  }

  /** Open it and bring it into view. */
  show() {
    this.opened.open = true;
    this.opened.querySelector("summary").focus();
    this.element.scrollIntoView({ block: "center" });
  }

  form() {
    const tick = (name, words) => {
      const box = el("input", { type: "checkbox", name });
      return [box, el("label", { class: "tick" }, box, words)];
    };
    const [transcript, transcriptLabel] = tick("transcript", "With the transcript");
    const [sound, soundLabel] = tick("sound", "With the sound");
    const days = el("select", { id: "share-days" }, DAYS.map(([value, words]) => el("option", { value, selected: value === "30" }, words)));
    const make = actionButton("Create a link", () => this.make({ transcript: transcript.checked, sound: sound.checked, days: Number(days.value) }), { kind: "primary" });
    return el("div", { class: "share-form" },
      el("p", { class: "hint" }, "Whoever has the link can read the minutes of this meeting, without a key, and nothing else."),
      el("div", { class: "row" }, transcriptLabel, this.hasSound && soundLabel),
      el("div", { class: "row" }, el("label", { for: "share-days" }, "Valid for"), days, make));
  }

  async make(wanted) {
    await this.attempt(async () => {
      const { url, expires_at: until } = await createShare(this.id, wanted);
      const field = el("input", { type: "text", readonly: true, value: url, "aria-label": "The link" });
      const copy = actionButton("Copy", () => this.attempt(async () => {
        await navigator.clipboard.writeText(url);
        announce("The link was copied.", { seen: true });
      }));
      this.made.replaceChildren(el("p", {}, `Valid until ${momentOf(until)}. Copy it now: it cannot be shown again.`), el("div", { class: "row" }, field, navigator.clipboard && copy));
      field.focus();
      field.select();
      await this.load();
    });
  }

  async load() {
    await this.attempt(async () => {
      const { shares: found } = await shares(this.id);
      this.list.replaceChildren(...found.map((one) => this.row(one)));
    });
  }

  row(one) {
    const shows = ["minutes", one.transcript && "transcript", one.sound && "sound"].filter(Boolean).join(", ");
    const words = `${STATE[one.state]} · ${shows} · by ${one.created_by} · until ${momentOf(one.expires_at)}`;
    const revoke = one.state === "valid" && actionButton("Revoke", () => this.attempt(async () => {
      await revokeShare(this.id, one.share_id);
      announce("The link was revoked.", { seen: true });
      await this.load();
    }), { kind: "quiet", name: `Revoke the link: ${words}` });
    return el("li", {}, el("span", {}, words), " ", revoke);
  }

  async attempt(act) {
    try {
      this.trouble.replaceChildren();
      await act();
    } catch (problem) {
      this.trouble.replaceChildren(problemBox(problem));
    }
  }
}
