// Uploading one file: its form, its progress, and retries that never submit it twice.
// Belongs here: the request that uploads. Must not go here: the list of uploads and its buttons (submit.js).

import { checkUpload, credentials, key, noAnswer, problemOf, wantKey } from "./api.js";

/** A random id, even where `crypto.randomUUID` is not available. */
export function newIdempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function formOf({ file, title, date, language, participants, mailTo, webhookUrl, webhookSecret }) {
  const form = new FormData();
  // Fields first: the service reads them before the file arrives.
  if (title) form.append("title", title);
  if (date) form.append("date", date);
  if (language) form.append("language", language);
  for (const name of participants ?? []) form.append("participants", name);
  for (const address of mailTo ?? []) form.append("mail_to", address);
  if (webhookUrl) form.append("webhook_url", webhookUrl);
  if (webhookUrl && webhookSecret) form.append("webhook_secret", webhookSecret);
  if (file.lastModified) form.append("file_modified_at", new Date(file.lastModified).toISOString());
  form.append("file", file, file.name);
  return form;
}

/**
 * Submit a file. `onProgress(sent, all)` in bytes. The same `idempotencyKey` means the same submission.
 * Returns `{promise, abort}`; the promise gives `{recording_id, duplicate, replayed}` or throws a Problem, or null if it was stopped.
 */
export function send(submission, idempotencyKey, onProgress) {
  const stopping = new AbortController();
  return { promise: checkAndUpload(submission, idempotencyKey, onProgress, stopping.signal), abort: () => stopping.abort() };
}

/** Checks for space first: a browser does not see a response that comes before it has sent everything. */
async function checkAndUpload(submission, idempotencyKey, onProgress, signal) {
  try {
    await checkUpload(submission.file.size, signal);
    return await upload(submission, idempotencyKey, onProgress, signal);
  } catch (problem) {
    if (signal.aborted) throw null;
    if (problem.code === "no_answer") await checkUpload(submission.file.size, signal); // the service may have refused it meanwhile
    throw problem;
  }
}

function upload(submission, idempotencyKey, onProgress, signal) {
  const held = key.get();
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
    request.addEventListener("error", () => reject(noAnswer()));
    request.addEventListener("abort", () => reject(noAnswer()));
    request.addEventListener("load", () => {
      if (request.status < 200 || request.status > 299) {
        const problem = problemOf(request.status, request.responseText);
        if (request.status === 401) wantKey(problem, held);
        reject(problem);
        return;
      }
      const said = JSON.parse(request.responseText);
      resolve({ ...said, replayed: request.getResponseHeader("Idempotency-Replayed") === "true" });
    });
    request.open("POST", "v1/recordings");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", idempotencyKey);
    for (const [name, value] of Object.entries(credentials(held))) request.setRequestHeader(name, value);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(formOf(submission));
  });
}
