// The lesson put together: the page's lines, its numbers, and what a reader does with them.

import { Blanks } from "./blanks.js";
import { editing } from "./edit.js";
import { names } from "./expr.js";
import { Fill } from "./fill.js";
import { Light, listen, symbolOf } from "./light.js";
import { Model } from "./model.js";
import { show } from "./numbers.js";
import { plane } from "./plots.js";
import { Player, controls } from "./player.js";
import { greys, widths } from "./scene.js";
import { Training } from "./train.js";

const found = (query) => /** @type {HTMLElement} */ (document.querySelector(query));
const model = new Model(JSON.parse(found("#data").textContent ?? "{}"));
const blanks = new Blanks(model);
const fill = new Fill(model, (name) => blanks.instead(name));
const root = found("main");
const light = new Light(document.body);
const svg = found(".scene svg.picture");
const pictures = document.querySelectorAll(".scene svg.picture");
const canvas = /** @type {HTMLCanvasElement | null} */ (document.querySelector("canvas.plane"));
const isRule = model.data.kind === "neuron";
const lines = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("article div.line[data-formula]")]).filter(
  (line) => !isRule || !/^[\w:']+$/.test(line.dataset.formula ?? ""),
);
// the rows of the rule's table, a turn each
const turns = isRule ? [...root.querySelectorAll("tbody")].map((one) => [...one.rows]).find((rows) => rows.length === model.data.turns) ?? [] : [];
const turn = () => /^t\d+:/.exec(player.name)?.[0] ?? "";
const player = new Player(found(".player"), lines, (copy, name) => {
  fill.all(copy);
  fill.sample = /^s\d+:/.exec(name)?.[0] ?? fill.sample;
  fill.all(found(".scene"), true);
  explain(name);
  blanks.field(copy, name, () => refresh());
  if (!isRule) return;
  const now = /^t\d+:/.exec(name)?.[0] ?? "t1:";
  if (canvas) plane(canvas, model, now);
  turns.forEach((row, at) => row.classList.toggle("now", at === Number(now.slice(1, -1)) - 1));
});
const training = new Training(found(".lesson"), model, () => refresh());

/** Say what a number means, and what each number is that it was made from. @param {string} name */
function explain(name) {
  const tree = model.tree(name);
  const used = tree ? names(tree).map((one) => {
    const [item, link] = [document.createElement("li"), document.createElement("a")];
    link.href = `#${encodeURI(one)}`;
    link.textContent = `${one} = ${blanks.instead(one) ?? model.text(one)}`;
    item.append(link, ` ${model.data.meanings[one] ?? ""}`);
    return item;
  }) : [];
  found(".means").textContent = model.data.meanings[name] ?? "";
  found(".from-list").replaceChildren(...used);
}

/** Write every number anew, on the page and in the drawing. @param {boolean} flash */
function refresh(flash = true) {
  for (const step of root.querySelectorAll("article")) fill.all(step, flash);
  around();
}

/** What stands around the step: the drawing, the line that is shown, the plane, the loss. */
function around() {
  if (svg) widths(svg, model);
  for (const one of pictures) greys(one, model);
  player.show();
  if (canvas) plane(canvas, model, turn());
  const told = document.querySelector("output.eta");
  const [before, after] = model.data.outcome.map((name) => show(model.value(name), model.data.decimals));
  if (told) told.textContent = `${model.text("eta")}: loss ${before} before the step, ${after} after it`;
}

function change(name, value) {
  model.set(name, value);
  training.clear();
  refresh();
}

const slider = /** @type {HTMLInputElement | null} */ (document.querySelector("input.eta"));
const slide = () => {
  if (slider) slider.value = String(Math.log10(model.value("eta")));
};
slider?.addEventListener("input", () => change("eta", Number((10 ** Number(slider.value)).toPrecision(2))));
const jump = /** @type {HTMLInputElement} */ (found("input.jump"));
jump.addEventListener("change", () => {
  const missing = !player.jump(jump.value.trim());
  jump.setCustomValidity(missing ? "no line has this name" : "");
  if (missing) jump.reportValidity();
});

function visit(hash) {
  if (hash.length > 1 && player.jump(decodeURIComponent(hash.slice(1)))) found(".player").scrollIntoView();
}

const reset = () => {
  model.reset();
  training.clear();
  slide();
  refresh();
};
const hide = () => {
  blanks.turn(!blanks.on);
  player.whole = blanks.on;
  found("button[data-key=b]").setAttribute("aria-pressed", String(blanks.on));
  refresh(false);
};
const more = () => player.more();
const less = () => player.less();
controls(found(".player"), {
  ArrowRight: more, " ": more, n: more, ArrowLeft: less, p: less, s: () => player.section(),
  Home: () => player.go(0), g: () => player.go(0), End: () => player.go(lines.length - 1, true),
  j: () => jump.focus(), r: reset, b: hide,
  e: () => /** @type {HTMLElement | null} */ (root.querySelector(".line.editable"))?.focus(),
});
editing(document.body, model, change);
listen(document.body, light);
slide();
around();
visit(location.hash);
addEventListener("hashchange", () => visit(location.hash));
Object.assign(window, { nnstep: { model, blanks, player, training, change, reset, refresh, symbolOf } });
document.documentElement.dataset["ready"] = "yes";
