// The status of a recording: its steps, what it waits for, what is missing, and what a person can do about it.
// Belongs here: what both the list and a meeting's page show about a recording. Must not go here: loading it.

import { cancel, reprocess } from "./api.js";
import { actionButton, box, problemBox } from "./boxes.js";
import { announce, el } from "./dom.js";
import { STATUS, STEPS, insightWords, momentOf, stageWords, stepsDone } from "./words.js";

export const over = (recording) => recording.status === "completed" || recording.status === "failed";

/** The status as a small label. */
export const pill = (recording) => {
  const tone = recording.status === "completed" && recording.gaps.length ? "gaps" : recording.status;
  const words = tone === "gaps" ? "Completed with gaps" : STATUS[recording.status] ?? recording.status;
  return el("span", { class: `pill ${tone}` }, words);
};

/** The steps of a recording: done, current and ahead. */
export function steps(recording) {
  const done = recording.status === "completed" ? STEPS.length : stepsDone(recording.stage);
  return el("ol", { class: "steps", "aria-label": "Progress" }, STEPS.map((name, place) => {
    const state = place < done ? "done" : place === done ? "now" : "ahead";
    const words = { done: "done", now: "in progress", ahead: "to come" }[state];
    return el("li", { class: `step ${state}`, "aria-current": state === "now" ? "step" : null },
      el("span", { class: "step-bar" }), name, el("span", { class: "visually-hidden" }, ` (${words})`));
  }));
}

/** Whether this wait is more than waiting for a turn, or for a provider that is working. */
const heldUp = (wait) => wait !== null && (wait.kind === "outage" || wait.kind === "limit" || wait.kind === "retry");

/** What is in progress, or what the recording waits for, in a sentence. */
export function stageSentence(recording) {
  const wait = recording.waits_for;
  if (heldUp(wait)) return recording.attempts > 0 ? `Tried ${recording.attempts === 1 ? "once" : `${recording.attempts} times`}` : "";
  return wait ? wait.message : stageWords(recording.stage);
}

/** Run the action of a button, announce its result, and show a refusal in `place`. */
async function doing(place, words, act, changed) {
  place.replaceChildren();
  try {
    const done = await act();
    announce([words, done && done.notice].filter(Boolean).join(" "), { seen: true });
    changed();
  } catch (problem) {
    place.replaceChildren(problemBox(problem));
  }
}

/** The buttons for a recording; `changed()` is called after each action. `whole`: no list of what is missing is beside them. */
export function actions(recording, changed, { whole = false } = {}) {
  const answers = el("div", { class: "answers", role: "alert" });
  const about = `: ${recording.title}`;
  const buttons = [];
  if (!over(recording)) {
    const ask = actionButton("Cancel", async () => {
      if (ask.dataset.sure) {
        await doing(answers, "Cancelled.", () => cancel(recording.recording_id), changed);
        return;
      }
      ask.dataset.sure = "yes";
      ask.textContent = "Really cancel?";
      ask.setAttribute("aria-label", `Really cancel${about}?`);
      announce("Press again to cancel. Calls in progress at a provider are still billed.");
      setTimeout(() => {
        delete ask.dataset.sure;
        ask.textContent = "Cancel";
        ask.setAttribute("aria-label", `Cancel${about}`);
      }, 6000);
    }, { kind: "quiet", name: `Cancel${about}` });
    buttons.push(ask);
  }
  if (recording.status === "failed") {
    buttons.push(actionButton("Try again", () =>
      doing(answers, `Started over${about}.`, () => reprocess(recording.recording_id), changed), { name: `Try again${about}` }));
  }
  if (recording.status === "completed" && recording.gaps.length) {
    const missing = recording.gaps.map((gap) => gap.insight);
    buttons.push(actionButton(whole ? `Retry ${missing.map((one) => insightWords(one).toLowerCase()).join(", ")}` : "Retry", () =>
      doing(answers, `Retrying${about}.`, () => reprocess(recording.recording_id, "missing"), changed),
      { name: `Retry ${missing.map((one) => insightWords(one)).join(", ")}${about}` }));
  }
  return { buttons, answers };
}

/** Boxes for failure, waiting and gaps; `null` when there is nothing to say. */
export function notices(recording) {
  if (recording.status === "failed" && recording.error) {
    return box("bad", recording.error.message, { advice: recording.error.advice, code: recording.error.code });
  }
  if (recording.status === "completed" && recording.stage !== "done") {
    return box("calm", "It is being reprocessed. The current results stay until that is done.");
  }
  const wait = recording.waits_for;
  if (heldUp(wait)) {
    const until = wait.until ? `Next attempt at ${momentOf(wait.until)}.` : "";
    return box("warn", wait.message, { advice: [wait.advice, until].filter(Boolean).join(" "), code: wait.code });
  }
  if (recording.status === "completed" && recording.gaps.length) return gapBox(recording.gaps);
  return null;
}

/** Which results are missing. */
export const gapWords = (gaps) => `Missing: ${gaps.map((gap) => insightWords(gap.insight).toLowerCase()).join(", ")}`;

/** Which results are missing, why, and what happens next. */
export const gapBox = (gaps) => el("div", { class: "notice warn" }, el("p", { class: "notice-lead" }, gapWords(gaps)), gapList(gaps));

/** Why each of them is missing, and what happens next. */
export function gapList(gaps) {
  return el("ul", { class: "gap-list" }, gaps.map((gap) => el("li", {},
      el("span", {}, gap.reason), " ", gap.advice && el("span", {}, gap.advice), " ",
      el("span", {}, gap.retry_at ? `It is retried at ${momentOf(gap.retry_at)}.` : "It is not retried automatically."))));
}
