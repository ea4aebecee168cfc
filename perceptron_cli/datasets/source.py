"""Where a data set is: a file, or stdin or another pipe, which can be read once alone."""

from __future__ import annotations

import io
import os
import stat
import sys
from functools import cached_property
from typing import BinaryIO, TextIO

from perceptron_cli.errors import InputError, Problem

SHARE = 4  # of the machine's memory a data set may fill one part: arrays, batches and results need the rest
UNKNOWN_MEMORY = 8 * 2**30  # where the system does not say how much it has


class Source:
    """A data set by its path (None: stdin), and by the name that messages call it."""

    def __init__(self, path: str | None, name: str) -> None:
        self.path = path
        self.name = name

    @property
    def ending(self) -> str:
        """The end of its name, that says its format; a pipe without one is CSV."""
        ending = os.path.splitext(self.path or "")[1].lower()
        return ending or (".csv" if self.is_pipe else "")

    @property
    def is_pipe(self) -> bool:
        """Whether it is stdin, or what a shell's <(command) is."""
        return self.path is None or stat.S_ISFIFO(os.stat(self.path).st_mode)

    @property
    def is_archive(self) -> bool:
        """Whether x and y name arrays in it."""
        return self.ending == ".npz"

    def open(self) -> TextIO:
        """Return its text, from the start."""
        if self.path is None or self.is_pipe:
            return io.TextIOWrapper(io.BytesIO(self._kept), newline="", encoding="utf-8-sig")
        return open(self.path, newline="", encoding="utf-8-sig")

    @cached_property
    def _kept(self) -> bytes:
        """What came through the pipe."""
        most = memory() // SHARE
        data = self._first(most + 1)
        if len(data) > most:
            raise self._too_large("more")
        return data

    def _first(self, most: int) -> bytes:
        if self.path is None:
            return stdin(self.name).read(most)
        with open(self.path, "rb") as stream:
            return stream.read(most)

    def require_readable(self) -> None:
        """Raise InputError where it cannot be read, or is larger than this machine can bear."""
        if self.path is None or self.is_pipe:
            return
        if os.path.isdir(self.path):
            raise InputError(Problem("expected a file, got a folder", file=self.name))
        try:
            with open(self.path, "rb"):
                size = self._size(self.path)
        except OSError as error:
            raise InputError(Problem(f"cannot be read: {error.strerror}", file=self.name)) from None
        if size > memory() // SHARE:
            raise self._too_large(_bytes(size))

    def _too_large(self, size: str) -> InputError:
        most = _bytes(memory() // SHARE)
        return InputError(
            Problem(
                f"expected at most {most}, a quarter of this machine's memory, got {size}",
                file=self.name,
                hint="train on a part of it: 'head -n 1000000 big.csv > part.csv'",
            )
        )

    def _size(self, path: str) -> int:
        """Return a file's bytes, of an archive unpacked."""
        if self.is_archive:
            import zipfile

            try:
                with zipfile.ZipFile(path) as archive:
                    return sum(one.file_size for one in archive.infolist())
            except zipfile.BadZipFile:
                pass  # the reader says what it is not
        return os.stat(path).st_size


def stdin(name: str) -> BinaryIO:
    """Return stdin, that messages call `name`. Raises InputError where it is closed."""
    if sys.stdin is None:
        raise InputError(Problem("cannot be read: it is closed", file=name))
    return sys.stdin.buffer


def memory() -> int:
    """Return how much memory this machine has, in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN_MEMORY


def _bytes(count: int) -> str:
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"
