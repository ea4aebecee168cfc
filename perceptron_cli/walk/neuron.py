"""A learning rule as stops on a way: each turn's net input, output, error and new weights, with the plane."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from perceptron_cli.document import Note, Plot, Section, Table
from perceptron_cli.exercises.levels import is_carried
from perceptron_cli.expr import Symbol
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import naming, title_of
from perceptron_cli.trace.neuron.changes import run_of
from perceptron_cli.trace.neuron.given import given_section
from perceptron_cli.trace.neuron.lines import neuron_lines, neuron_runs
from perceptron_cli.trace.neuron.plane import plane_after
from perceptron_cli.trace.questions.what_if import split
from perceptron_cli.trace.step.lines import Lines
from perceptron_cli.trace.view import View
from perceptron_cli.walk.tour import Changes, Numbers, Stop, Tour, stops_of


class NeuronTour(Tour):
    """The stops of a rule's table, turn by turn, and the numbers on them, changed or not.

    With a change the rule goes on for as many epochs as without, so that every stop keeps its line.
    """

    is_network = False

    def __init__(self, config: Config, view: View) -> None:
        self.config = config
        self.step = 1
        self.view = view
        self.titles = (f"{title_of(config)}, rule {config.training.rule}", config.name)
        self.outputs = (1, config.layers[0].neurons)
        self.naming = naming(config, view)
        self._runs = neuron_runs(config)
        self._told = neuron_lines(config)
        turns = tuple(one for one in stops_of(self._told.part.sections) if not _is_dull(one))
        start = Stop(given_section(config), 0)
        self.stops = (start, *turns, Stop(Section("Summary", "result", ()), -1))
        self.places = {}
        for place, stop in enumerate(self.stops):
            for block in stop.section.blocks if stop.equation else ():
                for name in [one.symbol.name for row in getattr(block, "rows", ()) for one in row]:
                    if self._told.equations[name].body is None:
                        self.places.setdefault(name, place)
            if stop.name:
                self.places[stop.name] = place
        self.numbers = lru_cache(8)(self._numbers)
        self._now = lru_cache(8)(self._run)

    @cached_property
    def lines(self) -> Lines:
        """Every line of every turn."""
        return self._told

    @property
    def slow(self) -> bool:
        """Every line is worked out from the start."""
        return False

    def symbol(self, name: str) -> Symbol | None:
        """Return the symbol of a name."""
        line = self._told.equations.get(name)
        return line.symbol if line is not None else None

    @property
    def original(self) -> Numbers:
        """The numbers before any change."""
        return Numbers(self._told.values, self._told.numbers)

    def _run(self, changes: Changes) -> tuple[Lines, Mapping[str, float | None]]:
        put = {name: value for name, value, _ in changes}
        config, carried = split(self.config, self._told, put)
        now = self._told if config is self.config else neuron_lines(config, len(self._runs[0].epochs))
        return now, now.recalculated(carried) if carried else now.values

    def plot(self, place: int, changes: Changes) -> Plot | None:
        """Return the points and the line as a turn leaves it; None at other stops, and with changes."""
        stop, run = self.stops[place], self._runs[0]
        if stop.equation is None or changes or len(self._runs) > 1 or len(run.neuron.points[0]) != 2:
            return None
        number = int(stop.equation.symbol.head.partition(":")[0][1:])
        rows = [row for epoch in run.epochs for row in epoch.rows]
        return plane_after(run.neuron, rows[number - 1], number)

    def matrices(self, place: int, changes: Changes) -> tuple[Section, ...]:
        """A turn has no matrices."""
        return ()

    def followed(self, changes: Changes) -> str:
        """Say what the changes do to the run."""
        now, values = self._now(changes)
        old, new = run_of(self._told, self._told.values), run_of(now, values)
        return f"wrong outputs {old.errors} -> {new.errors}"

    def summary(self, changes: Changes = ()) -> Section:
        """Say how the run ended, and where more is told."""
        values = self.numbers(changes).values
        told = run_of(self._told, values)
        epochs = len(self._runs[0].epochs)
        names = [one.symbol.name for one in self._told.equations.values() if one.symbol.prime]
        texts = self.numbers(changes).texts
        last = {name.partition(":")[2].removesuffix("'"): texts[name] for name in names}
        rows = (
            ("epochs", str(epochs)),
            ("updates", str(told.turns)),
            ("of these with a wrong output", str(told.errors)),
            *((f"{name} at the end", text) for name, text in last.items()),
        )
        notes = [Note("Next: nnstep perceptron shows the whole table, and what a line can separate.", "hint")]
        return Section("Summary", "result", (Table("", ("", ""), rows, frozenset({1})), *notes))


def _is_dull(stop: Stop) -> bool:
    """Whether a stop only takes a number over from the turn before."""
    return stop.equation is not None and is_carried(stop.equation)
