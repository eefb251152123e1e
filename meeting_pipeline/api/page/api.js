// Requests to the service: addresses, the key and problem documents in one place.
// Belongs here: every request but the live stream (stream.js) and uploads (upload.js). Must not go here: elements of the page.

import { askForName, forgetName, storedName } from "./editor_name.js";

const STORED = "meeting-pipeline-key";

/** A request that was refused (a problem document), or not answered at all (`code` is `no_answer`, status 0). */
class Problem extends Error {
  constructor(status, code, detail, advice = "", errors = null) {
    super(detail);
    Object.assign(this, { status, code, advice, errors });
  }
}

/** The API key of this tab, or null. It is kept in the session's storage only, and sent as a header only. */
export const key = {
  get: () => sessionStorage.getItem(STORED),
  set: (value) => sessionStorage.setItem(STORED, value),
  forget: () => sessionStorage.removeItem(STORED),
};

let onKeyWanted = () => {};

/** Call this when the service requires a key, or refuses the one that was sent. */
export function whenKeyWanted(listener) {
  onKeyWanted = listener;
}

/** A request with the key `sent` (or null) was refused. A late refusal says nothing about a key that has been entered since. */
export function wantKey(problem, sent) {
  if (sent === key.get()) onKeyWanted(problem);
}

/** The headers that carry the key, if there is one. */
export function credentials(held = key.get()) {
  return held ? { Authorization: `Bearer ${held}` } : {};
}

/** The Problem in a response of the service, or of whatever else (such as a proxy) responded. */
export function problemOf(status, text) {
  let said = {};
  try {
    said = JSON.parse(text);
  } catch {
    said = {};
  }
  const detail = typeof said.detail === "string" ? said.detail : `The service answered with status ${status}.`;
  return new Problem(status, said.code ?? `http_${status}`, detail, said.advice ?? "", said.errors ?? null);
}

/** The Problem when nothing responded. */
export const noAnswer = () =>
  new Problem(0, "no_answer", "The service does not respond.", "It may be restarting. This page retries automatically.");

async function ask(method, path, { body, signal, more = {} } = {}) {
  const held = key.get();
  const headers = { Accept: "application/json", ...credentials(held), ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw noAnswer();
  }
  if (answer.ok) return answer;
  const problem = problemOf(answer.status, await answer.text());
  if (answer.status === 401) wantKey(problem, held);
  throw problem;
}

/** Whether the service responds without a key. */
export async function asksForNoKey() {
  try {
    return (await fetch("v1/recordings?limit=1", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

const json = async (...request) => (await ask(...request)).json();

/** An edit, recorded under the name of the key or, if none is required, of the person. */
async function edit(method, path, body) {
  const name = key.get() ? null : (storedName() ?? (await askForName()));
  if (!key.get() && !name) throw new Problem(0, "no_name", "Nothing was changed, because no name was given.");
  try {
    return await json(method, path, { body, more: name ? { "Edited-By": encodeURIComponent(name) } : {} });
  } catch (problem) {
    if (problem.code === "bad_name" && name) forgetName();
    throw problem;
  }
}

const at = (id) => `v1/recordings/${encodeURIComponent(id)}`;
const meetingAt = (id) => `v1/meetings/${encodeURIComponent(id)}`;

/** A page of recordings, newest first. */
export function recordings({ status, gap, title, cursor, limit = 30 } = {}, signal) {
  const query = new URLSearchParams({ limit });
  if (gap) query.set("gap", gap);
  if (status) query.set("status", status);
  if (title) query.set("title", title);
  if (cursor) query.set("cursor", cursor);
  return json("GET", `v1/recordings?${query}`, { signal });
}

/** A page of search results: `q`, and filters named as in the API. */
export function search(wanted, signal) {
  const given = Object.entries(wanted).filter(([, value]) => value);
  return json("GET", `v1/search?${new URLSearchParams(given)}`, { signal });
}

/** The answer to a question, with its passages. Neither is stored. */
export const askQuestion = (body, signal) => json("POST", "v1/ask", { body, signal });
/** A page of commitments, with the filters of the API. */
export function commitments(wanted, signal) {
  const given = Object.entries(wanted).filter(([, value]) => value);
  return json("GET", `v1/commitments?${new URLSearchParams(given)}`, { signal });
}
const commitmentAt = (id) => `v1/commitments/${encodeURIComponent(id)}`;
/** A commitment with its items and edits. */
export const commitment = (id) => json("GET", commitmentAt(id));
/** Set the state of a commitment (`state`), link it to another one (`link_to`), or separate an item (`unlink`). */
export const changeCommitment = (id, change) => edit("PATCH", commitmentAt(id), change);
/** Undo one edit of a commitment. */
export const undoCommitment = (id, number) => edit("POST", `${commitmentAt(id)}/edits/${number}:undo`);

/** A page of people over all meetings, with the filters of the API. */
export function people(wanted, signal) {
  const given = Object.entries(wanted).filter(([, value]) => value);
  return json("GET", `v1/people?${new URLSearchParams(given)}`, { signal });
}
const personAt = (id) => `v1/people/${encodeURIComponent(id)}`;
/** Suggestions: pairs who may be one person. */
export const suggestedPeople = (signal) => json("GET", "v1/people/suggestions", { signal });
/** A person with its meetings and edits. */
export const person = (id, signal) => json("GET", personAt(id), { signal });
/** Name a person (`name`), merge it into another (`merge_into`), keep two apart (`differs_from`), or `split` a name off. */
export const changePerson = (id, change) => edit("PATCH", personAt(id), change);
/** Undo one edit of a person. */
export const undoPerson = (id, number) => edit("POST", `${personAt(id)}/edits/${number}:undo`);

/** Check whether an upload of `size` bytes would be accepted now. Throws the Problem that it would get. */
export const checkUpload = (bytes, signal) => ask("GET", `v1/upload-check?size=${bytes}`, { signal });
/** What needs a person, with counts. */
export const attention = () => json("GET", "v1/attention");
/** What is in the drop folder and left out. */
export const machines = () => json("GET", "v1/machines");
export const inbox = () => json("GET", "v1/inbox");

/** The latest campaigns of reprocessing, newest first. */
export const campaigns = async () => (await json("GET", "v1/campaigns")).campaigns;
/** `pause`, `resume` or `cancel` a campaign. */
export const changeCampaign = (name, act, wanted = {}) =>
  edit("POST", `v1/campaigns/${encodeURIComponent(name)}:${act}`, wanted);

const known = new Map();

/** Data that does not change while the service runs: requested once. */
async function once(path) {
  if (!known.has(path)) known.set(path, json("GET", path));
  try {
    return await known.get(path);
  } catch (problem) {
    known.delete(path);
    throw problem;
  }
}

/** The insights, and the fields of their items. */
const insights = async () => (await once("v1/insights")).insights;
/** Display names of the providers, by name. */
const makers = async () => Object.fromEntries((await once("v1/providers")).providers.map(({ name, title }) => [name, title]));

export const recording = (id) => json("GET", at(id));
export const cancel = (id) => json("POST", `${at(id)}:cancel`);
export const reprocess = (id, assets) => json("POST", `${at(id)}:reprocess`, { body: assets ? { assets } : {} });

/** The results of a meeting, with its speakers and claims as people edit them, a description of all `insights`, and words for its `makers`. */
export async function meeting(id) {
  const [found, { speakers }, { claims }, changes, all, titles] = await Promise.all(
    [json("GET", meetingAt(id)), json("GET", `${meetingAt(id)}/speakers`), json("GET", `${meetingAt(id)}/claims`),
      json("GET", `${meetingAt(id)}/edits`), insights(), makers()]);
  return { ...found.meeting, speakers: speakers.filter((one) => one.in_force), claims, changes, insights: all, makers: titles };
}

/** Give a speaker another name (`{name}`), or say that it is the same person as another one (`{merge_into}`). */
export const changeSpeaker = (id, label, change) =>
  edit("PATCH", `${meetingAt(id)}/speakers/${encodeURIComponent(label)}`, change);

/** Accept a claim as a fact (`accepted`), delete it (`deleted`), or undo either (null). */
export const judgeClaim = (id, claim, judgement) =>
  edit("PATCH", `${meetingAt(id)}/claims/${encodeURIComponent(claim)}`, { judgement });

/** Change fields of an item or decision. `version`: the one that was seen. */
export const changeItem = (id, claim, changes, version) =>
  edit("PATCH", `${meetingAt(id)}/items/${encodeURIComponent(claim)}`, { ...changes, version });
/** Add an item (`insight`, `text`, ...). */
export const addItem = (id, item) => edit("POST", `${meetingAt(id)}/items`, item);
/** Delete an item, or discard an edit whose item is gone. */
export const setAside = (id, claim) => edit("DELETE", `${meetingAt(id)}/items/${encodeURIComponent(claim)}`);
/** Correct what was said in a segment (`text`), or who said it (`speaker`). */
export const correctSegment = (id, segment, changes, version) =>
  edit("PATCH", `${meetingAt(id)}/segments/${segment}`, { ...changes, version });
/** Change title, date, participants or language. The response says what reprocessing would cost. */
export const changeDetails = (id, changes, version) => edit("PATCH", at(id), { ...changes, version });
/** Undo one edit of the history. */
export const undoEdit = (id, number) => edit("POST", `${meetingAt(id)}/edits/${number}:undo`);

/** The links to a meeting. */
export const shares = (id) => json("GET", `${meetingAt(id)}/shares`);
/** Create a link: `{transcript, sound, days}`. The response has its address, only this once. */
export const createShare = (id, wanted) => edit("POST", `${meetingAt(id)}/shares`, wanted);
export const revokeShare = (id, share) => edit("DELETE", `${meetingAt(id)}/shares/${encodeURIComponent(share)}`);

/** The versions of a recording's results. */
export const versions = (id) => json("GET", `${at(id)}/versions`);
/** How held versions differ from the current ones. */
export const diff = (id) => json("GET", `${at(id)}/diff`);
/** `promote` or `discard` the held version of an insight, or `restore` an earlier one. */
export const changeVersions = (id, act, wanted) => json("POST", `${at(id)}/versions:${act}`, { body: wanted });

/** The address of a meeting as a file: `minutes.md`, `transcript.vtt`, ...; without a name: everything as JSON. */
export const exportAddress = (id, name) => `${meetingAt(id)}${name && `/${name}`}?download=true`;

/** Fetch a file from the service and save it under a name. */
export async function download(path) {
  return (await ask("GET", path)).blob();
}

/** Address of the sound. With a key, it contains a token for this recording only, which expires after some minutes. */
export async function mediaAddress(id) {
  if (!key.get()) return `${at(id)}/media?prepared=true`;
  const { token } = await json("POST", `${at(id)}/token`);
  return `${at(id)}/media?prepared=true&token=${encodeURIComponent(token)}`;
}
