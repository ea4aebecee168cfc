"""Networks for paper: friendly numbers, and no neuron that has nothing to teach.

Whether a network will do is decided in exact decimals, so that no machine decides otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Context, Decimal, localcontext

from perceptron_cli import spec
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.errors import InputError
from perceptron_cli.exercises.dice import Dice
from perceptron_cli.exercises.recipe import Recipe
from perceptron_cli.expr import Expr, Sum, evaluate
from perceptron_cli.layers.dense import affine
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.paper import as_decimal, decimal_functions
from perceptron_cli.trace.step.lines import Lines, lines

# An input of 1 would hide a forgotten factor, and one of 0 a whole weight.
INPUTS = ("-2", "-1.5", "-0.5", "0.5", "1.5", "2", "2.5", "3")
TENTHS = tuple(f"{sign}0.{digit}" for sign in ("", "-") for digit in range(1, 10))
HUNDREDTHS = tuple(f"{sign}0.{number:02}" for sign in ("", "-") for number in range(5, 65))
MOST_TENTHS = 12  # weights of a layer; a larger one has hundredths, so that few are alike
TARGETS = {"sigmoid": ("0", "1"), "tanh": ("-1", "1"), "relu": ("0.5", "1.5", "2", "2.5")}
OTHER_TARGETS = ("-2", "-1", "-0.5", "0.5", "1", "2")

NO_KINK = Decimal("0.05")  # a z is at least so far from 0, where a gate would flip
LIVELY = Decimal("0.1")  # the least slope of a neuron that is neither dead nor saturated
SHARE = Decimal("0.2")  # the same for n coupled ones: SHARE/n
WRONG = Decimal("0.05")  # a prediction is at least so far from its target
NO_CANCELLING = Decimal("0.1")  # of its largest term, a sum of gradients is at least so much

DIGITS = 25  # of the exact decimals
MOST_TRIES = 400  # of a neuron, and of a network


@record
class Exercise:
    """One student's network: its number, the config as YAML, and as it is loaded from that."""

    number: int
    text: str
    config: Config
    lines: Lines


def draw(recipe: Recipe, seed: int, count: int) -> tuple[Exercise, ...]:
    """Return exercises 1 to `count` of a seed, no two alike; the first ones do not depend on the count.

    Raises InputError where chance finds no network without a dead or saturated neuron.
    """
    found: dict[str, Exercise] = {}
    for number in range(1, count + 1):
        dice = Dice(seed, number)
        for _ in range(MOST_TRIES):
            body = _Network(recipe, dice).text()
            if body is None or body in found:
                continue
            exercise = _exercise(recipe, number, f"name: exercise {seed}-{number}\n{body}")
            if exercise is not None:
                found[body] = exercise
                break
        else:
            raise InputError(
                f"--layers: found no {'-'.join(map(str, recipe.sizes))} network in which every "
                "neuron has a usable slope",
                hint="fewer or narrower layers, another activation, or --allow-dead",
            )
    return tuple(found.values())


def read(number: int, text: str) -> Exercise:
    """Return an exercise that was drawn before, by its config's text."""
    config = spec.parse(text, f"exercise {number}")
    return Exercise(number, text, config, lines(config))


def _exercise(recipe: Recipe, number: int, text: str) -> Exercise | None:
    """Return a network as an exercise, None where its gradients cancel out."""
    config = spec.parse(text, f"exercise {number}")
    step = lines(config)
    if not recipe.allow_dead and any(_cancels(step)):
        return None
    return Exercise(number, text, config, step)


def _cancels(step: Lines) -> Iterator[bool]:
    """Say of each gradient that comes from several neurons whether it is next to nothing."""
    values: dict[str, Decimal] = {}
    for name, equation in step.equations.items():
        if equation.symbol.prime or equation.symbol.head.startswith("improvement"):
            continue
        values[name] = Decimal(equation.text) if equation.body is None else exact(equation.body, values)
        if equation.symbol.head == "dL/da" and isinstance(equation.body, Sum):
            terms = [abs(exact(term, values)) for term in equation.body.terms]
            yield abs(values[name]) < NO_CANCELLING * max(terms)


def exact(tree: Expr, values: dict[str, Decimal]) -> Decimal:
    """Return a tree's value in decimals, which every machine computes alike."""
    with localcontext(Context(prec=DIGITS)):
        return Decimal(evaluate(tree, values, number=as_decimal, functions=decimal_functions()))


class _Network:
    """One try at a network, drawn neuron by neuron; its values so far in exact decimals."""

    def __init__(self, recipe: Recipe, dice: Dice) -> None:
        self.recipe = recipe
        self.dice = dice
        self.names = Names()
        self.values: dict[str, Decimal] = {}

    def text(self) -> str | None:
        """Return the config but for its name, None where none that will do."""
        sizes, recipe = self.recipe.sizes, self.recipe
        x = self.dice.several(INPUTS, sizes[0])
        self.values |= {self.names.x(i).name: Decimal(one) for i, one in enumerate(x, start=1)}
        told = ["network:", "  layers:"]
        for l, activation in enumerate(recipe.activations, start=1):
            rows = self._layer(l)
            if rows is None:
                return None
            told.append(f"    - activation: {activation}")
            told.append(f"      weights: [{', '.join(map(_listed, rows))}]")
        y = self._targets()
        if y is None:
            return None
        told.append(f"loss: {recipe.loss}")
        told.append(f"sample: {{x: {_listed(x)}, y: {_listed(y)}}}")
        told.append(f"training: {{learning_rate: {recipe.rate}}}")
        return "\n".join(told) + "\n"

    def _layer(self, l: int) -> list[list[str]] | None:
        """Draw a layer's weights, a row per neuron, bias first; a neuron that is not lively again."""
        below, neurons = self.recipe.sizes[l - 1], self.recipe.sizes[l]
        numbers = TENTHS if neurons * (1 + below) <= MOST_TENTHS else HUNDREDTHS
        rows: dict[int, list[str]] = {}
        for j in range(1, neurons + 1):
            rows[j] = self._row(l, j, _left(numbers, rows, j))
        dull = 1
        for _ in range(neurons * MOST_TRIES):
            found = self._dull(l, dull)
            if found is None:
                return list(rows.values())
            dull = found
            rows[dull] = self._row(l, dull, _left(numbers, rows, dull))
        return None

    def _row(self, l: int, j: int, numbers: Sequence[str]) -> list[str]:
        """Draw a neuron's weights, and work out its z."""
        below = range(1, self.recipe.sizes[l - 1] + 1)
        row = self.dice.several(numbers, 1 + len(below))
        self.values |= {self.names.w(l, i, j).name: Decimal(one) for i, one in enumerate(row)}
        self.values[self.names.z(l, j).name] = exact(affine(self.names, l, j, below), self.values)
        return row

    def _dull(self, l: int, start: int) -> int | None:
        """Work out a layer's activations; return the first neuron at a kink, dead or saturated, if any.

        Those before `start` are known to be lively; but where all are coupled, none is.
        """
        width = self.recipe.sizes[l]
        entry = ACTIVATIONS[self.recipe.activations[l - 1]]
        options = {key: one.default for key, one in entry.parameters.items()}
        least = SHARE / width if entry.coupled else LIVELY
        zs, outs = ([name(l, j) for j in range(1, width + 1)] for name in (self.names.z, self.names.a))
        for j in range(1 if entry.coupled else start, width + 1):
            if abs(self.values[zs[j - 1].name]) < NO_KINK:
                return j
            self.values[outs[j - 1].name] = exact(entry.formulas(zs, j - 1, options)[0], self.values)
            slope = exact(entry.slope_formula(zs, outs, j - 1, j - 1, options), self.values)
            if slope < least and not self.recipe.allow_dead:
                return j
        return None

    def _targets(self) -> list[str] | None:
        """Draw what the network should have said; it is wrong by something everywhere."""
        activation, outputs = self.recipe.activations[-1], self.recipe.sizes[-1]
        if activation in ("softmax", "log_softmax") or self.recipe.loss == "categorical_cross_entropy":
            right = self.dice.below(outputs)
            y = ["1" if k == right else "0" for k in range(outputs)]
        else:
            y = [self.dice.pick(TARGETS.get(activation, OTHER_TARGETS)) for _ in range(outputs)]
        output = len(self.recipe.activations)
        errors = [
            abs(self.values[self.names.a(output, k).name] - Decimal(one)) for k, one in enumerate(y, start=1)
        ]
        return y if self.recipe.allow_dead or min(errors) >= WRONG else None


def _left(numbers: Sequence[str], rows: Mapping[int, list[str]], j: int) -> list[str]:
    """Return the numbers that no other neuron than the j-th has; all of them where that is none."""
    taken = {weight for other, row in rows.items() for weight in row if other != j}
    return [one for one in numbers if one not in taken] or list(numbers)


def _listed(numbers: Sequence[str]) -> str:
    return f"[{', '.join(numbers)}]"
