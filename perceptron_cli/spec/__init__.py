"""YAML text in, checked and frozen records out; every message names file, line, column and key."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from perceptron_cli.spec.check import check, require_trainable
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.dataset import DataSet
from perceptron_cli.spec.nodes import compose
from perceptron_cli.spec.overrides import apply, with_data
from perceptron_cli.spec.source import bundled, describe, read

__all__ = [
    "OWN_DATA", "DataSet", "Source", "bundled", "describe", "load", "parse", "require_trainable", "starter",
]  # fmt: skip


Source: TypeAlias = "Config | str | os.PathLike[str] | Mapping[str, Any]"
Changes = Sequence[tuple[str, str]]
OWN_DATA = DataSet()


def load(
    source: Source = "lecture",
    changes: Changes = (),
    kind: str = "",
    data: DataSet = OWN_DATA,
) -> Config:
    """Return the config at a path, of a bundled name, on stdin ("-"), or of a dict as the YAML has it.

    In a dict numbers may be NumPy arrays. A config that is loaded already is returned as it is.

    `changes` are pairs of a flag and `path=value`: ("--set", "training.seed=7"). `kind` is the folder
    of lessons that is looked in first. `data` says which samples are wanted instead of its own.

    Raises InputError with every problem that it has.
    """
    if isinstance(source, Config):
        return source
    if isinstance(source, Mapping):
        import json

        text = json.dumps(dict(source), default=lambda value: value.tolist(), ensure_ascii=False)
        return parse(text, "<dict>", changes, data=data)
    text, name, folder = read(source, kind)
    return parse(text, name, changes, folder=folder, data=data)


def parse(
    text: str, file: str = "<text>", changes: Changes = (), *, folder: str = "", data: DataSet = OWN_DATA
) -> Config:
    """Return the config that a text says; `file` is what messages call it, `folder` where its data is."""
    root = apply(compose(text, file), changes)
    if data.file is not None:
        root = with_data(root, data.file)
    return check(root, file, folder, data)


def starter() -> str:
    """Return the commented config that `nnstep init` writes."""
    return (Path(__file__).parent / "starter.yaml").read_text(encoding="utf-8")
