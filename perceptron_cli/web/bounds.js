// Where a result may lie that was rounded on the way.

/** @typedef {import("./expr.js").Tree} Tree */
/** @typedef {number[]} Bounds the lowest and the highest */

import { FUNCTIONS } from "./expr.js";

const RISING = new Set(["exp", "ln", "sqrt", "tanh", "sigmoid", "erf"]);

/** Return where a tree's value lies, each product and function rounded by up to `half`.
 * @param {Tree} tree @param {(name: string) => Bounds} get @param {number} half @returns {Bounds} */
export function bounds(tree, get, half) {
  if (tree.op === "number") return [tree.value, tree.value];
  if (tree.op === "name") return get(tree.name);
  const parts = tree.parts.map((part) => bounds(part, get, half));
  const [[low, high] = [NaN, NaN], [from, to] = [NaN, NaN]] = parts;
  const around = (ends, by = half) => [Math.min(...ends) - by, Math.max(...ends) + by];
  if (tree.op === "-") return [-high, -low];
  if (tree.op === "+") return [low + from, high + to];
  if (tree.op === "*") {
    const whole = parts.some(([a, b]) => a === b && [-1, 0, 1].includes(a));
    return around([low * from, low * to, high * from, high * to], whole ? 0 : half);
  }
  if (tree.op === "/") return from <= 0 && to >= 0 ? [-Infinity, Infinity] : around([low / from, low / to, high / from, high / to]);
  if (tree.op === "^") return around([low ** from, high ** from, ...(low < 0 && high > 0 ? [0] : [])]);
  const call = FUNCTIONS[tree.name] ?? (() => NaN);
  if (RISING.has(tree.name)) return around([call(Math.max(low, tree.name === "sqrt" ? 0 : low)), call(high)]);
  if (tree.name === "cos") return around([call(low), call(high)]);
  if (tree.name === "abs") return low <= 0 && high >= 0 ? [0, Math.max(-low, high)] : around([call(low), call(high)], 0);
  return [call(...parts.map(([a]) => a)), call(...parts.map(([, b]) => b))];
}
