// A meeting on paper: opens long lists before the browser prints them, and prints with or without the transcript.
// Belongs here: what has to happen around printing. Must not go here: how it looks on paper (print.css).

import { byId } from "./dom.js";

const WITH_TRANSCRIPT = "with-transcript";

/** Draw everything of a long list: what is not drawn would be missing on paper, and nobody would notice. */
function openLists() {
  for (const button of byId("meeting").querySelectorAll("button.show-all")) button.click();
}

/** Print the meeting that is shown. */
export function printMeeting({ transcript }) {
  byId("meeting").classList.toggle(WITH_TRANSCRIPT, transcript);
  window.print();
}

addEventListener("beforeprint", openLists);
addEventListener("afterprint", () => byId("meeting").classList.remove(WITH_TRANSCRIPT));
