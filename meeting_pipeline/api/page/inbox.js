// Files in the drop folder or the bucket of the inbox that are left out, above the list of recordings. Belongs here: requesting and showing them.
// Must not go here: why a file is left out (the service says so).

import { inbox } from "./api.js";
import { box } from "./boxes.js";
import { byId, el } from "./dom.js";

const EVERY_MS = 30_000;
const SHOWN = 5;

let timer = null;
let shown = "";

/** Show it now, and keep it up to date. */
export async function followInbox() {
  clearTimeout(timer);
  timer = setTimeout(followInbox, EVERY_MS);
  try {
    draw(await inbox());
  } catch {
    // The list says that the service is down or requires a key.
  }
}

/** Stop, as after signing out. */
export function forgetInbox() {
  clearTimeout(timer);
  draw({ left_out: [], left_out_count: 0 });
}

function draw(found) {
  const state = JSON.stringify(found);
  if (state === shown) return;
  shown = state;
  if (!found.left_out_count) {
    byId("inbox").replaceChildren();
    return;
  }
  const more = found.left_out_count - Math.min(SHOWN, found.left_out.length);
  const notice = box("warn", `Left out in the inbox: ${found.left_out_count}`);
  notice.append(el("ul", {},
    ...found.left_out.slice(0, SHOWN).map((one) => el("li", {}, `${one.path}: ${one.message}. ${one.advice}`)),
    more > 0 && el("li", {}, `and ${more} more`)));
  byId("inbox").replaceChildren(notice);
}
