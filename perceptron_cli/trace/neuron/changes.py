"""What a changed number makes of a learning rule's run: how many epochs, how many errors, which weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from perceptron_cli.document import Note, Section, Table
from perceptron_cli.notation import show
from perceptron_cli.records import record
from perceptron_cli.trace.step.lines import Lines


class Changed(Protocol):
    """A run as it was, and every number of it as it is now."""

    @property
    def was(self) -> Lines:
        """The lines as they were."""

    @property
    def now(self) -> Lines:
        """The lines as they are."""

    @property
    def values(self) -> Mapping[str, float | None]:
        """Every number as it is now."""


@record
class Run:
    """How a rule's run went: its turns, those with a wrong output, and the weights that it ends with."""

    turns: int
    errors: int
    weights: tuple[float, ...]


def run_of(told: Lines, values: Mapping[str, float | None]) -> Run:
    """Return how a run went, by the values of its lines."""
    last: dict[str, float] = {}
    wrong, turns = set(), set()
    for name, equation in told.equations.items():
        turn, _, rest = name.partition(":")
        letter = equation.symbol.head.partition(":")[2]
        if letter == "y":
            turns.add(turn)
            if values[name] != values[f"{turn}:d{rest[1:]}"]:
                wrong.add(turn)
        if equation.symbol.prime:
            last[rest] = values[name] or 0.0
    return Run(len(turns), len(wrong), tuple(last.values()))


def of_neuron(outcome: Changed) -> Section:
    """Tell both runs side by side."""
    was, now = run_of(outcome.was, outcome.was.values), run_of(outcome.now, outcome.values)
    rows = (
        ("updates", str(was.turns), str(now.turns)),
        ("of these with a wrong output", str(was.errors), str(now.errors)),
        ("weights at the end", _told(was.weights), _told(now.weights)),
    )
    if was.turns == now.turns:
        note = "The rule takes as many updates as before."
    else:
        way = "fewer" if now.turns < was.turns else "more"
        note = f"The rule ends after {now.turns} updates instead of {was.turns}, which is {way}."
    table = Table("", ("the run", "was", "is now"), rows, frozenset({1, 2}))
    return Section("Did it help?", "result", (table, Note(note)))


def runs_of(outcome: Changed) -> dict[str, Any]:
    """Return both runs for the JSON."""
    both = (run_of(outcome.was, outcome.was.values), run_of(outcome.now, outcome.values))
    names = ("was", "now")
    return {
        "runs": {
            name: {"updates": one.turns, "errors": one.errors, "weights": list(one.weights)}
            for name, one in zip(names, both, strict=True)
        }
    }


def _told(weights: tuple[float, ...]) -> str:
    return ", ".join(show(round(one, 12), 4) for one in weights)
