"""The document of `why`: where a number comes from, as a tree; of a gradient also the paths from the loss."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from perceptron_cli.document import Block, Document, Equation, Equations, Formula, Note, Origin, Section, Tree
from perceptron_cli.expr import Expr, Symbol, evaluate, symbol_of, symbols, total
from perceptron_cli.layers.dense import gradient_from_above
from perceptron_cli.layers.layer import number
from perceptron_cli.notation import MACHINE, show
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.derived import Derived
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.questions.asked import asked_for
from perceptron_cli.trace.questions.lines import lines_for
from perceptron_cli.trace.questions.path import Paths
from perceptron_cli.trace.questions.paths import paths
from perceptron_cli.trace.step.lines import Lines
from perceptron_cli.trace.view import UNDEFINED, View

MOST_PATHS = 8
MOST_PATHS_IN_ALL = 1_000


def why(
    config: Config, text: str, view: View | None = None, *, depth: int | None = None, step: int = 1
) -> Document:
    """Tell where a number of update `step` comes from, `depth` steps back (None: down to what is given).

    Raises InputError where the step has no such number, NumberError where one is not finite.
    """
    view = view or View()
    told = lines_for(config, step, view)
    root = line_of(config, told, asked_for(config, told, text, view.names))
    grown = tree(told, root, view, depth)
    sections = [Section("Where it comes from", "result", tuple(_tree_blocks(told, root, grown)))]
    ways = paths(config, told, root.symbol, most_paths(view))
    if ways is not None and (ways.count > 1 or len(ways.shown[0].factors) > 2):
        sections.append(paths_section(told, root, ways, view))
    data: dict[str, Any] = {"symbol": root.symbol.name, "value": root.value, "step": step}
    if ways is not None:
        data["paths"] = {
            "count": ways.count,
            "shown": [
                {"factors": [MACHINE.write(one) for one in path.factors], "value": path.value}
                for path in ways.shown
            ],
            "rest": ways.rest,
            "sum": ways.sum,
        }
    return replace(
        document("why", config, view, (), trained=True),
        title=f"{title_of(config)}: where {root.symbol.name} comes from",
        sections=tuple(sections),
        parts_key="",
        data=data,
    )


def most_paths(view: View) -> int:
    """Return how many paths are shown."""
    return MOST_PATHS if view.limit is not None else MOST_PATHS_IN_ALL


def line_of(config: Config, told: Lines, name: str) -> Equation:
    """Return a number's line; that of dL/da[0]_i, which no step needs, is made here."""
    if name in told.equations:
        return told.equations[name]
    symbol = symbol_of(name)
    if symbol is None:
        raise KeyError(name)
    names = Names(symbol.sample)
    if config.is_dense:
        body = gradient_from_above(names, 0, int(symbol.indices[0]), range(1, config.sizes[1] + 1))
    else:
        n = number(config.layers[0].below, tuple(map(int, symbol.indices)))
        batch = [Names(one if len(told.samples) > 1 else None) for one in told.samples]
        body = Derived(config, batch, number=told.samples[0]).reaching(0, n - 1, names)[-1]
    return _worked(told, symbol, body)


def _worked(told: Lines, symbol: Symbol, body: Expr) -> Equation:
    value = float(evaluate(body, told.values))
    return Equation(symbol, body, value if math.isfinite(value) else None, told.numbers[symbol.name])


# the tree -------------------------------------------------------------------------------------


def tree(told: Lines, root: Equation, view: View, depth: int | None = None) -> Tree:
    """Return the numbers that one comes from, down to given ones; none is taken apart twice."""
    origins: list[Origin] = []
    grown: set[str] = set()
    waiting = [(root, 0)]
    while waiting:
        equation, level = waiting.pop()
        name = equation.symbol.name
        used = _used(told, equation)
        if name in grown:
            origins.append(Origin(equation, level, again=True))
            continue
        if level == depth:
            origins.append(Origin(equation, level, omitted=len(used)))
            continue
        if used:
            grown.add(name)
        kept = used[: view.shown(len(used))]
        origins.append(Origin(equation, level, omitted=len(used) - len(kept)))
        kept.sort(key=lambda one: one.body is not None)  # given numbers stand beside their line
        waiting.extend((one, level + 1) for one in reversed(kept))
    return Tree(tuple(origins), told.numbers)


def _used(told: Lines, equation: Equation) -> list[Equation]:
    return [] if equation.body is None else [told.equations[one.name] for one in symbols(equation.body)]


def _tree_blocks(told: Lines, root: Equation, grown: Tree) -> Iterator[Block]:
    yield grown
    name = root.symbol.name
    if root.body is None:
        yield Note(f"{name} is given, not computed in this step.")
    into = told.users(name)
    if into:
        more = f" and {len(into) - 8} more" if len(into) > 8 else ""
        yield Note(f"{name} goes into {', '.join(into[:8])}{more}.")
    if name in told.alternatives:
        yield Note("There is a second way to it:", "step")
        yield Equations(((told.alternatives[name],),), told.numbers)


# the paths ------------------------------------------------------------------------------------


def paths_section(told: Lines, root: Equation, ways: Paths, view: View) -> Section:
    """Tell the paths from the loss to a gradient, each with its product, and their sum."""
    texts: dict[str, str] = {}
    rows = []
    for place, path in enumerate(ways.shown, start=1):
        symbol = Symbol("path", None, (place,))
        texts[symbol.name] = UNDEFINED if path.value is None else show(path.value, view.decimals)
        rows.append((Equation(symbol, path.body, path.value, texts[symbol.name]),))
    terms: list[Expr] = [row[0].symbol for row in rows]
    left = ways.count - len(rows)
    if left:
        rest = Symbol("rest")
        texts["rest"] = UNDEFINED if ways.rest is None else show(ways.rest, view.decimals)
        rows.append((Equation(rest, None, ways.rest, texts["rest"]),))
        terms.append(rest)
    text = UNDEFINED if ways.sum is None else show(ways.sum, view.decimals)
    rows.append((Equation(root.symbol, total(terms), ways.sum, text),))
    formulas = tuple(Formula(row[0].symbol, (row[0].body,)) for row in rows if row[0].body is not None)
    numbers = ChainMap(texts, dict(told.numbers))
    told_count = "One path leads" if ways.count == 1 else f"{ways.count:,} paths lead"
    notes = [
        f"{told_count} from the loss to {root.symbol.name}: the factors of each path are multiplied, and the "
        "products are added."
    ]
    if left:
        others = "one" if left == 1 else f"{left:,}"
        notes.append(f"The {len(ways.shown)} largest are shown; rest is the sum of the other {others}.")
    blocks: tuple[Block, ...] = (*map(Note, notes), Equations(tuple(rows), numbers, formulas))
    return Section("The paths from the loss", "result", blocks)
