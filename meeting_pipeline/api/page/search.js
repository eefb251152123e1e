// The search: the box at the top, and the results, which appear while somebody types.
// Belongs here: requesting and drawing results. Must not go here: the place in a meeting that a hit leads to (meeting.js).

import { keysAreOn } from "./shortcuts.js";
import { search } from "./api.js";
import { forgetAnswer, startAsking } from "./asking.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, byId, el, setText } from "./dom.js";
import { clock, count, dayOf } from "./words.js";

const PAUSE_MS = 120; // between two keys: somebody who types fast causes one request
const WHOLE_MS = 800; // after the last key: the words are complete, so results by meaning can be requested
const VIEW = "#/search";
const KINDS = { action_item: "Action item", decision: "Decision", summary: "Summary", topic: "Topic", title: "Title", person: "Person", other: "Item" };
const FIELDS = { q: "find-words", kind: "search-kind", person: "search-person", since: "search-since", until: "search-until" };

let asking = null; // the request in progress
let timer = null;
let cursor = null;
let shownFor = null; // the question whose results are drawn
let isWhole = false; // whether these results are for complete words, and perhaps their meaning
let whole = null; // the timer for them
let last = null; // address of the latest results

/** The address of the latest search, to go back to; null if there was none. */
export const lastSearch = () => last;

/** The question in an address, or null if it is not one of a search. */
export function questionIn(hash) {
  if (hash !== VIEW && !hash.startsWith(`${VIEW}?`)) return null;
  const given = new URLSearchParams(hash.slice(VIEW.length + 1));
  return Object.fromEntries(Object.keys(FIELDS).map((name) => [name, given.get(name) ?? ""]));
}

const asked = () => Object.fromEntries(Object.entries(FIELDS).map(([name, id]) => [name, byId(id).value]));
const isEmpty = (question) => !question.q.trim() && !question.kind && !question.person.trim();

function addressOf(question) {
  const given = new URLSearchParams(Object.entries(question).filter(([, value]) => value));
  return given.size ? `${VIEW}?${given}` : VIEW;
}

/** Set up the box and the filters. `onRoute()` draws what the address says. */
export function startSearch(onRoute) {
  const go = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const address = addressOf(asked());
      // The first key makes an entry in the history; the others only change it.
      if (questionIn(location.hash)) history.replaceState(null, "", address);
      else history.pushState(null, "", address);
      onRoute();
    }, pause);
  };
  startAsking(() => go(0));
  byId("find").addEventListener("submit", (event) => (event.preventDefault(), go(0)));
  byId("find-words").addEventListener("input", () => go(PAUSE_MS));
  byId("search-filters").addEventListener("submit", (event) => event.preventDefault());
  byId("search-filters").addEventListener("input", () => go(PAUSE_MS));
  byId("search-more").addEventListener("click", more);
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || !keysAreOn() || busy || event.ctrlKey || event.metaKey || event.altKey || byId("find").hidden) return;
    event.preventDefault();
    byId("find-words").focus();
  });
  byId("find-words").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || byId("search-results").hidden) return;
    event.preventDefault();
    links()[0]?.focus();
  });
  byId("search-meetings").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const place = links().indexOf(event.target);
    if (!step || place < 0) return;
    event.preventDefault();
    (place + step < 0 ? byId("find-words") : links()[place + step])?.focus();
  });
}

const links = () => [...byId("search-meetings").querySelectorAll("a.search-hit")];

/** Show the results of a question. */
export async function showSearch(question) {
  last = addressOf(question);
  document.title = question.q.trim() ? `${question.q.trim()} · Search · Meetings` : "Search · Meetings";
  for (const [name, id] of Object.entries(FIELDS)) if (byId(id).value !== question[name]) byId(id).value = question[name];
  if (shownFor === last) return;
  asking?.abort();
  clearTimeout(whole);
  if (isEmpty(question)) {
    forgetSearch();
    setText(byId("search-count"), "Type words that were said. Put an exact phrase in double quotes.");
    return;
  }
  asking = new AbortController();
  const { signal } = asking;
  byId("search-meetings").setAttribute("aria-busy", "true");
  try {
    const found = await search({ ...question, typing: "true" }, signal);
    if (signal.aborted) return;
    shownFor = last;
    byId("search-problem").replaceChildren();
    draw(found, false);
    if (found.meaning_is_on) whole = setTimeout(() => showWhole(question, signal), WHOLE_MS);
  } catch (problem) {
    if (problem.name === "AbortError" || signal.aborted) return;
    failed(problem, question);
  } finally {
    if (!signal.aborted) byId("search-meetings").removeAttribute("aria-busy");
  }
}

function draw(found, ofWhole) {
  isWhole = ofWhole;
  cursor = found.next_cursor;
  byId("search-meetings").replaceChildren(...found.meetings.map(meetingOf));
  tell(found);
}

/** Add results with similar meaning, unless the focus is in the results already. If that fails, those by words stay. */
async function showWhole(question, signal) {
  try {
    const found = await search(question, signal);
    if (!signal.aborted && !byId("search-meetings").contains(document.activeElement)) draw(found, true);
  } catch (problem) {
    if (problem.name !== "AbortError") console.warn("search by meaning:", problem);
  }
}

function failed(problem, question) {
  shownFor = null;
  cursor = null;
  byId("search-more").hidden = true;
  byId("search-meetings").replaceChildren();
  const nothing = problem.code === "empty_query";
  setText(byId("search-count"), nothing ? "Type a word of at least one letter or digit." : "");
  const box = nothing || problem.status === 401 ? [] : [problemBox(problem, [actionButton("Try again", () => showSearch(question))])];
  byId("search-problem").replaceChildren(...box);
}

function tell(found) {
  const number = byId("search-meetings").children.length;
  const words = number ? `${count(number, "meeting")}${found.next_cursor ? " and more" : ""}` : "Nothing found. A line must contain all of the words. To ask a question, press Ask.";
  const waiting = found.pending ? ` ${count(found.pending, "recording")} not searched yet: the index is being built.` : "";
  const ranking = { words_and_meaning: " By words and meaning." }[found.ranking] ?? (found.ranking_note ? ` By words alone: ${found.ranking_note}` : "");
  setText(byId("search-count"), `${words}${(waiting || ranking) && number ? "." : ""}${ranking}${waiting}`);
  byId("search-more").hidden = !found.next_cursor;
}

async function more() {
  const before = shownFor;
  try {
    clearTimeout(whole);
    const found = await search({ ...asked(), ...(isWhole ? {} : { typing: "true" }), cursor });
    if (shownFor !== before) return;
    const added = found.meetings.map(meetingOf);
    byId("search-meetings").append(...added);
    cursor = found.next_cursor;
    tell(found);
    announce(`${count(added.length, "more meeting")}.`);
    added[0]?.querySelector("a")?.focus();
  } catch (problem) {
    byId("search-problem").replaceChildren(problemBox(problem, [actionButton("Try again", more)]));
  }
}

/** Forget the results, as after signing out. */
export function forgetSearch() {
  forgetAnswer();
  asking?.abort();
  clearTimeout(whole);
  shownFor = cursor = null;
  byId("search-more").hidden = true;
  byId("search-meetings").replaceChildren();
  byId("search-problem").replaceChildren();
  setText(byId("search-count"), "");
}

function meetingOf(found) {
  const rest = found.matches - found.hits.length;
  return el("li", { class: "search-meeting" },
    el("h2", { dir: "auto" }, el("a", { href: `#/meetings/${encodeURIComponent(found.recording_id)}` }, found.title)),
    el("p", { class: "hint" }, [dayOf(found.meeting_date), rest > 0 && `${count(rest, "more match", "more matches")} in this meeting`].filter(Boolean).join(" · ")),
    el("ol", { class: "search-hits" }, found.hits.map((hit) => el("li", {}, hitOf(hit)))));
}

function hitOf(hit) {
  const near = (position) => hit.context.filter((line) => line.position === position)
    .map((line) => el("p", { class: "near", dir: "auto" }, `${line.speaker}: ${line.text}`));
  const facts = [
    KINDS[hit.kind], hit.kind !== "person" && hit.people.join(", "), hit.start_ms !== null && clock(hit.start_ms),
    hit.status, hit.unverified && "not confirmed", hit.draft && "draft", hit.by_meaning && "similar meaning",
  ].filter(Boolean).join(" · ");
  return el("a", { class: "search-hit", href: hit.page.slice(hit.page.indexOf("#")) },
    near("before"), el("p", { dir: "auto" }, marked(hit)), near("after"), near("source"),
    el("p", { class: "said-by" }, facts));
}

/** The text with its matches marked. The service counts characters as code points, JavaScript as UTF-16. */
function marked({ text, highlights }) {
  const characters = Array.from(text);
  const part = (start, end) => characters.slice(start, end).join("");
  const parts = [];
  let from = 0;
  for (const { start, end } of highlights) {
    parts.push(part(from, start), el("mark", {}, part(start, end)));
    from = end;
  }
  return [...parts, part(from)];
}
