"""Students who work a step out by arithmetic of their own, with a mistake of a given name in one line.

No product code computes here: a line is a function of the numbers before it, and a mistake is another one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Values = dict[str, float]
Line = Callable[[Values], float]


@dataclass
class Homework:
    """A network of one hidden layer with its sample: the config, and each line as a function."""

    config: str
    given: Values
    lines: dict[str, Line]
    sizes: tuple[int, int, int]
    hidden: str
    output: str
    loss: str
    rate: str
    extra: dict[str, float] = field(default_factory=dict)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


OUTPUTS = (
    ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", "half_squared_error"),
    ("linear", "half_squared_error"),
)


def homework(chance: random.Random) -> Homework:
    """Return a random one: sigmoid or tanh inside, cross-entropy or a squared error outside."""
    n0, n1, n2 = chance.randint(2, 3), chance.randint(2, 3), chance.choice((1, 1, 2))
    hidden = chance.choice(("sigmoid", "tanh"))
    output, loss = chance.choice(
        (
            ("sigmoid", "binary_cross_entropy"),
            ("sigmoid", "half_squared_error"),
            ("linear", "half_squared_error"),
        )
    )
    number = lambda: f"{chance.choice((-1, 1)) * chance.randint(11, 89) / 100:.2f}"  # noqa: E731
    w1 = [[number() for _ in range(n0 + 1)] for _ in range(n1)]
    w2 = [[number() for _ in range(n1 + 1)] for _ in range(n2)]
    x = [f"{chance.randint(13, 97) / 100:.2f}" for _ in range(n0)]
    y = [
        str(chance.randint(0, 1)) if loss.startswith("b") else f"{chance.randint(15, 95) / 100:.2f}"
        for _ in range(n2)
    ]
    rate = f"{chance.choice((0.1, 0.2, 0.3, 0.5)):g}"
    rows = lambda w: "[" + ", ".join(f"[{', '.join(row)}]" for row in w) + "]"  # noqa: E731
    config = (
        f"network:\n  layers:\n    - {{activation: {hidden}, weights: {rows(w1)}}}\n"
        f"    - {{activation: {output}, weights: {rows(w2)}}}\nloss: {loss}\n"
        f"sample: {{x: [{', '.join(x)}], y: [{', '.join(y)}]}}\ntraining: {{learning_rate: {rate}}}\n"
    )
    given = {f"x_{i + 1}": float(one) for i, one in enumerate(x)}
    given |= {f"y_{k + 1}": float(one) for k, one in enumerate(y)}
    for layer, matrix in ((1, w1), (2, w2)):
        for j, row in enumerate(matrix, start=1):
            given |= {f"w[{layer}]_{i}{j}": float(one) for i, one in enumerate(row)}
    given["eta"] = float(rate)
    told = Homework(config, given, {}, (n0, n1, n2), hidden, output, loss, rate)
    told.lines.update(_lines(told))
    return told


def _below(layer: int, i: int) -> str:
    return f"a[1]_{i}" if layer == 2 else f"x_{i}"


def z_line(layer: int, j: int, inputs: int, prime: str = "") -> Line:
    def z(v: Values) -> float:
        total = v[f"w[{layer}]_0{j}{prime}"]
        for i in range(1, inputs + 1):
            below = _below(layer, i) + (prime if layer == 2 else "")
            total += v[f"w[{layer}]_{i}{j}{prime}"] * v[below]
        return total

    return z


def _lines(h: Homework) -> Iterator[tuple[str, Line]]:
    n0, n1, n2 = h.sizes
    act = {"sigmoid": sigmoid, "tanh": math.tanh, "linear": lambda z: z}
    slope = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a * a, "linear": lambda a: 1.0}
    yield from _forward(h, act, "")
    ks, js = range(1, n2 + 1), range(1, n1 + 1)
    for k in ks:
        if h.loss.startswith("b"):
            yield (
                f"dL/da[2]_{k}",
                lambda v, k=k: -v[f"y_{k}"] / v[f"a[2]_{k}"] + (1 - v[f"y_{k}"]) / (1 - v[f"a[2]_{k}"]),
            )
        else:
            yield f"dL/da[2]_{k}", lambda v, k=k: v[f"a[2]_{k}"] - v[f"y_{k}"]
        yield f"da/dz[2]_{k}", lambda v, k=k: slope[h.output](v[f"a[2]_{k}"])
        if h.loss.startswith("b") or h.output == "linear":
            yield f"dL/dz[2]_{k}", lambda v, k=k: v[f"a[2]_{k}"] - v[f"y_{k}"]
        else:
            yield f"dL/dz[2]_{k}", lambda v, k=k: v[f"dL/da[2]_{k}"] * v[f"da/dz[2]_{k}"]
    for k in ks:
        yield f"dL/dw[2]_0{k}", lambda v, k=k: v[f"dL/dz[2]_{k}"]
        for j in js:
            yield f"dL/dw[2]_{j}{k}", lambda v, j=j, k=k: v[f"dL/dz[2]_{k}"] * v[f"a[1]_{j}"]
    for j in js:
        yield f"dL/da[1]_{j}", lambda v, j=j: sum(v[f"dL/dz[2]_{k}"] * v[f"w[2]_{j}{k}"] for k in ks)
        yield f"da/dz[1]_{j}", lambda v, j=j: slope[h.hidden](v[f"a[1]_{j}"])
        yield f"dL/dz[1]_{j}", lambda v, j=j: v[f"dL/da[1]_{j}"] * v[f"da/dz[1]_{j}"]
    for j in js:
        yield f"dL/dw[1]_0{j}", lambda v, j=j: v[f"dL/dz[1]_{j}"]
        for i in range(1, n0 + 1):
            yield f"dL/dw[1]_{i}{j}", lambda v, i=i, j=j: v[f"dL/dz[1]_{j}"] * v[f"x_{i}"]
    for layer, inputs, neurons in ((2, n1, n2), (1, n0, n1)):
        for j in range(1, neurons + 1):
            for i in range(inputs + 1):
                w, g = f"w[{layer}]_{i}{j}", f"dL/dw[{layer}]_{i}{j}"
                yield f"{w}'", lambda v, w=w, g=g: v[w] - v["eta"] * v[g]
    yield from _forward(h, act, "'")


def _forward(h: Homework, act: dict[str, Callable[[float], float]], prime: str) -> Iterator[tuple[str, Line]]:
    n0, n1, n2 = h.sizes
    for layer, inputs, neurons, name in ((1, n0, n1, h.hidden), (2, n1, n2, h.output)):
        for j in range(1, neurons + 1):
            z = f"z[{layer}]_{j}{prime}"
            yield z, z_line(layer, j, inputs, prime)
            yield f"a[{layer}]_{j}{prime}", lambda v, z=z, name=name: act[name](v[z])
    for k in range(1, n2 + 1):
        yield f"L_{k}{prime}" if n2 > 1 else f"L{prime}", _loss(h, k, prime)
    if n2 > 1:
        yield f"L{prime}", lambda v: sum(v[f"L_{k}{prime}"] for k in range(1, n2 + 1))


def _loss(h: Homework, k: int, prime: str) -> Line:
    def loss(v: Values) -> float:
        a, y = v[f"a[2]_{k}{prime}"], v[f"y_{k}"]
        if h.loss.startswith("b"):
            return -(y * math.log(a) + (1 - y) * math.log(1 - a))
        return 0.5 * (a - y) ** 2

    return loss


# mistakes: each yields the lines where it can be made, and the function that is used there ------------


def _kind(name: str) -> tuple[str, int, int, int]:
    """Part a name: ("dL/dw", layer, i, j); i is 0 where there is one index."""
    head, _, rest = name.rstrip("'").partition("[")
    layer, _, index = rest.partition("]_")
    return head, int(layer or 0), int(index[0]) if len(index) > 1 else 0, int(index[-1] or 0) if index else 0


def mistakes(h: Homework) -> dict[str, list[tuple[str, Line]]]:
    """Return every mistake with the lines of a homework where it may be made."""
    found: dict[str, list[tuple[str, Line]]] = {}

    def add(name: str, line: str, work: Line) -> None:
        found.setdefault(name, []).append((line, work))

    n0, n1, n2 = h.sizes
    for name, right in h.lines.items():
        head, layer, i, j = _kind(name)
        prime = "'" if name.endswith("'") else ""
        inputs = (n0, n1)[layer - 1] if layer else 0
        if head in ("z", "dL/dw", "w", "da/dz", "dL/da", "dL/dz", "a"):
            add("minus lost", name, lambda v, f=right: -f(v))
            add("decimal point", name, lambda v, f=right: f(v) * 10)
            add("decimal point", name, lambda v, f=right: f(v) / 10)
        if head == "z":
            bias = f"w[{layer}]_0{j}{prime}"
            add("bias left out", name, lambda v, f=right, w=bias: f(v) - v[w])
            for i in range(1, inputs + 1):
                below = _below(layer, i) + (prime if layer == 2 else "")
                w = f"w[{layer}]_{i}{j}{prime}"
                add("term left out", name, lambda v, f=right, w=w, b=below: f(v) - v[w] * v[b])
                add("bias times input", name, lambda v, f=right, w=bias, b=below: f(v) - v[w] + v[w] * v[b])
            if prime and layer == 2:
                stale = _stale(z_line(layer, j, inputs, prime), "a[1]_")
                add("old number in the second pass", name, stale)
        if head == "a" and (h.hidden, h.output)[layer - 1] == "sigmoid":
            z = f"z[{layer}]_{j}{prime}"
            add("sigmoid of -z", name, lambda v, z=z: sigmoid(-v[z]))
        if head.startswith("L") and not (n2 > 1 and name.rstrip("'") == "L") and h.loss.startswith("b"):
            add("logarithm to base 2", name, lambda v, f=right: f(v) / math.log(2))
            add("logarithm to base 10", name, lambda v, f=right: f(v) / math.log(10))
            add("minus of the loss", name, lambda v, f=right: -f(v))
        if head == "da/dz":
            a, kind = f"a[{layer}]_{j}", (h.hidden, h.output)[layer - 1]
            if kind == "tanh":
                add("tanh slope", name, lambda v, a=a: 1 - v[a])
            if layer == 2 and kind == "sigmoid":
                y = f"y_{j}"
                add("y for a in the slope", name, lambda v, y=y: v[y] * (1 - v[y]))
        if head == "dL/dz":
            s = f"da/dz[{layer}]_{j}"
            if not (layer == 2 and h.output == "linear"):
                add("slope twice", name, lambda v, f=right, s=s: f(v) * v[s])
            if layer == 1:
                add("derivative left out", name, lambda v, j=j: v[f"dL/da[1]_{j}"])
        if head == "dL/da" and layer == 1:
            add(
                "gradient not brought back",
                name,
                lambda v, j=j: sum(v[f"w[2]_{j}{k}"] for k in range(1, n2 + 1)),
            )
            add(
                "updated weights",
                name,
                lambda v, j=j: sum(v[f"dL/dz[2]_{k}"] * v[f"w[2]_{j}{k}'"] for k in range(1, n2 + 1)),
            )
        if head == "dL/dw" and i == 0:
            for m in range(1, inputs + 1):
                b = _below(layer, m)
                add("bias gradient times input", name, lambda v, f=right, b=b: f(v) * v[b])
        if head == "dL/dw" and i and layer == 2:
            for m in range(1, n0 + 1):
                add("input for activation", name, lambda v, k=j, m=m: v[f"dL/dz[2]_{k}"] * v[f"x_{m}"])
        if head == "w":
            w, g = name.rstrip("'"), f"dL/dw{name[1:].rstrip(chr(39))}"
            add("learning rate twice", name, lambda v, w=w, g=g: v[w] - v["eta"] ** 2 * v[g])
            add("learning rate left out", name, lambda v, w=w, g=g: v[w] - v[g])
            add("sign of the update", name, lambda v, w=w, g=g: v[w] + v["eta"] * v[g])
    return found


def _stale(work: Line, start: str) -> Line:
    """The same work with the numbers of before the update for those that begin so."""

    class Old(dict[str, float]):
        def __init__(self, values: Values) -> None:
            super().__init__(values)

        def __getitem__(self, name: str) -> float:
            return super().__getitem__(name.rstrip("'") if name.startswith(start) else name)

    return lambda v: work(Old(v))


# sheets -------------------------------------------------------------------------------------------


def rounded(value: float, decimals: int) -> float:
    return round(value + math.copysign(1e-13, value), decimals)


def sheet(
    h: Homework, decimals: int, *, carried: bool, made: dict[str, Line] | None = None
) -> dict[str, str]:
    """Return every result as text; `carried` says that rounded numbers are carried on."""
    values = dict(h.given)
    found = {}
    order = dict(h.lines)
    pending = {name: made[name] if made and name in made else work for name, work in order.items()}
    while pending:  # a mistake may use what stands only later
        for name, work in list(pending.items()):
            try:
                value = work(values)
            except KeyError:
                continue
            shown = rounded(value, decimals)
            values[name] = shown if carried else value
            found[name] = f"{shown:.{decimals}f}"
            del pending[name]
            break
        else:
            raise KeyError(next(iter(pending)))
    return {name: found[name] for name in order}


def swapped(text: str, chance: random.Random) -> str | None:
    """Return a number with two digits beside each other swapped, None where it has none."""
    places = [
        n
        for n in range(len(text) - 1)
        if text[n].isdigit() and text[n + 1].isdigit() and text[n] != text[n + 1]
    ]
    if not places:
        return None
    n = chance.choice(places)
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :]


# figures ------------------------------------------------------------------------------------------


@dataclass
class Made:
    """A mistake in one line of a sheet, and the answers with what follows from it."""

    homework: Homework
    mistake: str
    line: str
    answers: dict[str, str]


def honest(seed: int) -> Iterator[tuple[Homework, dict[str, str]]]:
    """Yield right sheets of one homework: rounded on the way or at the end, whole and in part."""
    chance = random.Random(seed)
    h = homework(chance)
    for carried in (True, False):
        whole = sheet(h, chance.choice((3, 4, 5)), carried=carried)
        yield h, whole
        yield h, {name: text for name, text in whole.items() if chance.random() < 1 / 3}


def wrong(seed: int) -> Iterator[Made]:
    """Yield each mistake that a homework has room for in one line, on a whole sheet and on a third of one.

    A mistake that hardly changes its line is no mistake that anybody could see.
    """
    chance = random.Random(seed)
    h = homework(chance)
    for mistake, places in [*mistakes(h).items(), ("digits swapped", [])]:
        decimals, carried = chance.choice((3, 4, 5)), chance.random() < 0.5
        right = sheet(h, decimals, carried=carried)
        if places:
            line, work = chance.choice(places)
            try:
                whole = sheet(h, decimals, carried=carried, made={line: work})
            except (KeyError, ValueError, ZeroDivisionError):
                continue  # it needs what stands only later, or has no value here
        else:
            line = chance.choice(list(right))
            text = swapped(right[line], chance)
            whole = right | {line: text or right[line]}
        if abs(float(whole[line]) - float(right[line])) < 3 * 10.0**-decimals:
            continue
        yield Made(h, mistake, line, whole)
        if places:
            part = {name: text for name, text in whole.items() if name == line or chance.random() < 1 / 3}
            yield Made(h, mistake, line, part)
