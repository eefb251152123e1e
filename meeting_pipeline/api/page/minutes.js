// The results of a meeting: summary with topics, decisions, action items, each with its quote.
// Belongs here: drawing these results. Must not go here: the transcript that they refer to (transcript.js).

import { gapBox } from "./status.js";
import { el, icon } from "./dom.js";
import { foldAllButton, foldingItem, isDense } from "./item_rows.js";
import { clock, count, dueOf, languageTag, shortDay } from "./words.js";

const PLACE = "M12 4v15M6 13l6 6 6-6";
const DRAWN = new Set(["summary", "action_items", "decisions", "speakers"]); // drawn by code of their own
const FIRST_ITEMS = 100; // drawn at once; thousands of items keep a browser busy for seconds

/**
 * The results, as sections. `claims`: which of them are facts, and the buttons for each.
 * `onEvidence(evidence, button)`: somebody wants to see or hear where it was said.
 * `expanded`: names of the long lists that are unfolded; `folds`: which items are folded. Both survive redrawing.
 */
export function minutesSections(meeting, gaps, claims, onEvidence, expanded, folds) {
  const missing = (insight) => gaps.filter((gap) => gap.insight === insight);
  const facts = (insight) => claims.facts(meeting[insight]);
  const apart = (insight, draw) => claims.apart(insight, (claim) => draw(claim.entry));
  const plain = (insight) => claims.apart(insight, (claim) => plainItem(claim, onEvidence));
  const [tasks, decided] = [facts("action_items"), facts("decisions")];
  return [
    section("Summary", "summary", [
      ...missing("summary").map((gap) => gapBox([gap])),
      meeting.summary?.short_summary && el("div", { class: "summary-text", lang: languageTag(meeting.language) || null, dir: "auto" }, paragraphs(meeting.summary.short_summary)),
      meeting.summary && !meeting.summary.short_summary && el("p", { class: "hint" }, "There is nothing that can be stated as a fact."),
      claims.facts(meeting.summary?.topics)?.length > 0 && topics(claims.facts(meeting.summary.topics), meeting.segments ?? [], onEvidence),
      ...plain("summary"),
    ]),
    section("Action items", "action-items", [
      ...results(tasks, missing("action_items"), "No action items.",
        (items) => longList(items, (item) => actionItem(item, onEvidence, { claims, list: "action items", dense: isDense(items.length), folds }), "action items", expanded)),
      ...apart("action_items", (item) => actionItem(item, onEvidence)), claims.adding("action_items", "Add an action item")], tasks?.length, folding(tasks, "action items", folds)),
    section("Decisions", "decisions", [
      ...results(decided, missing("decisions"), "No decisions.",
        (decisions) => longList(decisions, (decision) => decisionItem(decision, onEvidence, { claims, list: "decisions", dense: isDense(decisions.length), folds }), "decisions", expanded)),
      ...apart("decisions", (decision) => decisionItem(decision, onEvidence)), claims.adding("decisions", "Add a decision")], decided?.length, folding(decided, "decisions", folds)),
    ...(meeting.insights ?? []).filter((one) => !DRAWN.has(one.name) && one.fields.length).map((one) => listed(one, meeting[one.name], missing(one.name), claims, onEvidence, expanded)),
    ...(plain("speakers").some(Boolean) ? [section("Names of speakers", "speaker-names", plain("speakers"))] : []),
  ];
}

/** An insight that is a list of items, from its description. */
function listed(insight, entries, gaps, claims, onEvidence, expanded) {
  const words = insight.title.toLowerCase();
  const items = claims.facts(entries);
  const draw = (item) => fieldsItem(insight.fields, item, onEvidence);
  return section(insight.title, insight.name.replaceAll("_", "-"), [
    ...results(items, gaps, insight.nothing ?? "None were found.",
      (found) => longList(found, (item) => withControls(draw(item), claims.below(item)), words, expanded)),
    ...claims.apart(insight.name, (claim) => draw(claim.entry))], items?.length);
}

/** A list item with its buttons. */
function withControls(item, controls) {
  if (controls) item.append(controls);
  return item;
}

/** A claim that is one sentence, with a link to its evidence if it has any. */
function plainItem(claim, onEvidence) {
  return el("li", { class: "item" },
    el("p", { class: "item-text", dir: "auto" }, claim.text),
    claim.evidence && evidenceButton(claim.evidence, onEvidence, claim.text));
}

function fieldsItem([first, ...others], item, onEvidence) {
  const told = others.map((field) => [field, valueOf(field, item)]).filter(([, value]) => value);
  const head = valueOf(first, item);
  return el("li", { class: "item" },
    el("p", { class: "item-text", dir: "auto" }, head, candidate(item)),
    told.length > 0 && el("dl", { class: "item-facts" },
      told.map(([field, value]) => el("div", {}, el("dt", {}, field.title), el("dd", { dir: "auto" }, value)))),
    item.evidence && evidenceButton(item.evidence, onEvidence, head));
}

/** The value of a field, for people. */
function valueOf(field, item) {
  const value = item[field.name];
  if (field.kind === "people") return item[`${field.name}_names`].join(", ");
  if (value === null) return "";
  if (field.kind === "person") return item[`${field.name}_name`];
  if (field.kind === "date") return dueOf(value);
  if (field.kind === "yes_no") return value ? "Yes" : "No";
  return String(value);
}

function section(title, id, children, number, tool = null) {
  const heading = el("h2", { id: `${id}-title`, tabindex: "-1" }, title, number > 0 && el("span", { class: "count", "aria-label": ` (${number})` }, String(number)));
  return el("section", { class: `part ${id}`, "aria-labelledby": `${id}-title` }, tool ? el("div", { class: "part-head" }, heading, tool) : heading, ...children);
}

/** The button that unfolds a long list. */
function folding(items, list, folds) {
  if (!items || !isDense(items.length)) return null;
  const button = foldAllButton(list, () => button.closest("section"), folds);
  return button;
}

const paragraphs = (text) => text.split(/\n{1,}/).filter((part) => part.trim()).map((part) => el("p", { dir: "auto" }, part));

function results(found, gaps, nothing, draw) {
  return [
    ...gaps.map((gap) => gapBox([gap])),
    found && (found.length ? draw(found) : el("p", { class: "hint" }, nothing)),
  ];
}

function longList(items, draw, name, expanded) {
  const shown = expanded.has(name) ? items.length : FIRST_ITEMS;
  const list = el("ol", { class: "items" }, items.slice(0, shown).map(draw));
  if (items.length <= shown) return list;
  const all = el("button", { class: "secondary show-all", type: "button" }, `Show all ${items.length} ${name}`);
  all.addEventListener("click", () => {
    expanded.add(name);
    list.append(...items.slice(shown).map(draw));
    all.remove();
    list.children[shown].querySelector("button")?.focus();
  });
  return el("div", {}, list, all);
}

function topics(list, segments, onEvidence) {
  return el("ol", { class: "topics", "aria-label": "Topics" }, list.map((topic) => {
    const first = segments.find((segment) => segment.end_ms > topic.start_ms);
    const evidence = { segment_ids: first ? [first.id] : [], start_ms: topic.start_ms };
    const button = el("button", { class: "topic", type: "button" }, el("span", { class: "at" }, clock(topic.start_ms)), el("span", { dir: "auto" }, topic.title));
    button.addEventListener("click", () => onEvidence(evidence, button));
    return el("li", {}, button);
  }));
}

/** An item with everything that belongs to it: if it is a fact, a row that folds, with its controls (`row`); otherwise all of it is shown. */
function claimItem(item, words, facts, short, onEvidence, row) {
  const text = el("p", { class: "item-text", dir: "auto" }, words, candidate(item), statusPill(item));
  const quote = shownEvidence(item, onEvidence, words);
  if (!row) return el("li", { class: over(item) ? "item over" : "item", data: { claim: item.claim_id } }, text, facts, quote);
  const controls = row.claims.below(item);
  return foldingItem({
    item, name: words, over: over(item), ...row,
    head: [row.claims.tick(item), text, short],
    more: facts ? [facts, controls, quote] : [quote, controls], // in the order in which they are seen
  });
}

function actionItem(item, onEvidence, row = null) {
  const due = item.due_date ? el("time", { datetime: item.due_date }, dueOf(item.due_date)) : null;
  const said = item.due_words && !(due && item.evidence.quote.includes(item.due_words)); // below, the quote says it
  const facts = el("dl", { class: "item-facts" },
    el("div", {}, el("dt", {}, "Owner"), el("dd", { dir: "auto" }, item.owner_name ?? "Nobody was named")),
    el("div", {}, el("dt", {}, "Due"), el("dd", {}, due ?? (item.due_words ? "" : "Not said"),
      said && el("span", { class: "raw", dir: "auto" }, due ? ` “${item.due_words}”` : `“${item.due_words}”`))));
  const short = el("span", { class: "item-short" }, item.owner_name && el("bdi", { class: "short-owner", title: item.owner_name }, item.owner_name),
    el("span", { class: "short-due" }, item.due_date ? shortDay(item.due_date) : ""));
  return claimItem(item, item.task, facts, short, onEvidence, row);
}

function decisionItem(item, onEvidence, row = null) {
  const facts = item.decided_by_names.length > 0 && el("dl", { class: "item-facts" },
    el("div", {}, el("dt", {}, "By"), el("dd", { dir: "auto" }, item.decided_by_names.join(", "))));
  const short = el("span", { class: "item-short" }, item.decided_by_names.length > 0 && el("bdi", { class: "short-owner" }, item.decided_by_names.join(", ")));
  return claimItem(item, item.decision, facts, short, onEvidence, row);
}

const STATUS = { done: "Done", dropped: "Dropped", superseded: "Superseded" };
const over = (item) => item.status in STATUS;

/** The status of an item; nothing while it is open, as most are, or if the status is unknown. */
const statusPill = (item) => over(item) && el("span", { class: "pill completed status" }, STATUS[item.status]);

/** Where it was said. An item that a person added may have no such place. */
const shownEvidence = (item, onEvidence, about) =>
  item.evidence.segment_ids.length + item.evidence.quote.length > 0 && evidenceButton(item.evidence, onEvidence, about);

const candidate = (item) =>
  item.candidate && el("span", { class: "pill gaps", title: "Its words were not recognised well, or it was found by rules. Confirm it before you act on it." }, "Not certain");

function evidenceButton(evidence, onEvidence, about) {
  const at = evidence.start_ms === null ? "" : clock(evidence.start_ms);
  const button = el("button", { class: "evidence", type: "button", "aria-label": `Show where it was said${at && `, ${at}`}: ${evidence.quote || about}` },
    evidence.quote ? el("q", { class: "quote", dir: "auto" }, evidence.quote) : el("span", {}, "Where it was said"), el("span", { class: "evidence-at" }, at, icon(PLACE)));
  button.addEventListener("click", () => onEvidence(evidence, button));
  return button;
}

/** The number of results of each kind, for a screen reader's announcement. */
export const minutesInWords = (meeting) =>
  [count(meeting.action_items?.length ?? 0, "action item"), count(meeting.decisions?.length ?? 0, "decision")].join(", ");
