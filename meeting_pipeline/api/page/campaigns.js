// Reprocessing campaigns above the list of recordings: progress, money, why one is paused, and its buttons.
// Belongs here: requesting and showing them. Must not go here: starting one, and what pauses one (the service decides).

import { campaigns, changeCampaign } from "./api.js";
import { actionButton, problemBox } from "./boxes.js";
import { announce, byId, el } from "./dom.js";

const EVERY_MS = 30_000;
const RUNNING_EVERY_MS = 5_000;
/** Finished campaigns are shown for this long, so that whoever started one sees how it ended. */
const OVER_MS = 24 * 3600_000;
const SHOWN = 5;

let timer = null;
let shown = "";

/** Show them now, and keep them up to date. */
export async function followCampaigns() {
  clearTimeout(timer);
  timer = setTimeout(followCampaigns, EVERY_MS);
  try {
    const found = await campaigns();
    draw(found.filter(matters).slice(0, SHOWN));
    if (!found.some((one) => one.state === "running")) return;
    clearTimeout(timer);
    timer = setTimeout(followCampaigns, RUNNING_EVERY_MS);
  } catch {
    // The list of recordings says that the service is down or requires a key.
  }
}

/** Stop, as after signing out. */
export function forgetCampaigns() {
  clearTimeout(timer);
  draw([]);
}

const isOver = (one) => one.state === "finished" || one.state === "cancelled";
const matters = (one) => !isOver(one) || Date.now() - Date.parse(one.changed_at) < OVER_MS;
const usd = (sum) => (sum >= 1 ? `${sum.toFixed(2)} USD` : `${sum.toFixed(4)} USD`);

function draw(found) {
  const state = JSON.stringify(found);
  if (state === shown) return;
  shown = state;
  const focused = document.activeElement?.dataset?.campaignAct;
  byId("campaigns-area").hidden = found.length === 0;
  byId("campaigns").replaceChildren(...found.map(row));
  if (focused) {
    const again = [...byId("campaigns").querySelectorAll("button")].find((one) => one.dataset.campaignAct === focused);
    (again ?? byId("campaigns-title")).focus();
  }
}

function row(one) {
  const over = one.done + one.failed;
  const parts = [
    `${over} of ${one.recordings} recordings`,
    one.failed > 0 && `${one.failed} failed`,
    `${usd(one.spent_usd)} spent${one.max_usd === null ? "" : ` of at most ${usd(one.max_usd)}`}`,
    one.unpriced_calls > 0 && `${one.unpriced_calls} calls with unknown prices`,
    one.hold && "new versions are held",
  ];
  return el("li", { class: "campaign" },
    el("p", { class: "campaign-name" }, el("bdi", {}, one.name), ` · ${one.state}`),
    el("progress", { max: Math.max(one.recordings, 1), value: over, "aria-label": `Progress of ${one.name}` }),
    el("p", { class: "hint" }, parts.filter(Boolean).join(" · ")),
    one.pause_code && el("p", { class: "hint" }, `Paused: ${one.pause_reason ?? "by a person"}`),
    !isOver(one) && el("div", { class: "row" }, buttons(one)));
}

function buttons(one) {
  const act = (name, label, said) => {
    const button = actionButton(label, () => change(one.name, name, said), { name: `${label} ${one.name}` });
    button.dataset.campaignAct = `${name} ${one.name}`;
    return button;
  };
  return [
    one.state === "running" ? act("pause", "Pause", "paused") : act("resume", "Resume", "resumed"),
    act("cancel", "Cancel", "cancelled"),
  ];
}

async function change(name, act, said) {
  if (act === "cancel" && !window.confirm(`Cancel ${name} for good? Its results so far stay; the rest will not be made.`)) return;
  byId("campaigns-problem").replaceChildren();
  try {
    await changeCampaign(name, act);
    announce(`${name} is ${said}.`);
  } catch (problem) {
    byId("campaigns-problem").replaceChildren(problemBox(problem));
  }
  await followCampaigns();
}
