// One live stream for all tabs of a browser: a connection each would use up the six that HTTP/1.1 allows per host.
// Belongs here: which tab connects, and how the others hear of it. Must not go here: the connection itself (stream.js),
// what an event means for the page.

import { connect } from "./stream.js";

const NAME = `meeting-pipeline-events ${new URL(".", document.baseURI).pathname}`; // of this service: others may share its host
const SILENCE_MS = 60_000; // the tab that connects passes on a sign of life every 15 s
const LOOK_MS = 10_000; // how often a tab that hears nothing polls

/**
 * Follow all events until `stop()` of what is returned is called. See `connect` in stream.js for the listeners.
 * Without Web Locks (a page from another machine without TLS) the tabs poll every few seconds instead.
 */
export function follow(listeners) {
  if (!navigator.locks || !globalThis.BroadcastChannel) return poll(listeners);
  const tab = new Tab(listeners);
  return { stop: () => tab.stop() };
}

class Tab {
  constructor(listeners) {
    this.listeners = listeners;
    this.id = `${performance.timeOrigin}-${Math.random()}`;
    this.stopping = new AbortController();
    this.lastId = null; // id of the last event that this tab received: where it resumes when it becomes the one that connects
    this.state = null; // of the connection, for tabs that ask: only in the tab that connects
    this.stream = null;
    this.heard();
    this.channel = new BroadcastChannel(NAME);
    this.channel.addEventListener("message", ({ data }) => this.hear(data));
    navigator.locks.request(NAME, { signal: this.stopping.signal }, () => this.lead()).catch(() => {}); // stopped before its turn
    this.channel.postMessage({ kind: "who", from: this.id });
    this.watch = setInterval(() => this.look(), LOOK_MS);
    this.wake = () => document.visibilityState === "visible" && this.look();
    document.addEventListener("visibilitychange", this.wake);
  }

  stop() {
    clearInterval(this.watch);
    document.removeEventListener("visibilitychange", this.wake);
    this.stopping.abort();
    this.stream?.stop();
    this.release?.();
    this.channel.close();
  }

  heard() {
    this.heardAt = Date.now();
  }

  /** A message from another tab. */
  hear(message) {
    if (message.kind === "who") {
      if (this.state) this.channel.postMessage({ ...this.state, to: message.from });
      return;
    }
    if (this.stream || (message.to && message.to !== this.id)) return;
    this.heard();
    if (message.kind === "open") {
      this.listeners.onOpen(message.resumed && this.lastId !== null);
    } else if (message.kind === "event") {
      this.lastId = message.event.id ?? this.lastId;
      this.listeners.onEvent(message.event);
    } else if (message.kind === "lost") {
      this.listeners.onLost(message.answered);
    }
  }

  /** This tab is the one that connects, until it is closed or stopped. */
  lead() {
    if (this.stopping.signal.aborted) return undefined;
    const tell = (state, act) => {
      this.state = state;
      this.channel.postMessage(state);
      act();
    };
    this.stream = connect({
      onOpen: (resumed) => tell({ kind: "open", resumed }, () => this.listeners.onOpen(resumed)),
      onLost: (answered) => tell({ kind: "lost", answered }, () => this.listeners.onLost(answered)),
      onAlive: () => this.channel.postMessage({ kind: "alive" }),
      onEvent: (event) => {
        this.channel.postMessage({ kind: "event", event });
        this.listeners.onEvent(event);
      },
    }, this.lastId);
    return new Promise((resolve) => (this.release = resolve));
  }

  /** Nothing has arrived for a long time: the tab that connects may be asleep, or this one was. */
  look() {
    if (this.stream || Date.now() - this.heardAt < SILENCE_MS) return;
    this.lastId = null; // events may have been missed
    this.channel.postMessage({ kind: "who", from: this.id });
    this.listeners.onOpen(false);
  }
}

function poll({ onOpen, onLost }) {
  const look = async () => {
    try {
      const answer = await fetch("healthz", { cache: "no-store" });
      if (answer.ok) onOpen(false);
      else onLost(true);
    } catch {
      onLost(false);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}
