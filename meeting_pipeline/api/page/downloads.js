// Downloads of a meeting, copying its minutes, and printing.
// Belongs here: these links and buttons. Must not go here: how it looks on paper (print.css).

import { download, exportAddress, key } from "./api.js";
import { actionButton } from "./boxes.js";
import { announce, el } from "./dom.js";
import { printMeeting } from "./print.js";

const EXPORTS = [
  ["minutes.docx", "Minutes", "Word"],
  ["minutes.md", "Minutes", "Markdown"],
  ["due-dates.ics", "Due dates", "Calendar"],
  ["transcript.vtt", "Transcript", "WebVTT"],
  ["transcript.srt", "Transcript", "SubRip"],
  ["", "Everything", "JSON"],
];

const fileName = (id, name) => `${id}.${name || "json"}`;

/** The part of a meeting's page with downloads, copying, printing and sharing. `onShare()` opens the form for sharing. */
export function downloadsPart(id, onShare) {
  return el("section", { class: "downloads", "aria-label": "Downloads" }, el("details", { open: !matchMedia("(max-width: 60rem)").matches }, el("summary", {}, "Downloads"), el("div", { class: "downloads-all" },
    el("ul", {}, EXPORTS.map(([name, what, format]) => {
      const link = el("a", { href: exportAddress(id, name), download: fileName(id, name) }, el("span", { class: "what" }, what), el("span", { class: "hint" }, ` ${format}`));
      link.addEventListener("click", (event) => save(event, id, name));
      return el("li", {}, link);
    })),
    el("div", { class: "row" },
      el("button", { class: "secondary", type: "button", on: { click: onShare } }, "Share"),
      navigator.clipboard?.write && actionButton("Copy", () => copyFormatted(id)),
      navigator.clipboard && actionButton("Copy as Markdown", () => copyMinutes(id)),
      el("button", { class: "secondary", type: "button", on: { click: () => printMeeting({ transcript: false }) } }, "Print"),
      el("button", { class: "secondary", type: "button", on: { click: () => printMeeting({ transcript: true }) } }, "Print with transcript")))));
}

const exportText = async (id, name) => (await download(exportAddress(id, name))).text();

/** Put the minutes on the clipboard with headings and lists, for a mail or a document, and as plain text for everything else. */
async function copyFormatted(id) {
  // Promises, not their values: Safari allows access to the clipboard only within the click.
  const part = (name, type) => exportText(id, name).then((text) => new Blob([text], { type }));
  const parts = { "text/html": part("minutes.html", "text/html"), "text/plain": part("minutes.md", "text/plain") };
  try {
    await navigator.clipboard.write([new ClipboardItem(parts)]);
    announce("The minutes were copied.", { seen: true });
  } catch (problem) {
    announce(`The minutes were not copied: ${problem.message}`, { seen: true });
  }
}

/** Put the minutes on the clipboard, for a chat, a ticket or a wiki. */
async function copyMinutes(id) {
  try {
    await navigator.clipboard.writeText(await exportText(id, "minutes.md"));
    announce("The minutes were copied.", { seen: true });
  } catch (problem) {
    announce(`The minutes were not copied: ${problem.message}`, { seen: true });
  }
}

/** With a key, a plain link would arrive without it: fetch the file, then save it. */
async function save(event, id, name) {
  if (!key.get()) return;
  event.preventDefault();
  try {
    const address = URL.createObjectURL(await download(exportAddress(id, name)));
    el("a", { href: address, download: fileName(id, name) }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (problem) {
    announce(`The download failed: ${problem.message}`, { seen: true });
  }
}
