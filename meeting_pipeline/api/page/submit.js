// Submitting: dropping or choosing files, their details, and their uploads with progress, refusals and retries.
// Belongs here: what people do before a recording exists. Must not go here: recordings that were accepted (recordings.js).

import { actionButton, problemBox } from "./boxes.js";
import { announce, byId, el, setText } from "./dom.js";
import { newIdempotencyKey, send } from "./upload.js";
import { count, localDay, shortDay, sizeOf } from "./words.js";

const SIDE_BY_SIDE = 2; // uploads at a time: more would only share the bandwidth

let staged = []; // [{file, row, title: input}]
const queue = [];
let running = 0;
let onAccepted = () => {};

/** Set up the drop zone and the forms. `accepted(id)` is called for each accepted recording. */
export function startSubmitting(accepted) {
  onAccepted = accepted;
  const drop = byId("drop");
  const files = byId("files");
  byId("choose").addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    stage([...files.files]);
    files.value = "";
  });
  // Anywhere on the page: a file that misses the zone must not replace the page.
  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragenter", (event) => carriesFiles(event) && drop.classList.toggle("over", ++depth > 0));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && drop.classList.toggle("over", --depth > 0));
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    drop.classList.remove("over");
    if (byId("home").hidden) location.hash = "#/";
    stage([...event.dataTransfer.files]);
  });
  byId("staging").addEventListener("submit", (event) => {
    event.preventDefault();
    submitStaged();
  });
  byId("unstage").addEventListener("click", () => {
    clearStaging();
    announce("Nothing was submitted.");
    byId("choose").focus();
  });
}

function stage(files) {
  for (const file of files) {
    const id = `title-${newIdempotencyKey()}`;
    const title = el("input", { id, type: "text", maxlength: 300, autocomplete: "off", dir: "auto", placeholder: file.name.replace(/\.[^.]+$/, "") });
    const date = el("input", { id: `date-${id}`, type: "date", "aria-describedby": `day-${id}` });
    const entry = { file, title, date };
    const remove = actionButton("Remove", () => unstage(entry), { kind: "quiet", name: `Remove ${file.name}` });
    entry.row = el("li", { class: "staged-file" },
      el("div", { class: "staged-name" }, el("span", { class: "file-name", dir: "auto" }, file.name), el("span", { class: "hint" }, sizeOf(file.size))),
      el("div", { class: "field" }, el("label", { for: id }, "Title", el("span", { class: "visually-hidden" }, ` of ${file.name}`)), title),
      el("div", { class: "field" }, el("label", { for: date.id }, "Date", el("span", { class: "visually-hidden" }, ` of ${file.name}`)), date,
        el("p", { class: "hint", id: `day-${id}` }, `Empty: from the file, ${shortDay(proposedDay(file))}`)),
      remove);
    staged.push(entry);
    byId("staged").append(entry.row);
  }
  if (!files.length) return;
  showStaging();
  staged[0].title.focus();
  announce(`${count(staged.length, "file")} ready to submit.`);
}

/** The day according to the file: in its name, or of its last change. The service looks inside the file too. */
function proposedDay(file) {
  const [, year, month, day] = /(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)/.exec(file.name) ?? [];
  const named = year && `${year}-${month}-${day}`;
  return named && !Number.isNaN(Date.parse(named)) ? named : localDay(new Date(file.lastModified || Date.now()));
}

function unstage(entry) {
  staged = staged.filter((other) => other !== entry);
  entry.row.remove();
  showStaging();
  if (staged.length) byId("staging-title").focus();
  else byId("choose").focus();
}

function showStaging() {
  byId("staging").hidden = !staged.length;
  byId("home").classList.toggle("staging-now", staged.length > 0);
  setText(byId("submit"), staged.length > 1 ? `Submit ${staged.length} recordings` : "Submit");
}

function clearStaging() {
  staged = [];
  byId("staged").replaceChildren();
  showStaging();
}

/** The entries of a field, one per line. */
function linesOf(id) {
  return byId(id).value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function submitStaged() {
  const common = {
    language: byId("language").value.trim(),
    participants: linesOf("participants"),
    mailTo: linesOf("mail-to"),
    webhookUrl: byId("webhook-url").value.trim(),
    webhookSecret: byId("webhook-secret").value,
  };
  for (const { file, title, date } of staged) {
    queue.push(new Upload({ file, title: title.value.trim(), date: date.value, ...common }));
  }
  clearStaging();
  byId("uploads-title").setAttribute("tabindex", "-1");
  byId("uploads-title").focus();
  work();
}

function work() {
  while (running < SIDE_BY_SIDE && queue.length) {
    running += 1;
    queue.shift().run().finally(() => {
      running -= 1;
      work();
    });
  }
}

/** One upload. Its idempotency key stays the same in every attempt. */
class Upload {
  constructor(submission) {
    this.submission = submission;
    this.idempotencyKey = newIdempotencyKey();
    this.name = submission.title || submission.file.name;
    this.bar = el("progress", { max: 100, value: 0, "aria-label": `Upload of ${this.name}` });
    this.words = el("p", { class: "hint" }, "Waiting for its turn");
    this.problem = el("div", { role: "alert" });
    this.stop = el("button", { class: "quiet", type: "button", "aria-label": `Stop the upload of ${this.name}`, on: { click: () => this.remove("Upload stopped.") } }, "Stop");
    this.row = el("li", { class: "upload" },
      el("div", { class: "upload-head" }, el("span", { class: "file-name", dir: "auto" }, this.name), this.words, this.stop), this.bar, this.problem);
    byId("uploads").prepend(this.row);
    byId("uploads-area").hidden = false;
  }

  async run() {
    if (this.gone) return;
    this.problem.replaceChildren();
    this.bar.hidden = this.stop.hidden = false;
    this.sending = send(this.submission, this.idempotencyKey, (sent, all) => this.progress(sent, all));
    try {
      this.accepted(await this.sending.promise);
    } catch (problem) {
      if (problem) this.refused(problem);
    }
  }

  progress(sent, all) {
    this.bar.value = all ? (100 * sent) / all : 0;
    setText(this.words, sent < all ? `${sizeOf(sent)} of ${sizeOf(all)}` : "Being checked");
  }

  accepted(said) {
    const words = [
      said.retried ? "It was submitted before and failed; it is retried." : said.duplicate && "It was submitted before. Nothing is processed or bought twice.",
      said.note,
    ].filter(Boolean).join(" ");
    announce(words ? `${this.name}: ${words}` : `${this.name} was accepted.`);
    onAccepted(said);
    if (!words && !said.ignored?.length) {
      this.leave();
      return;
    }
    this.bar.hidden = this.stop.hidden = true;
    setText(this.words, words);
    // `note` names what was ignored in one sentence; here each is listed with the way to apply it.
    this.row.append(said.ignored?.length ? el("ul", { class: "hint ignored" }, said.ignored.map((one) => el("li", { dir: "auto" }, one.advice))) : "", el("div", { class: "row" },
      el("a", { class: "button secondary", href: `#/meetings/${encodeURIComponent(said.recording_id)}` }, "Open it"),
      actionButton("Dismiss", () => this.remove(""), { kind: "quiet", name: `Dismiss ${this.name}` })));
  }

  refused(problem) {
    this.bar.hidden = this.stop.hidden = true;
    setText(this.words, problem.status ? "Not accepted" : "Interrupted");
    const again = actionButton("Try again", () => {
      setText(this.words, "Waiting for its turn");
      this.problem.replaceChildren();
      byId("uploads-title").focus();
      queue.push(this);
      work();
    });
    const dismiss = actionButton("Dismiss", () => this.remove(""), { kind: "quiet", name: `Dismiss ${this.name}` });
    // A retry cannot help if the file or the fields are wrong: something else has to be submitted.
    const final = [400, 413, 415, 422].includes(problem.status);
    this.problem.replaceChildren(problemBox(problem, final ? [dismiss] : [again, dismiss]));
  }

  remove(words) {
    this.gone = true;
    this.sending?.abort();
    this.leave();
    if (words) announce(words);
    byId("choose").focus();
  }

  leave() {
    const hadFocus = this.row.contains(document.activeElement);
    this.row.remove();
    const left = byId("uploads").childElementCount;
    if (!left && (hadFocus || document.activeElement === byId("uploads-title"))) byId("recordings-title").focus();
    byId("uploads-area").hidden = !left;
  }
}
