"""What every schema is made of: objects, lists, numbers, the names of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
