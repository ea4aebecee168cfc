"""What a page works its numbers out from: the given ones, the formulas, and what mistakes make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from perceptron_cli.answers.alternatives import alternatives
from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.notation import MACHINE
from perceptron_cli.pages.meanings import meaning
from perceptron_cli.pages.plane import plane_of_network, plane_of_rule
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines, lines
from perceptron_cli.trace.view import View

STATE = ("m:", "v:", "n:", "v_max:", "g:", "t")  # what an optimizer keeps, which nobody sets

Data = dict[str, Any]


def network_model(config: Config, told: Lines, view: View) -> Data:
    """Return the numbers and formulas of a training step."""
    trains, later = _next_step(config, told, view)
    given = [name for name, one in told.equations.items() if one.body is None]
    return {
        **_model(config, told, view),
        "kind": "network",
        "turns": 0,
        "later": later,
        "editable": [name for name in given if not name.startswith(STATE)],
        "together": {},
        "trains": trains,
        "outcome": ["L", "L'"],
        "plane": plane_of_network(config),
    }


def rule_model(config: Config, told: Lines, view: View) -> Data:
    """Return the numbers and formulas of every turn of a learning rule."""
    given = [name for name, one in told.equations.items() if one.body is None]
    together = _together(given, len([one for one in config.samples if one.y]))
    first = [group[0] for group in together.values()]
    carried = {name.partition(":")[2].removesuffix("'") for name in told.equations if name.endswith("'")}
    return {
        **_model(config, told, replace(view, decimals=10)),
        "kind": "neuron",
        "turns": len(told.part.sections),
        "later": {},
        "editable": [name for name in given if name in together or name in first or name == "eta"],
        "together": together,
        "trains": "a rule's table is played to its end",
        "outcome": [],
        "plane": plane_of_rule(config, sorted(carried)),
    }


def _model(config: Config, told: Lines, view: View) -> Data:
    made = {name: one for name, one in told.equations.items() if one.body is not None}
    mistakes = {
        name: [(mistake, MACHINE.write(body)) for mistake, body in alternatives(config, told, name)]
        for name in made
    }
    named = {mistake for found in mistakes.values() for mistake, _ in found}
    return {
        "decimals": view.decimals,
        "order": list(told.equations),
        "given": {name: one.value for name, one in told.equations.items() if one.body is None},
        "formulas": {name: MACHINE.write(one.body) for name, one in made.items() if one.body is not None},
        "texts": {name: one.text for name, one in told.equations.items()},
        "mistakes": mistakes,
        "sentences": {name: MISTAKES[name].sentence for name in sorted(named)},
        "meanings": {
            name: meaning(one.symbol, given=one.body is None) for name, one in told.equations.items()
        },
    }


def _next_step(config: Config, told: Lines, view: View) -> tuple[str, Mapping[str, str]]:
    """Return why the page cannot train on ("" where it can), and the formulas that a later step changes.

    It takes the new numbers for the old ones; so all else that is given has to stay as it is.
    """
    try:
        second = lines(config, 2, view)
        third = lines(config, 3, view)
    except ArithmeticError:
        return "the numbers leave the finite range", {}
    if list(second.equations) != list(told.equations) or _formulas(second) != _formulas(third):
        return "the steps differ", {}
    for name, one in told.equations.items():
        moves = f"{name}'" in told.equations or name == "t"
        if one.body is None and not moves and second.values[name] != one.value:
            return f"{name} is another number in the next step", {}
    first, later = _formulas(told), _formulas(second)
    return "", {name: formula for name, formula in later.items() if formula != first[name]}


def _formulas(told: Lines) -> dict[str, str]:
    return {name: MACHINE.write(one.body) for name, one in told.equations.items() if one.body is not None}


def _together(given: Iterable[str], samples: int) -> dict[str, list[str]]:
    """Return which numbers are one: a sample's in every epoch, a fixed threshold's in every turn."""
    groups: dict[tuple[str, int], list[str]] = {}
    for name in given:
        turn, colon, letter = name.partition(":")
        if colon:
            place = (int(turn[1:]) - 1) % samples if letter[0] in "xd" else 0
            groups.setdefault((letter, place), []).append(name)
    return {name: group for group in groups.values() for name in group if len(group) > 1}
