// The groups of the list: recordings in progress first, then the rest by the day of the meeting or by series.
// Belongs here: which group a recording belongs to, and the order. Must not go here: elements (recordings.js).

import { over } from "./status.js";
import { relativeDay } from "./words.js";

const MOVING = { key: "moving", title: "In progress" };
const SINGLE = { key: "single", title: "Other meetings" };

/** Whether a recording was submitted before another one. */
export function isOlder(one, other) {
  const apart = Date.parse(one.submitted_at) - Date.parse(other.submitted_at);
  return apart < 0 || (apart === 0 && one.recording_id < other.recording_id);
}

const newestFirst = (one, other) => (isOlder(one, other) ? 1 : -1);

/** The title of a meeting without numbers, dates and marks: the same for all meetings of a series. */
export const seriesOf = (title) => (title.toLocaleLowerCase().match(/\p{L}[\p{L}\p{M}]*/gu) ?? []).join(" ");

/** A title without the number or date at its end. */
function seriesTitle(title) {
  let end = title.length;
  while (end > 0 && !/[\p{L}\p{M})]/u.test(title[end - 1])) end -= 1;
  return title.slice(0, end) || title;
}

/** Groups of recordings, in their order: `[{key, title, dated, recordings}]`; `dated`: the title is the day. `by`: `day` or `series`. */
export function grouped(recordings, by) {
  const sorted = [...recordings].sort(newestFirst);
  const moving = sorted.filter((one) => !over(one));
  const still = sorted.filter(over);
  const groups = new Map();
  for (const one of still) {
    const key = by === "series" ? seriesOf(one.title) || one.title : one.meeting_date;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  const first = moving.length ? [{ ...MOVING, recordings: moving }] : [];
  if (by === "series") {
    const series = [...groups].filter(([, members]) => members.length > 1);
    const single = [...groups].filter(([, members]) => members.length === 1).flatMap(([, members]) => members);
    return [...first, ...series.map(([key, members]) => ({ key: `series ${key}`, title: seriesTitle(members[0].title), recordings: members })),
      ...(single.length ? [{ ...SINGLE, recordings: single }] : [])];
  }
  const days = [...groups].sort(([one], [other]) => (one < other ? 1 : -1));
  return [...first, ...days.map(([day, members]) => ({ key: `day ${day}`, title: relativeDay(day), dated: true, recordings: members }))];
}
