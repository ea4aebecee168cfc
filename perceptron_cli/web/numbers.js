// Numbers to text, as the printed lines have them.

/** Round to so many places, a tie to the even digit. @param {number} value @param {number} places */
function fixed(value, places) {
  const text = value.toFixed(places);
  const beyond = Math.abs(value).toFixed(Math.min(100, places + 60)).split(".")[1]?.slice(places) ?? "";
  const last = Number(text.at(-1));
  return /^50*$/.test(beyond) && last % 2 ? text.slice(0, -1) + String(last - 1) : text;
}

const isClose = (one, other) => Math.abs(one - other) <= 1e-13 * Math.max(Math.abs(one), Math.abs(other));

function stripped(text) {
  const short = text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  return short === "-0" || short === "" ? "0" : short;
}

/** The places after the point that a text shows. @param {string} text */
export const decimalsOf = (text) => (text.toLowerCase().includes("e") ? 0 : (text.split(".")[1] ?? "").length);

/** Show a result: `decimals` places, fewer where it is exact, more where it is small.
 * @param {number} value @param {number} decimals @param {number} atLeast @returns {string} */
export function show(value, decimals, atLeast = 0) {
  if (!Number.isFinite(value)) return "undefined";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-6 || size >= 1e12) {
    const [mantissa = "", exponent = ""] = value.toExponential(Math.max(decimals, 3) - 1).split("e");
    const told = `${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
    const exact = isClose(Number(`${mantissa}e${exponent}`), value);
    return `${exact ? stripped(mantissa) : mantissa}e${told}`;
  }
  const significant = Math.min(3, Math.max(decimals, 1));
  const places = Math.max(decimals, atLeast, significant - 1 - Math.floor(Math.log10(size)));
  const text = fixed(value, Math.min(100, places));
  return isClose(Number(text), value) ? stripped(text) : text;
}
