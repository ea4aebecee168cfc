// The drawing beside a line: which neurons and weights it is about, and how large the weights are.

import { symbolOf } from "./light.js";

/** @typedef {import("./model.js").Model} Model */

/** What a symbol belongs to on the drawing: dL/dz[1]_1 to the neuron a[1]_1. @param {string} name */
export function place(name) {
  const plain = name.replace(/^(?:\w+:)+/, "").replace(/^dL\/d/, "").replace(/'+$/, "");
  const derivative = /^da\/dz(\[\d+\])_(\d+)/.exec(plain);
  if (derivative) return `a${derivative[1]}_${derivative[2]}`;
  return plain.replace(/^z\[/, "a[").replace(/^a\[0\]_/, "x_");
}

/** Mark what a line is about. @param {Element} svg @param {string[]} names */
export function mark(svg, names) {
  const wanted = new Set(names.map(place));
  for (const group of svg.querySelectorAll("g[data-symbol]"))
    group.classList.toggle("now", wanted.has(place(symbolOf(group))));
  svg.classList.toggle("marked", svg.querySelector("g.now") !== null);
}

/** Draw each weight as wide as it is large, in the colour of its sign. @param {Element} svg @param {Model} model */
export function widths(svg, model) {
  const edges = [...svg.querySelectorAll("g.line-of")];
  const sizes = edges.map((one) => Math.abs(model.value(symbolOf(one))));
  const most = Math.max(...sizes.filter(Number.isFinite), 1e-12);
  edges.forEach((edge, at) => {
    const path = edge.querySelector("path");
    const value = model.value(symbolOf(edge));
    path?.setAttribute("stroke-width", (1 + (5 * (sizes[at] ?? 0)) / most).toFixed(1));
    path?.setAttribute("class", value > 0 ? "plus" : value < 0 ? "minus" : "zero");
  });
}

/** Shade each grid anew: the larger a number, the darker. @param {Element} svg @param {Model} model */
export function greys(svg, model) {
  const cells = [...svg.querySelectorAll("g.shade-of")];
  const values = cells.map((one) => model.value(symbolOf(one)));
  const known = values.filter(Number.isFinite);
  if (!known.length) return;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  cells.forEach((cell, at) => {
    const level = high > low ? ((values[at] ?? low) - low) / (high - low) : 0;
    const grey = Math.round(255 - 205 * level);
    cell.querySelector("rect")?.setAttribute("fill", `rgb(${grey},${grey},${grey})`);
    const text = cell.querySelector("text");
    text?.classList.toggle("on-dark", grey < 140);
    text?.classList.toggle("on-light", grey >= 140);
  });
}
