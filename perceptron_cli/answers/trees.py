"""Answers in YAML or JSON, nnstep's own JSON too: names with a number, a vector or a matrix each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from perceptron_cli import spec
from perceptron_cli.answers.entries import Array, Cell, Entry
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.spec.nodes import Node, compose
from perceptron_cli.spec.reader import told

ABOUT = ("config", "answers", "names", "name", "step", "level", "seed")  # keys that are no symbols


def entries(node: Node, file: str, *, top: bool) -> Iterator[Entry | Array]:
    """The entries of a mapping, or of a list of {symbol, value}; a blank one is not answered."""
    if node.kind == "list":
        for one in node.value:
            keys = {key.value: value for key, value in one.value} if one.kind == "mapping" else {}
            if not {"symbol", "value"} <= set(keys):
                raise InputError(_expected(one, file, "a mapping of symbol and value"))
            yield from _entry(keys["symbol"], keys["value"], file)
        return
    if node.kind != "mapping":
        raise InputError(_expected(node, file, "one 'symbol: value' on each line"))
    for key, value in node.value:
        if not (top and key.value in ABOUT):
            yield from _entry(key, value, file)


def _entry(key: Node, value: Node, file: str) -> Iterator[Entry | Array]:
    if value.kind == "list" and value.value:
        yield _array(str(key.value), value, file)
        return
    if value.kind != "scalar":
        raise InputError(_expected(value, file, "a number", key.value))
    yield Entry(str(key.value), value.value.strip(), value.line, value.column)


def _array(name: str, node: Node, file: str) -> Array:
    """Return a list of numbers, or of rows of as many numbers. Raises InputError for another."""
    nested = [one.kind == "list" for one in node.value]
    rows = [one.value for one in node.value] if all(nested) else [node.value]
    for row in rows:
        for one in row:
            if one.kind != "scalar":
                raise InputError(_expected(one, file, "a number", name))
        if not row or len(row) != len(rows[0]):
            told = f"expected rows of {len(rows[0])} numbers, got one of {len(row)}"
            raise InputError(Problem(told, file=file, line=node.line, column=node.column, key=name))
    cells = tuple(tuple(Cell(one.value.strip(), one.line, one.column) for one in row) for row in rows)
    return Array(name, cells, node.line, node.column)


def _expected(node: Node, file: str, what: str, key: str | None = None) -> Problem:
    return Problem(
        f"expected {what}, got {told(node)}", file=file, line=node.line, column=node.column, key=key
    )


def of_nnstep(steps: Node) -> Iterator[Entry | Array]:
    """The equations of the first step that `nnstep ... --json` printed, second ways to a symbol left out."""
    for step in steps.value[:1] if steps.kind == "list" else ():
        for section in _get(step, "sections"):
            for one in _get(section, "equations"):
                keys = {key.value: value for key, value in one.value}
                value = keys.get("value")
                if value is not None and "formula" in keys and "alternative" not in keys:
                    yield from _entry(keys["symbol"], value, "")


_TEXTS = r'\[(?:"[^"]*"(?:, )?)*\]'
_EQUATION = re.compile(
    r'\{"symbol": "([^"]*)"(?:, "sample": \d+)?, "formula": "[^"]*", "substitution": "[^"]*", '
    rf'"value": ([^,}}]+), "text": "[^"]*"(?:, "stages": {_TEXTS})?, "uses": {_TEXTS}(, "alternative": true)?'
)


def of_json(text: str, file: str) -> tuple[dict[str, Node], list[Entry]] | None:
    """Return what `nnstep ... --json` printed of the network, and the equations of the first step.

    None for anything that does not read as it was printed, to the letter: that is read as other JSON is,
    node by node, which takes twenty times as long.
    """
    if not text.startswith('{"schema": ') or "\n" in text.rstrip("\n"):
        return None
    try:
        data = json.loads(text, parse_float=str, parse_int=str)
        told = [
            (one["symbol"], "null" if one["value"] is None else one["value"])
            for step in data["steps"][:1]
            for section in step["sections"]
            for one in section.get("equations", ())
            if "formula" in one and "alternative" not in one
        ]
        about = compose(json.dumps({key: data[key] for key in ("command", "network")}), file)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    found = [match for match in _EQUATION.finditer(text) if not match[3]][: len(told)]
    if about is None or told != [(match[1], match[2]) for match in found]:
        return None
    keys = {key.value: value for key, value in about.value}
    return keys, [Entry(match[1], match[2], 1, match.start(2) + 1) for match in found]


def _get(node: Node, name: str) -> list[Node]:
    found = [value for key, value in node.value if key.value == name] if node.kind == "mapping" else []
    return found[0].value if found and found[0].kind == "list" else []


def bundled_name(keys: dict[str, Node]) -> Node | None:
    """The network's name, where it is that of a bundled config."""
    network = keys.get("network")
    pairs = network.value if network is not None and network.kind == "mapping" else []
    return next(
        (value for key, value in pairs if key.value == "name" and value.value in spec.bundled()), None
    )
