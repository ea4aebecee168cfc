// Blanks: the results are hidden, the reader types them, and hears what is wrong.

import { bounds } from "./bounds.js";
import { read } from "./edit.js";
import { evaluate, names, parse } from "./expr.js";
import { decimalsOf } from "./numbers.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {{kind: string, text: string}} Verdict */

export class Blanks {
  constructor(model) {
    this.model = model;
    this.on = false;
    this.typed = new Map();
    this.known = new Set();
  }

  /** What is seen in the place of a number that is not settled: the answer to it, else "?".
   * @param {string} name @returns {string | undefined} */
  instead(name) {
    if (!this.on || this.known.has(name) || !this.model.tree(name)) return undefined;
    return String(this.typed.get(name) ?? "?");
  }

  /** Begin anew, or end. @param {boolean} on */
  turn(on) {
    this.on = on;
    this.typed.clear();
    this.known.clear();
  }

  /** What an answer is, by the rules of `nnstep check`. @param {string} name @param {string} text @returns {Verdict} */
  judge(name, text) {
    const answer = read(text);
    if (answer === null) return { kind: "none", text: "expected a number, such as 0.5744" };
    const half = 0.5 * 10 ** -decimalsOf(text.trim()) * (1 + 1e-9);
    const near = (value) => Math.abs(value - answer) <= half + 1e-12 * Math.abs(value);
    const tree = this.model.tree(name);
    const right = this.model.value(name);
    if (!tree) return { kind: "none", text: "this number is given" };
    const followed = names(tree).filter((one) => this.typed.has(one));
    this.typed.set(name, answer);
    if (near(right)) return this.settled(name, "right", "Right.");
    const unit = 0.5 * 10 ** -this.model.data.decimals;
    const own = (one) => this.typed.get(one) ?? this.model.value(one);
    const [low, high] = bounds(tree, (one) => spread(own(one), this.model.tree(one) ? unit : 0), unit);
    const worked = near(evaluate(tree, own)) || (low - half <= answer && answer <= high + half);
    if (worked && followed.some((one) => !this.known.has(one)))
      return { kind: "follows", text: "Right working from your earlier number; that mistake is not counted again." };
    if (worked) return this.settled(name, "rounding", "Right but for rounding on the way.");
    for (const [mistake, formula] of this.model.data.mistakes[name] ?? []) {
      const wrong = parse(formula);
      if (near(evaluate(wrong, own)) || near(evaluate(wrong, (one) => this.model.value(one))))
        return { kind: "mistake", text: `${this.model.data.sentences[mistake]} (${mistake})` };
    }
    return { kind: "wrong", text: "Not right. Look at the formula and at the numbers that it takes." };
  }

  settled(name, kind, text) {
    this.known.add(name);
    return { kind, text };
  }

  /** Put a field into a line in the place of its result. @param {HTMLElement} line @param {string} name @param {() => void} done */
  field(line, name, done) {
    const result = line.querySelector(".result");
    if (!result || !this.on || this.known.has(name) || !this.model.tree(name)) return;
    const input = document.createElement("input");
    const told = document.createElement("output");
    input.inputMode = "decimal";
    input.autocomplete = "off";
    input.size = 9;
    input.setAttribute("aria-label", `your number for ${name}`);
    input.value = this.typed.has(name) ? String(this.typed.get(name)) : "";
    result.replaceChildren("= ", input, " ", told);
    input.addEventListener("change", () => {
      const verdict = this.judge(name, input.value);
      told.textContent = verdict.text;
      told.className = verdict.kind;
      if (this.known.has(name) || verdict.kind === "follows") done();
    });
  }
}

function spread(value, unit) {
  return [value - unit, value + unit];
}
