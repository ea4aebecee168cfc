"""The many lines of a wide layer, as columns: names, texts and values, without a tree for each number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.document import Equation, Family, Run
from perceptron_cli.expr import Expr, Result, Symbol, symbol_of, symbols
from perceptron_cli.expr.walks import each
from perceptron_cli.notation import decimals_of, show
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger

LEAST = 5000  # terms of lines, from which on they are columns
AT_ONCE = 16  # lines of many terms in a run

Make = Callable[[int], tuple[Equation, ...]]
Rows = Sequence[tuple[Equation, ...]]


def rows_of(
    ledger: Ledger,
    make: Make,
    count: int,
    terms: int,
    runs: Callable[[], Iterator[Run | Equation]],
    values: Sequence[Array],
    forms: Sequence[int] = (0,),
) -> Rows:
    """Return rows, `make(n)` each: at once, or where they have many terms as a family.

    `terms` are counted over all rows, 0 where there are no columns for them. `runs` are the rows as columns,
    `forms` the rows that show the forms of these. A number among `values` that is none is told as ever.
    """
    view = ledger.view
    plain = view.limit is None and view.arithmetic == "float" and view.names is None
    if not terms or terms < LEAST or not plain or not all(bool(np.isfinite(one).all()) for one in values):
        return tuple(make(n) for n in range(count))
    return Family(count, make, runs, lambda form: make(forms[form])[0])


def pairs(symbol: Symbol, j: int, columns: Iterable[int]) -> list[str]:
    """Return the names of all that leads to neuron j, of which a symbol is one; i = 0 is the bias."""
    start, end = _stem(symbol), "'" if symbol.prime else ""
    if j < 10:
        return [f"{start}{i}{j}{end}" if i < 10 else f"{start}{i},{j}{end}" for i in columns]
    return [f"{start}{i},{j}{end}" for i in columns]


def _stem(symbol: Symbol) -> str:
    """Return a symbol's name up to its indices: w[1]_, s2:dL/dz[1]_."""
    return symbol.name.removesuffix("'").rpartition("_")[0] + "_"


def texts(ledger: Ledger, symbol: Symbol, array: Array, row: int) -> list[str]:
    """Return what a row of a layer's numbers is shown as; `symbol` is one of the layer's."""
    if symbol.sample is not None:  # there may be many of these
        return [show(one, ledger.view.decimals) for one in array[row].tolist()]
    key = _stem(symbol) + "'" * symbol.prime
    if key not in ledger.sheets:
        found = [[show(one, ledger.view.decimals) for one in own] for own in array.tolist()]
        if symbol.head == "w" and not symbol.prime and symbol.layer in ledger.written:
            written = ledger.written[symbol.layer]
            found = [
                [written(place, column) or text for column, text in enumerate(own)]
                for place, own in enumerate(found)
            ]
        ledger.sheets[key] = found
    return ledger.sheets[key][row]


def matrix_runs(
    ledger: Ledger, pattern: Equation, array_of: Callable[[Symbol], Array], columns: Sequence[int]
) -> Iterator[Run]:
    """Yield the lines of a layer's weights, a run per neuron.

    Every symbol of the pattern that has indices stands for a matrix, `array_of` it. `columns` are in a row.
    """
    used = symbols(pattern.body) if pattern.body is not None else ()
    results = [node for stage in pattern.stages for node in each(stage) if isinstance(node, Result)]
    first, end = columns[0], columns[-1] + 1
    whole = array_of(pattern.symbol)
    arrays = {one.name: array_of(one) for one in used if one.indices}
    for row in range(len(whole)):
        yield Run(
            0,
            pairs(pattern.symbol, row + 1, columns),
            [pairs(one, row + 1, columns) if one.indices else one.name for one in used],
            [
                texts(ledger, one, arrays[one.name], row)[first:end]
                if one.indices
                else ledger.texts[one.name]
                for one in used
            ],
            whole[row, first:end].tolist(),
            texts(ledger, pattern.symbol, whole, row)[first:end],
            [_shown(ledger, one.body, arrays, row, first, end) for one in results],
        )


def _shown(ledger: Ledger, tree: Expr, arrays: dict[str, Array], row: int, first: int, end: int) -> list[str]:
    """Return what a part that is worked out comes to, for each weight of a row."""
    from perceptron_cli.compiled import compiled

    known: dict[str, Array | float | None] = {name: array[row, first:end] for name, array in arrays.items()}
    known |= {one.name: ledger.engine[one.name] for one in symbols(tree) if one.name not in known}
    return [
        show(one, ledger.view.decimals)
        for one in np.broadcast_to(compiled(tree)(known), end - first).tolist()
    ]


class Sums:
    """z of a layer's neurons, a run each: the bias, where there is one, and each weight times its input."""

    def __init__(self, ledger: Ledger, names: Names, l: int, bias: bool) -> None:
        self._ledger, self._first = ledger, 0 if bias else 1
        self._w, self._weights = names.w(l, 1, 1), ledger.layer(l, prime=names.prime)
        below = [names.a(l - 1, i).name for i in range(1, self._weights.shape[1])]
        self._below = below, [ledger.texts[name] for name in below]

    def run(self, made: Symbol, value: float) -> Run:
        """Return the line of one neuron."""
        j, first = int(made.indices[0]), self._first
        own = pairs(self._w, j, range(first, self._weights.shape[1]))
        shown = texts(self._ledger, self._w, self._weights, j - 1)[first:]
        names, numbers = (
            [*mine[: 1 - first], *chain.from_iterable(zip(mine[1 - first :], others, strict=True))]
            for mine, others in zip((own, shown), self._below, strict=True)
        )
        return Run(0, [made.name], names, numbers, [float(value)], [show(value, self._ledger.view.decimals)])


def reaching_runs(
    ledger: Ledger, names: Names, l: int, weights: Array, dz: Array, made: Sequence[Symbol], values: Array
) -> Iterator[Run]:
    """Yield dL/da of the neurons (or inputs) below a layer: its neurons' dL/dz, each times a weight."""
    w, decimals = names.w(l, 1, 1), ledger.view.decimals
    above = [names.dL_dz(l, j).name for j in range(1, len(weights) + 1)]
    for start in range(0, len(made), AT_ONCE):
        rows = range(start, min(start + AT_ONCE, len(made)))
        told: list[str | list[str]] = []
        shown: list[str | list[str]] = []
        for j, name in enumerate(above, start=1):
            told += (name, [pairs(w, j, (row + 1,))[0] for row in rows])
            own = texts(ledger, w, weights, j - 1)
            shown += (ledger.texts[name], [own[row + 1] for row in rows])
        terms = (dz[:, np.newaxis] * weights[:, rows.start + 1 : rows.stop + 1]).tolist()
        results = [[show(one, decimals) for one in row] for row in terms]
        found = values[rows.start : rows.stop].tolist()
        places = [max(map(decimals_of, own)) for own in zip(*results, strict=True)]
        texts_made = [show(one, decimals, at_least=least) for one, least in zip(found, places, strict=True)]
        symbols_made = [made[row].name for row in rows]
        ledger.texts.update(zip(symbols_made, texts_made, strict=True))
        yield Run(0, symbols_made, told, shown, found, texts_made, results)


def gradient_runs(
    ledger: Ledger, names: Names, l: int, made: Symbol, array: Array, columns: Sequence[int]
) -> Iterator[Run]:
    """Yield one sample's dL/dw of a layer, the biases' (form 0) and the weights' (form 1) of each neuron."""
    below = [names.a(l - 1, i).name for i in columns if i]
    shown_below = [ledger.texts[name] for name in below]
    for j in range(1, len(array) + 1):
        dz = names.dL_dz(l, j).name
        values, shown = array[j - 1].tolist(), texts(ledger, made, array, j - 1)
        if columns[0] == 0:
            yield Run(0, pairs(made, j, (0,)), [dz], [ledger.texts[dz]], values[:1], shown[:1])
        yield Run(
            1, pairs(made, j, range(1, len(values))), [dz, below], [ledger.texts[dz], shown_below],
            values[1:], shown[1:],
        )  # fmt: skip


# lines by name ----------------------------------------------------------------------------------------

V = TypeVar("V")


class Made(Mapping[str, V]):
    """What is made for a name when it is first asked for; the names have an order."""

    def __init__(self, names: Iterable[str], make: Callable[[str], V]) -> None:
        self._names = dict.fromkeys(names)
        self._make, self._made = make, dict[str, V]()

    def __getitem__(self, name: str) -> V:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class WideLines:
    """The lines of families by name, made one by one; `order` has all names that were entered."""

    def __init__(self) -> None:
        self.order: dict[str, None] = {}
        self.values: dict[str, float] = {}
        self._places: dict[str, tuple[Family, int]] = {}
        self._runs: list[Run] = []
        self._rows: dict[tuple[int, int], tuple[Equation, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._runs)

    def entered(self, rows: Rows) -> Iterator[Equation]:
        """Yield the equations of rows that are made; note those of a family."""
        if not isinstance(rows, Family):
            yield from (one for row in rows for one in row)
            return
        count = 0
        for run in rows.runs():
            if isinstance(run, Equation):
                yield run
                count += 1
                continue
            self._runs.append(run)
            for name in run.symbols:
                if name not in self._places:
                    self._places[name] = rows, count
                    self.order[name] = None
                count += 1
            self.values.update(zip(run.symbols, run.values, strict=True))

    def line(self, name: str) -> Equation:
        """Return a line of a family."""
        rows, place = self._places[name]
        each_row = len(rows[0]) if (id(rows), 0) not in self._rows else len(self._rows[id(rows), 0])
        at = id(rows), place // each_row
        if at not in self._rows:
            self._rows[at] = rows[place // each_row]
        return self._rows[at][place % each_row]

    def symbol(self, name: str) -> Symbol:
        """Return the symbol of a line of a family."""
        if name not in self._places:
            raise KeyError(name)
        found = symbol_of(name)
        return self.line(name).symbol if found is None else found

    def users(self, name: str) -> set[str]:
        """Return the lines of families that are made from a number."""
        found: set[str] = set()
        for run in self._runs:
            for column in run.names:
                if isinstance(column, str):
                    found.update(run.symbols if column == name else ())
                elif name in column:
                    found.update(one for one, used in zip(run.symbols, column, strict=True) if used == name)
        return found
