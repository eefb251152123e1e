// The page's beginning: which view is shown, signing in and out, and the live stream that keeps all of it up to date.
// Belongs here: what connects the views. Must not go here: the views themselves.

import { asksForNoKey, key, recordings, whenKeyWanted } from "./api.js";
import { problemBox } from "./boxes.js";
import { commitmentsTouched, forgetCommitments, listIn, showCommitments, startCommitments } from "./commitments.js";
import { followCampaigns, forgetCampaigns } from "./campaigns.js";
import { announce, byId, setText } from "./dom.js";
import { startHandingIn } from "./handing_in.js";
import { followInbox, forgetInbox } from "./inbox.js";
import { MeetingPage } from "./meeting.js";
import { focusOn, forgetRecordings, load, refresh, startRecordings, touched } from "./recordings.js";
import { forgetSearch, questionIn, showSearch, startSearch } from "./search.js";
import { follow } from "./shared_stream.js";

let page = null; // the meeting that is open
let stream = null;
let asking = false; // whether the service waits for a key
let firstView = true;
let lost = false;

/** The id as it is written in an address; one that is cut or damaged names no recording, and the page says so. */
function idIn(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function route() {
  const found = /^#\/meetings\/([^/]+)(?:\/(segments|at)\/(\d{1,9}))?$/.exec(location.hash);
  const id = found ? idIn(found[1]) : null;
  const place = found?.[2] ? { [found[2]]: Number(found[3]) } : null;
  const question = id === null ? questionIn(location.hash) : null;
  const list = id === null ? listIn(location.hash) : null;
  if (page && page.id === id && !asking) {
    if (place) page.goTo(place);
    return;
  }
  const left = page?.id;
  page?.close();
  page = null;
  byId("sign-in").hidden = !asking;
  byId("find").hidden = asking;
  byId("to-commitments").hidden = asking;
  byId("home").hidden = asking || id !== null || question !== null || list !== null;
  byId("commitments").hidden = asking || list === null;
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
    page = new MeetingPage(id);
    page.open(place);
    window.scrollTo(0, 0);
  } else if (question !== null) {
    showSearch(question);
    if (left) byId("search-title").focus();
  } else if (list !== null) {
    showCommitments(list);
    if (left) byId("commitments-title").focus();
  } else {
    document.title = "Meetings";
    if (!firstView && !focusOn(left)) byId("home-title").focus();
  }
  firstView = false;
}

/** Begin to follow; the list is loaded once the stream is open, so that nothing falls between the two. */
function begin() {
  stream?.stop();
  load();
  followInbox();
  followCampaigns();
  stream = follow({
    onOpen(resumed) {
      connection("");
      sayWhoIsLetIn(true);
      if (lost) announce("Connected again.");
      lost = false;
      if (!resumed) load();
      page?.touched();
    },
    onEvent(event) {
      const id = recordingOf(event);
      if (!id) return;
      touched(id);
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

/** Say once the service has answered whether it asks for a key; while it waits for one the form says so. */
function sayWhoIsLetIn(answered) {
  const words = key.get() ? "This service asks for a key. Yours is kept in this tab." : "No key needed: only this machine is served.";
  setText(byId("access"), answered && !asking ? words : "");
}

function connection(words) {
  setText(byId("connection"), words);
  document.body.classList.toggle("offline", words !== "");
}

async function askForKey(problem) {
  const refused = key.get() !== null;
  key.forget();
  stream?.stop();
  stream = null;
  connection("");
  if (asking) return;
  asking = true;
  if (refused && (await asksForNoKey())) {
    asking = false; // the last key was revoked meanwhile: now everybody on its machine is served
    begin();
    page?.touched();
    byId("sign-out").hidden = true;
    return;
  }
  forgetRecordings();
  forgetInbox();
  forgetCampaigns();
  forgetSearch();
  forgetCommitments();
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
  forgetRecordings();
  forgetInbox();
  forgetCampaigns();
  forgetSearch();
  forgetCommitments();
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
startHandingIn((said) => refresh(said.recording_id));
startRecordings();
startSearch(route);
startCommitments(route);
route();
begin();
