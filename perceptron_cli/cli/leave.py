"""What a run leaves in files: one that cannot be written costs none of the others, and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from perceptron_cli.cli.stream import write_whole
from perceptron_cli.errors import InputError, NnstepError, Problem


class Leaving:
    """Writes the files of a run that is over."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def file(self, path: str | None, make: Callable[[], str | bytes], *, force: bool) -> bool:
        """Write a file, where one is wanted, and return whether it is there now."""
        if path is None:
            return False
        try:
            content = make()
        except NnstepError as error:
            self.problems.extend(error.problems)
            return False
        try:
            write_whole(path, content, force=force)
        except InputError as error:
            for problem in error.problems:
                problem.hint = _elsewhere(path, content) or problem.hint
                self.problems.append(problem)
            return False
        return True

    @contextmanager
    def then(self) -> Iterator[None]:
        """Let the answer be shown, and raise InputError for all that could not be written."""
        try:
            yield
        except InputError as error:
            self.problems.extend(error.problems)
        finally:
            if self.problems:
                raise InputError(self.problems)


def _elsewhere(path: str, content: str | bytes) -> str | None:
    """Keep what was hours of work in the folder for temporary files, and say where; None if it is full."""
    from tempfile import gettempdir

    stem, ending = os.path.splitext(os.path.basename(path))
    place = os.path.join(gettempdir(), f"{stem}-{os.getpid()}{ending}")
    try:
        write_whole(place, content, force=False)
    except InputError:
        return None
    return f"it is kept as {place}"
