// Puts the model's numbers into the page: into formulas, tables and the drawing.

import { evaluate, parse } from "./expr.js";
import { decimalsOf, show } from "./numbers.js";

/** @typedef {import("./model.js").Model} Model */

export class Fill {
  /** @param {Model} model @param {(name: string) => string | undefined} instead what is seen in a number's place */
  constructor(model, instead) {
    this.model = model;
    this.instead = instead;
    this.sample = "s1:"; // whose numbers the drawing shows, of several
    this.parsed = new Map();
  }

  /** Write every number below an element. @param {ParentNode} root @param {boolean} flash whether what changes is shown to do so */
  all(root, flash = false) {
    for (const one of root.querySelectorAll("mn[data-formula]")) this.part(one, flash);
    for (const one of root.querySelectorAll("mn[data-symbol]")) {
      const name = one.getAttribute("data-symbol") ?? "";
      put(one, this.instead(name) ?? this.model.text(name, this.atLeast(one)), flash);
    }
    for (const one of root.querySelectorAll("g[data-symbol]")) this.label(one, flash);
  }

  /** A part that is worked out on the way, by its formula. @param {Element} element @param {boolean} flash */
  part(element, flash) {
    const formula = element.getAttribute("data-formula") ?? "";
    const tree = this.parsed.get(formula) ?? parse(formula);
    this.parsed.set(formula, tree);
    const value = evaluate(tree, (name) => this.model.value(name));
    const line = element.closest(".line")?.getAttribute("data-symbol") ?? "";
    put(element, this.instead(line) ? "?" : show(value, this.model.data.decimals), flash);
  }

  /** A sum that was worked out term by term keeps the decimals of its terms. @param {Element} element */
  atLeast(element) {
    const step = element.closest(".result")?.previousElementSibling;
    const parts = step?.matches(".stage[data-sum]") ? [...step.querySelectorAll("mn[data-formula]")] : [];
    return Math.max(0, ...parts.map((one) => decimalsOf((one.textContent ?? "").replace(/[()]/g, ""))));
  }

  /** The number in a drawing, behind whatever stands before it. @param {Element} group @param {boolean} flash */
  label(group, flash) {
    const own = group.getAttribute("data-symbol") ?? "";
    const name = this.model.values.has(own) ? own : this.sample + own;
    const text = group.querySelector("text.weight, text.strong, text.quiet, text.value");
    if (!text || !this.model.values.has(name)) return;
    const shown = this.instead(name) ?? this.model.text(name);
    const told = (text.textContent ?? "").replace(/\S+$/, shown);
    if (told !== text.textContent) put(text, told, flash);
  }
}

function put(element, text, flash) {
  const shown = element.hasAttribute("data-inside") && text.startsWith("-") ? `(${text})` : text;
  if (element.textContent === shown) return;
  element.textContent = shown;
  if (flash && !matchMedia("(prefers-reduced-motion: reduce)").matches)
    element.animate([{ backgroundColor: "#f5b700", fill: "#d18b00" }, {}], 900);
}
