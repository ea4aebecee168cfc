// Formulas as the JSON has them - `w[1]_01 + w[1]_11*x_1` - read into trees, and worked out. Nothing is run.

/** @typedef {{op: string, parts: Tree[], value: number, name: string}} Tree */

const NUMBER = /\d+\.?\d*(?:e[-+]?\d+)?/;
const NAME = /(?:\w+:)*(?:d[A-Za-z]+\/d[A-Za-z]+(?:_[A-Za-z]\w*)?|[A-Za-z]\w*)(?:\[\d+\])?(?:_\d+)?(?:,\d+)*'*/;
const TOKEN = new RegExp(`\\s*(?:(${NUMBER.source}(?![\\w:]))|(${NAME.source})|([-+*/^(),]))`, "y");
const BINDS = { "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 };

/** Read a formula. @param {string} text @returns {Tree} */
export function parse(text) {
  const tokens = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const found = TOKEN.exec(text);
    if (!found) throw new SyntaxError(`no formula: ${text}`);
    tokens.push(found);
  }
  let place = 0;
  const sign = () => tokens[place]?.[3] ?? "";
  const node = (op, parts, value = 0, name = "") => ({ op, parts, value, name });
  const close = (tree) => {
    if (sign() !== ")") throw new SyntaxError(`expected ) in ${text}`);
    place += 1;
    return tree;
  };
  const operand = () => {
    const [, number, name, mark] = tokens[place++] ?? [];
    if (number) return node("number", [], Number(number));
    if (mark === "-") return node("-", [tree(3)]); // of a power, but not of a product
    if (mark === "(") return close(tree(0));
    if (!name) throw new SyntaxError(`expected a number in ${text}`);
    if (sign() !== "(") return node("name", [], 0, name);
    const parts = [];
    do {
      place += 1;
      parts.push(tree(0));
    } while (sign() === ",");
    return close(node("call", parts, 0, name));
  };
  /** The tree of what binds more than so much. */
  const tree = (least) => {
    let left = operand();
    for (let op = sign(); BINDS[op] > least; op = sign()) {
      place += 1;
      const right = tree(op === "^" ? BINDS[op] - 1 : BINDS[op]);
      left = op === "-" ? node("+", [left, node("-", [right])]) : node(op, [left, right]);
    }
    return left;
  };
  const whole = tree(0);
  if (place < tokens.length) throw new SyntaxError(`expected a sign in ${text}`);
  return whole;
}

/** The names of a tree. @param {Tree} tree @returns {string[]} */
export function names(tree) {
  return tree.op === "name" ? [tree.name] : [...new Set(tree.parts.flatMap(names))];
}

const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

/** The sum has terms of one sign: nothing is lost. @param {number} z */
function erf(z) {
  if (Math.abs(z) > 6) return Math.sign(z);
  let [term, total] = [z, z];
  for (let place = 3; Math.abs(term) > 1e-17 * Math.abs(total); place += 2) {
    term *= (2 * z * z) / place;
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total;
}

/** @type {Record<string, (...all: number[]) => number>} */
export const FUNCTIONS = {
  erf,
  exp: Math.exp,
  ln: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  cos: Math.cos,
  sigmoid,
  max: Math.max,
  min: Math.min,
  abs: Math.abs,
  step: (z) => (z >= -1e-12 ? 1 : 0), // a sum of decimals that is at a threshold is at it in binary floats too
};

/** The value of a tree, NaN where it has none. @param {Tree} tree @param {(name: string) => number} get @returns {number} */
export function evaluate(tree, get) {
  const [one, two] = tree.parts;
  if (tree.op === "number") return tree.value;
  if (tree.op === "name") return get(tree.name);
  if (tree.op === "call") return FUNCTIONS[tree.name]?.(...tree.parts.map((part) => evaluate(part, get))) ?? NaN;
  const left = one ? evaluate(one, get) : NaN;
  if (tree.op === "-") return -left;
  const right = two ? evaluate(two, get) : NaN;
  if (tree.op === "+") return left + right;
  if (tree.op === "*") return left * right;
  if (tree.op === "/") return right === 0 ? NaN : left / right;
  return left ** right;
}
