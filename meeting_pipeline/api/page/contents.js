// The table of contents beside a meeting: its parts, how much is in each, and which one is being read.
// Belongs here: this list. Must not go here: the parts. An address names a meeting, so these are buttons, not links.

import { el } from "./dom.js";

const PARTS = "section.part, section.transcript";
const TOP = "-72px 0px -70% 0px"; // what is being read: the part that reaches into the upper third

/** The table of contents of what is drawn in `root`. */
export class Contents {
  constructor(root) {
    this.root = root;
    this.list = el("ol", {});
    this.fold = el("details", { open: true }, el("summary", {}, "Contents"), this.list);
    this.element = el("nav", { class: "contents", "aria-label": "Contents of this meeting" }, this.fold);
    this.narrow = matchMedia("(max-width: 60rem)");
    this.onWidth = () => (this.fold.open = !this.narrow.matches);
    this.narrow.addEventListener("change", this.onWidth);
    this.onWidth();
    this.seen = new Set();
    this.watcher = new IntersectionObserver((entries) => this.moved(entries), { rootMargin: TOP });
    this.drawn = "";
  }

  close() {
    this.narrow.removeEventListener("change", this.onWidth);
    this.watcher.disconnect();
  }

  /** Draw it again if the parts have changed. */
  update() {
    const parts = [...this.root.querySelectorAll(PARTS)].filter((part) => !part.hidden && part.querySelector("h2"));
    const named = parts.map((part) => [part, part.querySelector("h2")]);
    const now = JSON.stringify(named.map(([, heading]) => [heading.id, heading.textContent]));
    const same = now === this.drawn && this.parts?.every((part, place) => part === parts[place]);
    if (same) return;
    const focused = [...this.list.children].findIndex((entry) => entry.contains(document.activeElement));
    [this.drawn, this.parts] = [now, parts];
    this.buttons = new Map();
    this.list.replaceChildren(...named.map(([part, heading]) => {
      const [name, number] = [heading.firstChild.textContent, heading.querySelector(".count")?.textContent];
      const button = el("button", { class: "quiet", type: "button" }, name, number && el("span", { class: "count" }, number));
      button.addEventListener("click", () => this.go(part, heading));
      this.buttons.set(part, button);
      return el("li", {}, button);
    }));
    if (focused >= 0) this.list.children[focused]?.querySelector("button").focus();
    this.watcher.disconnect();
    this.seen.clear();
    parts.forEach((part) => this.watcher.observe(part));
  }

  go(part, heading) {
    if (this.narrow.matches) this.fold.open = false;
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    part.scrollIntoView({ block: "start", behavior: smooth ? "smooth" : "auto" });
    heading.setAttribute("tabindex", "-1");
    heading.focus({ preventScroll: true });
  }

  moved(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.seen.add(target);
      else this.seen.delete(target);
    }
    const beside = !this.narrow.matches; // then the transcript is beside the rest, and always visible
    const now = this.parts.find((part) => this.seen.has(part) && !(beside && part.matches(".transcript")));
    for (const [part, button] of this.buttons) {
      if (part === now) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}
