// Boxes that say what is wrong: a refused request, a gap, a failure, something that waits.
// Belongs here: how they look in the document. Must not go here: which of them is shown when.

import { el } from "./dom.js";

/** A sentence in which words between backticks are code. */
const prose = (text) => text.split("`").map((part, place) => (place % 2 ? el("code", {}, part) : part));

/** A box. `tone`: `bad`, `warn` or `calm`. `actions`: buttons. */
export function box(tone, lead, { advice = "", code = "", actions = [] } = {}) {
  return el("div", { class: `notice ${tone}` },
    el("p", { class: "notice-lead" }, prose(lead)),
    advice && el("p", { class: "notice-advice" }, prose(advice)),
    code && el("p", { class: "notice-code" }, el("code", {}, code)),
    actions.length > 0 && el("div", { class: "row" }, actions));
}

/** The Problem of a refused request: message, fields, advice and code. */
export function problemBox(problem, actions = []) {
  const fields = (problem.errors ?? []).map((one) => `${one.at}: ${one.problem}`);
  const advice = [problem.advice, ...fields].filter(Boolean).join(" · ");
  if (problem.code === "no_name") return box("calm", problem.message, { actions }); // a choice, not a failure
  return box("bad", problem.message, { advice, code: problem.code, actions });
}

/** A button that is disabled while its action is in progress, and gets its focus back afterwards. */
export function actionButton(label, act, { kind = "secondary", name = null } = {}) {
  const button = el("button", { class: kind, type: "button", "aria-label": name }, label);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await act(button);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  return button;
}
