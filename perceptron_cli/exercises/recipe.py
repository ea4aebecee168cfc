"""What the networks of a class have in common, read from a command's flags and checked."""

from __future__ import annotations

from collections.abc import Collection

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.errors import InputError, did_you_mean
from perceptron_cli.losses import LOSSES, resolve_loss
from perceptron_cli.records import record
from perceptron_cli.spec.check import RATE
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.reader import Reader

MOST_LAYERS = 5  # more is no work for paper
MOST_NEURONS = 9  # so that an index is one digit


@record
class Recipe:
    """What the networks have in common; `sizes` has the inputs first, `activations` one a layer."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    rate: str = "0.5"
    allow_dead: bool = False


def recipe(
    layers: str = "2,3,1",
    activations: str = "sigmoid",
    loss: str | None = None,
    rate: str = "0.5",
    *,
    allow_dead: bool = False,
) -> Recipe:
    """Return the recipe that texts say: "2,3,1", the inputs first; "sigmoid", or one name a layer.

    Without a loss it is the output's own: cross-entropy for probabilities, else half the squared error.
    Raises InputError for what is no network, or none that can be trained.
    """
    sizes = _sizes(layers)
    names = _activations(activations, len(sizes) - 1)
    for name, size in zip(names, sizes[1:], strict=True):
        if ACTIVATIONS[name].coupled and size == 1:
            raise InputError(f"--layers: {name} needs a layer of 2 neurons or more, got 1")
    return Recipe(sizes, names, _loss(loss, names[-1]), _rate(rate), allow_dead)


def _sizes(layers: str) -> tuple[int, ...]:
    texts = [one.strip() for one in layers.split(",")]
    fine = all(one.isascii() and one.isdigit() and 1 <= int(one[:9]) <= MOST_NEURONS for one in texts)
    if not fine or not 2 <= len(texts) <= MOST_LAYERS + 1:
        raise InputError(
            f"--layers: expected the inputs and 1 to {MOST_LAYERS} layers, each of 1 to {MOST_NEURONS}, "
            f"got '{layers[:60]}'",
            hint="2,3,1 is two inputs, three hidden neurons, one output",
        )
    return tuple(map(int, texts))


def _activations(text: str, layers: int) -> tuple[str, ...]:
    names = [one.strip() for one in text.split(",")]
    for name in names:
        _known("--activation", name, {key: one for key, one in ACTIVATIONS.items() if one.differentiable})
    if len(names) not in (1, layers):
        raise InputError(f"--activation: expected one name, or {layers}, one a layer; got {len(names)}")
    return tuple(names * layers if len(names) == 1 else names)


def _loss(name: str | None, output: str) -> str:
    probability = LOSSES["binary_cross_entropy"].activations or ()
    if name is None:
        return resolve_loss("cross_entropy", output) if output in probability else "half_squared_error"
    _known("--loss", name, LOSSES)
    takes = LOSSES[name].activations
    if takes is not None and output not in takes:
        raise InputError(
            f"--loss: {name} takes an output layer of {' or '.join(sorted(takes))}, got {output}"
        )
    return name


def _rate(text: str) -> str:
    reader = Reader("--lr")
    reader.number(Node("scalar", text, 1, 1, file="--lr"), "", RATE)
    if reader.problems:
        raise InputError(reader.problems)
    return text


def _known(flag: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        hint = did_you_mean(name, names) or f"one of {', '.join(names)}"
        raise InputError(f"{flag}: unknown name '{name[:60]}'", hint=hint)
