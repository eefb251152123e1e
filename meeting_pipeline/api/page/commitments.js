// Commitments over all meetings: lists, ticking off, separating items, undoing.
// Belongs here: requesting and drawing. Must not go here: edits of one meeting's items (edit_forms.js), requests (api.js).

import { changeCommitment, commitment, commitments, undoCommitment } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { askForName, storedName } from "./editor_name.js";
import { announce, byId, el, setText } from "./dom.js";
import { count, dayOf, sentences } from "./words.js";

const VIEW = "#/commitments";
const FIELDS = { view: "commitments-view", owner: "commitments-owner", series: "commitments-series", group: "commitments-group" };
const PAUSE_MS = 200;
const NOTHING = { open: "No open commitments", mine: "You have nothing open", overdue: "Nothing is overdue", decisions: "No open decisions", closed: "Nothing is done or dropped yet" };
const STATES = { open: "Open", slipped: "Slipped", handed_over: "Handed over", done: "Done", dropped: "Dropped", superseded: "Superseded" };

let asking = null;
let timer = null; // somebody is choosing filters
let later = null; // results have changed
let cursor = null;
let shown = []; // what is drawn, in its order
let question = null;

/** The filters in an address, or null if it is not one of this list. */
export function listIn(hash) {
  if (hash !== VIEW && !hash.startsWith(`${VIEW}?`)) return null;
  const given = new URLSearchParams(hash.slice(VIEW.length + 1));
  return Object.fromEntries(Object.keys(FIELDS).map((name) => [name, given.get(name) ?? ""]));
}

/** Set up the filters. `onRoute()` draws what the address says. */
export function startCommitments(onRoute) {
  const form = byId("commitments-filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const given = new URLSearchParams(Object.entries(FIELDS).map(([name, id]) => [name, byId(id).value]).filter(([, value]) => value));
      history.replaceState(null, "", given.size ? `${VIEW}?${given}` : VIEW);
      onRoute();
    }, PAUSE_MS);
  });
  byId("commitments-more").addEventListener("click", () => load(true));
}

/** Show the list that an address asks for. */
export function showCommitments(wanted) {
  document.title = "Commitments · Meetings";
  for (const [name, id] of Object.entries(FIELDS)) {
    const value = wanted[name] || (name === "view" ? "open" : "");
    if (byId(id).value !== value) byId(id).value = value;
  }
  question = wanted;
  return load(false);
}

/** Results of a meeting may have changed: load again, unless somebody is reading details. */
export function commitmentsTouched() {
  if (byId("commitments").hidden || byId("commitments-list").querySelector("details[open]")) return;
  clearTimeout(later);
  later = setTimeout(() => question && load(false), 1000);
}

/** Forget what was shown: somebody else may sign in. */
export function forgetCommitments() {
  asking?.abort();
  shown = [];
  byId("commitments-list").replaceChildren();
}

async function load(more) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const view = question.view || "open";
  let owner = question.owner.trim();
  if (view === "mine" && !owner) {
    owner = storedName() ?? (await askForName()) ?? "";
    if (signal.aborted) return;
    if (!owner) {
      byId("commitments-list").replaceChildren();
      setText(byId("commitments-count"), "Give a name to see what is yours.");
      return;
    }
  }
  const filters = { owner, series: question.series.trim(), closed: view === "closed" ? "true" : "false", limit: "100" };
  if (view === "overdue") filters.overdue = "true";
  if (view === "decisions") Object.assign(filters, { kind: "decision" });
  else if (view !== "closed") Object.assign(filters, { kind: "action_item" });
  if (more && cursor) filters.cursor = cursor;
  try {
    const found = await commitments(filters, signal);
    if (signal.aborted) return;
    shown = more ? [...shown, ...found.commitments] : found.commitments;
    cursor = found.next_cursor;
    byId("commitments-problem").replaceChildren();
    byId("commitments-more").hidden = cursor === null;
    draw();
    const all = shown.length ? count(shown.length, "commitment") : nothing(view);
    const pending = found.pending ? `${count(found.pending, "recording")} still to be linked.` : "";
    setText(byId("commitments-count"), sentences(cursor ? `The first ${all}` : all, pending));
  } catch (problem) {
    if (problem.name === "AbortError" || signal.aborted) return;
    byId("commitments-problem").replaceChildren(problemBox(problem, [actionButton("Try again", () => load(false))]));
  }
}

/** What an empty list says. */
function nothing(view) {
  const narrowed = question.series.trim() || (question.owner.trim() && view !== "mine");
  return narrowed ? "No commitment matches" : `${NOTHING[view] ?? "None"}. Action items and decisions of all meetings are listed here`;
}

function draw() {
  const by = { series: (one) => one.title, person: (one) => one.owner ?? "Nobody named" }[question.group];
  const groups = new Map();
  for (const one of shown) {
    const key = by ? (question.group === "series" ? one.series : by(one)) : "";
    if (!groups.has(key)) groups.set(key, { title: by ? by(one) : "", rows: [] });
    groups.get(key).rows.push(one);
  }
  byId("commitments-list").replaceChildren(...[...groups.values()].map(({ title, rows }) => el("section", {},
    title && el("h2", { dir: "auto" }, title), el("ul", { class: "commitment-rows" }, rows.map(rowOf)))));
}

function rowOf(one) {
  const row = el("li", { class: `commitment${one.overdue ? " overdue" : ""}${one.closed ? " closed" : ""}`, data: { id: one.id } });
  const tick = el("input", { type: "checkbox", id: `tick-${one.id}`, checked: one.state === "done", on: { change: () => set(one, tick) } });
  const last = one.events.at(-1);
  const details = el("details", { on: { toggle: () => details.open && open(one, details) } },
    el("summary", {}, "What was said"), el("div", { class: "commitment-more" }, "Loading…"));
  const due = one.due_date ? `due ${dayOf(one.due_date)}` : one.due_as_said ? `due ${one.due_as_said}` : "";
  row.append(
    tick,
    el("div", {},
      el("label", { for: `tick-${one.id}`, dir: "auto" }, one.text),
      el("p", { class: "hint" },
        (one.overdue || one.state !== "open") && [el("span", { class: `badge state-${one.state}` }, one.overdue ? "Overdue" : STATES[one.state]), " "],
        one.candidate && [el("span", { class: "badge uncertain" }, "Not certain"), " "],
        [one.owner, due].filter(Boolean).map((fact) => `${fact} · `),
        el("a", { href: placeOf(last), dir: "auto" }, one.title), one.state_by && ` · said by ${one.state_by}`),
      details));
  return row;
}

const placeOf = (event) => event.page.slice(event.page.indexOf("#"));

async function set(one, tick) {
  tick.disabled = true;
  const state = tick.checked ? "done" : "open";
  try {
    const changed = await changeCommitment(one.id, { state, version: one.version });
    replace(one, changed);
    said(one, changed, state === "done" ? "Ticked off" : "Open again");
  } catch (problem) {
    tick.checked = !tick.checked;
    byId("commitments-problem").replaceChildren(problemBox(problem));
  } finally {
    tick.disabled = false;
  }
}

/** Say what was done, with a button that undoes it. */
function said(one, changed, words) {
  const edit = changed.edits.find(({ undone_at }) => undone_at === null);
  announce(`${words}: ${changed.text}`);
  const back = actionButton("Undo", () => undo(changed, edit.number));
  byId("commitments-problem").replaceChildren(el("p", { class: "notice" }, `${words}: `, el("bdi", {}, changed.text), " ", edit && back));
}

async function undo(one, number) {
  try {
    const changed = await undoCommitment(one.id, number);
    announce("Undone.");
    byId("commitments-problem").replaceChildren();
    replace(one, changed);
    await load(false);
  } catch (problem) {
    byId("commitments-problem").replaceChildren(problemBox(problem));
  }
}

function replace(one, changed) {
  shown = shown.map((old) => (old.id === one.id ? changed : old));
  const row = [...byId("commitments-list").querySelectorAll("li.commitment")].find(({ dataset }) => dataset.id === one.id);
  const focused = row?.contains(document.activeElement);
  const made = rowOf(changed);
  row?.replaceWith(made);
  if (focused) made.querySelector("input").focus();
}

async function open(one, details) {
  const place = details.querySelector(".commitment-more");
  try {
    const whole = await commitment(one.id);
    place.replaceChildren(
      el("ol", { class: "commitment-events" }, whole.events.map((event) => el("li", {},
        el("a", { href: placeOf(event) }, dayOf(event.meeting_date)), ` ${STATES[event.state].toLowerCase()}: `,
        el("q", { dir: "auto" }, event.words)))),
      ...separate(whole),
      ...editsOf(whole));
  } catch (problem) {
    place.replaceChildren(problemBox(problem));
  }
}

/** Later items, each with a button that separates it as another commitment. */
function separate(whole) {
  const later = whole.parts.slice(1);
  if (!later.length) return [];
  return [el("ul", { class: "commitment-parts" }, later.map((part) => el("li", {},
    `${dayOf(part.meeting_date)}: `, el("bdi", {}, part.text), " ",
    actionButton("Not the same", async () => {
      try {
        const changed = await changeCommitment(whole.id, { unlink: part.part_id });
        announce("Separated.");
        await load(false);
        const { id, edits } = await separated(part) ?? { ...changed, edits: [] };
        said(whole, { ...changed, id, text: part.text, edits }, "Separated");
      } catch (problem) {
        byId("commitments-problem").replaceChildren(problemBox(problem));
      }
    }))))];
}

/** The commitment that an item has become; its edits name it, and are undone there. */
async function separated(part) {
  for (const one of shown) {
    if (one.events.length && one.events[0].recording_id === part.recording_id && one.text === part.text) return commitment(one.id);
  }
  return undefined;
}

function editsOf(whole) {
  if (!whole.edits.length) return [];
  return [el("ul", { class: "commitment-edits" }, whole.edits.map((edit) => el("li", {},
    `${edit.edited_by}: ${edit.kind === "state" ? STATES[edit.state].toLowerCase() : edit.kind === "link" ? "linked" : "separated"}`,
    edit.undone_by ? ` (undone by ${edit.undone_by})` : el("span", {}, " ", actionButton("Undo", () => undo(whole, edit.number))))))];
}
