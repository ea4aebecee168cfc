// Which numbers a number was made from, and which it goes into, by the lines of the page.

/** The name of the symbol that an element belongs to. @param {Element | null | undefined} element */
export const symbolOf = (element) => element?.getAttribute("data-symbol") ?? "";

/** What somebody points at: the nearest element of a symbol. @param {Event} event @param {string} what */
export const pointedAt = (event, what = "[data-symbol]") =>
  event.target instanceof Element ? event.target.closest(what) : null;

/** A copy of a line, to be shown elsewhere. @param {Element} line @returns {HTMLElement} */
export function copyOf(line) {
  const copy = /** @type {HTMLElement} */ (line.cloneNode(true));
  for (const name of ["id", "tabindex"]) copy.removeAttribute(name);
  return copy;
}

/** A page's numbers by their symbols, of one training step. */
export class Light {
  constructor(root) {
    this.root = root;
    this.uses = new Map();
    this.lit = [];
    for (const line of root.querySelectorAll(".line[data-formula]")) {
      const used = this.uses.get(symbolOf(line)) ?? new Set();
      for (const one of line.querySelectorAll(".numbers [data-symbol]")) used.add(symbolOf(one));
      this.uses.set(symbolOf(line), used);
    }
  }

  /** Light up a number, what it was made from, and what it goes into. @param {string} name */
  on(name) {
    this.off();
    for (const one of this.root.querySelectorAll("mn[data-symbol], .line, g[data-symbol]")) {
      const other = symbolOf(one);
      const goes = this.uses.get(other)?.has(name) && (one.tagName !== "mn" || one.closest(".result"));
      const kind = other === name ? "here" : this.uses.get(name)?.has(other) ? "from" : goes ? "to" : "";
      if (!kind) continue;
      one.classList.add(kind);
      this.lit.push(one);
    }
  }

  /** Put all lights out. */
  off() {
    for (const one of this.lit) one.classList.remove("here", "from", "to");
    this.lit = [];
  }

  /** The line that makes a number. @param {string} name @returns {HTMLElement | null} */
  line(name) {
    return this.root.querySelector(`.line[data-symbol="${CSS.escape(name)}"]`);
  }
}

/** Light up whatever is pointed at, touched or focused, and tell its line. @param {Element} root @param {Light} light */
export function listen(root, light) {
  const told = /** @type {HTMLElement} */ (document.querySelector("aside.told"));
  const show = (event) => {
    const at = pointedAt(event);
    if (!at || told.contains(at)) return;
    light.on(symbolOf(at));
    const line = light.line(symbolOf(at));
    told.hidden = !line?.dataset.formula || line.contains(at);
    if (line && !told.hidden) told.replaceChildren(copyOf(line));
  };
  const hide = () => {
    light.off();
    told.hidden = true;
  };
  for (const kind of ["pointerover", "focusin", "click"]) root.addEventListener(kind, show);
  root.addEventListener("pointerleave", hide);
  const key = (event) => {
    if (event.key === "Escape") hide();
    else if (event.target.matches(".line")) follow(event, light);
  };
  root.addEventListener("keydown", key);
}

/** Go along the numbers of a line by the arrows, and by Enter to the line of the number that is lit. */
function follow(event, light) {
  const numbers = [...event.target.querySelectorAll(".numbers [data-symbol]")];
  const place = numbers.findIndex((one) => one.classList.contains("at"));
  const way = { ArrowRight: 1, ArrowLeft: place < 0 ? 0 : -1 }[event.key];
  for (const one of numbers) one.classList.remove("at");
  if (way !== undefined && numbers.length) {
    const next = numbers[(place + way + numbers.length) % numbers.length];
    next.classList.add("at");
    light.on(symbolOf(next));
  } else if (event.key === "Enter" && place >= 0) light.line(symbolOf(numbers[place]))?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
