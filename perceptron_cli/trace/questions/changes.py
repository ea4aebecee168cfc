"""The document of `what-if`: what a change changed, whether it helped, and a curve over one value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from perceptron_cli.document import Block, Document, Note, Plot, Section, Series, Table
from perceptron_cli.notation import show
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.neuron.changes import of_neuron, runs_of
from perceptron_cli.trace.questions.what_if import Losses, Outcome, same
from perceptron_cli.trace.step.lines import Lines
from perceptron_cli.trace.view import UNDEFINED, View

MOST_ROWS = 40  # of a table
TITLES = {
    "given": "What is given",
    "forward": "The forward pass",
    "loss": "The loss",
    "gradients": "The gradients",
    "updates": "The updates",
    "verification": "After the update",
}
COLUMNS = ("symbol", "was", "is now", "difference")


def narrate(
    config: Config,
    outcome: Outcome,
    paths: Mapping[str, str],
    view: View | None = None,
    other: Config | None = None,
) -> Document:
    """Tell what a change changed; `paths` are the places of the config that got another value, of `other`."""
    view = view or View()
    of_rule = config.is_neuron
    verdict = of_neuron(outcome) if of_rule else _verdict(config, outcome, other, view)
    sections = [_set(outcome, paths, view), *_followed(outcome, view), verdict]
    data = _changed(outcome, paths) | (runs_of(outcome) if of_rule else _losses(config, outcome, other))
    return _document(config, sections, data, view, _what(outcome.put, paths, view))


def narrate_sweep(
    config: Config, symbol: str, values: Sequence[float], found: Sequence[Losses], view: View | None = None
) -> Document:
    """Tell the losses over the values of one number: a table, a curve, and where the lowest is."""
    view = view or View()
    points = [
        {"value": value, "loss": before, "new_loss": after}
        for value, (before, after) in zip(values, found, strict=True)
    ]
    best = _best(values, found)
    data: dict[str, Any] = {"sweep": {"symbol": symbol, "points": points, "best": best}}
    blocks: list[Block] = [_table(symbol, values, found, view)]
    plot = _plot(symbol, values, found)
    if plot is not None and (best is not None or _moves(found)):
        blocks.append(plot)
    notes = tuple(Note(text) for text in _sweep_notes(symbol, values, found, best, view))
    sections = [
        Section(f"The loss over {symbol}", "result", tuple(blocks)),
        Section("Result", "result", notes),
    ]
    ends = f"{show(values[0], view.decimals)} to {show(values[-1], view.decimals)}"
    return _document(config, sections, data, view, f"{symbol} from {ends}")


def _document(
    config: Config, sections: Sequence[Section], data: Mapping[str, Any], view: View, what: str
) -> Document:
    start = document("what-if", config, view, (), trained=True)
    title = f"{title_of(config)}: what if {what}"
    return replace(start, title=title, sections=tuple(sections), parts_key="", data=data)


def _what(put: Mapping[str, float], paths: Mapping[str, str], view: View) -> str:
    told = [f"{name} = {show(value, view.decimals)}" for name, value in put.items()]
    return ", ".join([*told, *(f"{path} = {value}" for path, value in paths.items())])


# what changed -------------------------------------------------------------------------------------


def _set(outcome: Outcome, paths: Mapping[str, str], view: View) -> Section:
    blocks: list[Block] = []
    if outcome.put:
        both = {name: (outcome.was.values.get(name), value) for name, value in outcome.put.items()}
        blocks.append(_rows("", both, outcome, view))
    if paths:
        blocks.append(Table("", ("config", "is now"), tuple(paths.items())))
    for name in sorted(outcome.carried):
        made = outcome.now.equations[name].body is not None
        blocks.append(Note(_carried(name) if made else _left(name)))
    return Section("What is set", "given", tuple(blocks))


def _carried(name: str) -> str:
    return f"{name} is a result: its equation no longer holds, and all that depends on it is computed again."


def _left(name: str) -> str:
    return f"{name} is given: all that depends on it is computed again."


def _followed(outcome: Outcome, view: View) -> Iterator[Section]:
    """Yield what follows from the change, a section a phase of the step."""
    phases = _phases(outcome.was)
    by_phase: dict[str, dict[str, tuple[float | None, float | None]]] = {}
    for name, both in outcome.changed.items():
        if name not in outcome.put and not name.startswith("improvement"):
            by_phase.setdefault(phases[name], {})[name] = both
    for phase, changed in by_phase.items():
        yield Section(TITLES[phase], phase, (_rows("", changed, outcome, view),))
    told = set(outcome.was.values), set(outcome.values)
    gone, new = len(told[0] - told[1]), len(told[1] - told[0])
    if gone or new:
        text = f"The steps differ in more than values: {new} numbers are new, and {gone} are gone."
        yield Section("The two steps", "result", (Note(text),))
    elif not by_phase:
        yield Section("What follows", "result", (Note("Nothing else changes."),))


def _phases(told: Lines) -> dict[str, str]:
    """Return the phase of each line, by name."""
    found: dict[str, str] = {}
    for section in told.part.sections:
        for block in section.blocks:
            for row in getattr(block, "rows", ()):
                for one in row:
                    if hasattr(one, "symbol"):
                        found.setdefault(one.symbol.name, section.phase)
    return found


def _rows(
    title: str, both: Mapping[str, tuple[float | None, float | None]], outcome: Outcome, view: View
) -> Table:
    """Return a table of symbols, each as it was and as it is now."""
    most = len(both) if view.limit is None else MOST_ROWS
    rows = tuple(
        (
            name,
            _text(name, old, outcome.was, view),
            _text(name, new, outcome.now, view),
            _apart(old, new, view),
        )
        for name, (old, new) in list(both.items())[:most]
    )
    return Table(title, COLUMNS, rows, frozenset({1, 2, 3}), len(both) - len(rows), "number")


def _text(name: str, value: float | None, told: Lines, view: View) -> str:
    """Show a number as its line does, where it is that line's."""
    if value is None:
        return UNDEFINED
    return told.numbers[name] if told.values.get(name) == value else show(value, view.decimals)


def _apart(old: float | None, new: float | None, view: View) -> str:
    if old is None or new is None or not math.isfinite(new - old):
        return ""
    return f"{'+' if new > old else ''}{show(new - old, view.decimals)}"


# whether it helped --------------------------------------------------------------------------------


def _verdict(config: Config, outcome: Outcome, other: Config | None, view: View) -> Section:
    was, now = outcome.losses
    names = ("before the update", "after the update", "what the update gained")
    pairs = [*zip(was, now, strict=True), (_gain(was), _gain(now))]
    rows = tuple(
        (name, _shown(old, view), _shown(new, view), _apart(old, new, view))
        for name, (old, new) in zip(names, pairs, strict=True)
    )
    table = Table("", ("loss", *COLUMNS[1:]), rows, frozenset({1, 2, 3}))
    told = _told(outcome, view)
    if _measures_differ(config, outcome, other):
        told = "The targets or the loss function differ, so the two losses cannot be compared."
    return Section("Did it help?", "result", (table, Note(told)))


def _gain(losses: Losses) -> float | None:
    before, after = losses
    return None if before is None or after is None else before - after


def _shown(value: float | None, view: View) -> str:
    return UNDEFINED if value is None else show(value, view.decimals)


def _told(outcome: Outcome, view: View) -> str:
    (_, was), (_, now) = outcome.losses
    if was is None or now is None:
        return "The two cannot be compared: one of the losses has no value."
    told = f"the loss after the update is {show(now, view.decimals)} instead of {show(was, view.decimals)}."
    if was == now:
        return f"It makes no difference: the loss after the update is {show(now, view.decimals)} both times."
    return f"{'It helped' if now < was else 'It did not help'}: {told}"


def _measures_differ(config: Config, outcome: Outcome, other: Config | None) -> bool:
    other = other or config
    targets = [[sample.y for sample in one.samples] for one in (config, other)]
    return other.loss != config.loss or targets[0] != targets[1] or any("y_" in name for name in outcome.put)


def _changed(outcome: Outcome, paths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "set": dict(outcome.put),
        "places": dict(paths),
        "carried": sorted(outcome.carried),
        "changed": [{"symbol": name, "was": old, "now": new} for name, (old, new) in outcome.changed.items()],
    }


def _losses(config: Config, outcome: Outcome, other: Config | None) -> dict[str, Any]:
    (before, after), (new_before, new_after) = outcome.losses
    return {
        "losses": {"was": [before, after], "now": [new_before, new_after]},
        "helped": None if _measures_differ(config, outcome, other) else outcome.helped,
    }


# a sweep ------------------------------------------------------------------------------------------


def _moves(found: Sequence[Losses]) -> bool:
    """Whether the loss before the update changes as well: the learning rate leaves it as it is."""
    return not all(same(before, found[0][0]) for before, _ in found)


def _table(symbol: str, values: Sequence[float], found: Sequence[Losses], view: View) -> Table:
    count = len(values)
    most = count if view.limit is None else min(count, MOST_ROWS)
    picked = sorted({round(place * (count - 1) / max(1, most - 1)) for place in range(most)})
    rows = tuple(
        (show(values[place], view.decimals), *(_shown(one, view) for one in found[place])) for place in picked
    )
    columns = (symbol, "loss before the update", "after it")
    return Table("", columns, rows, frozenset({0, 1, 2}), count - len(rows), "values between them")


def _plot(symbol: str, values: Sequence[float], found: Sequence[Losses]) -> Plot | None:
    names = ("loss after the update", "loss before it")
    series = []
    for name, place in zip(names, (1, 0), strict=True):
        if place or _moves(found):
            points = _finite(values, [losses[place] for losses in found])
            series.append(Series(name, "line", points))
    heights = [y for one in series for _, y in one.points]
    if len(heights) < 2:
        return None
    low, high = min(heights), max(heights)
    room = 0.05 * (high - low) or abs(high) * 0.05 or 1.0
    x = (min(values), max(values))
    return Plot(f"The loss over {symbol}", tuple(series), x, (low - room, high + room), (symbol, "L"))


def _finite(values: Sequence[float], losses: Sequence[float | None]) -> tuple[tuple[float, float], ...]:
    return tuple((value, loss) for value, loss in zip(values, losses, strict=True) if loss is not None)


def _best(values: Sequence[float], found: Sequence[Losses]) -> float | None:
    """Return the value with the lowest loss after the update, None where all have the same, or none."""
    known = [(after, value) for value, (_, after) in zip(values, found, strict=True) if after is not None]
    return None if all(same(after, found[0][1]) for _, after in found) else min(known)[1]


def _sweep_notes(
    symbol: str, values: Sequence[float], found: Sequence[Losses], best: float | None, view: View
) -> Iterator[str]:
    if best is None:
        yield _nothing(symbol, found, view)
        return
    place = list(values).index(best)
    lowest = found[place][1]
    end = ", an end of the range: it may be lower beyond" if place in (0, len(values) - 1) else ""
    told = show(best, view.decimals)
    yield f"The loss after the update is lowest, {_shown(lowest, view)}, at {symbol} = {told}{end}."
    worse = sum(after is not None and before is not None and after > before for before, after in found)
    if worse:
        yield f"At {worse} of {len(values)} values the update raises the loss."


def _nothing(symbol: str, found: Sequence[Losses], view: View) -> str:
    """Say that the loss after the update has one value, or none."""
    before, after = found[0]
    if after is None:
        return "No loss after the update has a value."
    if _moves(found):
        return f"The loss after the update is {_shown(after, view)} at every value of {symbol}."
    told = f"{_shown(before, view)} before the update and {_shown(after, view)} after it"
    return f"It changes nothing: the loss is {told} at every value of {symbol}."
