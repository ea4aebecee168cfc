"""An entry of a table with its numbers, as a config writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.reader import Reader, join, told


def read_entry(
    reader: Reader, node: Node, key: str, table: Mapping[str, Any], what: str
) -> tuple[str | None, dict[str, float]]:
    """Read an entry of a table with its numbers: {name: adam, beta1: 0.9}."""
    names = dict((node.value and ((name.value, value) for name, value in node.value)) or ())
    if "name" not in names:
        reader.problem(node, key, f"expected {what}'s name, got {told(node)}", f"known: {', '.join(table)}")
        return None, {}
    name = reader.choice(names["name"], join(key, "name"), table, what)
    if name is None:
        return None, {}
    parameters = table[name].parameters
    found = reader.mapping(node, key, ["name", *parameters])
    return name, reader.parameters(found or {}, key, parameters)
