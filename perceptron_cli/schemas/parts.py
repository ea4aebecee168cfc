"""What every schema is made of: objects, lists, numbers, the names of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.layers import KINDS
from perceptron_cli.losses import LOSSES
from perceptron_cli.parameters import Parameter

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
MAYBE: Schema = {"type": ["number", "null"]}
WHOLE: Schema = {"type": "integer"}


def object_of(properties: Mapping[str, Schema], required: list[str] | None = None, **more: Any) -> Schema:
    """Return the schema of an object with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required or [],
        "additionalProperties": False,
        **more,
    }


def list_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def number_of(parameter: Parameter) -> Schema:
    """Return the schema of a parameter: its default, and its bounds, open or closed."""
    schema: Schema = {"type": "number", "default": parameter.default}
    for bound, is_open, name in (
        (parameter.low, parameter.open_low, "inimum"),
        (parameter.high, parameter.open_high, "aximum"),
    ):
        if abs(bound) != float("inf"):
            schema[("exclusiveM" if is_open else "m") + name] = bound
    return schema


def entry_of(table: Mapping[str, Any]) -> Schema:
    """A name of a table, or a mapping of the name and its numbers."""
    mappings = [
        object_of(
            {"name": {"const": name}, **{key: number_of(one) for key, one in entry.parameters.items()}},
            ["name"],
        )
        for name, entry in table.items()
    ]
    return {"anyOf": [{"enum": list(table)}, *mappings]}


ROWS = list_of(list_of(MAYBE))


ACTIVATION: Schema = {
    "anyOf": [{"enum": list(ACTIVATIONS)}, {"type": "string", "pattern": r"^(formula|softmax)\(.+\)|@\d+$"}],
    "description": "softmax(2) has a temperature; softmax@3 is that of each time step's 3 numbers",
}
LOSS: Schema = {
    "anyOf": [{"enum": [*LOSSES, None]}, {"type": "string", "pattern": r"^[a-z_]+\(.+\)$|@\d+$"}],
    "description": "huber(0.5) has its number, others classes' weights or a formula; @3 is a mean of 3 steps",
}
KIND: dict[str, Schema] = {
    "kind": {"enum": list(KINDS), "description": "where the layer is not dense"},
    "shape": list_of(WHOLE, description="of what such a layer gives"),
}
