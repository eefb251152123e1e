// The player: the meeting's sound, from any place, with a button, a slider and the time.
// Belongs here: the <audio> element, its address, and what happens when its token expires.
// Must not go here: which segment is spoken (transcript.js listens to `onTime`).

import { mediaAddress } from "./api.js";
import { announce, el, icon, setText } from "./dom.js";
import { clock } from "./words.js";

const PLAY = "M8 5.5v13l10.5-6.5z";
const PAUSE = "M8.5 5.5v13M15.5 5.5v13";
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];
const SKIP_MS = 10_000;

/** The sound of a recording. `onTime(ms, playing, follow)` is called during playback; `follow`: the transcript should scroll along. */
export class Player {
  constructor(id, durationMs, onTime) {
    this.id = id;
    this.durationMs = Math.round(durationMs / 1000) * 1000;
    this.onTime = onTime;
    this.audio = el("audio", { preload: "none" });
    this.button = el("button", { class: "play", type: "button", "aria-label": "Play", on: { click: () => this.toggle() } }, icon(PLAY));
    this.slider = el("input", { type: "range", min: 0, max: Math.ceil(durationMs / 1000), step: 1, value: 0, "aria-label": "Position", on: { input: () => this.seek(this.slider.value * 1000) } });
    this.time = el("span", { class: "time" }, `0:00 / ${clock(this.durationMs)}`);
    this.speed = el("select", { class: "speed", "aria-label": "Speed", on: { change: () => this.setSpeed(Number(this.speed.value)) } },
      SPEEDS.map((rate) => el("option", { value: rate, selected: rate === 1 }, `${rate}×`)));
    const skip = (by, words, sign) => el("button", { class: "quiet skip-by", type: "button", "aria-label": words, title: words, on: { click: () => this.skip(by) } }, sign);
    this.follow = el("input", { type: "checkbox", checked: true, on: { change: () => this.shown() } });
    this.tools = el("div", { class: "player-tools" },
      skip(-1, "Back ten seconds", "−10 s"), skip(1, "Forward ten seconds", "+10 s"), this.speed,
      el("label", { class: "tick", title: "The transcript scrolls along with the sound" }, this.follow, "Follow"));
    this.trouble = el("p", { class: "player-trouble", role: "alert" });
    this.element = el("div", { class: "player", role: "group", "aria-label": "Sound" }, this.button, this.slider, this.time, this.tools, this.trouble, this.audio);
    this.fresh = false;
    this.starting = null; // where it will be once its address has arrived
    this.audio.addEventListener("timeupdate", () => this.shown());
    this.audio.addEventListener("seeked", () => this.shown());
    for (const event of ["play", "pause", "ended"]) this.audio.addEventListener(event, () => this.drawn());
    this.audio.addEventListener("error", () => this.failed());
    this.shown();
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  toggle() {
    if (this.playing) {
      this.wanted = false;
      this.audio.pause();
    } else this.playFrom(this.audio.ended ? 0 : this.audio.currentTime * 1000);
  }

  /** Skip ten seconds back (`-1`) or forward (`1`). */
  skip(by) {
    const now = this.starting ?? this.audio.currentTime * 1000;
    this.seek(Math.min(Math.max(0, now + by * SKIP_MS), this.durationMs));
  }

  /** The next speed (`1`) or the one before (`-1`). */
  faster(by) {
    const place = SPEEDS.indexOf(Number(this.speed.value)) + by;
    if (SPEEDS[place]) this.setSpeed(SPEEDS[place]);
  }

  setSpeed(rate) {
    this.speed.value = String(rate);
    this.audio.defaultPlaybackRate = this.audio.playbackRate = rate; // another address would reset the one to the other
    announce(`Speed ${rate}`);
  }

  toggleFollow() {
    this.follow.checked = !this.follow.checked;
    announce(this.follow.checked ? "The transcript follows." : "The transcript no longer follows.");
    this.shown();
  }

  /** Play from a place, in ms. Never rejects: errors are shown. */
  async playFrom(ms) {
    setText(this.trouble, "");
    this.wanted = true;
    try {
      if (!this.fresh) await this.load(ms);
      this.audio.currentTime = ms / 1000;
      await this.audio.play();
      this.retried = false;
    } catch (problem) {
      // The element's own `error` event reports what cannot be loaded or played. Or something newer interrupted it, or a page
      // that was opened by an address may not play before somebody interacts with it: then the player waits at the place.
      const told = ["NotSupportedError", "AbortError", "NotAllowedError"];
      if (!told.includes(problem.name)) setText(this.trouble, problem.message);
    }
  }

  async load(ms) {
    this.audio.src = await mediaAddress(this.id);
    this.fresh = true;
    this.audio.currentTime = ms / 1000;
  }

  seek(ms) {
    if (this.fresh) {
      this.audio.currentTime = ms / 1000;
      this.shown(); // no event reports this before the first sound arrives
      return;
    }
    this.starting = ms;
    this.load(ms).then(() => {
      this.starting = null;
      this.shown();
    }, (problem) => setText(this.trouble, problem.message));
  }

  /** The address expires with its token: request another one, once, and continue. */
  failed() {
    const at = this.audio.currentTime * 1000;
    const wasFresh = this.fresh;
    this.fresh = false;
    if (wasFresh && !this.wanted) return;
    if (wasFresh && !this.retried) {
      this.retried = true;
      this.playFrom(at);
      return;
    }
    this.wanted = this.retried = false;
    setText(this.trouble, "The sound could not be loaded, or this browser cannot play it.");
  }

  shown() {
    const ms = this.audio.currentTime * 1000;
    this.slider.value = Math.floor(ms / 1000);
    this.slider.setAttribute("aria-valuetext", `${clock(ms)} of ${clock(this.durationMs)}`);
    setText(this.time, `${clock(ms)} / ${clock(this.durationMs)}`);
    this.onTime(ms, this.playing, this.follow.checked);
  }

  drawn() {
    this.button.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.button.replaceChildren(icon(this.playing ? PAUSE : PLAY));
    this.button.classList.toggle("playing", this.playing);
    this.shown();
  }

  /** Stop, and unload the sound. */
  close() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }
}
