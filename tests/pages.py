"""Pages of working as students write them, in six styles, with arithmetic of their own: no product code.

A page works a small network with sigmoid neurons through its forward pass, its gradients and one update.
"""

import math
import random

STYLES = ("text", "markdown", "latex", "comma", "words", "aligned")


class Student:
    """Works on paper: every result is rounded to `decimals`, and carried on as it is written."""

    def __init__(self, chance: random.Random, decimals: int, slip_at: int | None) -> None:
        self.chance, self.decimals, self.slip_at = chance, decimals, slip_at
        self.lines: list[tuple[str, list[str]]] = []  # a name, and its parts
        self.slipped: str | None = None

    def rounded(self, value: float) -> float:
        return round(value + math.copysign(1e-12, value), self.decimals)

    def text(self, value: float) -> str:
        shown = f"{value:.{self.decimals}f}"
        return f"({shown})" if value < 0 else shown

    def write(self, name: str, parts: list[str], value: float) -> float:
        """Write a line whose parts end with its result; a slip changes one digit of it."""
        result = self.rounded(value)
        if self.slip_at == len(self.lines):
            digit = 10.0 ** -self.chance.randint(1, self.decimals - 1)
            result = self.rounded(result + self.chance.choice((-1, 1)) * self.chance.randint(2, 6) * digit)
            self.slipped = name
        self.lines.append((name, [*parts, f"{result:.{self.decimals}f}"]))
        return result

    def weighted_sum(self, name: str, pairs: list[tuple[str, str]], bias: str) -> float:
        products = [self.rounded(float(a) * float(b)) for a, b in pairs]
        first = " + ".join(f"{a}*{b}" for a, b in pairs) + f" + {bias}"
        exact = sum(float(a.strip("()")) * float(b.strip("()")) for a, b in pairs) + float(bias)
        parts = [first]
        if self.chance.random() < 0.5:
            parts.append(" + ".join(self.text(one) for one in products) + f" + {bias}")
            exact = sum(products) + float(bias)
        return self.write(name, parts, exact)


def page(seed: int, style: str, decimals: int = 4, *, slip: bool = True) -> tuple[str, str, str | None]:
    """Return a config, a page of working, and the name of the line with a slip, None where it has none."""
    chance = random.Random(seed)
    numbers = [f"{chance.randint(5, 95) / 100:g}" for _ in range(9)]
    w11, w21, w12, w22, b1, b2, v1, v2, b3 = numbers
    x1, x2 = f"{chance.randint(1, 9) / 10:g}", f"{chance.randint(1, 9) / 10:g}"
    y, rate = str(chance.randint(0, 1)), f"{chance.randint(1, 9) / 10:g}"
    config = (
        "network:\n  layers:\n"
        f"    - {{activation: sigmoid, weights: [[{b1}, {w11}, {w21}], [{b2}, {w12}, {w22}]]}}\n"
        f"    - {{activation: sigmoid, weights: [[{b3}, {v1}, {v2}]]}}\n"
        f"loss: half_squared_error\nsample: {{x: [{x1}, {x2}], y: {y}}}\n"
        f"training: {{learning_rate: {rate}}}\n"
    )
    student = Student(chance, decimals, chance.randrange(9) if slip else None)
    z1 = student.weighted_sum("z1", [(w11, x1), (w21, x2)], b1)
    a1 = student.write("a1", [f"1/(1 + e^(-{student.text(z1)}))"], 1 / (1 + math.exp(-z1)))
    z2 = student.weighted_sum("z2", [(w12, x1), (w22, x2)], b2)
    a2 = student.write("a2", [f"1/(1 + e^(-{student.text(z2)}))"], 1 / (1 + math.exp(-z2)))
    z3 = student.weighted_sum("z3", [(v1, student.text(a1)), (v2, student.text(a2))], b3)
    a3 = student.write("a3", [f"1/(1 + e^(-{student.text(z3)}))"], 1 / (1 + math.exp(-z3)))
    e = student.write("E", [f"0.5*({student.text(a3)} - {y})^2"], 0.5 * (a3 - float(y)) ** 2)
    assert e >= -1
    shown = student.text(a3)
    delta = student.write(
        "dE/dz3", [f"({shown} - {y})*{shown}*(1 - {shown})"], (a3 - float(y)) * a3 * (1 - a3)
    )
    gradient = student.write("dE/dw5", [f"{student.text(delta)}*{student.text(a1)}"], delta * a1)
    student.write("w5'", [f"{v1} - {rate}*{student.text(gradient)}"], float(v1) - float(rate) * gradient)
    told = "\n".join(_line(name, parts, style, place) for place, (name, parts) in enumerate(student.lines))
    return config, f"{_START[style]}\n\n{told}\n", student.slipped


_START = {
    "text": "Homework 3, by hand",
    "markdown": "# Homework 3\n\nThe forward pass first, then *backward*.",
    "latex": "\\section*{Homework 3}\nThe forward pass:",
    "comma": "Hausaufgabe 3",
    "words": "My solution. I compute every neuron in turn.",
    "aligned": "Homework",
}


def _line(name: str, parts: list[str], style: str, place: int) -> str:
    if style == "text":
        return f"{name} = {' = '.join(parts)}"
    if style == "markdown":
        return f"- **{name}** = {' = '.join(parts).replace('*', ' × ')}"
    if style == "latex":
        name = {
            "dE/dz3": r"\frac{\partial E}{\partial z_3}",
            "dE/dw5": r"\frac{\partial E}{\partial w_5}",
        }.get(
            name, name[0] + (f"_{{{name[1:].strip(chr(39))}}}" if len(name) > 1 else "") + "'" * ("'" in name)
        )
        body = " = ".join(parts).replace("*", r" \cdot ").replace("e^(", "e^{").replace("))", "})")
        return f"${name} = {body}$\n" if "e^{" not in body else f"\\[ {name} = {_fraction(body)} \\]"
    if style == "comma":
        return f"{name} = {' = '.join(parts).replace('.', ',').replace('*', '·')}"
    if style == "words":
        return f"Next, {name} = {' ≈ '.join(parts)}, which I carry on."
    return f"{name} = {parts[0]}\n" + "\n".join(f"   = {one}" for one in parts[1:])


def _fraction(body: str) -> str:
    """1/(1 + e^{...}) as a fraction."""
    start = body.index("1/(")
    end = body.index("})") + 2
    return body[:start] + r"\frac{1}{" + body[start + 3 : end - 1] + "}" + body[end:]
