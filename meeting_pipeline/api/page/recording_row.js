// One recording in the list. Its row is created once and then updated in place, so that focus and scroll position are kept.
// Belongs here: how a recording looks in the list. Must not go here: which recordings are in it (recordings.js).

import { el, setText } from "./dom.js";
import { actions, gapList, gapWords, notices, over, pill, stageSentence, steps } from "./status.js";
import { dayOf, lengthOf, momentOf } from "./words.js";

/** A row. `update(recording)` draws what has changed; `changed()` is called after a button's action. */
export class RecordingRow {
  constructor(recording, changed) {
    this.changed = changed;
    this.dated = true;
    this.title = el("a", { class: "recording-title", dir: "auto" });
    this.pill = el("span");
    this.facts = el("p", { class: "hint facts" });
    this.steps = el("div");
    this.stage = el("p", { class: "stage" });
    this.notice = el("div", { class: "notice-place" });
    this.buttons = el("div", { class: "row buttons" });
    this.answers = el("div", { class: "answers-place" });
    this.going = el("div", { class: "going" }, this.stage, this.buttons);
    this.heading = el("h4", {}, this.title);
    this.element = el("li", { class: "recording" },
      el("div", { class: "recording-head" }, this.heading, this.facts, this.pill), this.steps, this.notice, this.going, this.answers);
    this.update(recording);
  }

  update(recording) {
    this.recording = recording;
    this.element.dataset.status = recording.status;
    this.element.classList.toggle("over", over(recording));
    setText(this.title, recording.title);
    this.title.setAttribute("href", `#/meetings/${encodeURIComponent(recording.recording_id)}`);
    this.draw("pill", [recording.status, recording.gaps], () => this.pill.replaceChildren(pill(recording)));
    setText(this.facts, this.factsOf(recording));
    this.draw("steps", [recording.status, recording.stage], () => {
      this.steps.replaceChildren(...(over(recording) ? [] : [steps(recording)]));
    });
    setText(this.stage, over(recording) ? "" : stageSentence(recording));
    this.draw("notice", [recording.status, recording.stage === "done", recording.error, recording.waits_for, recording.gaps], () => {
      const notice = recording.status === "completed" && recording.stage === "done" && recording.gaps.length
        ? el("details", { class: "row-gaps" }, el("summary", {}, gapWords(recording.gaps)), gapList(recording.gaps)) : notices(recording);
      this.notice.replaceChildren(...(notice ? [notice] : []));
    });
    this.draw("buttons", [recording.status, recording.gaps.map((gap) => gap.insight)], () => this.drawButtons(recording));
  }

  /** Whether the row shows the day of the meeting: not below a heading that does. */
  sayDay(dated) {
    this.dated = dated;
    setText(this.facts, this.factsOf(this.recording));
  }

  /** Draw a part, but only if what it shows has changed. */
  draw(part, shown, act) {
    const now = JSON.stringify(shown);
    this.drawn ??= {};
    if (this.drawn[part] === now) return;
    this.drawn[part] = now;
    act();
  }

  drawButtons(recording) {
    const hadFocus = this.buttons.contains(document.activeElement);
    const { buttons, answers } = actions(recording, () => this.changed(recording.recording_id));
    this.buttons.replaceChildren(...buttons);
    this.going.hidden = !buttons.length && over(recording);
    this.answers.replaceChildren(answers);
    if (hadFocus) (buttons[0] ?? this.title).focus();
  }

  factsOf(recording) {
    return [this.dated && dayOf(recording.meeting_date), lengthOf(recording.duration_ms), `submitted ${momentOf(recording.submitted_at)}`].filter(Boolean).join(" · ");
  }
}
