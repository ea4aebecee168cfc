"""Vectors and matrices on a sheet: the symbol that each number answers, and which way round they stand.

`z[1]: [0.31, 0.57]`, or the names of NumPy exercises: Z1, A1, W1, b1, dZ1, dA1, dW1, db1, W1_new
(deeplearning.ai, course 1; Stanford's cs231n), of PyTorch and Keras, or words: z_hidden, h, output. A
 matrix of weights has a row per neuron, or a column
per neuron as for x @ W; the biases may stand in front of the weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from perceptron_cli.answers.entries import Array, Cell
from perceptron_cli.answers.numerals import answer
from perceptron_cli.dialects.plain import plain
from perceptron_cli.layers.cells import parameter, present
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config, Layer

LAYOUTS = ("rows", "columns")

_NAME = re.compile(r"(?P<d>dL/d|d)?(?P<letter>[ZzAaWwBbXxYy])_?\[?(?P<layer>\d+)?\]?(?P<after>')?")
# arrays of a library, in the order of the layers: 0.weight, fc1.bias, dense_1/kernel
_PARAMETER = re.compile(r"(?P<d>dL/d)?(?P<module>.+)[./](?P<kind>weight|bias|kernel)(?P<after>')?")
# words for the arrays of a network with one hidden layer, and of its output
_HIDDEN = re.compile(
    r"(?:z_?h(?:id(?:den)?)?|(?:hid(?:den)?|h)_?(?:z|in|net))|(?P<a>h(?:id(?:den)?)?(?:_?(?:a|out))?|a_?h(?:id(?:den)?)?)"
)
_OUTPUT = re.compile(
    r"(?:z_?o(?:ut(?:put)?)?|(?:out(?:put)?|o)_?(?:z|in|net))|(?P<a>out(?:put)?s?|o(?:_?a|_?out)?|a_?o(?:ut(?:put)?)?|predictions?|y_?(?:hat|pred))"
)


@record
class Meaning:
    """What an array's name means: the letter x, y, z, a, b or w, its layer, a gradient, after the update.

    `layout` is one of LAYOUTS where the name says how a matrix of weights stands.
    """

    letter: str
    layer: int
    gradient: bool = False
    after: bool = False
    layout: str | None = None

    def symbol(self, indices: str, sample: int | None) -> str:
        """Return nnstep's name of one number: `dL/dw[1]_01`, `s2:z[1]_1`, `w[2]_11'`."""
        letter = "w" if self.letter == "b" else self.letter
        layer = "" if letter in "xy" else f"[{self.layer}]"
        start = f"s{sample}:" if sample is not None and letter != "w" else ""
        return f"{start}{'dL/d' if self.gradient else ''}{letter}{layer}_{indices}{chr(39) * self.after}"


def meaning_of(name: str, config: Config, arrays: Sequence[Array] = ()) -> Meaning | None:
    """Return what an array's name means for a network, None where it means nothing.

    A library's names are told by all `arrays` of the sheet: their modules are the layers, in order.
    """
    key = plain(name)
    parameter = _PARAMETER.fullmatch(key)
    if parameter is not None:
        return _of_library(parameter, config, arrays)
    found = _NAME.fullmatch(key)
    if found is None:
        return _in_words(key.lower(), len(config.layers))
    letter, layer = found["letter"].lower(), found["layer"]
    if letter in "xy":
        plain_input = not (layer or found["d"] or found["after"])
        return Meaning(letter, 0) if plain_input else None
    if layer is None and len(config.layers) > 1:
        return None
    number = int(layer or 1)
    if not 1 <= number <= len(config.layers):
        return None
    return Meaning(letter, number, bool(found["d"]), bool(found["after"]))


def _in_words(name: str, top: int) -> Meaning | None:
    """Return what z_hidden, h, z_out, output and the like mean: hidden is told of one hidden layer."""
    for pattern, layer in ((_HIDDEN, 1 if top == 2 else None), (_OUTPUT, top)):
        found = pattern.fullmatch(name)
        if found is not None and layer is not None:
            return Meaning("a" if found["a"] else "z", layer)
    return None


def _of_library(found: re.Match[str], config: Config, arrays: Sequence[Array]) -> Meaning | None:
    """Return the meaning of a library's array: a kernel has a row per input, a weight a row per neuron."""
    others = (_PARAMETER.fullmatch(plain(one.name)) for one in arrays)
    modules = list(dict.fromkeys(one["module"] for one in others if one is not None)) or [found["module"]]
    if all(one.isdigit() for one in modules):  # nn.Sequential: an activation stands between each two
        modules = [str(2 * layer) for layer in range(len(config.layers))]
    if found["module"] not in modules or len(modules) > len(config.layers):
        return None
    letter = "b" if found["kind"] == "bias" else "w"
    layout = {"kernel": "columns", "weight": "rows"}.get(found["kind"])
    number = modules.index(found["module"]) + 1
    return Meaning(letter, number, bool(found["d"]), bool(found["after"]), layout)


def symbols_of(array: Array, meaning: Meaning, config: Config, layout: str) -> list[tuple[str, Cell]] | None:
    """Return each number of an array with its symbol, None where the shape does not fit the network."""
    if meaning.letter == "w" and not config.layers[meaning.layer - 1].is_dense:
        return _parameters(array, meaning, config.layers[meaning.layer - 1])
    if meaning.letter == "w":
        return _weights(array, meaning, config, meaning.layout or layout)
    if meaning.letter == "b":
        return _vector(array, meaning, config.sizes[meaning.layer], "0")
    size = {"x": config.inputs, "y": config.sizes[-1]}.get(meaning.letter) or config.sizes[meaning.layer]
    samples = len(config.samples)
    layer = 0 if meaning.letter in "xy" else meaning.layer
    if len(_place(config, meaning, layer, 1)) > 1:  # of a picture, or of time steps
        if array.shape != (samples, size):
            return None
        return [
            (meaning.symbol(_joined(_place(config, meaning, layer, n)), s if samples > 1 else None), cell)
            for s, row in enumerate(array.rows, start=1)
            for n, cell in enumerate(row, start=1)
        ]
    if samples == 1:
        return _vector(array, meaning, size, "")
    by_rows = array.shape == (samples, size)
    if not by_rows and array.shape != (size, samples):
        return None
    return [
        (meaning.symbol(str((j if by_rows else i) + 1), (i if by_rows else j) + 1), cell)
        for i, row in enumerate(array.rows)
        for j, cell in enumerate(row)
    ]


def _place(config: Config, meaning: Meaning, layer: int, n: int) -> tuple[int, ...]:
    """Return the indices of number n of a layer, of the input or of the targets."""
    return config.place(len(config.layers) if meaning.letter == "y" else layer, n)


def _joined(indices: Iterable[int]) -> str:
    return ",".join(map(str, indices))


def _parameters(array: Array, meaning: Meaning, layer: Layer) -> list[tuple[str, Cell]] | None:
    """Return the parameters of a layer of another kind, whose matrix has a column for each of them."""
    if array.shape != layer.size:
        return None
    start = "dL/d" if meaning.gradient else ""
    return [
        (f"{start}{parameter(layer, meaning.layer, j, i, prime=meaning.after).name}", cell)
        for j, row in enumerate(array.rows)
        for i, cell in enumerate(row)
        if i in present(layer)
    ]


def _vector(array: Array, meaning: Meaning, size: int, before: str) -> list[tuple[str, Cell]] | None:
    if 1 not in array.shape or len(array.numbers) != size:
        return None
    return [
        (meaning.symbol(_indices(before, j), None), cell) for j, cell in enumerate(array.numbers, start=1)
    ]


def _indices(before: str, j: int) -> str:
    """Return `1`, or `01` and `0,12` behind the index of the bias."""
    return str(j) if not before else f"{before}{',' if j > 9 else ''}{j}"


def _weights(array: Array, meaning: Meaning, config: Config, layout: str) -> list[tuple[str, Cell]] | None:
    """Return the weights of a layer: with the biases in front where the matrix has one number more."""
    inputs, neurons = config.sizes[meaning.layer - 1], config.sizes[meaning.layer]
    rows = list(array.rows) if layout == "rows" else list(zip(*array.rows, strict=True))
    if len(array.rows) == 1 and len(rows) != neurons and len(array.numbers) == neurons:
        rows = [(cell,) for cell in array.numbers]  # a vector over neurons of one input
    elif len(array.rows) == 1 and neurons == 1:
        rows = [array.numbers]
    first = inputs + 1 - len(rows[0])  # the number of the first input; 0 is the bias
    if len(rows) != neurons or first not in (0, 1):
        return None
    return [
        (meaning.symbol(f"{i}{',' if max(i, j) > 9 else ''}{j}", None), cell)
        for j, row in enumerate(rows, start=1)
        for i, cell in enumerate(row, start=first)
    ]


def layout_of(
    arrays: Sequence[tuple[Array, Meaning]], config: Config, values: Mapping[str, float | None]
) -> str:
    """Return the layout that fits: by the shapes, else by the given weights, else by more right numbers."""
    matrices = [one for one in arrays if one[1].letter == "w"]
    fitting = [
        layout
        for layout in LAYOUTS
        if all(symbols_of(array, meaning, config, layout) is not None for array, meaning in matrices)
    ]
    if len(fitting) < 2:
        return fitting[0] if fitting else LAYOUTS[0]
    given = [one for one in matrices if not (one[1].gradient or one[1].after)]
    return max(
        LAYOUTS,
        key=lambda layout: tuple(_right(some, config, layout, values) for some in (given, matrices)),
    )


def _right(
    arrays: Sequence[tuple[Array, Meaning]], config: Config, layout: str, values: Mapping[str, float | None]
) -> int:
    """Return how many numbers of some arrays are right in a layout, as far as they were written."""
    told = (pair for array, meaning in arrays for pair in symbols_of(array, meaning, config, layout) or ())
    return sum(_agrees(cell.text, values.get(name)) for name, cell in told)


def _agrees(text: str, value: float | None) -> bool:
    found = answer(text)
    return found is not None and value is not None and abs(found.value - value) <= 1.01 * found.half(4)


def wanted(meaning: Meaning, config: Config) -> Iterator[str]:
    """Yield the shapes that an array may have, for a message."""
    if meaning.letter == "w":
        inputs, neurons = config.sizes[meaning.layer - 1], config.sizes[meaning.layer]
        yield from (f"{neurons} by {inputs}", f"{inputs} by {neurons}")
        yield from (f"{neurons} by {inputs + 1}", f"{inputs + 1} by {neurons}, the biases in front")
        return
    size = {"x": config.inputs, "y": config.sizes[-1]}.get(meaning.letter) or config.sizes[meaning.layer]
    samples = len(config.samples)
    yield f"{size} numbers" if samples == 1 or meaning.letter == "b" else f"{samples} by {size}"
