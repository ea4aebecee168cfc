"""`--set path=value`: puts a value into a config's tree before it is checked."""

from __future__ import annotations

import re

from perceptron_cli.errors import InputError, Problem, did_you_mean
from perceptron_cli.spec.nodes import Node, compose

FLAG = "--set"


def apply(root: Node | None, overrides: list[str]) -> Node | None:
    """Return the tree with each `path=value` in it; a new key may be made, a new list item not.

    Raises InputError where a path leads nowhere or a value is not YAML.
    """
    for override in overrides:
        path, equals, text = override.partition("=")
        steps = _steps(path.strip())
        if not equals or steps is None:
            raise InputError(
                Problem(
                    f"expected path=value, got '{override}'",
                    file=FLAG,
                    hint="for example training.learning_rate=0.5, or network.layers[0].weights[0][1]=0.3",
                )
            )
        value = compose(text, FLAG)
        if root is None or value is None:
            raise InputError(Problem("expected a value, got nothing", file=FLAG, key=path))
        _put(root, steps, value, path)
    return root


def _steps(path: str) -> list[str | int] | None:
    """Take `network.layers[0].weights` apart into names and numbers."""
    if not re.fullmatch(r"\w+(\[\d+\]|\.\w+)*", path):
        return None
    return [int(n) if n else name for name, n in re.findall(r"(\w+)(?![^\[]*\])|\[(\d+)\]", path)]


def _put(node: Node, steps: list[str | int], value: Node, path: str) -> None:
    *way, last = steps
    for step in way:
        node = _step(node, step, path)
    if isinstance(last, int):
        _step(node, last, path)
        node.value[last] = value
        return
    if node.kind != "mapping":
        raise _nowhere(path, last, [])
    for place, (key, _) in enumerate(node.value):
        if key.value == last:
            node.value[place] = (key, value)
            return
    node.value.append((Node("scalar", last, 1, 1, file=FLAG), value))


def _step(node: Node, step: str | int, path: str) -> Node:
    if isinstance(step, int):
        if node.kind == "list" and step < len(node.value):
            return node.value[step]  # type: ignore[no-any-return]
        count = len(node.value) if node.kind == "list" else 0
        raise InputError(
            Problem(f"expected an index below {count}, got [{step}]", file=FLAG, key=path)
        )
    pairs = node.value if node.kind == "mapping" else []
    for key, value in pairs:
        if key.value == step:
            return value  # type: ignore[no-any-return]
    raise _nowhere(path, step, [key.value for key, _ in pairs])


def _nowhere(path: str, step: str, known: list[str]) -> InputError:
    hint = did_you_mean(step, known) or (f"known here: {', '.join(known)}" if known else None)
    return InputError(Problem(f"expected a known key, got '{step}'", file=FLAG, key=path, hint=hint))
