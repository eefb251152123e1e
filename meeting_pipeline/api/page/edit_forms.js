// Forms in which people change an item, a decision or the details of a meeting, and add what is missing.
// Belongs here: the forms. Must not go here: where they are shown (claims.js, meeting.js), the requests (api.js).

import { problemBox } from "./boxes.js";
import { el } from "./dom.js";

const STATUSES = [["open", "Open"], ["done", "Done"], ["dropped", "Dropped"], ["superseded", "Superseded"]];
let forms = 0; // every field needs its own id

/** A labelled field. */
function field(label, input) {
  const id = `edit-${(forms += 1)}`;
  input.id = id;
  return el("div", { class: "field" }, el("label", { for: id }, label), input);
}

/** A form with these fields. `save()` may throw a Problem, which is shown; `leave()` closes the form. */
function form(name, fields, save, leave) {
  const trouble = el("div", { role: "alert" });
  const made = el("form", { class: "edit-form", "aria-label": name }, fields, trouble,
    el("div", { class: "row" },
      el("button", { class: "primary", type: "submit" }, "Save"),
      el("button", { class: "quiet", type: "button", on: { click: leave } }, "Cancel")));
  let saving = false;
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (saving) return;
    saving = true;
    try {
      await save();
    } catch (problem) {
      trouble.replaceChildren(problemBox(problem));
    } finally {
      saving = false;
    }
  });
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  return made;
}

const listOf = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

/** A form for an item. `now`: its fields as the service gives them; `named(label)`: a person's name. `save(changes)` gets the changed fields. */
export function itemForm(insight, now, named, save, leave) {
  const isTask = insight === "action_items";
  const text = el("textarea", { rows: 2, maxlength: 1000, dir: "auto", required: true });
  text.value = now?.text ?? "";
  const owner = el("input", { type: "text", maxlength: 120, autocomplete: "off", dir: "auto" });
  const ownerNow = now?.owner ? named(now.owner) : "";
  owner.value = ownerNow;
  const due = el("input", { type: "date" });
  due.value = now?.due_date ?? "";
  const people = el("input", { type: "text", autocomplete: "off", dir: "auto" });
  const peopleNow = (now?.decided_by ?? []).map(named).join(", ");
  people.value = peopleNow;
  const status = el("select", {}, !now?.status && el("option", { value: "" }, "Unknown"),
    STATUSES.map(([value, words]) => el("option", { value, selected: value === now?.status }, words)));
  if (!now) status.value = "open";
  const fields = [
    field(isTask ? "Task" : "Decision", text),
    ...(isTask ? [field("Owner", owner), field("Due", due)] : [field("Decided by (names with commas)", people)]),
    field("Status", status),
  ];
  const changes = () => ({
    ...(text.value.trim() !== (now?.text ?? "") && { text: text.value.trim() }),
    ...(isTask && owner.value.trim() !== ownerNow && { owner: owner.value.trim() || null }),
    ...(isTask && due.value !== (now?.due_date ?? "") && { due_date: due.value || null }),
    ...(!isTask && people.value.trim() !== peopleNow && { decided_by: listOf(people.value) }),
    ...(status.value && status.value !== now?.status && { status: status.value }),
  });
  return form(now ? `Edit: ${now.text}` : isTask ? "New action item" : "New decision", fields, () => save(changes()), leave);
}

/** A form for what was said in a segment, and by whom. */
export function segmentForm(segment, speakers, save, leave) {
  const text = el("textarea", { rows: 3, maxlength: 20000, dir: "auto", required: true });
  text.value = segment.text;
  const speaker = el("select", {}, speakers.map((one) => el("option", { value: one.label, selected: one.label === segment.speaker }, one.shown)));
  const changes = () => ({
    ...(text.value.trim() !== segment.text && { text: text.value.trim() }),
    ...(speaker.value !== segment.speaker && { speaker: speaker.value }),
  });
  return form("Correct what was said", [field("What was said", text), field("Speaker", speaker)], () => save(changes()), leave);
}

/** A form for title, date, participants and language of a meeting. */
export function detailsForm(now, save, leave) {
  const title = el("input", { type: "text", maxlength: 255, dir: "auto", required: true });
  title.value = now.title;
  const date = el("input", { type: "date", required: true });
  date.value = now.date;
  const people = el("input", { type: "text", dir: "auto", autocomplete: "off" });
  people.value = now.participants.join(", ");
  const language = el("input", { type: "text", maxlength: 6, autocomplete: "off", pattern: "[a-z]{2,3}(_[a-z]{2})?", title: "Such as en or en_us" });
  language.value = now.language ?? "";
  const changes = () => ({
    ...(title.value.trim() !== now.title && { title: title.value.trim() }),
    ...(date.value !== now.date && { date: date.value }),
    ...(people.value.trim() !== now.participants.join(", ") && { participants: listOf(people.value) }),
    ...(language.value !== (now.language ?? "") && { language: language.value || null }),
  });
  return form("Details of the meeting", [
    field("Title", title), field("Date", date), field("Participants (names with commas)", people), field("Language (such as en)", language),
  ], () => save(changes()), leave);
}
