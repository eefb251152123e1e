// The speakers of a meeting: renaming them, and merging two labels.
// Belongs here: the list of speakers and its forms. Must not go here: other places with names; the meeting is drawn again.

import { changeSpeaker } from "./api.js";
import { problemBox } from "./boxes.js";
import { announce, bar, el } from "./dom.js";
import { count, lengthOf } from "./words.js";

const nameOf = (person) => person.given_name ?? person.found_name ?? "";

/** Milliseconds that each person speaks, by label; merged labels count as one person. */
export function talkTimes(people, segments) {
  const owner = new Map(people.map((person) => [person.label, person.merged_into ?? person.label]));
  const times = new Map();
  for (const { speaker, start_ms: start, end_ms: end } of segments ?? []) {
    const label = owner.get(speaker) ?? speaker;
    times.set(label, (times.get(label) ?? 0) + Math.max(0, end - start));
  }
  return times;
}

/** The speakers of a meeting. `onChanged()` loads the meeting again and resolves when it is drawn. */
export class SpeakersView {
  constructor(id, onChanged) {
    this.id = id;
    this.onChanged = onChanged;
    this.list = el("ul", { class: "people" });
    this.element = el("section", { class: "part speakers", "aria-labelledby": "speakers-title" },
      el("h2", { id: "speakers-title" }, "Speakers"), this.list);
    this.editing = null;
  }

  update(meeting) {
    this.people = meeting.speakers;
    this.talk = talkTimes(meeting.speakers, meeting.segments);
    if (this.editing === null) this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.people.map((person) => this.row(person)));
  }

  row(person) {
    const merged = this.people.find((other) => other.label === person.merged_into);
    const button = el("button", { class: "person", type: "button", data: { label: person.label }, "aria-label": `Rename ${person.shown}` },
      el("span", { class: "voice", "aria-hidden": "true" }, person.label),
      el("span", { class: "person-name", dir: "auto" }, person.shown),
      el("span", { class: "hint" }, merged ? "same person" : count(person.segments, "turn")),
      !merged && this.share(person.label),
      el("span", { class: "rename", "aria-hidden": "true" }, "Rename"));
    const item = el("li", {}, button);
    button.addEventListener("click", () => this.edit(person, item));
    return item;
  }

  /** How much of the talking a person did, as a bar and in words. */
  share(label) {
    const ms = this.talk.get(label) ?? 0;
    const all = [...this.talk.values()].reduce((sum, one) => sum + one, 0);
    if (!all) return null;
    const percent = Math.round((100 * ms) / all);
    return el("span", { class: "talk" }, bar(percent), el("span", { class: "hint" }, `${percent} %, ${lengthOf(ms)}`));
  }

  edit(person, item) {
    if (this.editing) this.close();
    this.editing = person.label;
    const name = el("input", { type: "text", id: "speaker-name", maxlength: 200, autocomplete: "off", dir: "auto", value: nameOf(person) });
    const others = this.people.filter((other) => other.label !== person.label && !other.merged_into);
    const same = el("select", { id: "speaker-same" }, el("option", { value: "" }, "Nobody else here"),
      others.map((other) => el("option", { value: other.label, selected: other.label === person.merged_into }, other.shown)));
    const trouble = el("div", { role: "alert" });
    const form = el("form", { class: "rename-form", "aria-label": `Rename ${person.shown}` },
      el("div", { class: "field" }, el("label", { for: "speaker-name" }, `Name of speaker ${person.label}`), name),
      others.length > 0 && el("div", { class: "field" }, el("label", { for: "speaker-same" }, "Is the same person as"), same),
      trouble,
      el("div", { class: "row" },
        el("button", { class: "primary", type: "submit" }, "Save"),
        el("button", { class: "quiet", type: "button", on: { click: () => this.close() } }, "Cancel")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(person, name.value.trim(), same.value, trouble);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    item.replaceChildren(form);
    name.focus();
    name.select();
  }

  close() {
    const label = this.editing;
    this.editing = null;
    this.draw();
    [...this.list.querySelectorAll("button.person")].find((button) => button.dataset.label === label)?.focus();
  }

  async save(person, name, same, trouble) {
    const changes = [];
    if (same !== (person.merged_into ?? "")) changes.push({ merge_into: same || null });
    if (!same && name !== nameOf(person)) changes.push({ name: name || null });
    if (!changes.length) {
      this.close();
      return;
    }
    if (this.saving) return;
    this.saving = true;
    try {
      for (const change of changes) await changeSpeaker(this.id, person.label, change);
      await this.onChanged();
      this.close();
      const now = this.people.find((one) => one.label === person.label);
      announce(same ? `Speaker ${person.label} is now the same person as ${now?.shown ?? same}.` : `Speaker ${person.label} is now shown as ${now?.shown ?? name}.`, { seen: true });
    } catch (problem) {
      trouble.replaceChildren(problemBox(problem));
    } finally {
      this.saving = false;
    }
  }
}
