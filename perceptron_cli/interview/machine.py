"""The interview as a machine: the answers so far give the next question, and nothing else happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, TypeAlias

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.errors import InputError, did_you_mean
from perceptron_cli.exercises.recipe import recipe
from perceptron_cli.interview.numbers import Misfit, Texts, matrix, numbers, rows_of
from perceptron_cli.losses import LOSSES, resolve_loss
from perceptron_cli.records import record

BACK = ("back", "b", "<")
DRAWN = "drawn"  # weights that the seed makes
MOST = 12  # inputs, or neurons of a layer, that are asked for one by one

Found: TypeAlias = dict[str, Any]


@record
class Question:
    """What is asked: `key` names it, `example` shows an answer, `default` is what an empty line means.

    `read` returns the answer, and raises Misfit with a sentence where it does not fit. `lines` says how many
    numbers an answer needs that may be pasted over several lines, 0 for an answer of one line.
    """

    key: str
    text: str
    example: str
    read: Callable[[str], Any]
    default: str | None = None
    lines: int = 0


@record
class Interview:
    """The answers so far, by the question's key."""

    found: Found = field(default_factory=dict)

    @property
    def question(self) -> Question | None:
        """The next question, None where all is known."""
        return next((one for one in _questions(self.found) if one.key not in self.found), None)

    def answered(self, text: str) -> Interview:
        """Return the interview with one more answer. Raises Misfit where it does not fit."""
        question = self.question
        if question is None:
            raise Misfit("Nothing is left to ask.")
        text = text.strip() or (question.default or "")
        if not text:
            raise Misfit(f"An answer is needed, for example {question.example}.")
        return Interview({**self.found, question.key: question.read(text)})

    def back(self) -> Interview:
        """Return the interview without its last answer."""
        return Interview(dict(list(self.found.items())[:-1]))


def sizes_of(found: Found) -> tuple[int, ...]:
    """Return the inputs and the neurons of the layers that are known."""
    if "inputs" not in found:
        return ()
    inputs = found["inputs"]
    count = len(inputs) if isinstance(inputs, tuple) else int(inputs)
    return (count, *found.get("layers", ()))


def _questions(found: Found) -> Iterator[Question]:
    yield Question("name", "What is the network called?", "homework 3", _name, "homework")
    asked = "How many inputs has it? Or write the input values themselves."
    yield Question("inputs", asked, "2, or 0.05, 0.10", _inputs)
    yield Question(
        "layers",
        "How many neurons has each layer, from the first hidden layer to the output?",
        "2, 1",
        _layers,
    )
    layers = found.get("layers", ())
    yield Question(
        "activations",
        "Which activation? One name for all layers, or one for each.",
        "sigmoid, or relu, sigmoid",
        lambda text: _activations(text, layers),
        "sigmoid",
    )
    sizes = sizes_of(found)
    for l in range(1, len(sizes)):
        yield from _of_layer(l, sizes[l - 1], sizes[l], found)
    if not isinstance(found.get("inputs"), tuple):
        count = sizes[0] if sizes else 1
        asked = f"What are the {count} input values?"
        yield Question("x", asked, "0.5, 0.8", lambda text: _exactly(text, count))
    output = found.get("activations", ("sigmoid",))[-1]
    outputs = sizes[-1] if sizes else 1
    yield Question(
        "y",
        "What is the target?" if outputs == 1 else f"What are the {outputs} targets?",
        "1" if outputs == 1 else "0, 1",
        lambda text: _exactly(text, outputs),
    )
    loss = _usual_loss(output)
    yield Question("loss", "Which loss?", loss, lambda text: _loss(text, output), loss)
    yield Question("rate", "What is the learning rate?", "0.5", _rate, "0.5")


def _of_layer(l: int, inputs: int, neurons: int, found: Found) -> Iterator[Question]:
    """Ask for a layer's weights, which way round they stand if that is open, and its biases."""
    key = f"weights {l}"
    count = inputs * neurons
    yield Question(
        key,
        f"What are the {count} weights of layer {l} ({inputs} inputs, {neurons} neurons)? Paste a matrix, "
        f"or the numbers neuron by neuron; '{DRAWN}' draws them.",
        "[[0.15, 0.20], [0.25, 0.30]], or w1 = 0.15, w2 = 0.20, ...",
        lambda text: _weights(text, inputs, neurons),
        lines=count,
    )
    weights = found.get(key)
    if weights == DRAWN:
        return
    if isinstance(weights, list):
        yield Question(
            f"layout {l}",
            "Does a row of the matrix hold the weights of one neuron, or those of one input?",
            "neuron, or input",
            _layout,
            "neuron",
        )
    if weights is None or _width(weights, inputs, neurons) == inputs:
        yield Question(
            f"biases {l}",
            f"What are the biases of layer {l}? One number is the bias of all its neurons.",
            "0.35, or 0.1, 0.2",
            lambda text: _biases(text, neurons),
            "0",
        )


def _width(weights: Any, inputs: int, neurons: int) -> int:
    if isinstance(weights, list):  # square, so without biases
        return inputs
    return len(weights[0])


# what an answer says ------------------------------------------------------------------------------


def _name(text: str) -> str:
    if len(text) > 60 or not text.isprintable():
        raise Misfit("A name has at most 60 characters.")
    return text


def _inputs(text: str) -> int | Texts:
    if re.fullmatch(r"\d{1,3}", text.strip()):
        count = int(text)
        if not 1 <= count <= MOST:
            raise Misfit(f"Here a network has 1 to {MOST} inputs; a larger one is easier written as a file.")
        return count
    found = numbers(text)
    if not 1 <= len(found) <= MOST:
        raise Misfit(f"Expected 1 to {MOST} numbers, got {len(found)}.")
    return found


def _layers(text: str) -> tuple[int, ...]:
    parts = [one for one in re.split(r"[\s,;x-]+", text) if one]
    if not parts or not all(one.isdigit() and 1 <= int(one[:4]) <= MOST for one in parts) or len(parts) > 6:
        told = f"Write 1 to 6 whole numbers from 1 to {MOST}"
        raise Misfit(f"{told}: '2, 1' is two hidden neurons and one output.")
    return tuple(map(int, parts))


def _activations(text: str, layers: tuple[int, ...]) -> tuple[str, ...]:
    names = [one for one in re.split(r"[\s,;]+", text.lower()) if one]
    for name in names:
        if name not in ACTIVATIONS or not ACTIVATIONS[name].differentiable:
            known = [one for one, entry in ACTIVATIONS.items() if entry.differentiable]
            hint = did_you_mean(name, known) or f"Known: {', '.join(known)}."
            raise Misfit(f"'{name}' is no activation that can be trained. {hint}")
    if len(names) not in (1, len(layers)):
        raise Misfit(f"Write one name, or {len(layers)}: one for each layer. Got {len(names)}.")
    names = names * len(layers) if len(names) == 1 else names
    for name, size in zip(names, layers, strict=True):
        if ACTIVATIONS[name].coupled and size == 1:
            raise Misfit(f"{name} needs two neurons or more: one probability alone is always 1.")
    return tuple(names)


def _weights(text: str, inputs: int, neurons: int) -> str | tuple[Texts, ...] | list[Texts]:
    """Return a row per neuron, the bias first where a row has one number more; a list where it is open."""
    if text.strip().lower() in (DRAWN, "draw", "random"):
        return DRAWN
    rows = rows_of(text)
    if rows is None:
        flat = numbers(text)
        if len(flat) == neurons * (inputs + 1) and "=" not in text:
            return matrix(flat, neurons, inputs + 1)
        if len(flat) != neurons * inputs:
            raise Misfit(f"Expected {neurons * inputs} numbers, {inputs} for each neuron, got {len(flat)}.")
        return matrix(flat, neurons, inputs)
    shape = (len(rows), len(rows[0]))
    if shape == (neurons, inputs) and neurons == inputs and neurons > 1:
        return rows
    if shape in ((neurons, inputs), (neurons, inputs + 1)):
        return tuple(rows)
    if shape in ((inputs, neurons), (inputs + 1, neurons)):
        return tuple(zip(*rows, strict=True))
    raise Misfit(
        f"Expected {neurons} rows of {inputs} numbers (a row for each neuron), or {inputs} rows of {neurons} "
        f"(a row for each input), got {shape[0]} rows of {shape[1]}."
    )


def _layout(text: str) -> str:
    if text.lower().startswith(("neuron", "row")):
        return "rows"
    if text.lower().startswith(("input", "col")):
        return "columns"
    raise Misfit("Write 'neuron' or 'input'.")


def _biases(text: str, neurons: int) -> Texts:
    if text.lower() in ("none", "no"):
        return ("0",) * neurons
    found = numbers(text)
    if len(found) == 1:
        return found * neurons
    if len(found) != neurons:
        raise Misfit(f"Expected 1 number, or {neurons}: one for each neuron. Got {len(found)}.")
    return found


def _exactly(text: str, count: int) -> Texts:
    found = numbers(text)
    if len(found) != count:
        raise Misfit(f"Expected {count} {'number' if count == 1 else 'numbers'}, got {len(found)}.")
    return found


def _usual_loss(output: str) -> str:
    return resolve_loss("cross_entropy", output) if output in ("sigmoid", "softmax") else "half_squared_error"


def _loss(text: str, output: str) -> str:
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    short = {"mse": "mean_squared_error", "bce": "binary_cross_entropy"}
    name = _usual_loss(output) if name == "cross_entropy" else short.get(name, name)
    if name not in LOSSES:
        hint = did_you_mean(name, LOSSES) or f"Known: {', '.join(LOSSES)}."
        raise Misfit(f"'{text[:40]}' is no loss that is known. {hint}")
    takes = LOSSES[name].activations
    if takes is not None and output not in takes:
        raise Misfit(f"{name} takes an output layer of {' or '.join(sorted(takes))}; here it is {output}.")
    return name


def _rate(text: str) -> str:
    try:
        return recipe("1,1", rate=numbers(text)[0]).rate
    except (InputError, IndexError):
        raise Misfit("The learning rate is a number above 0, such as 0.5.") from None
