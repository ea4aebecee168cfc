"""A training step as its lines: each symbol's tree and value, what it is made from, what follows from it.

What `why` walks down, what a changed number is carried on through, what answers are held against.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from perceptron_cli import engine
from perceptron_cli.document import Equation, Equations, Part
from perceptron_cli.expr import AS_DECIMALS, Expr, Symbol, evaluate, symbols
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.step.part import step_part
from perceptron_cli.trace.step.wide import Made, WideLines
from perceptron_cli.trace.view import View


class Lines:
    """Every line of one step, as it is told, but that no number stands before what it is made from.

    `equations` has a symbol's line by name, given numbers among them, and `uses` what each is directly
    made from; `alternatives` second ways to a symbol that has its line. `part` is the step as it is
    told, `samples` its samples' numbers.
    """

    def __init__(self, part: Part, samples: Sequence[int] = (1,)) -> None:
        self.part = part
        self.samples = tuple(samples)
        self._told = told = dict[str, Equation]()
        self.alternatives: dict[str, Equation] = {}
        self._wide = WideLines()
        for block in (block for section in part.sections for block in section.blocks):
            if isinstance(block, Equations):
                for equation in self._wide.entered(block.rows):
                    kept = self.alternatives if equation.alternative else told
                    kept.setdefault(equation.symbol.name, equation)
                    self._wide.order.setdefault(equation.symbol.name)
        self._own_uses = {name: _uses(equation) for name, equation in told.items()}
        order = _in_order(self._own_uses, self._wide.order)
        self.equations: Mapping[str, Equation] = told
        if self._wide:
            self.equations = Made(order, lambda name: told[name] if name in told else self._wide.line(name))
            self.uses: Mapping[str, Sequence[str]] = Made(order, self._uses_of)
        else:
            self.equations = {name: told[name] for name in order}
            self.uses = {name: self._own_uses[name] for name in order}

    def _uses_of(self, name: str) -> Sequence[str]:
        return self._own_uses[name] if name in self._own_uses else _uses(self._wide.line(name))

    def users(self, name: str) -> list[str]:
        """Return the lines that are made from a number, in their order."""
        found = {other for other, used in self._own_uses.items() if name in used} | self._wide.users(name)
        return [one for one in self.equations if one in found]

    def symbol(self, name: str) -> Symbol:
        """Return the symbol of a line, which need not be made for that. Raises KeyError for none."""
        own = self._told.get(name)
        return self._wide.symbol(name) if own is None else own.symbol

    @cached_property
    def values(self) -> dict[str, float | None]:
        """Each symbol's unrounded value."""
        wide = self._wide.values
        return {name: wide[name] if name in wide else self.equations[name].value for name in self.equations}

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """Each symbol's text as it is shown, by name."""
        blocks = (block for section in self.part.sections for block in section.blocks)
        return next(block.numbers for block in blocks if isinstance(block, Equations))

    def recalculated(
        self,
        numbers: Mapping[str, float] | None = None,
        bodies: Mapping[str, Expr] | None = None,
    ) -> dict[str, float | None]:
        """Return every value with some numbers changed (given or not), and some lines' trees.

        What follows from a change is worked out anew from its line; None where it has no value.
        """
        numbers, bodies = numbers or {}, bodies or {}
        found: dict[str, float | None] = {}
        changed: set[str] = set()
        for name, equation in self.equations.items():
            body = bodies.get(name, equation.body)
            if name in numbers:
                found[name] = numbers[name]
            elif body is None or not (name in bodies or any(one.name in changed for one in symbols(body))):
                found[name] = equation.value
                continue
            else:
                found[name] = finite_value(body, found)
            changed.add(name)
        return found


def lines(config: Config, step: int = 1, view: View | None = None) -> Lines:
    """Return the lines of update `step` (from 1) of what `train` would do; nothing is left out.

    Raises NumberError where a number leaves the finite range.
    """
    with np.errstate(all="ignore"):
        return lines_of(config, recorded(config, step), view)


def recorded(config: Config, step: int) -> engine.Step:
    """Return update `step` (from 1) of what `train` would do."""
    trainer = engine.trainer_of(config, step)
    epoch = 0
    with np.errstate(all="ignore"):
        while True:
            epoch += 1
            for batch in trainer.batches(epoch):
                if trainer.t + 1 == step:
                    return trainer.record(batch)
                trainer.step(batch)


def lines_of(config: Config, record: engine.Step, view: View | None = None) -> Lines:
    """Return the lines of a recorded step."""
    whole = replace(view or View(), arithmetic="float", limit=None, form="scalar")
    ledger = Ledger(whole, Lookup.of(config, record))
    return Lines(step_part(config, ledger, record), record.numbers)


def _uses(equation: Equation) -> tuple[str, ...]:
    return tuple(one.name for one in symbols(equation.body)) if equation.body is not None else ()


def _in_order(uses: Mapping[str, Sequence[str]], names: Iterable[str]) -> list[str]:
    """Put what a line is made from before it: softmax is told neuron by neuron, and takes every z.

    A name without uses is a wide layer's, whose lines follow what they are made from.
    """
    found: dict[str, None] = {}

    def enter(name: str) -> None:
        for used in uses.get(name, ()):
            if used not in found:
                enter(used)
        found[name] = None

    for name in names:
        if name not in found:
            enter(name)
    return list(found)


def finite_value(body: Expr, values: Mapping[str, float | None]) -> float | None:
    """Return the value of a line's tree, None where it has none in the finite range."""
    try:
        found = float(evaluate(body, values, functions=AS_DECIMALS))
    except (ArithmeticError, ValueError, TypeError):
        return None
    return found if math.isfinite(found) else None
