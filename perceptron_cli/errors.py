"""Everything nnstep can say went wrong.

NnstepError             what, and a hint; a base that nobody raises
|-- InputError          exit 2: a file, its YAML, a value or a flag; nothing was computed
`-- NumberError         exit 1: the arithmetic ran and left the finite numbers

Errors are raised where the fact is known and caught in one place, `cli`.
"""

import difflib
from collections.abc import Iterable, Sequence


class Problem:
    """One thing wrong with an input: where it stands, what is wrong, and what might be meant."""

    __slots__ = ("column", "file", "hint", "key", "line", "message")

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.hint = hint

    @property
    def where(self) -> str:
        """`file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        parts = (self.where, self.key, self.message)
        return ": ".join(part for part in parts if part)


class NnstepError(Exception):
    """The base of all errors that a user can mend; `exit_code` is what the command ends with."""

    exit_code = 2

    def __init__(self, problems: str | Problem | Sequence[Problem], *, hint: str | None = None) -> None:
        if isinstance(problems, str):
            problems = Problem(problems, hint=hint)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(NnstepError):
    """The command could not run: a file, its YAML, a value or a flag is not what it must be."""

    exit_code = 2


class NumberError(NnstepError):
    """The command ran, and a number left the finite range."""

    exit_code = 1


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the nearest known word, or None where none is near."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else None
