"""YAML text in, checked and frozen records out; every message names file, line, column and key."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from perceptron_cli.spec.check import check, require_trainable
from perceptron_cli.spec.nodes import compose
from perceptron_cli.spec.overrides import apply
from perceptron_cli.spec.records import Config
from perceptron_cli.spec.source import bundled, describe, read

__all__ = ["bundled", "describe", "load", "parse", "require_trainable", "starter"]


Changes = Sequence[tuple[str, str]]


def load(source: str | os.PathLike[str] = "lecture", changes: Changes = (), kind: str = "") -> Config:
    """Return the config at a path, of a bundled name, or on stdin ("-").

    `changes` are pairs of a flag and `path=value`: ("--set", "training.seed=7"). `kind` is the folder
    of lessons that is looked in first.

    Raises InputError with every problem that it has.
    """
    text, name = read(source, kind)
    return parse(text, name, changes)


def parse(text: str, file: str = "<text>", changes: Changes = ()) -> Config:
    """Return the config that a text says; `file` is what messages call it."""
    return check(apply(compose(text, file), changes), file)


def starter() -> str:
    """Return the commented config that `nnstep init` writes."""
    return (Path(__file__).parent / "starter.yaml").read_text(encoding="utf-8")
