"""Changes from the command line: puts a value into a config's tree before it is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from perceptron_cli.errors import InputError, Problem, did_you_mean
from perceptron_cli.spec.nodes import Node, compose


def apply(root: Node | None, overrides: Sequence[tuple[str, str]]) -> Node | None:
    """Return the tree with each `path=value` in it; every one comes with the flag that it was given by.

    Raises InputError where a path leads nowhere or a value is not YAML.
    """
    for flag, override in overrides:
        path, equals, text = override.partition("=")
        steps = _steps(path.strip())
        if not equals or steps is None:
            raise InputError(
                Problem(
                    f"expected path=value, got '{override}'",
                    file=flag,
                    hint="for example training.learning_rate=0.5, or network.layers[0].weights[0][1]=0.3",
                )
            )
        value = compose(text, flag)
        if root is None or value is None:
            raise InputError(Problem("expected a value, got nothing", file=flag, key=path))
        if flag != "--set" and _is_no_mapping(root, steps[:-1]):
            continue  # what stands there is wrong in the file, and is reported as that
        _put(root, steps, value, path, flag)
    return root


def with_data(root: Node | None, file: str) -> Node | None:
    """Return the tree with another data set's file in it, in place of what samples it has."""
    if root is None or root.kind != "mapping":
        return root
    root.value = [(key, value) for key, value in root.value if key.value not in ("sample", "samples")]
    name = Node("scalar", file, 1, 1, quoted=True, file="--data")
    _put(root, ["data", "file"], name, "data.file", "--data")
    return root


def _is_no_mapping(node: Node, way: Sequence[str | int]) -> bool:
    """Whether something else stands where the keys on the way to a value should be mappings."""
    for step in way:
        if node.kind != "mapping":
            return True
        found = [value for key, value in node.value if key.value == step]
        if not found:
            return False
        node = found[0]
    return node.kind != "mapping"


def _steps(path: str) -> list[str | int] | None:
    """Take `network.layers[0].weights` apart into names and numbers."""
    if not re.fullmatch(r"\w+(\[\d+\]|\.\w+)*", path):
        return None
    return [int(n) if n else name for name, n in re.findall(r"(\w+)(?![^\[]*\])|\[(\d+)\]", path)]


def _put(node: Node, steps: list[str | int], value: Node, path: str, flag: str) -> None:
    *way, last = steps
    for step, after in zip(way, steps[1:], strict=True):
        node = _step(node, step, path, flag, isinstance(after, int))
    if isinstance(last, int):
        _step(node, last, path, flag, False)
        node.value[last] = value
        return
    if node.kind != "mapping":
        raise InputError(Problem(f"expected a mapping that has '{last}', got none", file=flag, key=path))
    for place, (key, _) in enumerate(node.value):
        if key.value == last:
            node.value[place] = (key, value)
            return
    node.value.append((Node("scalar", last, 1, 1, file=flag), value))


def _step(node: Node, step: str | int, path: str, flag: str, listed: bool) -> Node:
    """Return the node one step down; a mapping that is not there yet is made."""
    if isinstance(step, int):
        if node.kind == "list" and step < len(node.value):
            return node.value[step]  # type: ignore[no-any-return]
        count = len(node.value) if node.kind == "list" else 0
        what = f"an index below {count}" if count else "a list"
        raise InputError(Problem(f"expected {what}, got [{step}]", file=flag, key=path))
    pairs = node.value if node.kind == "mapping" else []
    for key, value in pairs:
        if key.value == step:
            return value  # type: ignore[no-any-return]
    if node.kind == "mapping" and not listed:
        made = Node("mapping", [], 1, 1, file=flag)
        node.value.append((Node("scalar", step, 1, 1, file=flag), made))
        return made
    hint = did_you_mean(step, [key.value for key, _ in pairs])
    raise InputError(Problem(f"expected a known key, got '{step}'", file=flag, key=path, hint=hint))
