"""A link to TensorFlow Playground: its network, its data, and the very weights that it starts from.

Its page draws the data, then the weights, from the seed in the link, by the generator seedrandom. Here
they are drawn in the same order, so that the numbers are those of the page before its first step.
Source: github.com/tensorflow/playground (playground.ts, nn.ts, dataset.ts, state.ts); seedrandom of D. Bau.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import cos, floor, log, pi, sin, sqrt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from perceptron_cli.errors import InputError, Problem
from perceptron_cli.imports.limits import MOST_NUMBERS
from perceptron_cli.imports.stack import Stack

Point = tuple[float, float, float]  # x, y, label

# the features in the order in which they are inputs
FEATURES: dict[str, Callable[[float, float], float]] = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "xSquared": lambda x, y: x * x,
    "ySquared": lambda x, y: y * y,
    "xTimesY": lambda x, y: x * y,
    "sinX": lambda x, y: sin(x),
    "sinY": lambda x, y: sin(y),
}
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear"}
DEFAULTS = {
    "activation": "tanh", "batchSize": "10", "dataset": "circle", "regDataset": "reg-plane",
    "learningRate": "0.03", "regularizationRate": "0", "noise": "0", "networkShape": "4,2",
    "percTrainData": "50", "x": "true", "y": "true", "problem": "classification", "initZero": "false",
    "regularization": "none",
}  # fmt: skip


class Random:
    """seedrandom's generator: ARC4, keyed by a text, 52 bits a number from 0 to 1."""

    def __init__(self, seed: str) -> None:
        key: list[int] = []
        smear = 0
        for place, char in enumerate(seed):
            at = place & 255
            smear ^= (key[at] if at < len(key) else 0) * 19
            value = (smear + ord(char)) & 255
            key[at : at + 1] = [value]
        key = key or [0]
        self.i = self.j = 0
        self.s = list(range(256))
        j = 0
        for i in range(256):
            j = (j + key[i % len(key)] + self.s[i]) & 255
            self.s[i], self.s[j] = self.s[j], self.s[i]
        self._bytes(256)

    def _bytes(self, count: int) -> int:
        found = 0
        for _ in range(count):
            self.i = (self.i + 1) & 255
            own = self.s[self.i]
            self.j = (self.j + own) & 255
            self.s[self.i], self.s[self.j] = self.s[self.j], own
            found = found * 256 + self.s[(self.s[self.i] + own) & 255]
        return found

    def __call__(self) -> float:
        """Return the next number from 0 to 1, 1 excluded."""
        top, scale, rest = float(self._bytes(6)), 256.0**6, 0
        while top < 2.0**52:
            top, scale = (top + rest) * 256, scale * 256
            rest = self._bytes(1)
        while top >= 2.0**53:
            top, scale, rest = top / 2, scale / 2, rest >> 1
        return (top + rest) / scale

    def between(self, low: float, high: float) -> float:
        """Return a number of an even distribution."""
        return self() * (high - low) + low

    def normal(self, mean: float, variance: float) -> float:
        """Return a number of a normal distribution, by Marsaglia's polar method."""
        while True:
            v1, v2 = 2 * self() - 1, 2 * self() - 1
            s = v1 * v1 + v2 * v2
            if s <= 1:
                return mean + sqrt(variance) * (sqrt(-2 * log(s) / s) * v1)


def _distance(x: float, y: float) -> float:
    return sqrt(x * x + y * y)


def _circle(random: Random, count: int, noise: float) -> list[Point]:
    points = []
    for low, high in ((0.0, 2.5), (3.5, 5.0)):
        for _ in range(count // 2):
            r, angle = random.between(low, high), random.between(0, 2 * pi)
            x, y = r * sin(angle), r * cos(angle)
            noise_x, noise_y = random.between(-5, 5) * noise, random.between(-5, 5) * noise
            points.append((x, y, 1.0 if _distance(x + noise_x, y + noise_y) < 2.5 else -1.0))
    return points


def _xor(random: Random, count: int, noise: float) -> list[Point]:
    points = []
    for _ in range(count):
        x = random.between(-5, 5)
        x += 0.3 if x > 0 else -0.3
        y = random.between(-5, 5)
        y += 0.3 if y > 0 else -0.3
        noise_x, noise_y = random.between(-5, 5) * noise, random.between(-5, 5) * noise
        points.append((x, y, 1.0 if (x + noise_x) * (y + noise_y) >= 0 else -1.0))
    return points


def _gauss(random: Random, count: int, noise: float) -> list[Point]:
    variance = 0.5 + noise / 0.5 * (4 - 0.5)
    return [
        (random.normal(centre, variance), random.normal(centre, variance), label)
        for centre, label in ((2.0, 1.0), (-2.0, -1.0))
        for _ in range(count // 2)
    ]


def _spiral(random: Random, count: int, noise: float) -> list[Point]:
    points, n = [], count // 2
    for start, label in ((0.0, 1.0), (pi, -1.0)):
        for i in range(n):
            r, t = i / n * 5, 1.75 * i / n * 2 * pi + start
            x = r * sin(t) + random.between(-1, 1) * noise
            y = r * cos(t) + random.between(-1, 1) * noise
            points.append((x, y, label))
    return points


def _plane(random: Random, count: int, noise: float) -> list[Point]:
    return _regression(random, count, noise, lambda x, y: (x + y) / 10)


def _hills(random: Random, count: int, noise: float) -> list[Point]:
    hills = [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]

    def label(x: float, y: float) -> float:
        heights = (sign * max(0.0, 1 - _distance(x - cx, y - cy) / 2) for cx, cy, sign in hills)
        highest = 0.0
        for one in heights:
            if abs(one) > abs(highest):
                highest = one
        return highest

    return _regression(random, count, noise, label)


def _regression(
    random: Random, count: int, noise: float, label: Callable[[float, float], float]
) -> list[Point]:
    points = []
    for _ in range(count):
        x, y = random.between(-6, 6), random.between(-6, 6)
        noise_x, noise_y = random.between(-6, 6) * noise, random.between(-6, 6) * noise
        points.append((x, y, label(x + noise_x, y + noise_y)))
    return points


DATA = {"circle": _circle, "xor": _xor, "gauss": _gauss, "spiral": _spiral}
REGRESSION = {"reg-plane": _plane, "reg-gauss": _hills}


def read(link: str) -> Stack:
    """Return the network of a link. Raises InputError for one to another page, and for a wrong value."""
    parts = urlsplit(link)
    if (parts.hostname or "") != "playground.tensorflow.org":
        raise InputError(
            Problem("expected a link to playground.tensorflow.org", file=link, hint="nnstep fetches no pages")
        )
    state = {**DEFAULTS, **dict(parse_qsl(parts.fragment, keep_blank_values=True))}
    stack = Stack("playground", "link", None)
    choose = _Choices(stack, state)
    regression = choose.of("problem", {"classification": False, "regression": True})
    key, sets = ("regDataset", REGRESSION) if regression else ("dataset", DATA)
    generate = choose.of(key, sets)
    hidden = [choose.whole("networkShape", text, 1, 8) for text in state["networkShape"].split(",") if text]
    features = [name for name in FEATURES if state.get(name, "false") != "false"]
    if not features:
        raise stack.fail("x", "expected one input or more, got none")
    if "seed" not in state:
        stack.notes.append(
            "the link has no seed, so the page draws other data and weights each time; here it is 0"
        )
    random = Random(state.get("seed", "0"))
    share = choose.number("percTrainData", 10, 90) / 100
    points = generate(random, 1200 if regression else 500, choose.number("noise", 0, 50) / 100)
    _shuffle(random, points)
    stack.samples = [
        {"x": [FEATURES[name](x, y) for name in features], "y": [label]}
        for x, y, label in points[: floor(len(points) * share)]
    ]
    _weights(stack, random, [len(features), *hidden, 1], zero=state["initZero"] == "true")
    activation = choose.of("activation", ACTIVATIONS)
    for layer in stack.layers:
        layer["activation"] = activation
    stack.layers[-1]["activation"] = "linear" if regression else "tanh"
    stack.loss = "half_squared_error"
    rate = choose.number("regularizationRate", 0, 1e6)
    kind = choose.of("regularization", {"none": "", "L1": "l1", "L2": "l2"})
    if kind and rate:
        stack.penalty = {kind: rate}
        if kind == "l1":
            stack.notes.append(
                "the page sets a weight to 0 for good once L1 takes it across 0; nnstep does not"
            )
    size = choose.whole("batchSize", state["batchSize"], 1, MOST_NUMBERS)
    stack.training = {
        "learning_rate": choose.number("learningRate", 0, 1e6), "batch_size": min(size, len(stack.samples)),
        "shuffle": False,
    }  # fmt: skip
    stack.notes.append(
        f"the inputs are {', '.join(features)}; the weights are those of the page before its first step"
    )
    return stack


class _Choices:
    """The values of a link, each one checked."""

    def __init__(self, stack: Stack, state: dict[str, str]) -> None:
        self.stack, self.state = stack, state

    def of(self, key: str, table: dict[str, Any]) -> Any:
        """Return what a word stands for."""
        word = self.state[key]
        if word not in table:
            raise self.stack.fail(key, f"expected one of {', '.join(table)}, got {word[:40]}")
        return table[word]

    def number(self, key: str, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        text = self.state[key]
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise self.stack.fail(key, f"expected a number from {low:g} to {high:g}, got {text[:40]}")
        return value

    def whole(self, key: str, text: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        if not text.isdecimal() or not low <= int(text) <= high:
            raise self.stack.fail(key, f"expected a whole number from {low} to {high}, got {text[:40]}")
        return int(text)


def _shuffle(random: Random, points: list[Point]) -> None:
    for count in range(len(points), 0, -1):
        index = floor(random() * count)
        points[count - 1], points[index] = points[index], points[count - 1]


def _weights(stack: Stack, random: Random, sizes: list[int], *, zero: bool) -> None:
    """Draw the weights neuron by neuron; every bias is 0.1."""
    stack.inputs = (sizes[0],)
    for l, (inputs, neurons) in enumerate(pairwise(sizes), start=1):
        rows = [[random() - 0.5 for _ in range(inputs)] for _ in range(neurons)]
        bias = 0.0 if zero else 0.1
        stack.add(
            f"layer {l}", "dense",
            weights=[[0.0] * inputs for _ in rows] if zero else rows, biases=[bias] * neurons,
        )  # fmt: skip
