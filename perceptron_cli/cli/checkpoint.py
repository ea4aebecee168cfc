"""Checkpoints as files: read before a run, written whole at its end and on its way."""

from __future__ import annotations

import os

from perceptron_cli import engine
from perceptron_cli.cli.stream import require_writable, say, write_whole
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.spec.records import Config


def read_checkpoint(path: str, config: Config) -> engine.Progress:
    """Return the progress that a file holds. Raises InputError where it has none of this run."""
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise InputError(Problem(f"cannot be read: {error.strerror}", file=path)) from None
    return engine.decode(config, data, path)


class Keeper:
    """Writes a run's checkpoint; a file that cannot be written on the way ends no run."""

    def __init__(self, path: str | None, config: Config, *, may_replace: bool) -> None:
        """Raises InputError where the file is there already, and was not what the run goes on from."""
        self.path = path
        self.config = config
        self.failed: InputError | None = None
        if path is None or (may_replace and os.path.isfile(path)):
            return
        if os.path.isfile(path):
            hint = f"--resume {path} goes on from it, --force overwrites it"
            raise InputError(Problem("the file exists and was left as it is", file=path, hint=hint))
        require_writable(path, force=may_replace)

    def keeping(self, every: int | None) -> engine.Keeping | None:
        """Return what the run is given. Raises InputError for a rhythm without a file."""
        if self.path is None and every is not None:
            raise InputError("--checkpoint-every: expected --checkpoint FILE beside it, got none")
        return None if self.path is None else engine.Keeping(self._take, every)

    def _take(self, progress: engine.Progress) -> None:
        try:
            write_whole(self.path or "", engine.encode(self.config, progress), force=True)
            self.failed = None
        except InputError as error:
            if self.failed is None and progress.told < self.config.training.epochs:
                say(f"{error}; the run goes on")
            self.failed = error

    def report(self) -> None:
        """Raise InputError where the last checkpoint could not be written."""
        if self.failed is not None:
            raise self.failed
