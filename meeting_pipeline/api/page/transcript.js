// The transcript: who said what and when, searched, jumped to, and followed while the sound plays.
// Belongs here: segments. Must not go here: the sound itself (player.js), results that cite a segment (minutes.js).

import { announce, el, setText } from "./dom.js";
import { segmentForm } from "./edit_forms.js";
import { clock, count, directionOf, languageTag } from "./words.js";

const CHUNK = 25; // segments that the browser draws or skips together: deciding for each one costs more than drawing
const SEGMENT_REM = 4.5; // approximate height of a segment
const SETTLING_FRAMES = 4;
const OWN_WAY_MS = 6000; // after a person has scrolled, the transcript does not scroll along for this long

/** The transcript of a meeting. `onPlay(ms)` plays from a place; it is null where there is no sound. `onCorrect` saves a correction. */
export class TranscriptView {
  constructor(onPlay, onCorrect = null) {
    this.onPlay = onPlay;
    this.onCorrect = onCorrect; // (segment, changes) => when it is saved and drawn
    this.editing = false;
    this.segments = [];
    this.found = [];
    this.place = -1;
    this.search = el("input", { type: "search", id: "transcript-search", placeholder: "Search the transcript", autocomplete: "off", dir: "auto" });
    this.result = el("span", { class: "hint found", role: "status" });
    this.previous = el("button", { class: "quiet", type: "button", "aria-label": "Previous match", on: { click: () => this.step(-1) } }, "↑");
    this.next = el("button", { class: "quiet", type: "button", "aria-label": "Next match", on: { click: () => this.step(1) } }, "↓");
    this.list = el("div", { class: "segments" });
    this.back = el("button", { class: "secondary back-to-item", type: "button", hidden: true, on: { click: () => this.goBack() } }, "Back to where you were");
    this.scroller = el("div", { class: "transcript-scroll", tabindex: "0", role: "region", "aria-label": "What was said" }, this.list);
    this.element = el("div", { class: "transcript-view" },
      el("form", { class: "transcript-search", role: "search", "aria-label": "Transcript", on: { submit: (event) => (event.preventDefault(), this.step(1)) } },
        el("label", { class: "visually-hidden", for: "transcript-search" }, "Search the transcript"), this.search, this.result, this.previous, this.next),
      this.scroller, this.back);
    this.scrolledAt = 0; // when a person last scrolled the transcript
    for (const event of ["wheel", "touchmove", "pointerdown"]) {
      this.scroller.addEventListener(event, () => (this.scrolledAt = Date.now()), { passive: true });
    }
    this.scroller.addEventListener("keydown", ({ key }) => {
      if (["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"].includes(key)) this.scrolledAt = Date.now();
    });
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.find(), 150);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.shiftKey) {
        event.preventDefault();
        this.step(-1);
      }
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.origin && !this.back.hidden) this.goBack();
    });
    this.hideSteps();
  }

  /** Draw the segments of a meeting, or only their speakers if the words are the same. */
  update(meeting) {
    if (this.editing) return; // it is drawn when the form is closed
    this.people = meeting.speakers;
    this.list.lang = languageTag(meeting.language);
    this.list.dir = directionOf(meeting.segments.slice(0, 100).map((one) => one.text).join(" "));
    const names = new Map(meeting.speakers.map((speaker) => [speaker.label, speaker]));
    const words = JSON.stringify(meeting.segments.map((one) => [one.id, one.text, one.start_ms]));
    if (words !== this.words) {
      this.words = words;
      this.make(meeting.segments);
      if (this.search.value) this.find();
    }
    meeting.segments.forEach((segment, index) => {
      const entry = this.segments[index];
      entry.segment = segment;
      setText(entry.speaker, names.get(segment.speaker)?.shown ?? segment.speaker);
    });
  }

  make(segments) {
    this.segments = segments.map((segment) => {
      const text = el("span", { class: "said" }, segment.text);
      const speaker = el("span", { class: "speaker", dir: "auto" });
      const at = clock(segment.start_ms);
      const time = this.onPlay
        ? el("button", { class: "at", type: "button", "aria-label": `Play from ${at}`, on: { click: () => this.onPlay(segment.start_ms) } }, at)
        : el("span", { class: "at" }, at);
      const element = el("li", { class: "segment", id: `segment-${segment.id}`, tabindex: "-1" },
        el("p", { class: "who" }, speaker, this.onCorrect && this.correctButton(segment.id, at), time),
        el("p", { class: "words", dir: "auto" }, text));
      return { segment, element, speaker, text };
    });
    const chunks = [];
    for (let from = 0; from < this.segments.length; from += CHUNK) {
      const some = this.segments.slice(from, from + CHUNK);
      const chunk = el("ol", { class: "chunk", start: from + 1 }, some.map((entry) => entry.element));
      chunk.style.containIntrinsicSize = `auto ${some.length * SEGMENT_REM}rem`; // until it is drawn
      chunks.push(chunk);
    }
    this.list.replaceChildren(...chunks);
  }

  correctButton(id, at) {
    return el("button", { class: "quiet correct", type: "button", "aria-label": `Correct what was said at ${at}`, on: { click: () => this.correct(id) } }, "Correct");
  }

  correct(id) {
    const entry = this.segments.find((one) => one.segment.id === id);
    if (!entry || this.editing) return;
    this.editing = true;
    const before = [...entry.element.childNodes];
    const close = async (changes) => {
      this.editing = false;
      entry.element.replaceChildren(...before);
      await this.onCorrect(entry.segment, null);
      this.segments.find((one) => one.segment.id === id)?.element.querySelector("button.correct")?.focus({ preventScroll: true });
      if (changes) announce("The transcript was corrected.", { seen: true });
    };
    const form = segmentForm(entry.segment, this.people.filter((one) => !one.merged_into), async (changes) => {
      if (Object.keys(changes).length) await this.onCorrect(entry.segment, changes);
      await close(Object.keys(changes).length > 0);
    }, () => close(false));
    entry.element.replaceChildren(form);
    form.querySelector("textarea").focus();
  }

  /** The segment with an id (`segments`), or that is spoken at a time in ms (`at`). */
  segmentAt({ segments = null, at = null }) {
    const is = (one) => (at === null ? one.id === segments : one.start_ms <= at);
    return this.segments.findLast((entry) => is(entry.segment))?.segment ?? (at === null ? undefined : this.segments[0]?.segment);
  }

  /** Show these segments, mark them, and put the focus there. `origin`: the button to go back to, if there is one. */
  jumpTo(ids, origin) {
    const wanted = new Set(ids);
    const marked = this.segments.filter((entry) => {
      const is = wanted.has(entry.segment.id);
      entry.element.classList.toggle("evidence-here", is);
      return is;
    });
    if (!marked.length) return false;
    this.origin = origin;
    this.show(marked[0].element);
    marked[0].element.focus({ preventScroll: true });
    marked.at(-1).element.append(this.back);
    this.back.hidden = !origin;
    return true;
  }

  goBack() {
    this.back.hidden = true;
    for (const entry of this.segments) entry.element.classList.remove("evidence-here");
    this.origin?.scrollIntoView({ block: "center", behavior: this.motion() });
    this.origin?.focus({ preventScroll: true });
    this.origin = null;
  }

  /** Whether an element is on the screen, or a little beyond. */
  isNear(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > -innerHeight / 2 && top < 1.5 * innerHeight;
  }

  motion() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  }

  /** Scroll an element to the middle: of the panel if it scrolls on its own, otherwise of the window. */
  show(element, along = false) {
    const panel = this.scroller;
    if (panel.scrollHeight <= panel.clientHeight + 1) {
      if (along && !this.isNear(element)) return; // somebody is reading something else on this page: do not scroll the window away
      const far = Math.abs(element.getBoundingClientRect().top) > 3 * innerHeight;
      element.scrollIntoView({ block: "center", behavior: far ? "auto" : this.motion() });
      if (far) this.settle(() => element.scrollIntoView({ block: "center" }));
      return;
    }
    if (!along) this.element.parentElement.scrollIntoView({ block: "nearest", behavior: this.motion() });
    const distance = () => {
      const [inner, outer] = [element.getBoundingClientRect(), panel.getBoundingClientRect()];
      // The panel may extend below the window: use the middle of its visible part.
      const [top, bottom] = [Math.max(outer.top, 0), Math.min(outer.bottom, innerHeight)];
      const middle = bottom - top > inner.height ? (top + bottom) / 2 : outer.top + outer.height / 2;
      return inner.top + inner.height / 2 - middle;
    };
    // Heights of segments that were never shown are estimates: scroll a long way at once, then correct the position.
    const far = Math.abs(distance()) > 3 * panel.clientHeight;
    panel.scrollBy({ top: distance(), behavior: far ? "auto" : this.motion() });
    if (far) this.settle(() => panel.scrollBy({ top: distance() }));
  }

  /** Correct the position in the next frames: each draws what is now near, so its height is no longer an estimate. */
  settle(correct, frames = SETTLING_FRAMES) {
    requestAnimationFrame(() => {
      correct();
      if (frames > 1) this.settle(correct, frames - 1);
    });
  }

  /** Mark what is spoken at this place, and scroll along if `follow` says so and nobody has just scrolled elsewhere. */
  at(ms, playing, follow = false) {
    const now = playing ? this.segments.findLast((entry) => entry.segment.start_ms <= ms + 50) : null;
    if (now === this.now) return;
    this.now?.element.classList.remove("spoken");
    this.now?.element.removeAttribute("aria-current");
    now?.element.classList.add("spoken");
    now?.element.setAttribute("aria-current", "true");
    this.now = now;
    const reading = this.editing || Date.now() - this.scrolledAt < OWN_WAY_MS || this.element.contains(document.activeElement?.closest("input, button"));
    if (now && follow && !reading) this.show(now.element, true);
  }

  find() {
    const query = this.search.value.trim().toLocaleLowerCase();
    this.found = [];
    this.place = -1;
    for (const entry of this.segments) this.mark(entry, query);
    this.hideSteps();
    setText(this.result, query ? (this.found.length ? count(this.found.length, "match", "matches") : "No match") : "");
  }

  /** Wrap each occurrence of the words in a mark. */
  mark(entry, query) {
    const { text } = entry.segment;
    const low = text.toLocaleLowerCase();
    // Some letters change their length in lower case; then positions differ, and nothing is marked.
    if (!query || low.length !== text.length) {
      if (entry.marked) entry.text.replaceChildren(text);
      entry.marked = false;
      return;
    }
    const parts = [];
    let from = 0;
    for (let hit = low.indexOf(query); hit >= 0; hit = low.indexOf(query, from)) {
      const mark = el("mark", {}, text.slice(hit, hit + query.length));
      parts.push(text.slice(from, hit), mark);
      this.found.push({ mark, entry });
      from = hit + query.length;
    }
    if (!parts.length && !entry.marked) return;
    entry.text.replaceChildren(...parts, text.slice(from));
    entry.marked = parts.length > 0;
  }

  step(by) {
    if (!this.found.length) return;
    this.found[this.place]?.mark.classList.remove("here");
    this.place = this.place < 0 ? (by > 0 ? 0 : this.found.length - 1) : (this.place + by + this.found.length) % this.found.length;
    const { mark, entry } = this.found[this.place];
    mark.classList.add("here");
    this.show(mark);
    setText(this.result, `${this.place + 1} of ${this.found.length}`);
    announce(`${entry.speaker.textContent}, ${clock(entry.segment.start_ms)}: ${entry.segment.text}`);
  }

  hideSteps() {
    this.previous.hidden = this.next.hidden = !this.found.length;
  }
}
