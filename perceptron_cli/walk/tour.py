"""A training step as stops on a way: an equation each, pages between them, a summary at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from perceptron_cli import engine
from perceptron_cli.document import (
    Block,
    Drawing,
    Edge,
    Equation,
    Equations,
    Figure,
    MatrixEquation,
    Neuron,
    Note,
    Plot,
    Quantity,
    Section,
    Table,
)
from perceptron_cli.errors import InputError, NnstepError
from perceptron_cli.expr import Expr, Result, Symbol, symbols
from perceptron_cli.expr import replace as replace_nodes
from perceptron_cli.notation import MACHINE, show
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.header import naming, title_of
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.lookup import Lookup
from perceptron_cli.trace.questions.asked import asked_for
from perceptron_cli.trace.questions.paths import paths
from perceptron_cli.trace.questions.what_if import split
from perceptron_cli.trace.questions.why import most_paths, paths_section, tree
from perceptron_cli.trace.step.drawing import drawing
from perceptron_cli.trace.step.lines import Lines, finite_value, lines, lines_of, recorded
from perceptron_cli.trace.step.matrices import in_matrices
from perceptron_cli.trace.step.part import step_part
from perceptron_cli.trace.view import UNDEFINED, View

FEW = 3  # terms of a sum, where the whole does not matter
AFTER = "L'"
MANY_WEIGHTS = 5_000
AHEAD = 20  # updates that the summary looks ahead

Changes = tuple[tuple[str, float, str], ...]  # a symbol's name, its new value, and how it was typed


@record
class Stop:
    """An equation, or (where it has none) a section that is shown whole; `number` is the section's.

    `reveals` says how often more can be shown: the numbers put in, each line of the working, the result.
    """

    section: Section
    number: int
    block: Equations | None = None
    equation: Equation | None = None
    reveals: int = 0

    @property
    def name(self) -> str | None:
        """The symbol of its equation."""
        return self.equation.symbol.name if self.equation else None


@record
class Numbers:
    """Every number by its symbol's name: the value, and the text that it is shown as."""

    values: Mapping[str, float | None]
    texts: Mapping[str, str]


class Tour:
    """The stops of one update, and the numbers on them, changed or not.

    A wide network's stops are its first neurons; any symbol may be changed or asked for.
    """

    outcomes: tuple[str, ...] = ("L", AFTER)  # what a change is judged by
    is_network = True  # whether its numbers stand on a drawing of a network

    def __init__(self, config: Config, step: int, view: View) -> None:
        self.config = config
        self.step = step
        self.view = view
        self.titles = (f"{title_of(config)}, step {step}", f"{config.name}, step {step}")
        self.outputs = (len(config.layers), config.sizes[-1])
        self.naming = naming(config, view)
        self._record = recorded(config, step)
        self._lookup = Lookup.of(config, self._record)
        self._ledger = Ledger(view, self._lookup)
        with np.errstate(all="ignore"):
            self._part = step_part(config, self._ledger, self._record)
        self.stops = (*stops_of(self._part.sections), Stop(Section("Summary", "result", ()), -1))
        self.places: dict[str, int] = {}
        for place, stop in enumerate(self.stops):
            for name in _names(stop):
                self.places.setdefault(name, place)
        self.numbers = lru_cache(8)(self._numbers)
        self._now = lru_cache(8)(self._run)

    # symbols ----------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> Lines:
        """Every line of the step, those that the stops leave out as well."""
        with np.errstate(all="ignore"):
            return lines_of(self.config, self._record, self.view)

    @property
    def slow(self) -> bool:
        """Whether every line is still to be worked out, as for a change, and that takes long."""
        return "lines" not in vars(self) and sum(one.size for one in self._record.weights) > MANY_WEIGHTS

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols that have a stop, in its order; what is given among them."""
        return tuple(self.places)

    def symbol(self, name: str) -> Symbol | None:
        """Return the symbol of a name."""
        return self._lookup.named(name)

    def line(self, name: str) -> Equation | None:
        """Return a symbol's line, or None where it is given or has none."""
        stop = self.stops[self.places[name]] if name in self.places else None
        if stop is not None:
            return stop.equation if stop.name == name else None
        found = self.lines.equations.get(name)
        return found if found is not None and found.body is not None else None

    def uses(self, name: str) -> tuple[str, ...]:
        """Return what a symbol is directly made from."""
        line = self.line(name)
        return tuple(one.name for one in symbols(line.body)) if line and line.body is not None else ()

    @cached_property
    def used_by(self) -> Mapping[str, tuple[str, ...]]:
        """The stops' symbols that each symbol goes into."""
        found: dict[str, list[str]] = {}
        for stop in self.stops:
            if stop.equation and stop.equation.body is not None:
                for one in symbols(stop.equation.body):
                    into = found.setdefault(one.name, [])
                    if stop.equation.symbol.name not in into:
                        into.append(stop.equation.symbol.name)
        return {name: tuple(into) for name, into in found.items()}

    # numbers ----------------------------------------------------------------------------------

    @property
    def original(self) -> Numbers:
        """The numbers before any change."""
        return Numbers(self._ledger.values, self._ledger.texts)

    def _numbers(self, changes: Changes) -> Numbers:
        """Return every number with the changes carried on; a change stands as it was typed."""
        if not changes:
            return self.original
        _, values = self._now(changes)
        texts = {name: text for name, _, text in changes}
        before = self.lines.values
        for name, value in values.items():
            if name not in texts:
                same = _same(value, before.get(name))
                texts[name] = self.original.texts[name] if same else self.shown(value)
        return Numbers(values, texts)

    def _run(self, changes: Changes) -> tuple[Lines, Mapping[str, float | None]]:
        """Return the step with changes: its lines, and its numbers.

        What is given goes into the config and the engine runs it; a result is carried on line by line.
        """
        put = {name: value for name, value, _ in changes}
        config, carried = split(self.config, self.lines, put, self.step)
        now = self.lines if config is self.config else lines(config, self.step, self.view)
        return now, now.recalculated(carried) if carried else now.values

    def refused(self, changes: Changes) -> str | None:
        """Say why a step cannot have these changes, or nothing where it can."""
        try:
            self.numbers(changes)
        except NnstepError as error:
            return error.problems[0].message
        return None

    def shown(self, value: float | None) -> str:
        """Return a number as it is shown."""
        return UNDEFINED if value is None else show(value, self.view.decimals)

    def told(self, equation: Equation, changes: Changes) -> Equation:
        """Return an equation with the changes carried on: its result, and what is worked out on the way."""
        if not changes or equation.body is None:
            return equation
        name, numbers = equation.symbol.name, self.numbers(changes)
        now, _ = self._now(changes)
        equation = (now.alternatives if equation.alternative else now.equations).get(name, equation)
        if equation.body is None:
            return equation
        if equation.alternative:
            value = finite_value(equation.body, numbers.values)
            text = self.shown(value)
        else:
            value, text = numbers.values[name], numbers.texts[name]
        stages = tuple(self._worked(stage, numbers) for stage in equation.stages)
        note = "set by you" if name in {one for one, _, _ in changes} else equation.note
        return replace(equation, value=value, text=text, stages=stages, note=note)

    def _worked(self, stage: Expr, numbers: Numbers) -> Expr:
        def work(node: Expr) -> Expr | None:
            if not isinstance(node, Result):
                return None
            return Result(node.body, self.shown(finite_value(node.body, numbers.values)))

        return replace_nodes(stage, work)

    # pages ------------------------------------------------------------------------------------

    def page(self, place: int, changes: Changes) -> Section:
        """Return the section of a stop that has no equation of its own."""
        stop = self.stops[place]
        return self.summary(changes) if stop.number < 0 else self._renewed(stop.section, changes)

    def matrices(self, place: int, changes: Changes) -> tuple[Section, ...]:
        """Return what the stop's section is in matrices; nothing where it belongs to no layer."""
        section = self.stops[place].section
        if section.layer is None:
            return ()
        same = [one for one in self._matrices if (one.phase, one.layer) == (section.phase, section.layer)]
        title = section.title.partition(": ")[2] if section.sample is not None else section.title
        named = [one for one in same if one.title.lower() == title.lower()]
        return tuple(self._renewed(one, changes) for one in named or same)

    @cached_property
    def _matrices(self) -> tuple[Section, ...]:
        view = replace(self.view, form="matrix")
        step = self._record
        return in_matrices(self._part, self.config, self._ledger, view, step).sections

    def _renewed(self, section: Section, changes: Changes) -> Section:
        if not changes:
            return section
        numbers = self.numbers(changes)

        def renew(block: Block) -> Block:
            if isinstance(block, MatrixEquation) and block.numbers is not None:
                return replace(block, numbers=numbers.texts, values=numbers.values)
            if isinstance(block, Equations):
                rows = tuple(tuple(self._given(one, numbers) for one in row) for row in block.rows)
                return replace(block, rows=rows, numbers=numbers.texts)
            return block

        return replace(section, blocks=tuple(renew(block) for block in section.blocks))

    def _given(self, equation: Equation, numbers: Numbers) -> Equation:
        name = equation.symbol.name
        return replace(equation, value=numbers.values[name], text=numbers.texts[name])

    def plot(self, place: int, changes: Changes) -> Plot | None:
        """Return a plot that belongs to a stop: a training step has none."""
        return None

    def followed(self, changes: Changes) -> str:
        """Say in a few words what the changes do to the loss."""
        old, new = self.original.texts, self.numbers(changes).texts
        losses = [f"{name} {old[name]} -> {new[name]}" for name in self.outcomes if old[name] != new[name]]
        return ", ".join(losses) or "the loss stays as it is"

    # where a number comes from ----------------------------------------------------------------

    def asked(self, text: str) -> str | None:
        """Return the symbol that a text means, as `why` takes it (y_hat, dL/dw11 with its signs); or None."""
        try:
            name = asked_for(self.config, self.lines, text)
        except InputError:
            return None
        return name if name in self.lines.equations else None

    def origins(self, name: str, changes: Changes) -> tuple[Section, ...]:
        """Return all that a number comes from, and a gradient's paths from the loss."""
        grown = tree(self.lines, self.lines.equations[name], self.view)
        numbers = self.numbers(changes).texts if changes else grown.numbers
        told = tuple(replace(one, equation=self._new(one.equation, changes)) for one in grown.origins)
        sections = [
            Section(f"All that {name} comes from", "result", (replace(grown, origins=told, numbers=numbers),))
        ]
        symbol = self.symbol(name)
        ways = paths(self.config, self.lines, symbol, most_paths(self.view)) if symbol else None
        if ways is not None and not changes:
            sections.insert(0, paths_section(self.lines, self.lines.equations[name], ways, self.view))
        elif ways is not None:
            note = Note("The paths from the loss are told of the unchanged numbers: r sets them back.")
            sections.append(Section("The paths from the loss", "result", (note,)))
        return tuple(sections)

    def _new(self, equation: Equation, changes: Changes) -> Equation:
        if not changes:
            return equation
        numbers = self.numbers(changes)
        return self.told(equation, changes) if equation.body is not None else self._given(equation, numbers)

    # pictures ---------------------------------------------------------------------------------

    def drawing(self, place: int, changes: Changes, highlight: frozenset[str]) -> Drawing:
        """Return the network with the numbers that belong to a stop: its sample's, its phase's."""
        stop, numbers = self.stops[place], self.numbers(changes)
        section = stop.section
        shows = "update" if section.phase in ("updates", "verification") else "weights"
        if section.phase == "gradients" and stop.equation and stop.equation.symbol.head in ("dL/dw", "g"):
            shows = "gradients"
        drawn = drawing(self.config, self._ledger, shows, highlight)
        sample = section.sample or (self._record.numbers[0] if len(self._record.numbers) > 1 else None)

        def quantity(symbol: Symbol) -> Quantity:
            return Quantity(numbers.values[symbol.name], numbers.texts[symbol.name])

        def neuron(one: Neuron) -> Neuron:
            symbol = Symbol(one.symbol.head, one.symbol.layer, one.symbol.indices, sample)
            return replace(one, number=quantity(symbol), new=one.new and quantity(symbol.after()))

        def edge(one: Edge) -> Edge:
            gradient = Symbol("dL/dw", one.symbol.layer, one.symbol.indices)
            return replace(
                one,
                number=quantity(one.symbol),
                new=one.new and quantity(one.symbol.after()),
                gradient=one.gradient and quantity(gradient),
            )

        columns = tuple(replace(one, neurons=tuple(map(neuron, one.neurons))) for one in drawn.columns)
        return replace(drawn, title="", caption="", columns=columns, edges=tuple(map(edge, drawn.edges)))

    # the end ----------------------------------------------------------------------------------

    def summary(self, changes: Changes = ()) -> Section:
        """Say what the step did: the loss and the prediction before and after, and where more steps go."""
        numbers = self.numbers(changes)
        blocks: list[Block] = [self._outcome(numbers), Note(_verdict(numbers))]
        if changes:
            old = self.original.texts
            blocks.append(Note(f"Without the change, L is {old['L']}, and {old[AFTER]} after the update."))
        else:
            observed = [one for one in self._part.sections if one.title == "Observations"]
            blocks.extend(block for block in observed[0].blocks[:1])
            blocks.extend(self._ahead())
        return Section("Summary", "result", tuple(blocks))

    def _outcome(self, numbers: Numbers) -> Table:
        rows = [("loss L", numbers.texts["L"], numbers.texts[AFTER], "")]
        several, (top, outputs) = len(self._record.numbers) > 1, self.outputs
        samples = self._record.numbers[: self.view.shown(len(self._record.numbers))]
        for number in samples:
            names, after = (Names(number if several else None, prime) for prime in (False, True))
            for k in range(1, self.view.shown(outputs) + 1):
                at = self.config.place(top, k)
                told = [numbers.texts[one.name] for one in (names.a(top, at), after.a(top, at), names.y(at))]
                output = f" {k}" if outputs > 1 else ""
                sample = f", sample {number}" if several else ""
                rows.append((f"output{output}{sample}", told[0], told[1], told[2]))
        omitted = len(self._record.numbers) * outputs - len(rows) + 1
        return Table("", ("", "before", "after", "target"), tuple(rows), frozenset({1, 2, 3}), omitted)

    def _ahead(self) -> Iterator[Block]:
        """Look some updates ahead; nothing where a number leaves the finite range on the way."""
        losses = self._losses
        if len(losses) > 2:
            label = f"{show(losses[0], self.view.decimals)} -> {show(losses[-1], self.view.decimals)}"
            yield Figure(f"The loss over {len(losses) - 1} updates", "sparkline", losses, label)
        yield Note(f"Next: --step {self.step + 1} walks the update after this one; e asks what if.", "hint")

    @cached_property
    def _losses(self) -> tuple[float, ...]:
        """The loss over all samples before this update and after each one from it on."""
        trainer, found, epoch = engine.trainer_of(self.config, self.step + AHEAD), [], 0
        with np.errstate(all="ignore"):
            while trainer.t < self.step + AHEAD:
                epoch += 1
                for batch in trainer.batches(epoch):
                    if trainer.t >= self.step - 1:
                        found.append(trainer.loss())
                    trainer.step(batch)
                    if trainer.t == self.step + AHEAD:
                        break
        return tuple(found) if all(map(math.isfinite, found)) else ()


def stops_of(sections: tuple[Section, ...]) -> Iterator[Stop]:
    for number, section in enumerate(sections):
        told = [
            (block, equation)
            for block in section.blocks
            if isinstance(block, Equations)
            for row in block.rows
            for equation in row
            if equation.body is not None
        ]
        if not told:
            yield Stop(section, number)
        for block, equation in told:
            yield Stop(section, number, block, equation, _reveals(block, equation))


def _reveals(block: Equations, equation: Equation) -> int:
    """Count the lines of a working that differ, and the result."""
    expressions = [one for one in (equation.body, *equation.stages) if one is not None]
    texts = [MACHINE.write(one, block.numbers, terms=FEW) for one in expressions]
    lines = [text for before, text in zip(("", *texts), texts, strict=False) if text != before]
    return 1 + len(lines) if lines != [equation.text] else 1


def _names(stop: Stop) -> Iterator[str]:
    if stop.equation is not None:
        if not stop.equation.alternative:
            yield stop.equation.symbol.name
        return
    for block in stop.section.blocks:
        if isinstance(block, Equations):
            for row in block.rows:
                yield from (equation.symbol.name for equation in row)


def _same(one: float | None, other: float | None) -> bool:
    """Whether two numbers differ by no more than another order of adding makes them differ."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-15)


def _verdict(numbers: Numbers) -> str:
    before, after = numbers.values["L"], numbers.values[AFTER]
    if before is None or after is None:
        return "The loss has no value."
    if after == before:
        return "The step changed nothing."
    return "The step helped: the loss fell." if after < before else "The step went too far: the loss rose."
