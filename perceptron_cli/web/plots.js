// The loss over the updates, and the plane of two inputs with what the network says everywhere.

/** @typedef {import("./model.js").Model} Model */

const CELLS = 48;

/** Draw the loss curve. @param {SVGElement} svg @param {number[]} losses */
export function curve(svg, losses) {
  const known = losses.filter(Number.isFinite);
  const most = Math.max(...known, 1e-300);
  const points = known.map((loss, at) => `${(10 + (at / Math.max(1, known.length - 1)) * 280).toFixed(1)},${(110 - (loss / most) * 100).toFixed(1)}`);
  svg.querySelector("polyline")?.setAttribute("points", points.join(" "));
  const title = svg.querySelector("title");
  if (title) title.textContent = `the loss over ${known.length - 1} updates: from ${known[0]} to ${known.at(-1)}`;
}

/** Draw the plane. @param {HTMLCanvasElement} canvas @param {Model} model @param {string} turn the turn of a rule, "t3:" */
export function plane(canvas, model, turn = "") {
  const spec = model.data.plane;
  const pen = canvas.getContext("2d");
  if (!spec || !pen) return;
  const at = (name) => (turn ? name.replace(/^t\d+:/, turn) : name);
  const after = new Map(spec.carried.filter((name) => model.values.has(`${at(name)}'`)).map((name) => [at(name), model.value(`${at(name)}'`)]));
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const [low, high] = dark ? [[38, 66, 92], [104, 62, 24]] : [[207, 230, 250], [251, 220, 196]];
  const [width, height] = [canvas.width, canvas.height];
  const column = (x) => ((x - spec.x[0]) / (spec.x[1] - spec.x[0])) * width;
  const row = (y) => height - ((y - spec.y[0]) / (spec.y[1] - spec.y[0])) * height;
  for (let i = 0; i < CELLS; i++)
    for (let j = 0; j < CELLS; j++) {
      const x = spec.x[0] + ((i + 0.5) / CELLS) * (spec.x[1] - spec.x[0]);
      const y = spec.y[0] + ((j + 0.5) / CELLS) * (spec.y[1] - spec.y[0]);
      const value = model.would(at(spec.output), new Map([...after, [at(spec.inputs[0]), x], [at(spec.inputs[1]), y]]));
      pen.fillStyle = `rgb(${(value < spec.middle ? low : high)?.join(" ")})`;
      pen.fillRect((i * width) / CELLS, height - ((j + 1) * height) / CELLS, width / CELLS + 1, height / CELLS + 1);
    }
  for (const [x, y, target] of spec.points) {
    pen.beginPath();
    pen.arc(column(x), row(y), 6, 0, 7);
    pen.lineWidth = 2.5;
    pen.strokeStyle = dark ? "#fff" : "#222";
    pen.fillStyle = target < spec.middle ? (dark ? "#1b1b1b" : "#fff") : pen.strokeStyle;
    pen.fill();
    pen.stroke();
  }
}
