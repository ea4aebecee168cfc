"""YAML text -> a small tree of nodes that know where they stand.

libyaml's own composer recurses, and a deep enough file crashes it. So the tree is built here
from its events, which come one after the other: nothing recurses, and nesting is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from perceptron_cli.errors import InputError, Problem

MOST_LEVELS = 50
MOST_NODES = 5_000_000  # with aliases written out


@dataclass
class Node:
    """A scalar, a list or a mapping; `line` and `column` count from 1.

    `value` is a scalar's text, a list's nodes, or a mapping's (key node, value node) pairs.
    `quoted` tells a text in quotes from a plain one. `size` counts the nodes below and this one.
    """

    kind: str  # "scalar", "list", "mapping"
    value: Any
    line: int
    column: int
    quoted: bool = False
    size: int = 1
    file: str = ""


@dataclass
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    anchor: str | None
    key: Node | None = None
    keys: set[str] = field(default_factory=set)


def compose(text: str, file: str) -> Node | None:
    """Return a text's tree, None where the text is empty.

    Raises InputError for what is not YAML, and for what no config needs: tags, several
    documents, a name that contains itself, duplicate keys, more levels than are sane.
    """
    return _Composer(file).run(text)


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.problems: list[Problem] = []

    def run(self, text: str) -> Node | None:
        documents = 0
        for event in _events(text, self.file):
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise InputError(self._problem(event, "expected one document, got another after '---'"))
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                self._close()
            elif name == "AliasEvent":
                self._add(self._alias(event))
            elif name in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
                self._start(event, name)
        if self.problems:
            raise InputError(self.problems)
        return self.root

    def _problem(self, event: Any, message: str, hint: str | None = None) -> Problem:
        mark = event.start_mark
        return Problem(message, file=self.file, line=mark.line + 1, column=mark.column + 1, hint=hint)

    def _start(self, event: Any, name: str) -> None:
        if event.tag not in (None, "!"):
            self.problems.append(
                self._problem(event, f"expected plain YAML, got the tag {event.tag!r}", "leave the tag out")
            )
        mark = event.start_mark
        node = Node("scalar", "", mark.line + 1, mark.column + 1, file=self.file)
        if name == "ScalarEvent":
            node.value = event.value
            node.quoted = bool(event.style)
            if event.anchor:
                self.anchors[event.anchor] = node
            self._add(node)
            return
        node.kind = "list" if name == "SequenceStartEvent" else "mapping"
        node.value = []
        if len(self.open) >= MOST_LEVELS:
            raise InputError(
                self._problem(event, f"expected at most {MOST_LEVELS} levels of nesting, got more")
            )
        self.open.append(_Open(node, event.anchor))

    def _alias(self, event: Any) -> Node:
        if any(one.anchor == event.anchor for one in self.open):
            raise InputError(
                self._problem(event, f"expected a value, got *{event.anchor}, which contains itself")
            )
        if event.anchor not in self.anchors:
            raise InputError(self._problem(event, f"expected a known name, got *{event.anchor}"))
        return self.anchors[event.anchor]

    def _close(self) -> None:
        done = self.open.pop()
        if done.anchor:
            self.anchors[done.anchor] = done.node
        self._add(done.node)

    def _add(self, node: Node) -> None:
        """Hang a finished node where it belongs: the root, a list, a key, or a key's value."""
        if not self.open:
            self.root = node
            return
        above = self.open[-1]
        above.node.size += node.size
        if above.node.size > MOST_NODES:
            raise InputError(
                Problem(
                    f"expected at most {MOST_NODES:,} values, got more once the aliases are written out",
                    file=self.file,
                    line=above.node.line,
                    column=above.node.column,
                )
            )
        if above.node.kind == "list":
            above.node.value.append(node)
        elif above.key is None:
            self._note_key(above, node)
            above.key = node
        else:
            above.node.value.append((above.key, node))
            above.key = None

    def _note_key(self, above: _Open, key: Node) -> None:
        if key.kind == "scalar" and key.value not in above.keys:
            above.keys.add(key.value)
            return
        message = "expected a name as a key, got a list or a mapping"
        if key.kind == "scalar":
            message = f"the key '{key.value}' stands here twice"
        self.problems.append(Problem(message, file=self.file, line=key.line, column=key.column))


def _events(text: str, file: str) -> Iterator[Any]:
    import yaml

    try:
        yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        hint = "indent with spaces, not with tabs" if "\\t" in repr(what) or _tab_at(text, mark) else None
        raise InputError(
            Problem(
                f"expected YAML: {what}",
                file=file,
                line=mark.line + 1 if mark else None,
                column=mark.column + 1 if mark else None,
                hint=hint,
            )
        ) from None


def _tab_at(text: str, mark: Any) -> bool:
    lines = text.splitlines()
    near = lines[max(0, mark.line - 1) : mark.line + 1] if mark else []
    return any(re.match(r"\s*\t", line) for line in near)
