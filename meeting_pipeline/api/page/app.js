// The entry point of the page: which view is shown, signing in and out, and the live stream that keeps everything up to date.
// Belongs here: what connects the views. Must not go here: the views themselves.

import { attentionTouched, forgetAttention, loadAttention, startAttention } from "./attention.js";
import { asksForNoKey, key, noAnswer, recordings, whenKeyWanted } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { commitmentsTouched, forgetCommitments, listIn, showCommitments, startCommitments } from "./commitments.js";
import { followCampaigns, forgetCampaigns } from "./campaigns.js";
import { announce, byId, setText } from "./dom.js";
import { startSubmitting } from "./submit.js";
import { followInbox, forgetInbox } from "./inbox.js";
import { startKeys } from "./shortcuts.js";
import { followMachines, forgetMachines } from "./machines.js";
import { forgetPeople, peopleIn, showPeople, startPeople } from "./people.js";
import { focusOn, forgetRecordings, load, refresh, showStatus, startRecordings, touched } from "./recordings.js";
import { forgetSearch, questionIn, showSearch, startSearch } from "./search.js";
import { follow } from "./shared_stream.js";

let page = null; // the meeting that is open
let openings = 0; // a meeting whose scripts arrive after somebody went elsewhere is not opened
let unopened = false; // its scripts did not arrive
let stream = null;
let asking = false; // whether the service waits for a key
let checking = false; // whether we are checking if it still requires one
let firstView = true;
let listed = null; // which list of all meetings is open, or which person: another one gets the focus, other filters do not
let lost = false;

/** The id as it is written in an address; a truncated or damaged one names no recording, and the page says so. */
function idIn(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Open a meeting. Its scripts are fetched when the first one is opened: the list does not need them. */
async function openMeeting(id, place) {
  const turn = openings;
  const arrived = await import("./meeting.js").catch(() => null);
  if (turn !== openings) return;
  unopened = arrived === null;
  if (unopened) {
    byId("meeting").replaceChildren(problemBox(noAnswer(), [actionButton("Try again", () => location.reload())]));
    return;
  }
  page = new arrived.MeetingPage(id);
  page.open(place);
  window.scrollTo(0, 0);
}

/** Say in the links at the top which view is open. */
function mark(id, isOpen) {
  if (isOpen) byId(id).setAttribute("aria-current", "page");
  else byId(id).removeAttribute("aria-current");
}

function route() {
  const found = /^#\/meetings\/([^/]+)(?:\/(segments|at)\/(\d{1,9}))?$/.exec(location.hash);
  const id = found ? idIn(found[1]) : null;
  const place = found?.[2] ? { [found[2]]: Number(found[3]) } : null;
  const question = id === null ? questionIn(location.hash) : null;
  const list = id === null ? listIn(location.hash) : null;
  const who = id === null ? peopleIn(location.hash) : null;
  if (page && page.id === id && !asking) {
    if (place) page.goTo(place);
    return;
  }
  openings += 1;
  unopened = false;
  const left = page?.id;
  page?.close();
  page = null;
  const before = listed;
  listed = list !== null ? "commitments" : who !== null ? (who.id ?? "people") : null;
  const isNew = listed !== before && !firstView;
  byId("sign-in").hidden = !asking;
  byId("find").hidden = asking;
  byId("to-commitments").hidden = asking;
  byId("to-people").hidden = asking;
  byId("home").hidden = asking || id !== null || question !== null || list !== null || who !== null;
  byId("commitments").hidden = asking || list === null;
  byId("people").hidden = asking || who === null;
  mark("to-commitments", list !== null);
  mark("to-people", who !== null);
  byId("search-results").hidden = asking || question === null;
  byId("meeting").hidden = asking || id === null;
  byId("sign-out").hidden = asking || !key.get();
  if (asking) {
    sayWhoIsLetIn(false);
    document.title = "Sign in · Meetings";
    byId("api-key").focus();
    return;
  }
  if (id !== null) {
    openMeeting(id, place);
  } else if (question !== null) {
    showSearch(question);
    if (left) byId("search-title").focus();
  } else if (list !== null) {
    showCommitments(list);
    if (isNew) byId("commitments-title").focus();
  } else if (who !== null) {
    showPeople(who);
    if (isNew) byId("people-title").focus();
  } else {
    document.title = "Meetings";
    if (!firstView && !focusOn(left)) byId("home-title").focus();
  }
  firstView = false;
}

/** Start following; the list is loaded once the stream is open, so that nothing is missed between the two. */
function begin() {
  stream?.stop();
  load();
  loadAttention();
  followInbox();
  followCampaigns();
  followMachines();
  stream = follow({
    onOpen(resumed) {
      connection("");
      sayWhoIsLetIn(true);
      if (lost) announce("Connected again.");
      lost = false;
      if (!resumed) {
        load();
        attentionTouched();
      }
      page?.touched();
      if (unopened) route();
    },
    onEvent(event) {
      const id = recordingOf(event);
      if (!id) return;
      touched(id);
      attentionTouched();
      commitmentsTouched();
      if (page?.id === id) page.touched();
    },
    onLost(answered) {
      lost = true;
      connection(answered ? "No live connection. Trying again…" : "The service does not respond. Trying again…");
      load();
      page?.touched();
    },
  });
}

function recordingOf(event) {
  try {
    return JSON.parse(event.data).recording_id ?? null;
  } catch {
    return null;
  }
}

/** Once the service has responded, show whether it requires a key; while it waits for one, the form says so. */
function sayWhoIsLetIn(answered) {
  const words = key.get() ? "This service asks for a key. Yours is kept in this tab." : "No key required: only this machine can use the service.";
  setText(byId("access"), answered && !asking ? words : "");
}

function connection(words) {
  setText(byId("connection"), words);
  document.body.classList.toggle("offline", words !== "");
}

/** Remove everything about meetings from a tab that may no longer show them. */
function forgetAll() {
  forgetRecordings();
  forgetInbox();
  forgetAttention();
  forgetCampaigns();
  forgetMachines();
  forgetSearch();
  forgetCommitments();
  forgetPeople();
}

async function askForKey(problem) {
  const refused = key.get() !== null;
  key.forget();
  stream?.stop();
  stream = null;
  connection("");
  if (asking || checking) return;
  if (refused) {
    checking = true; // people may open another view meanwhile, so nothing is hidden until the answer is known
    const open = await asksForNoKey();
    checking = false;
    if (open) {
      // The last key was revoked meanwhile: now the service serves everybody on its machine.
      const signedOut = asking;
      asking = false;
      if (signedOut) route();
      begin();
      page?.touched();
      byId("sign-out").hidden = true;
      return;
    }
    if (asking) return; // they signed out meanwhile
  }
  asking = true;
  forgetAll();
  byId("sign-in-problem").replaceChildren(...(refused ? [problemBox(problem)] : []));
  route();
}

async function signIn(event) {
  event.preventDefault();
  const field = byId("api-key");
  key.set(field.value.trim());
  byId("sign-in-problem").replaceChildren();
  try {
    await recordings({ limit: 1 });
  } catch (problem) {
    key.forget();
    byId("sign-in-problem").replaceChildren(problemBox(problem));
    field.focus();
    return;
  }
  field.value = "";
  asking = false;
  announce("Signed in.");
  firstView = false;
  route();
  begin();
}

function signOut() {
  key.forget();
  stream?.stop();
  stream = null;
  forgetAll();
  asking = true;
  byId("sign-in-problem").replaceChildren();
  route();
  announce("Signed out.");
}

whenKeyWanted(askForKey);
byId("sign-in-form").addEventListener("submit", signIn);
byId("sign-out").addEventListener("click", signOut);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
window.addEventListener("hashchange", route);
startSubmitting((said) => refresh(said.recording_id));
startRecordings();
startAttention(showStatus);
startSearch(route);
startCommitments(route);
startPeople(route);
startKeys(() => page?.player ?? null);
route();
begin();
