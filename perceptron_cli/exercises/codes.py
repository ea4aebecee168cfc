"""The short code of a sheet, from which its network is drawn again: 2.3.1-sigmoid-7-12."""

from __future__ import annotations

from perceptron_cli.errors import InputError
from perceptron_cli.exercises.draw import Exercise, draw
from perceptron_cli.exercises.recipe import Recipe, recipe

USUAL_RATE = "0.5"
MOST = 999  # sheets of a class
SHAPE = "expected a code as it stands on the sheet, such as 2.3.1-sigmoid-7-12"


def code_of(drawn: Recipe, seed: int, number: int) -> str:
    """Return a sheet's code: the layers, the activations, what is not usual, the seed, the number."""
    layers = ".".join(map(str, drawn.sizes))
    activations = drawn.activations[:1] if len(set(drawn.activations)) == 1 else drawn.activations
    usual = recipe(",".join(map(str, drawn.sizes)), ",".join(activations)).loss
    more = [
        *([f"L{drawn.loss}"] if drawn.loss != usual else []),
        *([f"R{drawn.rate}"] if drawn.rate != USUAL_RATE else []),
        *(["D"] if drawn.allow_dead else []),
    ]
    return "-".join([layers, ".".join(activations), *more, str(seed), str(number)])


def sheet_of(code: str) -> Exercise:
    """Return the exercise of a code. Raises InputError for what is no code."""
    pieces = code.strip().split("-")
    if len(pieces) < 4:
        raise InputError(f"--sheet: {SHAPE}, got '{code}'")
    layers, activations, *more, seed, number = pieces
    if not (seed.isdecimal() and number.isdecimal() and 1 <= int(number) <= MOST):
        raise InputError(f"--sheet: {SHAPE}, got '{code}'")
    options = {one[:1]: one[1:] for one in more}
    if not set(options) <= set("LRD"):
        raise InputError(f"--sheet: {SHAPE}, got '{code}'")
    drawn = recipe(
        layers.replace(".", ","),
        activations.replace(".", ","),
        options.get("L"),
        options.get("R", USUAL_RATE),
        allow_dead="D" in options,
    )
    return draw(drawn, int(seed), int(number))[-1]
