// The workers of an installation on several machines, with their slots, below the list. Without a broker nothing is shown.
// Belongs here: requesting and showing them. Must not go here: what makes one silent (the service decides).

import { machines } from "./api.js";
import { byId, el } from "./dom.js";
import { count } from "./words.js";

const EVERY_MS = 30_000;
const CLOCK_SECONDS = 2; // as `doctor` warns

let timer = null;
let shown = "";

/** Show them now, and keep them up to date. */
export async function followMachines() {
  clearTimeout(timer);
  timer = setTimeout(followMachines, EVERY_MS);
  try {
    draw((await machines()).machines);
  } catch {
    // The list of recordings says that the service is down or requires a key.
  }
}

/** Stop, as after signing out. */
export function forgetMachines() {
  clearTimeout(timer);
  draw([]);
}

const isWorker = (one) => one.role === "worker";
const isThere = (one) => one.state !== "silent";
const sum = (found, number) => found.reduce((so_far, one) => so_far + number(one), 0);

/** Problems that need attention, in words; empty if all is well. */
function troubles(one) {
  const ahead = one.clock_ahead_seconds;
  return [
    one.state === "silent" && "silent",
    one.state === "restarting" && "its process ended and is being restarted",
    one.state === "shutting_down" && "shutting down",
    !one.same_code && "another version of the program: it stops",
    !one.same_keys && "another key: it stops",
    Math.abs(ahead) >= CLOCK_SECONDS && `clock ${Math.abs(ahead).toFixed(0)} s ${ahead > 0 ? "ahead" : "behind"}`,
  ].filter(Boolean);
}

function draw(found) {
  const state = JSON.stringify(found.map(({ heard_at: _heard, clock_ahead_seconds: ahead, ...rest }) => ({ ...rest, ahead: Math.round(ahead) })));
  if (state === shown) return;
  shown = state;
  byId("machines-area").hidden = found.length === 0;
  if (!found.length) {
    byId("machines").replaceChildren();
    return;
  }
  const there = found.filter(isWorker).filter(isThere);
  const slots = sum(there, (one) => one.slots);
  byId("machines-title").textContent = there.length
    ? `${count(there.length, "worker")}, ${sum(there, (one) => one.busy)} of ${count(slots, "slot")} busy`
    : "No workers: recordings wait";
  byId("machines-area").classList.toggle("troubled", !there.length || found.some((one) => troubles(one).length > 0));
  byId("machines").replaceChildren(...found.map(row));
}

function row(one) {
  const told = isWorker(one) ? `${one.busy} of ${count(one.slots, "slot")} busy` : `at most ${count(one.slots, "recording")} at a time`;
  const odd = troubles(one);
  return el("li", {}, el("strong", { dir: "auto" }, isWorker(one) ? one.name : `${one.host} (control)`), ` ${told} `,
    odd.length > 0 && el("span", { class: "machine-odd" }, odd.join("; ")));
}
