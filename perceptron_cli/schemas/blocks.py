"""The schemas of what a document is made of: an equation, a section, a training step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.document import SHOWS
from perceptron_cli.layers import KINDS
from perceptron_cli.schemas.parts import (
    ACTIVATION,
    KIND,
    MAYBE,
    NUMBER,
    ROWS,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    object_of,
)

PHASES = ["given", "forward", "loss", "gradients", "updates", "verification", "result"]


def equation() -> Schema:
    """Return the schema of a line: its symbol, formula, substitution and value (unrounded, or null)."""
    return object_of(
        {
            "symbol": {**TEXT, "description": "x_1, z[2]_1, dL/dw[1]_01, w[1]_01', s2:a[1]_1, ..."},
            "sample": WHOLE,
            "formula": {**TEXT, "description": "arithmetic over the symbols in uses; it gives value"},
            "substitution": {**TEXT, "description": "the formula with the shown numbers in"},
            "value": MAYBE,
            "text": {**TEXT, "description": "the value as it is shown"},
            "stages": list_of(TEXT),
            "uses": list_of(TEXT),
            "alternative": {"const": True, "description": "a second way to a symbol told elsewhere"},
            "note": {**TEXT, "description": "why a value is null"},
            "hand": object_of({"value": MAYBE, "text": TEXT, "units": {"type": ["integer", "null"]}}),
        },
        ["symbol", "value", "text"],
    )


def section() -> Schema:
    """Return the schema of a section: its title, its phase, and a list for each kind of block."""
    return object_of(
        {
            "title": TEXT,
            "phase": {"enum": PHASES},
            "layer": WHOLE,
            "sample": WHOLE,
            **{key: list_of(block()) for key, block in BLOCKS.items()},
        },
        ["title", "phase"],
    )


def _derivation() -> Schema:
    line = object_of({"formula": TEXT, "reason": TEXT, "value": MAYBE, "text": TEXT}, ["formula", "reason"])
    return object_of({"left": TEXT, "lines": list_of(line), "where": {"type": "object"}})


def _matrix_equation() -> Schema:
    matrix = object_of(
        {
            "shape": list_of(WHOLE, minItems=2, maxItems=2),
            "value": {"anyOf": [ROWS, MAYBE]},
            "cells": list_of(list_of(TEXT)),
        }
    )
    return object_of(
        {
            "symbol": {**TEXT, "description": "z[1], W[2], dL/dW[1]', ..."},
            "formula": {**TEXT, "description": "@ is the product of matrices, all else goes cell by cell"},
            **matrix["properties"],
            "operands": {"type": "object", "additionalProperties": matrix},
        },
        ["symbol", "formula", "shape", "operands"],
    )


def _table() -> Schema:
    return object_of(
        {"title": TEXT, "columns": list_of(TEXT), "rows": list_of(list_of(TEXT)), "omitted": WHOLE},
        ["title", "columns", "rows"],
    )


def _shades() -> Schema:
    cell = object_of({"value": NUMBER, "text": TEXT})
    lists = {"rows": list_of(TEXT), "columns": list_of(TEXT), "cells": list_of(list_of(cell))}
    return object_of({"title": TEXT, **lists})


def _bars() -> Schema:
    bar = object_of({"label": TEXT, "value": NUMBER, "text": TEXT})
    return object_of({"title": TEXT, "bars": list_of(bar)})


def _drawing() -> Schema:
    new = {"new_value": MAYBE, "new_text": TEXT}
    neuron = object_of({"symbol": TEXT, "value": MAYBE, "text": TEXT, **new}, ["symbol", "value", "text"])
    edge = object_of(
        {**neuron["properties"], "gradient": MAYBE, "gradient_text": TEXT}, ["symbol", "value", "text"]
    )
    names: Schema = {
        "anyOf": [ACTIVATION, {"enum": [name for name in KINDS if name != "dense"]}, {"const": ""}]
    }
    column = object_of({"layer": WHOLE, "activation": names, "neurons": WHOLE, "shown": list_of(neuron)})
    return object_of(
        {
            "title": TEXT,
            "shows": {"enum": list(SHOWS)},
            "caption": TEXT,
            "layers": list_of(column),
            "edges": list_of(edge),
            "highlight": list_of(TEXT),
        }
    )


def _tree() -> Schema:
    link = list_of(TEXT, minItems=2, maxItems=2, description="a number, and one that it is made from")
    return object_of(
        {
            "root": TEXT,
            "numbers": list_of({"$ref": "#/definitions/equation"}),
            "edges": list_of(link),
            "omitted": {
                "type": "object",
                "additionalProperties": WHOLE,
                "description": "by symbol: how many of the numbers that it is made from are left out",
            },
        },
        ["root", "numbers", "edges"],
    )


def _plot() -> Schema:
    pair = list_of(NUMBER, minItems=2, maxItems=2)
    series = object_of(
        {"name": TEXT, "style": {"enum": ["line", "pieces", "dot", "ring", "cross"]}, "points": list_of(pair)}
    )
    return object_of(
        {"title": TEXT, "x": pair, "y": pair, "labels": list_of(TEXT), "series": list_of(series)}
    )


# the key of each kind of block in a section, and what its list holds
BLOCKS: Mapping[str, Callable[[], Schema]] = {
    "equations": lambda: {"$ref": "#/definitions/equation"},
    "derivations": _derivation,
    "matrices": _matrix_equation,
    "tables": _table,
    "notes": lambda: object_of({"kind": TEXT, "text": TEXT}),
    "figures": lambda: object_of({"title": TEXT, "kind": TEXT, "values": list_of(NUMBER), "label": TEXT}),
    "bars": _bars,
    "shades": _shades,
    "drawings": _drawing,
    "trees": _tree,
    "plots": _plot,
}


def step() -> Schema:
    """Return the schema of a training step: its sections, and its arrays a layer at a time."""
    arrays = ("z", "a", "dL_da", "dL_dz", "dL_dw", "clipped_dL_dw", "weights", "new_weights")
    layer = object_of(
        {"layer": WHOLE, "activation": ACTIVATION, **KIND, **dict.fromkeys(arrays, ROWS)},
        ["layer", "activation", "weights"],
    )
    return object_of(
        {
            "step": WHOLE,
            "epoch": WHOLE,
            "samples": list_of(WHOLE),
            "sections": list_of({"$ref": "#/definitions/section"}),
            "layers": list_of(layer),
            "dL_dx": {**ROWS, "description": "the gradient at the inputs, a row per sample"},
            "clipping": clipping(),
            "prediction": ROWS,
            "loss": MAYBE,
            "data_loss": {**MAYBE, "description": "D, where a penalty on large weights is added to it"},
            "penalty": {**MAYBE, "description": "R, that penalty"},
            "new_prediction": ROWS,
            "new_loss": MAYBE,
            "improvement": MAYBE,
            "improvement_percent": MAYBE,
        },
        ["step", "sections", "layers", "prediction", "loss"],
    )


def clipping() -> Schema:
    """Return the schema of what a step says of gradient clipping."""
    numbers = {"limit": NUMBER, "norm": MAYBE, "clip": MAYBE}
    return object_of(
        {"name": {"enum": [name for name in CLIPPINGS if name != "none"]}, **numbers},
        ["name"],
        description="where gradients are clipped; a layer's clipped_dL_dw is what the optimizer takes",
    )
