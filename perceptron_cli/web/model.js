// The numbers of a step: those that are given, and those that follow by the formulas.

import { evaluate, parse } from "./expr.js";
import { show } from "./numbers.js";

/** @typedef {import("./expr.js").Tree} Tree */
/** @typedef {{x: [number, number], y: [number, number], labels: [string, string], inputs: [string, string],
 *   output: string, middle: number, points: [number, number, number][], carried: string[]}} Plane */
/** @typedef {{kind: string, turns: number, decimals: number, order: string[], given: Record<string, number | null>,
 *   formulas: Record<string, string>, later: Record<string, string>, texts: Record<string, string>,
 *   editable: string[], together: Record<string, string[]>, trains: string, outcome: [string, string], mistakes: Record<string, [string, string][]>,
 *   sentences: Record<string, string>, meanings: Record<string, string>, plane: Plane | null}} Data */

export class Model {
  constructor(data) {
    this.data = data;
    this.trees = new Map(Object.entries(data.formulas).map(([name, text]) => [name, parse(text)]));
    this.later = new Map(Object.entries(data.later).map(([name, text]) => [name, parse(text)]));
    this.values = new Map();
    this.updates = 0;
    this.reset();
    this.start = new Map(this.values);
  }

  /** Back to the numbers that the page came with. */
  reset() {
    this.updates = 0;
    this.given = new Map(Object.entries(this.data.given).map(([name, value]) => [name, value ?? NaN]));
    this.work();
  }

  /** Work out every number anew. */
  work() {
    const get = (name) => this.values.get(name) ?? NaN;
    for (const name of this.data.order) {
      const tree = this.tree(name);
      const value = tree ? evaluate(tree, get) : (this.given.get(name) ?? NaN);
      this.values.set(name, Number.isFinite(value) ? value : NaN);
    }
  }

  /** The formula of a number, undefined where it is given. @param {string} name @returns {Tree | undefined} */
  tree(name) {
    return (this.updates ? this.later.get(name) : undefined) ?? this.trees.get(name);
  }

  value(name) {
    return this.values.get(name) ?? NaN;
  }

  /** Change a given number. @param {string} name @param {number} value */
  set(name, value) {
    for (const one of [name, ...(this.data.together[name] ?? [])]) this.given.set(one, value);
    this.work();
  }

  /** Go on to the next update: the new weights, and what an optimizer keeps, are what it begins with. */
  step() {
    const next = new Map(this.given);
    for (const name of this.given.keys()) {
      const after = this.values.get(`${name}'`);
      if (after !== undefined) next.set(name, after);
    }
    if (next.has("t")) next.set("t", (next.get("t") ?? 0) + 1);
    this.given = next;
    this.updates += 1;
    this.work();
  }

  /** A number as it is shown: as it was written, until it changes. @param {string} name @param {number} atLeast */
  text(name, atLeast = 0) {
    const written = this.data.texts[name];
    const value = this.value(name);
    if (written !== undefined && Object.is(value, this.start?.get(name) ?? value)) return written;
    if (name === "improvement_percent") return Number.isFinite(value) ? value.toFixed(2) : "undefined";
    return show(value, this.data.decimals, atLeast);
  }

  /** A number as it would be with others in the place of those that are there.
   * @param {string} name @param {Map<string, number>} instead @returns {number} */
  would(name, instead) {
    const known = new Map(instead);
    const get = (one) => {
      const found = known.get(one);
      if (found !== undefined) return found;
      const tree = this.tree(one);
      const value = tree ? evaluate(tree, get) : this.value(one);
      known.set(one, value);
      return value;
    };
    return get(name);
  }
}
