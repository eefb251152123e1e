// Whose edits these are: if no key is required, the page asks for a name once and keeps it in this browser.
// Belongs here: the name and its dialog. Must not go here: requests (api.js), what an edit changes.

import { el } from "./dom.js";

const STORED = "meeting-pipeline-editor";

/** The name that was given in this browser, or null. */
export const storedName = () => localStorage.getItem(STORED);

/** Ask for a name and keep it. Resolves to it, or to null if somebody cancels. */
export function askForName() {
  const back = document.activeElement;
  const name = el("input", { type: "text", id: "editor-name", maxlength: 120, autocomplete: "name", dir: "auto", required: true });
  const dialog = el("dialog", { class: "name-dialog", "aria-labelledby": "editor-title" },
    el("form", { method: "dialog" },
      el("h2", { id: "editor-title" }, "What is your name?"),
      el("p", { class: "hint" }, "It is recorded with your changes. This browser asks for it only once."),
      el("div", { class: "field" }, el("label", { for: "editor-name" }, "Your name"), name),
      el("div", { class: "row" },
        el("button", { class: "primary", type: "submit", value: "save" }, "Continue"),
        el("button", { class: "quiet", type: "button", on: { click: () => dialog.close("") } }, "Cancel"))));
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "save" ? name.value.trim() : "";
      if (given) localStorage.setItem(STORED, given);
      dialog.remove();
      if (back?.isConnected) back.focus();
      resolve(given || null);
    });
    dialog.showModal();
    name.focus();
  });
}

/** Forget a name that the service refuses: it is requested again. */
export const forgetName = () => localStorage.removeItem(STORED);
