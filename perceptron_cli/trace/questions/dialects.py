"""The document of `names`: every symbol of a network, as books and libraries write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perceptron_cli.dialects import DIALECTS
from perceptron_cli.document import Document, Section, Table
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Symbol
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

NAMED = frozenset({"x", "y", "z", "a", "w", "L", "eta", "dL/da", "da/dz", "dL/dz", "dL/dw"})


def names(config: Config, view: View | None = None, dialects: Sequence[str] = ()) -> Document:
    """Return each symbol of a step with its name in the dialects (all, where none is chosen).

    Raises NumberError where the step leaves the finite range.
    """
    view = replace(view or View(), input_gradients=True)
    if not config.is_dense:
        raise InputError(
            "names: expected dense layers alone: books and libraries have no names for the others' numbers",
            hint="'nnstep backprop' shows every symbol",
        )
    chosen = [DIALECTS[name] for name in dialects or DIALECTS if name != "nnstep"]
    told = list(lines(config, view=view).equations.values())
    symbols = [one.symbol for one in told if one.symbol.head in NAMED and one.symbol.sample in (None, 1)]
    own = {symbol: name for name, symbol in config.names.items()}
    columns = ["nnstep", *(one.name for one in chosen), *(["your own"] if own else [])]
    rows = []
    for symbol in symbols:
        bare = Symbol(symbol.head, symbol.layer, symbol.indices, None, symbol.prime)
        written = [one.write(bare, config.sizes) or "" for one in chosen]
        rows.append((bare.name, *written, *([own.get(bare.name, "")] if own else [])))
    kept = rows[: view.limit * 8] if view.limit is not None else rows
    about = tuple((one.name, one.summary, one.source) for one in chosen)
    sections = (
        Section("The names", "result", (Table("", ("name", "how it writes", "source"), about),)),
        Section(
            "Every symbol",
            "result",
            (Table("", tuple(columns), tuple(kept), omitted=len(rows) - len(kept), noun="symbols"),),
        ),
    )
    start = document("names", config, replace(view, names=None), (), trained=True)
    return replace(
        start,
        title=f"{title_of(config)}: its symbols in the names of books and libraries",
        conventions=(),
        sections=sections,
        parts_key="",
        naming=None,
        data={"symbols": [dict(zip(columns, row, strict=True)) for row in rows]},
    )
