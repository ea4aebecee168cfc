// Going on: more updates, and the loss as it falls.

import { show } from "./numbers.js";
import { curve } from "./plots.js";

/** @typedef {import("./model.js").Model} Model */

const MOST = 2000; // points of the curve

export class Training {
  constructor(root, model, changed) {
    this.model = model;
    this.changed = changed;
    this.svg = /** @type {SVGElement | null} */ (root.querySelector("svg.curve"));
    this.told = root.querySelector("output.trained");
    this.running = false;
    this.losses = [this.loss];
    this.every = 1; // how many updates lie between two points
    this.tell();
    for (const button of root.querySelectorAll("button[data-steps]"))
      button.addEventListener("click", () => this.steps(Number(button.getAttribute("data-steps"))));
    const run = root.querySelector("button.run");
    run?.addEventListener("click", () => {
      this.running = !this.running;
      run.textContent = this.running ? "Pause" : "Run";
      run.setAttribute("aria-pressed", String(this.running));
      if (this.running) this.run();
    });
  }

  /** The loss before the next update. */
  get loss() {
    return this.model.value(this.model.data.outcome[0]);
  }

  /** Begin the curve anew: after a change, and at the start. */
  clear() {
    this.losses = [this.loss];
    this.every = 1; // how many updates lie between two points
    this.tell();
  }

  steps(count) {
    for (let at = 0; at < count && Number.isFinite(this.model.value(this.model.data.outcome[1])); at++) {
      this.model.step();
      if (this.model.updates % this.every === 0) this.losses.push(this.loss);
      if (this.losses.length <= MOST) continue;
      this.losses = this.losses.filter((_, place) => place % 2 === 0);
      this.every *= 2;
    }
    this.tell();
    this.changed();
  }

  run() {
    if (!this.running) return;
    this.steps(1);
    requestAnimationFrame(() => this.run());
  }

  tell() {
    if (this.svg) curve(this.svg, this.losses);
    const [before, after] = this.model.data.outcome.map((name) => show(this.model.value(name), this.model.data.decimals));
    if (this.told) this.told.textContent = `after ${this.model.updates} updates the loss is ${before}; the next update makes it ${after}`;
  }
}
