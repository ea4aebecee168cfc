"""Writes what a training run leaves as a config of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from perceptron_cli.cli.options import Output
from perceptron_cli.cli.stream import require_writable, say, write_whole
from perceptron_cli.errors import InputError, NnstepError

if TYPE_CHECKING:
    from perceptron_cli.document import Document
    from perceptron_cli.spec.records import Config

BYTES = 22  # of a weight in full, with its comma


def require_savable(path: str, config: Config, *, force: bool) -> None:
    """Raise InputError where a trained network could not be saved, before it is trained."""
    from perceptron_cli.spec.source import MOST_BYTES

    require_writable(path, force=force)
    size = BYTES * sum(layer.neurons * (1 + layer.inputs) for layer in config.layers)
    if size > MOST_BYTES:
        raise InputError(
            f"--save: expected a network whose config has at most {MOST_BYTES // 2**20} MB, got one of about "
            f"{size / 2**20:,.0f} MB",
            hint="'nnstep export --trained' writes a large network for another library",
        )


@contextmanager
def saved(path: str | None, config: Config, document: Document, output: Output) -> Iterator[None]:
    """Write the trained network first, then let the answer be shown, though it could not be written.

    A reader of the answer that leaves early takes nothing from the file, nor a full disk from the answer.
    """
    if path is None:
        yield
        return
    failed: NnstepError | None = None
    try:
        write_whole(path, _text(path, config, document), force=output.force)
    except NnstepError as error:
        failed = error
    yield
    if failed is not None:
        raise failed
    if not output.quiet:
        say(f"wrote {path}; next: nnstep evaluate {path}")


def _text(path: str, config: Config, document: Document) -> str:
    from perceptron_cli import __version__
    from perceptron_cli.spec.write import written

    ended, loss = document.data["ended"], document.data["loss"]
    best = document.data.get("best", {"kept": False})
    when = f"at epoch {best['epoch']}, the best of" if best["kept"] else "after"
    comment = (
        f"{' '.join(config.name.split())} {when} {ended['epoch']} epochs, {ended['update']} updates, "
        f"by nnstep {__version__}: loss {loss:.6g}"
    )
    weights = [layer["weights"] for layer in document.data["layers"]]
    return written(config, weights, os.path.dirname(os.path.realpath(path)), comment)
