// People over all meetings: the list with who may be one person, and a person with its meetings, commitments and names.
// Belongs here: requesting and drawing. Must not go here: the speakers of one meeting (speakers.js), requests (api.js).

import { changePerson, commitments, people, person, suggestedPeople, undoPerson } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, byId, el, setText } from "./dom.js";
import { count, dayOf, lengthOf, momentOf, sentences } from "./words.js";

const VIEW = "#/people";
const PAUSE_MS = 200;
const REASONS = {
  spelling: "the same words in another spelling", address: "the e-mail address contains the name", more_words: "one has an additional name",
  short_form: "a short form of the given name", sound: "they sound the same", initials: "initials",
  one_word: "nobody else in these meetings has this given name", voice: "",
};

let asking = null;
let timer = null; // somebody is typing
let cursor = null;
let shown = [];
let wanted = null;

/** The list (`{ name }`) or the person (`{ id }`) in an address, or null if it is neither. */
export function peopleIn(hash) {
  const one = /^#\/people\/(person-[0-9a-f]{16})$/.exec(hash);
  if (one) return { id: one[1] };
  if (hash !== VIEW && !hash.startsWith(`${VIEW}?`)) return null;
  return { name: new URLSearchParams(hash.slice(VIEW.length + 1)).get("name") ?? "" };
}

/** Set up the field. `onRoute()` draws what the address says. */
export function startPeople(onRoute) {
  const form = byId("people-filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const name = byId("people-find").value.trim();
      history.replaceState(null, "", name ? `${VIEW}?${new URLSearchParams({ name })}` : VIEW);
      onRoute();
    }, PAUSE_MS);
  });
  byId("people-more").addEventListener("click", () => load(true));
}

/** Show what an address asks for. */
export function showPeople(asked) {
  wanted = asked;
  byId("people-problem").replaceChildren();
  const one = asked.id !== undefined;
  byId("people-back").hidden = !one;
  byId("people-filters").hidden = one;
  byId("people-list").hidden = one;
  byId("people-suggested").hidden = true;
  byId("people-more").hidden = true;
  byId("person").hidden = !one;
  byId("person").replaceChildren();
  setText(byId("people-count"), "");
  if (one) return open(asked.id);
  document.title = "People · Meetings";
  setText(byId("people-title"), "People");
  if (byId("people-find").value.trim() !== asked.name) byId("people-find").value = asked.name;
  return load(false);
}

/** Forget what was shown: somebody else may sign in. */
export function forgetPeople() {
  asking?.abort();
  shown = [];
  for (const id of ["people-list", "people-suggestions", "person"]) byId(id).replaceChildren();
}

function begin() {
  asking?.abort();
  asking = new AbortController();
  return asking.signal;
}

function say(problem, again) {
  if (problem.name === "AbortError") return;
  byId("people-problem").replaceChildren(problemBox(problem, again ? [actionButton("Try again", again)] : []));
}

async function load(more) {
  const signal = begin();
  try {
    const query = { name: wanted.name, limit: "100", ...(more && cursor ? { cursor } : {}) };
    const found = await people(query, signal);
    if (signal.aborted) return;
    shown = more ? [...shown, ...found.people] : found.people;
    cursor = found.next_cursor;
    byId("people-more").hidden = cursor === null;
    byId("people-list").replaceChildren(...shown.map(rowOf));
    const all = shown.length ? count(shown.length, "person", "people") : wanted.name ? "Nobody is called that" : "Nobody yet. Whoever takes part in a meeting, owns an action item or made a decision is listed here";
    const pending = found.pending ? "The names in some recordings have not been read yet." : "";
    setText(byId("people-count"), sentences(cursor ? `The first ${all}` : all, pending));
    if (!more && !wanted.name) await suggest(signal);
  } catch (problem) {
    if (!signal.aborted) say(problem, () => load(false));
  }
}

function rowOf(one) {
  const others = one.names.map(({ name }) => name).filter((name) => name !== one.name);
  return el("li", { class: "somebody", data: { id: one.id } },
    el("a", { class: "somebody-name", href: `${VIEW}/${one.id}`, dir: "auto" }, one.name),
    el("p", { class: "hint" }, figures(one)),
    others.length > 0 && el("p", { class: "hint" }, "Also called ", joined(others)));
}

const figures = (one) => [
  count(one.meetings, "meeting"), one.talk_ms ? `spoke ${lengthOf(one.talk_ms)}` : "did not speak",
  one.open_commitments ? count(one.open_commitments, "open commitment") : "nothing open", `last seen ${dayOf(one.last_seen)}`,
].join(" · ");

/** Names side by side, each in its own direction. */
const joined = (names) => names.flatMap((name, at) => [at ? ", " : "", el("bdi", {}, name)]);

async function suggest(signal) {
  const { suggestions, speakers } = await suggestedPeople(signal);
  if (signal.aborted) return;
  byId("people-suggested").hidden = suggestions.length + speakers.length === 0;
  byId("people-suggestions").replaceChildren(...suggestions.map((pair) => {
    const { one, other } = pair;
    const row = el("li", { class: "suggested" },
      el("p", {}, el("a", { href: `${VIEW}/${one.id}`, dir: "auto" }, one.because_of), " and ",
        el("a", { href: `${VIEW}/${other.id}`, dir: "auto" }, other.because_of)),
      el("p", { class: "hint" }, [REASONS[pair.reason], alike(pair)].filter(Boolean).join(" · ")),
      el("div", { class: "row" },
        actionButton("Same person", () => decide(one.id, { merge_into: other.id }, "Merged"), { name: `${one.because_of} and ${other.because_of} are one person` }),
        actionButton("Two people", () => decide(one.id, { differs_from: other.id }, "Kept apart"), { kind: "quiet", name: `${one.because_of} and ${other.because_of} are two people` })));
    return row;
  }), ...speakers.map(unnamed));
}

/** That two sound alike, if their voices were compared. */
const alike = ({ similarity }) => similarity === null ? "" : `their voices are alike (${similarity.toFixed(2)})`;

/** A speaker without a name who sounds like somebody: it is named on the page of the meeting, where people can listen to it. */
function unnamed(one) {
  return el("li", { class: "suggested" },
    el("p", {}, `Speaker ${one.label} of `, el("a", { href: one.page.slice(one.page.indexOf("#")), dir: "auto" }, one.title)),
    el("p", { class: "hint" }, "sounds like ", el("a", { href: `${VIEW}/${one.person}`, dir: "auto" }, one.name),
      ` (${one.similarity.toFixed(2)})`));
}

/** Store an edit made in the list, and offer a button that undoes it. */
async function decide(id, change, words) {
  try {
    const changed = await changePerson(id, change);
    const edit = changed.edits.find(({ undone_at }) => undone_at === null);
    announce(`${words}: ${changed.name}`);
    await load(false);
    byId("people-problem").replaceChildren(el("p", { class: "notice" }, `${words}: `, el("bdi", {}, changed.name), " ",
      edit && actionButton("Undo", () => undo(changed.id, edit.number, () => load(false)))));
  } catch (problem) {
    say(problem);
  }
}

async function undo(id, number, then) {
  try {
    const left = await undoPerson(id, number);
    announce("Undone.");
    byId("people-problem").replaceChildren();
    await then(left);
  } catch (problem) {
    say(problem);
  }
}

async function open(id) {
  const signal = begin();
  try {
    const [one, open] = await Promise.all([person(id, signal), commitments({ owner: id, closed: "false", limit: "100" }, signal)]);
    if (signal.aborted) return;
    draw(one, open.commitments);
  } catch (problem) {
    if (!signal.aborted) say(problem, () => open(id));
  }
}

/** Store an edit of the person that is open, and show the resulting person. */
async function change(one, what, words) {
  try {
    const changed = await changePerson(one.id, { ...what, version: one.version });
    announce(words);
    byId("people-problem").replaceChildren();
    if (changed.id !== wanted.id && !what.split) location.hash = `${VIEW}/${changed.id}`;
    else await open(one.id);
  } catch (problem) {
    say(problem);
  }
}

function draw(one, commitments) {
  document.title = `${one.name} · People`;
  setText(byId("people-title"), one.name);
  byId("people-title").dir = "auto";
  byId("person").replaceChildren(...[
    el("p", { class: "hint" }, [figures(one), one.first_seen !== one.last_seen && `first seen ${dayOf(one.first_seen)}`].filter(Boolean).join(" · ")),
    section("Open commitments", commitments.length ? el("ul", { class: "person-rows" }, commitments.map(commitmentOf)) : el("p", { class: "hint" }, "None.")),
    section("Meetings", el("ul", { class: "person-rows" }, one.in_meetings.map(meetingOf)),
      one.meetings > one.in_meetings.length && el("p", { class: "hint" }, `The newest ${one.in_meetings.length} of ${one.meetings}.`),
      el("p", {}, el("a", { href: `#/search?${new URLSearchParams({ person: one.id })}` }, "Search what this person said, has to do or decided"))),
    section("Names", el("ul", { class: "person-rows" }, one.names.map((each) => el("li", {}, el("bdi", {}, each.name), ` · ${count(each.meetings, "meeting")}`))),
      renaming(one), splitting(one), merging(one)),
    one.edits.length > 0 && section("Edits", el("ul", { class: "person-rows" }, one.edits.map((edit) => editOf(one, edit)))),
  ].filter(Boolean));
}

const section = (title, ...children) => el("section", { class: "person-part" }, el("h2", {}, title), ...children);

const commitmentOf = (each) => el("li", { class: each.overdue ? "overdue" : null },
  el("bdi", {}, each.text), each.overdue && el("span", { class: "overdue-mark" }, "Overdue"), el("span", { class: "hint" }, ` · ${each.due_date ? `due ${dayOf(each.due_date)}` : "no date"} · `),
  el("a", { href: each.events.at(-1).page.slice(each.events.at(-1).page.indexOf("#")), dir: "auto" }, each.title));

const meetingOf = (each) => el("li", {},
  el("a", { href: each.page.slice(each.page.indexOf("#")), dir: "auto" }, each.title),
  el("span", { class: "hint" }, ` · ${dayOf(each.meeting_date)} · ${each.talk_ms === null ? "did not speak" : `spoke ${lengthOf(each.talk_ms)}`} · as `, joined(each.names)));

/** A form under a heading that opens it. */
function folded(title, fields, button, submit) {
  const form = el("form", { class: "person-form", on: { submit: (event) => { event.preventDefault(); submit(); } } },
    fields, el("button", { class: "secondary", type: "submit" }, button));
  return el("details", { class: "person-change" }, el("summary", {}, title), form);
}

function renaming(one) {
  const field = el("input", { id: "person-called", value: one.name, maxlength: 200, dir: "auto", autocomplete: "off" });
  return folded("Rename", [el("label", { for: "person-called" }, "Shown as; empty: the fullest name"), field], "Save",
    () => change(one, { name: field.value.trim() || null }, "Saved."));
}

function splitting(one) {
  const which = el("select", { id: "split-name" }, one.names.map(({ name }) => el("option", { value: name }, name)));
  const series = [...new Set(one.in_meetings.map((each) => each.series))];
  const where = el("select", { id: "split-where" },
    el("option", { value: "" }, "In all meetings"),
    series.map((each) => el("option", { value: `series ${each}` }, `In the series “${one.in_meetings.find((meeting) => meeting.series === each).title}”`)),
    one.in_meetings.map((each) => el("option", { value: `recording ${each.recording_id}` }, `Only in “${each.title}”, ${dayOf(each.meeting_date)}`)));
  return folded("Split off a name", [
    el("label", { for: "split-name" }, "Which name"), which, el("label", { for: "split-where" }, "Where"), where,
  ], "Split off", () => {
    const [kind, ...rest] = where.value.split(" ");
    const place = kind === "series" ? { series: rest.join(" ") } : kind === "recording" ? { recording_id: rest.join(" ") } : {};
    return change(one, { split: { name: which.value, ...place } }, "The name was split off.");
  });
}

function merging(one) {
  const field = el("input", { id: "merge-find", maxlength: 200, dir: "auto", autocomplete: "off", type: "search" });
  const found = el("ul", { class: "person-rows", "aria-live": "polite" });
  return folded("Merge with another person", [el("label", { for: "merge-find" }, "Part of the other name"), field, found], "Look", async () => {
    try {
      const others = (await people({ name: field.value.trim(), limit: "20" })).people.filter(({ id }) => id !== one.id);
      found.replaceChildren(...(others.length ? others.map((other) => el("li", {}, el("bdi", {}, other.name), ` · ${count(other.meetings, "meeting")} `,
        actionButton("Merge", () => change(one, { merge_into: other.id }, "Merged."), { name: `Merge into ${other.name}` }))) : [el("li", {}, "Nobody.")]));
    } catch (problem) {
      say(problem);
    }
  });
}

function editOf(one, edit) {
  const who = edit.other_name ?? "somebody";
  const place = edit.recording_id ? " in one recording" : edit.series ? " in one series" : "";
  const words = {
    merge: ["merged with ", el("bdi", {}, who)], split: ["split off ", el("bdi", {}, edit.name ?? ""), place],
    rename: edit.name ? ["called ", el("bdi", {}, edit.name)] : ["called as in the meetings"], apart: ["is not ", el("bdi", {}, who)],
    no_voice: ["no voice is kept"],
  }[edit.kind];
  return el("li", {}, el("bdi", {}, edit.edited_by), `, ${momentOf(edit.edited_at)}: `, words, " ",
    edit.undone_by ? el("span", { class: "hint" }, "(undone by ", el("bdi", {}, edit.undone_by), ")")
      : actionButton("Undo", () => undo(one.id, edit.number, (left) => (left.id === wanted.id ? open(left.id) : (location.hash = `${VIEW}/${left.id}`)))));
}
