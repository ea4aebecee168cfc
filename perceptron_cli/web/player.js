// The lesson: a line after the other, each in stages - symbols, numbers, the result.

import { copyOf, symbolOf } from "./light.js";
import { mark } from "./scene.js";

/** @typedef {{line: HTMLElement, title: string, general: Element[], names: string[]}} Stop */

export class Player {
  /** @param {HTMLElement} root @param {HTMLElement[]} lines @param {(copy: HTMLElement, name: string) => void} shown
   * what else happens to a line that is shown */
  constructor(root, lines, shown) {
    this.root = root;
    this.shown = shown;
    this.stops = lines.map(stopAt);
    this.place = 0;
    this.reveal = 0;
    this.whole = false; // whether lines are shown whole at once
    this.now = /** @type {HTMLElement} */ (root.querySelector(".now"));
    this.where = /** @type {HTMLElement} */ (root.querySelector(".where"));
    this.bar = /** @type {HTMLProgressElement} */ (root.querySelector("progress"));
    this.bar.max = Math.max(1, this.stops.length);
    this.show();
  }

  /** The symbol of the line that is shown. */
  get name() {
    return symbolOf(this.stops[this.place]?.line ?? null);
  }

  /** How often more of the line can be shown. */
  get reveals() {
    return (this.stops[this.place]?.line.querySelectorAll(".step").length ?? 1) - 1;
  }

  /** Show what there is to see: the line up to its stage, its place, the drawing. */
  show() {
    const stop = this.stops[this.place];
    if (!stop) return;
    this.where.textContent = `${stop.title} (line ${this.place + 1} of ${this.stops.length})`;
    const copy = copyOf(stop.line);
    copy.querySelectorAll(".step").forEach((step, at) => step.toggleAttribute("hidden", at > this.reveal && !this.whole));
    this.now.replaceChildren(...stop.general.map((one) => one.cloneNode(true)), copy);
    this.bar.value = this.place + (this.reveal + 1) / (this.reveals + 1);
    this.bar.setAttribute("aria-valuetext", `line ${this.place + 1} of ${this.stops.length}`);
    const svg = this.root.querySelector("svg.picture");
    if (svg) mark(svg, [this.name, ...(this.reveal ? stop.names : [])]);
    this.shown(copy, this.name);
  }

  go(place, whole = false) {
    if (!this.stops.length) return;
    this.place = Math.min(Math.max(place, 0), this.stops.length - 1);
    this.reveal = whole ? this.reveals : 0;
    this.show();
    history.replaceState(null, "", `#${encodeURI(this.name)}`);
  }

  /** Show the next stage, or the next line. */
  more() {
    if (this.reveal < this.reveals && !this.whole) {
      this.reveal += 1;
      this.show();
    } else if (this.place + 1 < this.stops.length) this.go(this.place + 1);
  }

  /** Back by a stage, or to the line before, whole. */
  less() {
    if (this.reveal > 0 && !this.whole) {
      this.reveal -= 1;
      this.show();
    } else if (this.place > 0) this.go(this.place - 1, true);
  }

  /** Go to the first line of the next section. */
  section() {
    const title = this.stops[this.place]?.title;
    const next = this.stops.findIndex((one, at) => at > this.place && one.title !== title);
    if (next >= 0) this.go(next);
  }

  /** Go to a symbol's line, or to the first that uses a given number; say whether there is one. @param {string} name */
  jump(name) {
    const own = this.stops.findIndex((one) => symbolOf(one.line) === name);
    const place = own >= 0 ? own : this.stops.findIndex((one) => one.names.includes(name));
    if (place >= 0) this.go(place, true);
    return place >= 0;
  }
}

function stopAt(line) {
  const section = line.closest("section");
  return {
    line,
    title: section?.querySelector("h2, h3, h4")?.textContent ?? "",
    general: [...(section?.querySelectorAll(".general") ?? [])],
    names: [...new Set([...line.querySelectorAll(".numbers [data-symbol]")].map(symbolOf))],
  };
}

/** Pass keys, buttons and swipes on. @param {HTMLElement} root @param {Record<string, () => void>} actions */
export function controls(root, actions) {
  document.addEventListener("keydown", (event) => {
    const at = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, select, textarea")) return;
    if (at.closest("button, summary, a") && (event.key === " " || event.key === "Enter")) return;
    if (event.key.startsWith("Arrow") && at.closest(".scroll, .line")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const button of document.querySelectorAll("button[data-key]"))
    button.addEventListener("click", () => actions[button.getAttribute("data-key") ?? ""]?.());
  let start = 0;
  root.addEventListener("touchstart", (event) => (start = event.touches[0]?.clientX ?? 0), { passive: true });
  root.addEventListener("touchend", (event) => {
    const moved = (event.changedTouches[0]?.clientX ?? start) - start;
    if (Math.abs(moved) > 50) actions[moved < 0 ? "ArrowRight" : "ArrowLeft"]?.();
  });
}
