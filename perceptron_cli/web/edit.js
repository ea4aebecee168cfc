// A number that is changed where it stands.

import { pointedAt, symbolOf } from "./light.js";

/** Let the numbers that are given be changed by a click, or by Enter on their line.
 * @param {HTMLElement} root @param {import("./model.js").Model} model @param {(name: string, value: number) => void} change */
export function editing(root, model, change) {
  const form = /** @type {HTMLFormElement} */ (root.querySelector("form.editor"));
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const label = /** @type {HTMLElement} */ (form.querySelector("span"));
  let name = "";
  let back = null;
  const close = () => {
    form.hidden = true;
    back?.focus({ preventScroll: true });
  };
  const open = (event) => {
    const at = pointedAt(event);
    if (!at || !model.data.editable.includes(symbolOf(at))) return;
    event.preventDefault();
    name = symbolOf(at);
    back = at.closest("[tabindex]");
    label.textContent = `${name} = `;
    input.value = model.text(name);
    input.setCustomValidity("");
    form.hidden = false;
    const box = at.getBoundingClientRect();
    form.style.left = `${Math.max(4, Math.min(box.left, innerWidth - form.offsetWidth - 8)) + scrollX}px`;
    form.style.top = `${box.bottom + scrollY + 2}px`;
    input.focus({ preventScroll: true });
    input.select();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = read(input.value);
    input.setCustomValidity(value === null ? "a number, such as 0.5" : "");
    if (value === null) return void input.reportValidity();
    change(name, value);
    close();
  });
  input.addEventListener("input", () => input.setCustomValidity(""));
  input.addEventListener("keydown", (event) => event.key === "Escape" && close());
  input.addEventListener("blur", () => (form.hidden = true));
  root.addEventListener("click", open);
  root.addEventListener("keydown", (event) => event.key === "Enter" && !event.defaultPrevented && open(event));
  for (const line of root.querySelectorAll(".line"))
    line.classList.toggle("editable", model.data.editable.includes(symbolOf(line)));
}

/** A number as somebody types it, null where it is none. @param {string} text @returns {number | null} */
export function read(text) {
  const plain = text.trim().replace(/^[\u2212\u2013]/, "-").replace(/^(-?\d*),(\d+)$/, "$1.$2");
  const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain));
  return isNumber ? Number(plain) : null;
}
