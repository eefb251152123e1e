// How values are written: times, lengths, stages, statuses, results. All sentences about a state that the service does not provide.
// Must not go here: elements of the page.

/** Length of a recording in milliseconds, as people say it. */
export function lengthOf(ms) {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${s} s` : `${s} s`;
}

/** A place in a recording: 1:05 or 1:02:03. */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Bytes as people say them. */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const shortThis = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const shortOther = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** A calendar day (`2026-11-18`). */
export const dayOf = (iso) => day.format(new Date(`${iso}T00:00:00Z`));

/** A calendar day that something is due. */
export const dueOf = (iso) => weekday.format(new Date(`${iso}T00:00:00Z`));

/** A short form of a calendar day, with the year if it is not the current one. */
export function shortDay(iso) {
  const date = new Date(`${iso}T00:00:00Z`);
  return (date.getUTCFullYear() === new Date().getFullYear() ? shortThis : shortOther).format(date);
}

/** A calendar day as a heading: today and yesterday in words. */
export function relativeDay(iso) {
  const apart = Math.round((Date.parse(`${localDay(new Date())}T00:00:00Z`) - Date.parse(`${iso}T00:00:00Z`)) / 86_400_000);
  return apart === 0 ? "Today" : apart === 1 ? "Yesterday" : dueOf(iso);
}

/** The calendar day of a time, in the reader's time zone. */
export const localDay = (at) => [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** A time in the reader's time zone, without the day if it is today. */
export function momentOf(iso) {
  const at = new Date(iso);
  return at.toDateString() === new Date().toDateString() ? time.format(at) : moment.format(at);
}

export const STATUS = { pending: "Waiting", processing: "In progress", completed: "Completed", failed: "Failed" };

/** Each stage in a sentence, and how many of the three steps are done. */
const STAGES = {
  ordering: ["Sending it for transcription", 1],
  transcribing: ["Being transcribed", 1],
  ready: ["Waiting for its turn", 1],
  queued: ["Waiting for its turn", 1],
  collecting: ["Making the transcript", 1],
  extracting: ["Extracting speakers, summary, action items and decisions", 2],
  done: ["Done", 3],
};

/** Names of the steps that a recording goes through, as the page shows them. */
export const STEPS = ["Accepted", "Transcript", "Minutes"];

export const stageWords = (stage) => (STAGES[stage] ?? [stage, 1])[0];
export const stepsDone = (stage) => (STAGES[stage] ?? [stage, 1])[1];

export const INSIGHT = { speakers: "Speakers", summary: "Summary", action_items: "Action items", decisions: "Decisions", transcript: "Transcript" };

/** The name of a result, as people say it. */
export const insightWords = (name) => INSIGHT[name] ?? (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");

/** A language as the service says it (`en_us`), as documents say it (`en-us`); empty if it is not known. */
export const languageTag = (language) => (language ?? "").replaceAll("_", "-");

const SAMPLE = 5000; // characters

/** The direction in which most of a text runs: `rtl` or `ltr`. Exports of transcripts rarely say their language. */
export function directionOf(text) {
  const sample = text.slice(0, SAMPLE);
  const rightToLeft = sample.match(/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/g)?.length ?? 0;
  return 2 * rightToLeft > (sample.match(/[^\s\d]/g)?.length ?? 0) ? "rtl" : "ltr";
}

/** `1 recording`, `2 recordings`. */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** What a list says above itself: a sentence gets its full stop only if another one follows it, or it has two itself. */
export const sentences = (first, second) => (second ? `${first}. ${second}` : first.includes(". ") ? `${first}.` : first);
