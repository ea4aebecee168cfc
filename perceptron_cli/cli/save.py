"""Writes what a training run leaves as a config of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perceptron_cli.cli.stream import require_writable
from perceptron_cli.errors import InputError

if TYPE_CHECKING:
    from perceptron_cli.document import Document
    from perceptron_cli.spec.config import Config

BYTES = 22  # of a weight in full, with its comma


def require_savable(path: str, config: Config, *, force: bool) -> None:
    """Raise InputError where a trained network could not be saved, before it is trained."""
    from perceptron_cli.spec.source import MOST_BYTES

    require_writable(path, force=force)
    size = BYTES * sum(layer.size[0] * layer.size[1] for layer in config.layers)
    if size > MOST_BYTES:
        raise InputError(
            f"--save: expected a network whose config has at most {MOST_BYTES // 2**20} MB, got one of about "
            f"{size / 2**20:,.0f} MB",
            hint="'nnstep export --trained' writes a large network for another library",
        )


def saved_text(path: str, config: Config, document: Document) -> str:
    """Return the config that has the trained weights, for a file at `path`."""
    from perceptron_cli import __version__
    from perceptron_cli.render.text import clean
    from perceptron_cli.spec.write import written
    from perceptron_cli.words import counted

    ended, loss = document.data["ended"], document.data["loss"]
    best = document.data.get("best", {"kept": False})
    when = f"at epoch {best['epoch']}, the best of" if best["kept"] else "after"
    comment = (
        f"{clean(' '.join(config.name.split()))} {when} {counted(ended['epoch'], 'epoch')}, "
        f"{counted(ended['update'], 'update')}, "
        f"by nnstep {__version__}: loss {loss:.6g}"
    )
    weights = [layer["weights"] for layer in document.data["layers"]]
    return written(config, weights, os.path.dirname(os.path.realpath(path)), comment)
