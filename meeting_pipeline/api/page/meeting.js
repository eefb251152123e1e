// A meeting's page: title, facts and notices, results, speakers, the transcript with its sound, downloads.
// Belongs here: loading it, keeping it up to date, and what connects its parts. Must not go here: the parts themselves.

import { changeDetails, correctSegment, meeting as fetchMeeting, recording as fetchRecording } from "./api.js";
import { actionButton, box, problemBox } from "./boxes.js";
import { ChangesView } from "./changes.js";
import { Claims } from "./claims.js";
import { Contents } from "./contents.js";
import { announce, byId, el, setText } from "./dom.js";
import { downloadsPart } from "./downloads.js";
import { detailsForm } from "./edit_forms.js";
import { Folds } from "./item_rows.js";
import { minutesInWords, minutesSections } from "./minutes.js";
import { Player } from "./player.js";
import { lastSearch } from "./search.js";
import { SharingView } from "./sharing.js";
import { SpeakersView } from "./speakers.js";
import { actions, gapBox, notices, over, pill, stageSentence, steps } from "./status.js";
import { TranscriptView } from "./transcript.js";
import { VersionsView } from "./versions.js";
import { count, dayOf, lengthOf, momentOf } from "./words.js";

const QUIET_MS = 300;
// What a speech model would change. The text of providers/whisper/advice.py; a test compares them.
const SPEECH_MODEL_ADVICE =
  "A speech model makes about half as many errors, and needs no key: " +
  "pip install 'meeting-pipeline[whisper]' && meeting-pipeline models fetch base (148 MB).";

/** The page of one recording, from `open()` until `close()`. */
export class MeetingPage {
  constructor(id) {
    this.id = id;
    this.drawn = {};
    this.claims = new Claims(id, () => this.load());
    this.expanded = new Set(); // long lists that somebody has opened
    this.folds = new Folds();
    this.turns = 0; // requests so far
    this.shown = 0; // which of them is drawn: an answer never replaces that of a later request
    this.closed = false;
  }

  /** Draw it. `place`: see `goTo`. */
  async open(place = null) {
    this.place = place;
    this.title = el("h1", { id: "meeting-title", tabindex: "-1", dir: "auto" }, "Loading");
    this.facts = el("p", { class: "facts" });
    this.state = el("div", { class: "meeting-state" });
    this.details = el("div", { class: "meeting-details" });
    this.dagster = el("a", { rel: "noreferrer", target: "_blank", hidden: true }, "Open in Dagster", el("span", { class: "visually-hidden" }, " (in a new tab)"));
    this.results = el("div", { class: "results" });
    this.downloads = el("div");
    this.side = el("div", { class: "side" });
    this.left = el("div", { class: "minutes" }, this.results);
    this.columns = el("div", { class: "columns" }, this.left, this.side);
    this.contents = new Contents(this.columns);
    byId("meeting").setAttribute("aria-labelledby", "meeting-title");
    byId("meeting").replaceChildren(
      el("nav", { class: "back", "aria-label": "Breadcrumb" }, el("a", { href: "#/" }, "← All recordings"),
        lastSearch() ? el("a", { href: lastSearch() }, "← Search results") : null, this.dagster),
      el("header", { class: "meeting-head" }, this.title, el("div", { class: "about" }, this.facts, this.details), this.downloads, this.state),
      el("div", { class: "with-contents" }, this.contents.element, this.columns));
    await this.load();
    if (!this.closed && !this.arrived) this.title.focus();
  }

  /** Show a place in the transcript and play from there, once it is loaded: `{segments: id}`, or `{at: ms}`. */
  goTo(place) {
    this.place = place;
    this.arrive();
  }

  arrive() {
    if (!this.place || !this.transcript?.segments.length) return;
    const segment = this.transcript.segmentAt(this.place);
    this.place = null;
    if (!segment) {
      announce("This place is not in the transcript.", { seen: true });
      return;
    }
    this.arrived = this.transcript.jumpTo([segment.id], null);
    this.player?.playFrom(segment.start_ms);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.player?.close();
    this.contents?.close();
    byId("meeting").replaceChildren();
  }

  /** Something happened to this recording: load it again, soon. */
  touched() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), QUIET_MS);
  }

  async load() {
    const turn = (this.turns += 1);
    const isLate = () => this.closed || turn < this.shown;
    try {
      const recording = await fetchRecording(this.id);
      const meeting = recording.links.transcript_json ? await fetchMeeting(this.id) : null;
      if (isLate()) return;
      this.shown = turn;
      this.draw(recording, meeting);
    } catch (problem) {
      if (!isLate()) this.failed(problem);
    }
  }

  failed(problem) {
    if (problem.status === 401) return;
    if (problem.status === 0 || problem.status >= 500) this.timer = setTimeout(() => this.load(), 3000);
    const again = actionButton("Try again", () => this.load());
    if (!this.recording) setText(this.title, problem.status === 404 ? "There is no such meeting" : "This meeting cannot be shown right now");
    this.state.replaceChildren(problem.status === 404 ? box("calm", "It may have been deleted, or its address is wrong.") : problemBox(problem, [again]));
    this.drawn.state = null;
  }

  draw(recording, meeting) {
    const first = !this.recording;
    const arrived = !first && !this.meeting && meeting;
    [this.recording, this.meeting] = [recording, meeting];
    document.title = `${recording.title} · Meetings`;
    setText(this.title, recording.title);
    setText(this.facts, this.factsOf(recording, meeting));
    this.dagster.setAttribute("href", recording.links.dagster);
    this.dagster.hidden = false;
    this.part("state", [recording.title, recording.status, recording.stage, recording.attempts, recording.waits_for, recording.error, recording.gaps, meeting?.notices],
      () => this.drawState(recording, meeting));
    if (!meeting) return;
    this.makeParts(recording, meeting);
    const gaps = recording.gaps;
    this.claims.update(meeting.claims, meeting.speakers);
    if (!this.claims.editing) {
      this.part("results", [meeting.insights.map((one) => meeting[one.name]), meeting.claims, gaps, meeting.speakers], () => this.drawResults(meeting, gaps));
    }
    this.part("changes", [meeting.changes], () => this.changes.update(meeting.changes));
    this.part("details", [], () => this.drawDetails());
    this.part("speakers", [meeting.speakers], () => this.speakers.update(meeting));
    if (!this.transcript.editing) this.part("transcript", [meeting.speakers, meeting.segments], () => this.transcript.update(meeting));
    this.arrive();
    this.contents.update();
    if (recording.status === "completed") this.versions.load().then(() => this.closed || this.contents.update());
    if (arrived) announce(`The transcript is ready. ${minutesInWords(meeting)}.`);
  }

  /** Draw a part, but only if what it shows has changed. */
  part(name, shown, act) {
    const now = JSON.stringify(shown);
    if (this.drawn[name] === now) return;
    this.drawn[name] = now;
    act();
  }

  factsOf(recording, meeting) {
    const stamps = Object.entries(meeting?.provenance ?? {}).sort(([kind]) => (kind === "transcript" ? -1 : 0));
    const makers = [...new Set(stamps.map(([, stamp]) => meeting.makers[stamp.provider] ?? stamp.provider))];
    return [
      dayOf(recording.meeting_date), lengthOf(recording.duration_ms),
      meeting && count(meeting.speakers.filter((one) => !one.merged_into).length, "speaker"),
      makers.length > 0 && `made by ${makers.join(" and ")}`,
      recording.completed_at && recording.status === "completed" && `completed ${momentOf(recording.completed_at)}`,
    ].filter(Boolean).join(" · ");
  }

  drawState(recording, meeting) {
    const { buttons, answers } = actions(recording, () => this.load(), { whole: true });
    const hadFocus = this.state.contains(document.activeElement);
    const missing = recording.gaps.filter((gap) => gap.insight === "speakers");
    this.state.replaceChildren(...[
      over(recording) ? null : el("div", { class: "under-way" }, el("p", { class: "stage" }, pill(recording), " ", stageSentence(recording)), steps(recording)),
      recording.status === "completed" && recording.stage === "done" ? null : notices(recording),
      ...draftBoxes(meeting),
      recording.status === "completed" && missing.length ? gapBox(missing) : null,
      answers,
      buttons.length ? el("div", { class: "row" }, buttons) : null,
    ].filter(Boolean));
    if (hadFocus) (this.state.querySelector("button") ?? this.title).focus();
  }

  makeParts(recording, meeting) {
    if (this.transcript) return;
    if (recording.links.media) {
      this.player = new Player(this.id, recording.duration_ms, (ms, playing, follow) => this.transcript?.at(ms, playing, follow));
    }
    this.transcript = new TranscriptView(this.player ? (ms) => this.player.playFrom(ms) : null, (segment, changes) => this.correct(segment, changes));
    this.speakers = new SpeakersView(this.id, () => this.load());
    this.changes = new ChangesView(this.id, () => this.load());
    this.versions = new VersionsView(this.id, () => this.load());
    const sharing = new SharingView(this.id, Boolean(recording.links.media));
    this.left.append(this.speakers.element, this.changes.element, this.versions.element, sharing.element);
    this.downloads.replaceChildren(downloadsPart(this.id, () => sharing.show()));
    this.side.replaceChildren(el("section", { class: "transcript", "aria-labelledby": "transcript-title" },
      el("h2", { id: "transcript-title" }, "Transcript"),
      this.player ? this.player.element : el("p", { class: "hint silent" }, "This meeting was submitted as a transcript, so there is no sound to play."),
      this.transcript.element));
  }

  drawResults(meeting, gaps) {
    const labels = [...this.results.querySelectorAll("button")];
    const place = labels.indexOf(document.activeElement);
    this.results.replaceChildren(...minutesSections(meeting, gaps, this.claims, (evidence, button) => this.showEvidence(evidence, button), this.expanded, this.folds));
    if (place >= 0) [...this.results.querySelectorAll("button")][place]?.focus();
  }

  /** Save a correction; without changes, only draw the current state. */
  async correct(segment, changes) {
    const known = this.meeting.changes.segments.find((one) => one.segment_id === segment.id);
    if (changes) await correctSegment(this.id, segment.id, changes, known?.version ?? 0);
    else await this.load();
  }

  drawDetails() {
    const button = el("button", { class: "quiet", type: "button" }, "Edit title, date, people");
    const close = async (changed) => {
      this.details.replaceChildren(button, ...(changed?.rerun ? [rerunBox(changed.rerun)] : []));
      await this.load();
      button.focus();
      if (changed?.changed.length) announce("The details were saved.", { seen: true });
    };
    button.addEventListener("click", () => {
      const now = this.meeting.changes.details;
      const form = detailsForm(now, async (changes) => close(Object.keys(changes).length ? await changeDetails(this.id, changes, now.version) : null), () => close(null));
      this.details.replaceChildren(form);
      form.querySelector("input").focus();
    });
    this.details.replaceChildren(button);
  }

  showEvidence(evidence, button) {
    if (!this.transcript.jumpTo(evidence.segment_ids, button)) {
      announce("This place is not in the transcript.", { seen: true });
      return;
    }
    if (this.player && evidence.start_ms !== null) this.player.playFrom(evidence.start_ms);
  }
}

/** What should be reprocessed after a changed detail, and what that would cost. Nothing has been started. */
function rerunBox(rerun) {
  const unknown = rerun.unknown.length ? `, plus unknown costs: ${rerun.unknown.join(", ")}` : "";
  return box("calm", rerun.advice, { advice: `Expected: ${rerun.expected_usd.toFixed(4)} USD${unknown}. It is not started automatically.` });
}

/** The notice about a draft: who made it, and how far it can be trusted. */
function draftBoxes(meeting) {
  if (!meeting?.draft) return [];
  const notes = [...new Set(Object.values(meeting.provenance).filter((one) => one.draft).map((one) => one.note).filter(Boolean))];
  const notice = box("calm", "A draft, made without paid services. Check it before you rely on it.", { advice: notes.join(" ") });
  if (meeting.provenance.transcript?.provider === "offline") notice.append(el("p", { class: "hint tip" }, SPEECH_MODEL_ADVICE));
  return [notice];
}
