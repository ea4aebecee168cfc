"""Checkpoints as files: read before a run, written whole at its end and on its way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from perceptron_cli import engine
from perceptron_cli.cli.stream import require_writable, say, write_whole
from perceptron_cli.errors import InputError, NumberError, Problem
from perceptron_cli.spec.config import Config


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

    def __init__(
        self, path: str | None, config: Config, start: engine.Progress | None, *, force: bool
    ) -> None:
        """`start` is what the file has where the run goes on from it.

        Raises InputError where the file is there already, and the run does not.
        """
        self.path = path
        self.config = config
        self.kept = start.snapshot.t if start is not None else None
        self.unwritten: bytes | None = None  # the last checkpoint, where it could not be written
        if path is None or (os.path.isfile(path) and (force or start is not None)):
            return
        if os.path.isfile(path):
            hint = f"--resume {path} goes on from it, --force overwrites it"
            raise InputError(Problem("the file exists and was left as it is", file=path, hint=hint))
        require_writable(path, force=force)

    def keeping(self, every: int | None) -> engine.Keeping | None:
        """Return what the run is given. Raises InputError for a rhythm without a file."""
        if self.path is None and every is not None:
            raise InputError("--checkpoint-every: expected --checkpoint FILE beside it, got none")
        return None if self.path is None else engine.Keeping(self._take, every)

    def _take(self, progress: engine.Progress) -> None:
        data = engine.encode(self.config, progress)
        try:
            write_whole(self.path or "", data, force=True)
            self.kept, self.unwritten = progress.snapshot.t, None
        except InputError as error:
            if self.unwritten is None and progress.told < self.config.training.epochs:
                say(f"{error}; the run goes on")
            self.unwritten = data

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Say what the checkpoint has where a run's numbers are lost; it never has lost ones."""
        try:
            yield
        except NumberError as error:
            if self.path is None:
                raise
            kept = f"keeps what update {self.kept} left" if self.kept is not None else "was not written"
            raise NumberError([*error.problems, Problem(f"the checkpoint {kept}", file=self.path)]) from None

    @property
    def missed(self) -> str | None:
        """The file that does not have the last checkpoint, as it could not be written."""
        return self.path if self.unwritten is not None else None

    def content(self) -> bytes:
        """Return the checkpoint that could not be written."""
        return self.unwritten or b""
