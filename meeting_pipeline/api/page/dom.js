// Making and finding elements. Text always goes in as text nodes, so nothing that was said or typed can become markup.
// Belongs here: helpers that know nothing of recordings or meetings. Must not go here: any way to parse markup.

/**
 * An element. Attributes: `class`, `on` (listeners by event name), `data` (dataset), anything else by its HTML name;
 * null and false are left out, true is the empty attribute. Children: elements, texts; null and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(made.dataset, value);
    } else {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return made;
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** Set an element's text, but only if it differs: screen readers repeat what is written again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

/** A small icon that needs a text beside it. `path` is the data of one stroked path in a box of 24. */
export function icon(path) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"], ["focusable", "false"], ["class", "icon"]]) {
    drawing.setAttribute(name, value);
  }
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}

/** A bar that is filled to `percent`. It only repeats the words beside it. */
export function bar(percent) {
  const drawing = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 100 6"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"], ["focusable", "false"], ["class", "bar"]]) {
    drawing.setAttribute(name, value);
  }
  for (const [kind, width] of [["bar-all", 100], ["bar-part", percent]]) {
    const part = document.createElementNS(SVG, "rect");
    for (const [name, value] of [["class", kind], ["width", width], ["height", 6]]) part.setAttribute(name, value);
    drawing.append(part);
  }
  return drawing;
}

/** Announce what has happened to screen readers; `seen`: also on the page, if nothing else there shows it. */
export function announce(text, { seen = false } = {}) {
  const place = byId("announcer");
  const line = el("p", { class: seen ? "seen" : "visually-hidden", dir: "auto" }, text);
  place.append(line);
  setTimeout(() => line.remove(), 10_000);
}
