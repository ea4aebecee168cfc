"""JSON: one document, every number in full, strict."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from perceptron_cli import __version__
from perceptron_cli.document import (
    Bars,
    Block,
    Derivation,
    Document,
    Drawing,
    Edge,
    Equation,
    Equations,
    Family,
    Figure,
    Matrix,
    MatrixEquation,
    Neuron,
    Note,
    Part,
    Plot,
    Section,
    Shades,
    Table,
    Tree,
)
from perceptron_cli.expr import Derivative, evaluate, symbols
from perceptron_cli.notation import MACHINE, Notation

if TYPE_CHECKING:
    from perceptron_cli.render import Layout

SCHEMA = 1


def render(document: Document, layout: Layout) -> str:
    """Return a document as one JSON object on one line."""
    return "".join(pieces(document, layout))


def pieces(document: Document, layout: Layout) -> Iterator[str]:
    """Yield the same piece by piece: a wide network's is larger than what it is made from."""
    data = {**head(document), **document.data, **_names(document)}
    if document.sections:
        data["sections"] = [section_data(section, layout.brief) for section in document.sections]
    if document.parts_key:
        parts = (part_pieces(part, layout.brief) for part in document.parts)
        yield from _with(data, [(document.parts_key, _listed(parts))], {})
    else:
        yield dumps(data)
    yield "\n"


def part_pieces(part: Part, brief: bool, first: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Yield a step: its sections, then its arrays."""
    sections = (_section_pieces(section, brief) for section in part.sections)
    start = {**(first or {}), "step": part.step, **part.about}
    return _with(start, [("sections", _listed(sections))], part.data)


def _section_pieces(section: Section, brief: bool) -> Iterator[str]:
    blocks = [block for block in section.blocks if isinstance(block, Equations)]
    if brief or not any(isinstance(block.rows, Family) for block in blocks):
        yield dumps(section_data(section, brief))
        return
    from perceptron_cli.render.families import written  # most networks have none

    rest = section_data(replace(section, blocks=tuple(_emptied(block) for block in section.blocks)), brief)
    keys = list(rest)
    before = {key: rest[key] for key in keys[: keys.index("equations")]}
    after = {key: rest[key] for key in keys[keys.index("equations") + 1 :]}
    equations = ((text,) for block in blocks for text in written(block, _equation))
    yield from _with(before, [("equations", _listed(equations))], after)


def _equation(equation: Equation, block: Equations) -> str:
    return dumps(equation_data(equation, block))


def _emptied(block: Block) -> Block:
    return replace(block, rows=()) if isinstance(block, Equations) else block


def _with(
    first: Mapping[str, Any], streamed: Iterable[tuple[str, Iterable[str]]], last: Mapping[str, Any]
) -> Iterator[str]:
    """Yield an object: entries, then some that come piece by piece, then entries again."""
    text = dumps(first)[:-1]
    for key, told in streamed:
        yield f"{text}{', ' if len(text) > 1 else ''}{dumps(key)}: "
        yield from told
        text = " "
    yield f", {dumps(last)[1:]}" if last else "}"


def _listed(items: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a list of what comes piece by piece."""
    comma = "["
    for told in items:
        yield comma
        yield from told
        comma = ", "
    yield "[]" if comma == "[" else "]"


def dumps(data: Any) -> str:
    """Return strict JSON; a number that JSON cannot hold is null."""
    try:
        return json.dumps(data, default=_array, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(data), allow_nan=False)


def _array(value: Any) -> Any:
    return value.tolist()


def _finite(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def head(document: Document) -> dict[str, Any]:
    """Return what every answer begins with."""
    start = {"schema": SCHEMA, "command": document.command, "nnstep": __version__}
    return {**start, **document.about}


def _names(document: Document) -> dict[str, Any]:
    """Return what the document's symbols are called in the names that were asked for."""
    if document.naming is None:
        return {}
    sections = [*document.sections, *(section for part in document.parts for section in part.sections)]
    found: dict[str, str] = {}
    notation = Notation(naming=document.naming)
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Equations | Tree):
            told = (
                (one for row in block.rows for one in row)
                if isinstance(block, Equations)
                else block.equations
            )
            found |= {one.symbol.name: notation.symbol(one.symbol) for one in told}
    return {"names": found}


def section_data(section: Section, brief: bool) -> dict[str, Any]:
    """Return a section as JSON has it: a list for each kind of block."""
    data: dict[str, Any] = {"title": section.title, "phase": section.phase}
    if section.layer is not None:
        data["layer"] = section.layer
    if section.sample is not None:
        data["sample"] = section.sample
    found: dict[str, list[Any]] = {}
    for block in section.blocks:
        match block:
            case Equations(rows=rows):
                told = [] if brief else [equation_data(one, block) for row in rows for one in row]
                found.setdefault("equations", []).extend(told)
            case Derivation():
                found.setdefault("derivations", []).append(_derivation(block))
            case MatrixEquation():
                if not brief:
                    found.setdefault("matrices", []).append(_matrix_equation(block))
            case Table():
                found.setdefault("tables", []).append(_table(block))
            case Note():
                found.setdefault("notes", []).append({"kind": block.kind, "text": block.text})
            case Figure():
                figure = {"title": block.title, "kind": block.kind, "values": list(block.values)}
                found.setdefault("figures", []).append({**figure, "label": block.label})
            case Shades():
                found.setdefault("shades", []).append(_shades(block))
            case Bars():
                found.setdefault("bars", []).append(_bars(block))
            case Drawing():
                found.setdefault("drawings", []).append(_drawing(block))
            case Tree():
                found.setdefault("trees", []).append(_tree(block, brief))
            case Plot():
                found.setdefault("plots", []).append(_plot(block))
    if brief:
        found.pop("equations", None)
    return {**data, **found}


def equation_data(equation: Equation, block: Equations | Tree) -> dict[str, Any]:
    """Return an equation; a given number has no formula."""
    data: dict[str, Any] = {"symbol": equation.symbol.name}
    if equation.symbol.sample is not None:
        data["sample"] = equation.symbol.sample
    if equation.body is not None:
        data["formula"] = MACHINE.write(equation.body)
        data["substitution"] = MACHINE.write(equation.body, block.numbers)
    data |= {"value": equation.value, "text": equation.text}
    if equation.body is not None:
        if equation.stages:
            data["stages"] = [MACHINE.write(stage, block.numbers) for stage in equation.stages]
        data["uses"] = [symbol.name for symbol in symbols(equation.body)]
    if equation.alternative:
        data["alternative"] = True
    if equation.note:
        data["note"] = equation.note
    if equation.hand is not None:
        hand = equation.hand
        data["hand"] = {"value": hand.value, "text": hand.text, "units": hand.units}
    return data


def _derivation(derivation: Derivation) -> dict[str, Any]:
    """Return a derivation; d(body)/d(z) in a formula is yet to be differentiated."""
    lines = []
    for line in derivation.lines:
        data: dict[str, Any] = {"formula": MACHINE.write(line.body), "reason": line.reason}
        if derivation.numbers is not None:
            data |= {"value": line.value, "text": line.text}
        lines.append(data)
    where = {symbol.name: MACHINE.write(body) for symbol, body in derivation.where}
    return {"left": MACHINE.write(derivation.left), "lines": lines, "where": where}


def _matrix_equation(equation: MatrixEquation) -> dict[str, Any]:
    """Return a matrix equation: the result, and what it is computed from, each with its shape."""
    name = equation.symbol.name
    operands = {key: _matrix(one, equation) for key, one in equation.matrices.items() if key != name}
    for symbol in symbols(equation.body):
        if symbol.name not in equation.matrices and equation.values is not None:
            operands[symbol.name] = {"value": equation.values[symbol.name]}
    alone = Matrix(((equation.symbol,),), (1, 1))  # a number that is made from matrices
    result = _matrix(equation.matrices.get(name, alone), equation)
    return {"symbol": name, "formula": MACHINE.write(equation.body), **result, "operands": operands}


def _matrix(matrix: Matrix, equation: MatrixEquation) -> dict[str, Any]:
    shape = {"shape": list(matrix.shape)}
    derivatives = any(isinstance(cell, Derivative) for row in matrix.cells for cell in row)
    if equation.values is None or derivatives:
        return {**shape, "cells": [[MACHINE.write(cell) for cell in row] for row in matrix.cells]}
    return {**shape, "value": [[evaluate(cell, equation.values) for cell in row] for row in matrix.cells]}


def _shades(block: Shades) -> dict[str, Any]:
    cells = [[{"value": one.value, "text": one.text} for one in row] for row in block.cells]
    return {"title": block.title, "rows": list(block.rows), "columns": list(block.columns), "cells": cells}


def _bars(block: Bars) -> dict[str, Any]:
    bars = [{"label": bar.label, "value": bar.value, "text": bar.text} for bar in block.bars]
    return {"title": block.title, "bars": bars}


def _drawing(drawing: Drawing) -> dict[str, Any]:
    layers = [
        {
            "layer": l,
            **({"activation": column.activation} if column.activation else {}),
            "neurons": column.count,
            "shown": [_shape(neuron) for neuron in column.neurons],
        }
        for l, column in enumerate(drawing.columns)
    ]
    told = {"title": drawing.title, "shows": drawing.shows, "caption": drawing.caption, "layers": layers}
    return {**told, "edges": [_shape(edge) for edge in drawing.edges], "highlight": sorted(drawing.highlight)}


def _shape(shape: Neuron | Edge) -> dict[str, Any]:
    data: dict[str, Any] = {"symbol": shape.symbol.name}
    data |= {"value": shape.number.value, "text": shape.number.text}
    if shape.new is not None:
        data |= {"new_value": shape.new.value, "new_text": shape.new.text}
    if isinstance(shape, Edge) and shape.gradient is not None:
        data |= {"gradient": shape.gradient.value, "gradient_text": shape.gradient.text}
    return data


def _tree(tree: Tree, brief: bool) -> dict[str, Any]:
    """Return a tree as a graph: every number once, and pairs of a number and one that it is made from."""
    numbers = [equation_data(one, tree) for one in tree.equations]
    if brief:
        numbers = [{key: one[key] for key in ("symbol", "value", "text")} for one in numbers]
    root, edges = tree.equations[0].symbol.name, [list(edge) for edge in tree.edges]
    return {"root": root, "numbers": numbers, "edges": edges, "omitted": tree.omitted}


def _plot(plot: Plot) -> dict[str, Any]:
    series = [
        {"name": one.name, "style": one.style, "points": [list(point) for point in one.points]}
        for one in plot.series
    ]
    axes = {"x": list(plot.x), "y": list(plot.y), "labels": list(plot.labels)}
    return {"title": plot.title, **axes, "series": series}


def _table(table: Table) -> dict[str, Any]:
    data: dict[str, Any] = {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
    }
    return {**data, "omitted": table.omitted} if table.omitted else data
