// The list of recordings: newest first, filtered, searched, a page at a time, each kept up to date by the live stream.
// Belongs here: which recordings are in the list and where. Must not go here: how a row looks (recording_row.js).

import { recording as fetchRecording, recordings as fetchRecordings } from "./api.js";
import { problemBox, actionButton } from "./boxes.js";
import { announce, byId, el, setText } from "./dom.js";
import { grouped, isOlder } from "./grouping.js";
import { RecordingRow } from "./recording_row.js";
import { count, STATUS } from "./words.js";

const QUIET_MS = 250; // events of one recording come in bursts: it is fetched once when they pause
const LONGEST_MS = 1000;

const rows = new Map(); // id -> RecordingRow
const due = new Map(); // id -> {timer, since}
let turns = 0; // requests so far: an answer never replaces that of a later request
let cursor = null;
let loading = null;
let loaded = false;

const GAPS = "gaps"; // an option in the list of statuses that is not a status

function wanted() {
  const chosen = byId("status-filter").value;
  return { status: chosen === GAPS ? "" : chosen, gap: chosen === GAPS ? "any" : "", title: byId("search").value.trim() };
}

const filtered = () => Boolean(byId("status-filter").value || wanted().title);

/** Set up the filters. Nothing is loaded yet. */
export function startRecordings() {
  let typing;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load(true), 250);
  });
  byId("status-filter").addEventListener("change", () => load(true));
  byId("group-by").addEventListener("change", arrange);
  byId("more").addEventListener("click", more);
}

/** Show only recordings of a status, or those with gaps. */
export function showStatus(status) {
  byId("status-filter").value = status;
  byId("search").value = "";
  byId("recordings-title").scrollIntoView({ block: "start" });
  byId("recordings-title").focus({ preventScroll: true });
  return load(true);
}

/**
 * Load the first page. `anew`: the filter has changed, so announce the number of results, and keep nothing else;
 * otherwise older recordings, which were loaded on demand, stay.
 */
export async function load(anew = false) {
  loading?.abort();
  loading = new AbortController();
  const { signal } = loading;
  const turn = (turns += 1);
  byId("recordings").setAttribute("aria-busy", "true");
  try {
    const page = await fetchRecordings(wanted(), signal);
    const present = new Set(page.recordings.map((one) => one.recording_id));
    const last = page.recordings.at(-1);
    const isBeyond = (row) => !anew && page.next_cursor && isOlder(row.recording, last);
    for (const [id, row] of rows) {
      if (!present.has(id) && row.turn < turn && !isBeyond(row)) drop(id, row);
    }
    page.recordings.forEach((one) => put(one, turn));
    arrange();
    if (rows.size === present.size) cursor = page.next_cursor;
    loaded = true;
    byId("list-problem").replaceChildren();
    if (anew) announce(`${count(page.recordings.length, "recording")}${cursor ? " and more" : ""}.`);
  } catch (problem) {
    if (signal.aborted) return;
    // The connection line reports a service that is down; the sign-in form asks for a missing key.
    if (problem.status !== 401 && problem.status !== 0) byId("list-problem").replaceChildren(problemBox(problem, [actionButton("Try again", () => load(true))]));
  } finally {
    if (!signal.aborted) byId("recordings").removeAttribute("aria-busy");
  }
  showEdges();
}

async function more() {
  const before = [...rows.keys()];
  const turn = (turns += 1);
  try {
    const page = await fetchRecordings({ ...wanted(), cursor });
    page.recordings.forEach((one) => put(one, turn));
    arrange();
    cursor = page.next_cursor;
    announce(`${count(page.recordings.length, "more recording")}.`);
    const first = page.recordings.find((one) => !before.includes(one.recording_id));
    if (first) rows.get(first.recording_id).title.focus();
  } catch (problem) {
    byId("list-problem").replaceChildren(problemBox(problem, [actionButton("Try again", more)]));
  }
  showEdges();
}

/** Something happened to a recording: fetch it, soon. */
export function touched(id) {
  const before = due.get(id);
  const since = before?.since ?? Date.now();
  clearTimeout(before?.timer);
  const wait = Math.max(0, Math.min(QUIET_MS, since + LONGEST_MS - Date.now()));
  due.set(id, { since, timer: setTimeout(() => refresh(id), wait) });
}

/** Fetch a recording and draw it where it belongs. */
export async function refresh(id) {
  due.delete(id);
  const turn = (turns += 1);
  try {
    const recording = await fetchRecording(id);
    const known = rows.get(id);
    if (known && known.turn > turn) return;
    const before = known?.recording.status;
    if (known || belongs(recording)) {
      put(recording, turn);
      arrange();
    }
    if (before && before !== recording.status) announce(`${recording.title}: ${STATUS[recording.status] ?? recording.status}.`);
  } catch (problem) {
    if (problem.status === 404 && rows.get(id)?.turn < turn) drop(id, rows.get(id));
    else if (problem.status === 0 || problem.status >= 500) setTimeout(() => touched(id), 3000);
  }
  showEdges();
}

function belongs(recording) {
  const { status, gap, title } = wanted();
  if (status && recording.status !== status) return false;
  if (gap && !recording.gaps.length) return false;
  if (title && !recording.title.toLocaleLowerCase().includes(title.toLocaleLowerCase())) return false;
  return !cursor || !rows.size || [...rows.values()].some((row) => !isOlder(recording, row.recording));
}

function put(recording, turn) {
  const known = rows.get(recording.recording_id);
  if (known) {
    if (known.turn <= turn) known.update(recording);
    known.turn = Math.max(known.turn, turn);
    return;
  }
  const row = new RecordingRow(recording, refresh);
  row.turn = turn;
  row.element.dataset.id = recording.recording_id;
  rows.set(recording.recording_id, row);
}

/** Put all rows into their groups and order. A row that is in its place is not touched, so it keeps its focus. */
function arrange() {
  const list = byId("recordings");
  const by = byId("group-by").value;
  list.classList.toggle("by-day", by === "day");
  const groups = grouped([...rows.values()].map((row) => row.recording), by);
  for (const { dated, recordings } of groups) for (const one of recordings) rows.get(one.recording_id).sayDay(!dated);
  const order = groups.flatMap((group) => [headingOf(group), ...group.recordings.map((one) => rows.get(one.recording_id).element)]);
  const belonging = new Set(order);
  for (const element of [...list.children]) if (!belonging.has(element)) element.remove();
  let place = list.firstElementChild;
  for (const element of order) {
    if (element !== place && element === place?.nextElementSibling) list.append(place); // one row has moved down: leave the others
    else if (element !== place) {
      const focused = element.contains(document.activeElement) ? document.activeElement : null;
      list.insertBefore(element, place);
      focused?.focus({ preventScroll: true });
      continue;
    }
    place = element.nextElementSibling;
  }
}

const headings = new Map(); // key of a group -> its heading

function headingOf({ key, title, dated, recordings }) {
  if (!headings.has(key)) {
    headings.set(key, el("li", { class: "group" }, el("h3", {}, el("span", { dir: "auto" }), el("span", { class: "count" }))));
  }
  const heading = headings.get(key);
  heading.classList.toggle("dated", dated === true);
  setText(heading.querySelector("span"), title);
  setText(heading.querySelector(".count"), recordings.length > 1 ? ` ${recordings.length}` : "");
  return heading;
}

function drop(id, row) {
  if (row.element.contains(document.activeElement)) byId("recordings-title").focus();
  row.element.remove();
  rows.delete(id);
  arrange();
}

/** Put the focus on a recording of the list, if it is there. */
export function focusOn(id) {
  rows.get(id)?.title.focus();
  return rows.has(id);
}

/** Forget everything, as after signing out. */
export function forgetRecordings() {
  loading?.abort();
  for (const [id, row] of rows) drop(id, row);
  loaded = false;
  showEdges();
}

function showEdges() {
  const nothing = loaded && !rows.size;
  byId("more").hidden = !cursor || !rows.size;
  byId("empty").hidden = !nothing;
  byId("home").classList.toggle("nothing-yet", nothing && !filtered());
  setText(byId("empty"), filtered() ? "No recording matches." : "No recordings yet. Recordings that you submit appear here, and their progress is updated automatically.");
}
