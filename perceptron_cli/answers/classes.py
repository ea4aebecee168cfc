"""A class's sheets: checked by several processes, kept in a log as they come, and put together from logs.

A log is JSON Lines, a sheet a line, with a digest of the sheet and of what it was checked against: a sheet
that is in the log already is not checked again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from perceptron_cli import __version__
from perceptron_cli.answers.grading import Grader
from perceptron_cli.answers.reading import NoAnswers, files_in, no_answers, read_sheet
from perceptron_cli.answers.report import Row, row_of
from perceptron_cli.errors import InputError, NnstepError, Problem
from perceptron_cli.jobs import mapped

LOG = ".jsonl"
_grader: Grader | None = None  # of this process
_whole = False


def class_rows(
    folder: str, grader: Grader, *, jobs: int, whole: bool, log: str | None = None
) -> Iterator[Row]:
    """Yield a row for each sheet of a folder, by name; the same for any number of jobs.

    `whole` keeps the verdicts. Of a `log` the sheets that are in it are taken as they are, and each new one
    is added to it at once. Raises InputError where the folder has no sheets, or the log cannot be read.
    """
    paths = files_in(folder)
    if not paths:
        raise no_answers(folder)
    about = _about(grader)
    known = _known(log) if log is not None else {}
    digests = {path: _digest(path, about) for path in paths} if log is not None else {}
    waiting = [path for path in paths if log is None or digests[path] not in known]
    done = mapped(_row, waiting, jobs, _prepare, (replace(grader, known={}), whole or log is not None))
    found = 0
    with _appending(log) as stream:
        for path in paths:
            old = known.get(digests.get(path, ""))
            row = old if old is not None else next(done)
            if row is None:
                continue
            if old is None and stream is not None:
                stream.write(_line(row, digests[path]))
                stream.flush()
            found += 1
            yield row if whole else replace(row, data=None)
    if not found:
        raise no_answers(folder)


def merged(source: str) -> list[Row]:
    """Return the rows of a log, or of all logs in a folder, by the sheets' names.

    Raises InputError where there is none, a line is damaged, or two logs have the same sheet.
    """
    path = Path(source)
    logs = sorted(path.glob(f"*{LOG}")) if path.is_dir() else [path]
    rows = [row for one in logs for row in _known(str(one), strictly=True).values()]
    if not rows:
        hint = "a log is written by 'nnstep check FOLDER --log FILE.jsonl'"
        raise InputError(Problem("expected logs of checked sheets, got none", file=source, hint=hint))
    twice = [name for name, count in Counter(one.file for one in rows).items() if count > 1]
    if twice:
        raise InputError(
            Problem(f"{twice[0]} is in it twice", file=source, hint="give sheets names of their own")
        )
    return sorted(rows, key=lambda one: one.file)


def _prepare(grader: Grader, whole: bool) -> None:
    global _grader, _whole
    _grader, _whole = grader, whole


def _row(path: Path) -> Row | None:
    """Check a sheet; None where the file is no sheet."""
    assert _grader is not None
    try:
        return row_of(path.name, _grader.marked(read_sheet(path)), whole=_whole)
    except NoAnswers:
        return None
    except NnstepError as error:
        return row_of(path.name, error, whole=_whole)


# logs ---------------------------------------------------------------------------------------------------


class _appending:
    """A log that lines are added to, or nothing."""

    def __init__(self, log: str | None) -> None:
        self.log = log
        self.stream: BinaryIO | None = None

    def __enter__(self) -> BinaryIO | None:
        if self.log is not None:
            try:
                self.stream = open(self.log, "ab")
            except OSError as error:
                raise InputError(f"{self.log}: cannot be written: {error.strerror}") from None
        return self.stream

    def __exit__(self, *_: object) -> None:
        if self.stream is not None:
            self.stream.close()


def _about(grader: Grader) -> bytes:
    """Return what all sheets are checked against, but for what they bring along."""
    config = grader.config or ""
    text = Path(config).read_bytes() if Path(config).is_file() else config.encode()
    told = (grader.changes, grader.step, grader.names, grader.layout, grader.repeated, grader.points)
    return b"\0".join([__version__.encode(), text, repr(told).encode(), repr(grader.loaded).encode()])


def _digest(path: Path, about: bytes) -> str:
    return sha256(b"\0".join([path.name.encode(), path.read_bytes(), about])).hexdigest()


def _line(row: Row, digest: str) -> bytes:
    told = {"digest": digest, "row": {**_plain(row), "data": row.data}}
    return (json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _plain(row: Row) -> dict[str, Any]:
    return {
        "file": row.file, "points": row.points, "of": row.of, "first": row.first,
        "faults": dict(row.faults), "right": row.right, "problem": row.problem,
    }  # fmt: skip


def _known(log: str, *, strictly: bool = False) -> dict[str, Row]:
    """Return the rows of a log by their digests; a last line that was cut off counts for nothing.

    Raises InputError for a line that is no row of a log.
    """
    path = Path(log)
    if not path.exists() and not strictly:
        return {}
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(Problem(error.strerror or "cannot be read", file=log)) from None
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text) and not strictly:
        with path.open("rb+") as stream:  # so that the next line begins at its place
            stream.truncate(len(whole))
    found: dict[str, Row] = {}
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            told = json.loads(line)
            found[str(told["digest"])] = _of(told["row"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError(Problem("expected a line of a log", file=log, line=number)) from None
    return found


def _of(told: Mapping[str, Any]) -> Row:
    return Row(
        str(told["file"]), float(told["points"]), int(told["of"]), str(told["first"]),
        {str(name): int(count) for name, count in told["faults"].items()}, bool(told["right"]),
        told["problem"], told["data"],
    )  # fmt: skip
