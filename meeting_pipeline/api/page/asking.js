// A question about all meetings: the button beside the search, and the answer above its results.
// Belongs here: asking, and drawing sentences, their citations and passages. Must not go here: the search itself (search.js).

import { askQuestion } from "./api.js";
import { actionButton, box, problemBox } from "./boxes.js";
import { announce, byId, el } from "./dom.js";
import { clock, count, dayOf } from "./words.js";

let asking = null; // the question in progress

/** Set up the button. `onAsk()` makes the results visible. */
export function startAsking(onAsk) {
  byId("ask").addEventListener("click", () => {
    onAsk();
    ask(byId("find-words").value);
  });
  byId("find-words").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    byId("ask").click();
  });
  byId("find-words").addEventListener("input", forgetAnswer);
}

/** Forget the answer: another question is being typed, or somebody signs out. */
export function forgetAnswer() {
  asking?.abort();
  asking = null;
  byId("answer").hidden = true;
  byId("answer").replaceChildren();
}

async function ask(text) {
  const question = text.trim();
  if (!question) {
    byId("find-words").focus();
    announce("Type a question first.", { seen: true });
    return;
  }
  forgetAnswer();
  const mine = new AbortController();
  asking = mine;
  show([el("p", { class: "hint" }, "Reading what was said …")], true);
  const limits = { since: byId("search-since").value || null, until: byId("search-until").value || null };
  try {
    const answer = await askQuestion({ question, ...limits }, mine.signal);
    if (mine.signal.aborted) return;
    show(partsOf(answer), false);
    announce(answer.sentences.length ? `The answer has ${count(answer.sentences.length, "sentence")}.` : answer.reason.message);
  } catch (problem) {
    if (problem.name === "AbortError" || mine.signal.aborted) return;
    show(problem.status === 401 ? [] : [problemBox(problem, [actionButton("Ask again", () => ask(question))])], false);
  }
}

function show(parts, busy) {
  const place = byId("answer");
  place.hidden = parts.length === 0;
  place.setAttribute("aria-busy", String(busy));
  place.replaceChildren(el("h2", { id: "answer-title" }, "Answer"), ...parts);
}

function partsOf(answer) {
  const parts = [];
  if (answer.sentences.length) parts.push(el("ol", { class: "answer-sentences" }, answer.sentences.map(sentenceOf)));
  if (answer.reason) parts.push(box("calm", answer.reason.message, { advice: answer.reason.advice }));
  if (answer.passages.length) parts.push(passagesOf(answer));
  const facts = factsOf(answer);
  if (facts) parts.push(el("p", { class: "hint" }, facts));
  return parts;
}

function sentenceOf(sentence) {
  const text = sentence.quoted ? el("q", {}, sentence.text) : sentence.text;
  return el("li", {}, el("p", { dir: "auto", class: "answer-sentence" }, text), sentence.citations.map(citationOf));
}

function citationOf(citation) {
  const facts = [citation.title, dayOf(citation.meeting_date), clock(citation.start_ms)].join(" · ");
  return el("a", { class: "citation", href: citation.page.slice(citation.page.indexOf("#")) },
    el("span", { dir: "auto" }, `${citation.speaker}: “${citation.quote}”`), el("span", { class: "said-by", dir: "auto" }, facts));
}

/** The passages: unfolded if there is no answer. */
function passagesOf(answer) {
  return el("details", { class: "passages", open: answer.sentences.length === 0 },
    el("summary", {}, count(answer.passages.length, "passage", "passages")),
    el("ol", { class: "search-hits" }, answer.passages.map((one) => el("li", {}, passageOf(one)))));
}

function passageOf(passage) {
  return el("a", { class: "search-hit", href: passage.page.slice(passage.page.indexOf("#")) },
    el("p", { class: "said-by", dir: "auto" }, [passage.title, dayOf(passage.meeting_date), clock(passage.lines[0].start_ms)].join(" · ")),
    passage.lines.map((line) => el("p", { dir: "auto" }, `${line.speaker}: ${line.text}`)));
}

function factsOf(answer) {
  const cost = answer.price_known ? `${answer.cost_usd.toFixed(4)} USD` : "an unknown price";
  return [
    answer.model && `Asked ${answer.model} for ${cost}.`,
    answer.dropped > 0 && `Not shown, because the cited words do not support them: ${count(answer.dropped, "sentence")}.`,
    answer.pending > 0 && `Not searched yet: ${count(answer.pending, "recording")}.`,
  ].filter(Boolean).join(" ");
}
