"""Reads typed values out of nodes, noting every problem with its place instead of stopping at the first."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from perceptron_cli.errors import Problem, did_you_mean
from perceptron_cli.parameters import Parameter
from perceptron_cli.spec.config import Given
from perceptron_cli.spec.nodes import Node

_DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_FRACTION = re.compile(r"([-+]?(?:0|[1-9][0-9]{0,14})) ?/ ?([1-9][0-9]{0,14})")
_AS_WRITTEN = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_BOOLEANS = {
    word: value
    for value, words in ((True, ("true", "yes", "on")), (False, ("false", "no", "off")))
    for lower in words
    for word in (lower, lower.capitalize(), lower.upper())
}
_NULLS = ("", "~", "null", "Null", "NULL")


class Reader:
    """Collects problems; each `Reader` method returns the value, or None after noting what is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, node: Node | None, key: str, message: str, hint: str | None = None) -> None:
        """Note a problem at a node."""
        file = node.file if node and node.file else self.file
        on_command_line = node is None or file.startswith("--")
        line, column = (None, None) if on_command_line or node is None else (node.line, node.column)
        self.problems.append(Problem(message, file=file, line=line, column=column, key=key, hint=hint))

    def expected(self, node: Node, key: str, what: str, hint: str | None = None) -> None:
        """Note that something else stands here."""
        self.problem(node, key, f"expected {what}, got {told(node)}", hint or _hint(node))

    # structures -------------------------------------------------------------------------------

    def mapping(
        self, node: Node, key: str, known: Iterable[str], elsewhere: Mapping[str, str] | None = None
    ) -> dict[str, Node] | None:
        """Return a mapping's nodes by key. An unknown key is a problem; what `elsewhere` has is told."""
        known = list(known)
        if node.kind != "mapping":
            self.expected(node, key, f"a mapping of {listed(known)}")
            return None
        found = {}
        for name, value in node.value:
            if name.value in known:
                found[name.value] = value
                continue
            path = join(key, name.value)
            hint = did_you_mean(name.value, known) or f"known here: {', '.join(known)}"
            if elsewhere and name.value in elsewhere:
                hint = f"it belongs under '{elsewhere[name.value]}:'"
            if name.value == "<<":
                hint = "merge keys are not read; write the keys out"
            self.problem(name, path, "unknown key", hint)
        return found

    def items(self, node: Node, key: str, what: str) -> list[Node] | None:
        """Return a list's nodes."""
        if node.kind != "list":
            self.expected(node, key, what)
            return None
        nodes: list[Node] = node.value
        return nodes

    # scalars ----------------------------------------------------------------------------------

    def number(self, node: Node, key: str, allowed: Parameter | None = None) -> Given | None:
        """Return a finite number, as it was written."""
        what = allowed.expected if allowed else "a number"
        value = as_number(node)
        if value is None:
            self.expected(node, key, what)
        elif not math.isfinite(value):
            self.problem(node, key, f"expected {what}, got {node.value}, which is too large for float64")
        elif allowed and not allowed.allows(value):
            self.expected(node, key, what)
        else:
            return value
        return None

    def numbers(self, node: Node, key: str, what: str, which: str = "") -> tuple[Given, ...] | None:
        """Return a list of numbers; every one that is none is a problem of its own.

        `which` says in words what the key belongs to: " (layer 2, neuron 1)".
        """
        nodes = self.items(node, key + which, what)
        if nodes is None:
            return None
        values = [self.number(one, f"{key}[{place}]{which}") for place, one in enumerate(nodes)]
        found = tuple(value for value in values if value is not None)
        return found if len(found) == len(values) else None

    def integer(self, node: Node, key: str, low: int, high: int, what: str) -> int | None:
        """Return a whole number within its bounds."""
        value = as_number(node)
        if value is None or not value.is_integer() or not low <= value <= high:
            self.expected(node, key, what)
            return None
        return int(value)

    def boolean(self, node: Node, key: str) -> bool | None:
        """Return a switch's value: any of YAML's words for true and false."""
        value = _BOOLEANS.get(node.value) if node.kind == "scalar" and not node.quoted else None
        if value is None:
            self.expected(node, key, "true or false")
        return value

    def text(self, node: Node, key: str) -> str | None:
        """Return a text; nothing and `null` are none."""
        if node.kind != "scalar" or (not node.quoted and node.value in _NULLS):
            self.expected(node, key, "a text")
            return None
        return str(node.value)

    def choice(self, node: Node, key: str, table: Iterable[str], what: str) -> str | None:
        """Return a name that a table knows."""
        names = list(table)
        if node.kind == "scalar" and node.value in names:
            return str(node.value)
        if node.kind == "scalar" and isinstance(node.value, str) and node.value not in _NULLS:
            hint = did_you_mean(node.value, names) or f"known: {', '.join(names)}"
            self.problem(node, key, f"expected {what}, got the unknown name '{clip(node.value)}'", hint)
        else:
            self.expected(node, key, what, f"known: {', '.join(names)}")
        return None

    def parameters(
        self, found: Mapping[str, Node], key: str, table: Mapping[str, Parameter]
    ) -> dict[str, float]:
        """Return a table entry's numbers, the defaults filled in."""
        values: dict[str, float] = {}
        for name, parameter in table.items():
            given = self.number(found[name], join(key, name), parameter) if name in found else None
            values[name] = parameter.default if given is None else given
        return values


def join(key: str, name: str) -> str:
    """Return the path of a key inside another: `training.seed`."""
    return f"{key}.{name}" if key else name


def listed(words: Iterable[str]) -> str:
    """Return words with commas between them."""
    return ", ".join(words)


def clip(text: str, most: int = 60) -> str:
    """Return a text, cut to so many characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def as_number(node: Node) -> Given | None:
    """Return a plain decimal or a fraction as a number; YAML's other ideas (010, 1:30, 0x1F) are none."""
    fraction = _FRACTION.fullmatch(node.value) if node.kind == "scalar" and not node.quoted else None
    if fraction:
        return Given(int(fraction[1]) / int(fraction[2]))  # and not as text: 2*1/3 reads otherwise
    if node.kind != "scalar" or node.quoted or not _DECIMAL.fullmatch(node.value):
        return None
    if re.match(r"[-+]?0\d", node.value):
        return None
    return Given(float(node.value), node.value if _AS_WRITTEN.fullmatch(node.value) else None)


def told(node: Node) -> str:
    """Say what stands at a node, as YAML understands it."""
    if node.kind != "scalar":
        count = len(node.value)
        noun = "a list" if node.kind == "list" else "a mapping"
        return f"{noun} of {count}" if count else f"an empty {noun[2:]}"
    if node.quoted:
        return f"the text '{clip(node.value)}'"
    if node.value in _NULLS:
        return "nothing"
    if node.value in _BOOLEANS:
        return f"{node.value}, which YAML reads as {str(_BOOLEANS[node.value]).lower()}"
    if as_number(node) is not None:
        return str(node.value)
    meant = _surprise(node.value)
    return f"{clip(node.value)}, which YAML reads as {meant}" if meant else f"the text '{clip(node.value)}'"


def _surprise(text: str) -> str | None:
    """Return what YAML 1.1 makes of a scalar that looks like a number and is no plain decimal."""
    lower = text.lower().lstrip("+-")
    if lower == ".nan":
        return "not a number"
    if lower == ".inf":
        return "infinity"
    sign = -1 if text.startswith("-") else 1
    digits = lower.replace("_", "")
    if re.fullmatch(r"0[0-7]+", digits):
        return f"the octal number {sign * int(digits, 8)}"
    if re.fullmatch(r"0x[0-9a-f]+", digits):
        return f"the hexadecimal number {sign * int(digits, 16)}"
    if re.fullmatch(r"0b[01]+", digits):
        return f"the binary number {sign * int(digits, 2)}"
    if "_" in text and _DECIMAL.fullmatch(digits):
        return f"the number {'-' * (sign < 0)}{digits}"
    if re.fullmatch(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?", digits):
        value = 0.0
        for part in digits.split(":"):
            value = value * 60 + float(part)
        return f"the base-60 number {sign * value:g}"
    return None


def _hint(node: Node) -> str | None:
    if node.kind == "scalar" and node.quoted and _DECIMAL.fullmatch(node.value):
        return "leave the quotes out"
    if node.kind == "scalar" and "_" in node.value and _DECIMAL.fullmatch(node.value.replace("_", "")):
        return "write the number without underscores"
    if node.kind == "scalar" and not node.quoted and "," in node.value:
        return "decimals have a point, and lists stand in square brackets"
    return None
