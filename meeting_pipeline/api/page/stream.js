// The live stream of events: one connection for all recordings (and all tabs: shared_stream.js), read with fetch so that the key goes in a header.
// Belongs here: the wire format of Server-Sent Events, reconnecting, resuming after the last event that was received.
// Must not go here: what an event means for the page.

import { credentials, key, problemOf, wantKey } from "./api.js";

const SILENCE_MS = 60_000; // the service sends something at least every few seconds; a longer silence is a dead connection
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;

/** Splits the incoming data into events. Source of the rules: the HTML standard, "Interpreting an event stream". */
export class EventReader {
  constructor(onEvent) {
    this.onEvent = onEvent;
    this.lastId = null;
    this.rest = "";
    this.clear();
  }

  clear() {
    this.type = "";
    this.data = [];
  }

  read(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) this.line(line);
  }

  line(line) {
    if (line === "") {
      if (this.data.length) this.onEvent({ type: this.type || "message", data: this.data.join("\n"), id: this.lastId });
      this.clear();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.type = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.lastId = value;
  }
}

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    for (const source of [signal, window]) {
      source.addEventListener(source === window ? "online" : "abort", () => (clearTimeout(timer), resolve()), { once: true });
    }
  });

/**
 * Follow all events from this tab until `stop()` of what is returned is called, beginning after the event `lastId`.
 * `onOpen(resumed)`: connected; `resumed` says whether it continues where it stopped. `onEvent({type, data, id})`. `onAlive()`: something arrived. `onLost(answered)`: not connected, at every try; meanwhile look by yourself.
 */
export function connect({ onOpen, onEvent, onAlive = () => {}, onLost }, lastId = null) {
  const stopping = new AbortController();

  async function attemptOnce() {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    stopping.signal.addEventListener("abort", end, { once: true });
    let watchdog = setTimeout(end, SILENCE_MS);
    const held = key.get();
    try {
      const headers = { Accept: "text/event-stream", ...credentials(held) };
      if (lastId) headers["Last-Event-ID"] = lastId;
      const answer = await fetch("v1/events", { headers, signal: attempt.signal, cache: "no-store" });
      if (!answer.ok) {
        const problem = problemOf(answer.status, await answer.text());
        if (answer.status === 401) {
          stopping.abort();
          wantKey(problem, held);
        }
        if (answer.status === 400 || answer.status === 410 || answer.status === 422) lastId = null; // the service no longer knows this position
        return "refused";
      }
      onOpen(lastId !== null);
      const reader = new EventReader((event) => {
        lastId = event.id ?? lastId;
        onEvent(event);
      });
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await chunks.read();
        if (done) return "ended";
        clearTimeout(watchdog);
        watchdog = setTimeout(end, SILENCE_MS);
        onAlive();
        reader.read(value);
      }
    } catch {
      return "silent";
    } finally {
      clearTimeout(watchdog);
      stopping.signal.removeEventListener("abort", end);
      attempt.abort();
    }
  }

  (async () => {
    let wait = FIRST_WAIT_MS;
    while (!stopping.signal.aborted) {
      const began = Date.now();
      const outcome = await attemptOnce();
      if (stopping.signal.aborted) return;
      const ended = outcome === "ended";
      if (!ended) onLost(outcome === "refused");
      if (Date.now() - began > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      await pause(ended ? FIRST_WAIT_MS / 4 : wait * (0.75 + Math.random() / 2), stopping.signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  })();

  return { stop: () => stopping.abort() };
}
