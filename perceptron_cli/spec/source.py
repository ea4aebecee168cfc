"""Where a config's text comes from: a file, stdin, or the bundled lessons."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from perceptron_cli.datasets.source import stdin
from perceptron_cli.errors import InputError, Problem, did_you_mean

MOST_BYTES = 64 * 2**20
STDIN, STDIN_NAME = "-", "<stdin>"
FOLDERS = (
    "perceptron",
    "gradients",
    "layers",
    "sequences",
    "data",
)  # of lessons for one command, in configs/


def bundled(kind: str = "") -> dict[str, Path]:
    """Return the bundled configs by name: `configs/` in the wheel, or beside the package in a checkout.

    `kind` names one of `FOLDERS` in it: XOR is a lesson of the perceptron too, and another one.
    """
    names = sorted(_shipped(kind, "*.yaml"), key=lambda path: (path.stem != "lecture", path.stem))
    return {path.stem: path for path in names}


def bundled_data() -> dict[str, Path]:
    """Return the bundled data sets by their file's name."""
    return {path.name: path for path in sorted(_shipped("data", "*.csv"))}


def _shipped(kind: str, pattern: str) -> list[Path]:
    package = Path(__file__).resolve().parent.parent
    for parent in (package / "configs", package.parent / "configs"):
        if (parent / kind).is_dir():
            return list((parent / kind).glob(pattern))
    return []


def describe(name: str, kind: str = "") -> str:
    """Return a bundled config's one line: its first comment."""
    first = bundled(kind)[name].read_text(encoding="utf-8").partition("\n")[0]
    return first.lstrip("# ").rstrip()


def read(source: str | os.PathLike[str], kind: str = "") -> tuple[str, str, str]:
    """Return a config's text, the name to call it by, and the folder it stands in.

    A path that exists wins over a bundled name, one of the `kind` over the others; "-" is stdin.
    Raises InputError where there is no such config, or it is not a text of bearable size.
    """
    name = os.fspath(source)
    path = Path(name)
    lessons = {name: path for folder in (*FOLDERS, "", kind) for name, path in bundled(folder).items()}
    if not os.path.lexists(path) and path.name == name and name.removesuffix(".yaml") in lessons:
        path = lessons[name.removesuffix(".yaml")]
    try:
        return _read(path, name)
    except FileNotFoundError:
        hint = did_you_mean(name, lessons) or "'nnstep configs' lists the bundled ones"
        message = "no such file, and no bundled config of that name"
        raise InputError(Problem(message, file=name, hint=hint)) from None


def read_file(source: str | os.PathLike[str], hint: str | None = None) -> tuple[str, str, str]:
    """Return what `read` returns of a file that is no config; `hint` is what helps where it is missing."""
    name = os.fspath(source)
    try:
        return _read(Path(name), name)
    except FileNotFoundError:
        raise InputError(Problem("no such file", file=name, hint=hint)) from None


def _read(path: Path, name: str) -> tuple[str, str, str]:
    """Read a file, or stdin where that is its name. Raises FileNotFoundError where there is none."""
    if name == STDIN:
        return _decode(_bounded(stdin(STDIN_NAME), STDIN_NAME), STDIN_NAME), STDIN_NAME, ""
    return _decode(_from(path, name), name), name, str(path.parent)


def _from(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise InputError(Problem("expected a file, got a folder", file=name))
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise _too_large(name, f"{path.stat().st_size / 2**20:,.0f} MB")
        with path.open("rb") as stream:
            return _bounded(stream, name)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem(f"cannot be read: {why}", file=name)) from None


def _bounded(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(name, "more")
    return data


def _too_large(name: str, size: str) -> InputError:
    return InputError(Problem(f"expected at most {MOST_BYTES // 2**20} MB, got {size}", file=name))


def _decode(data: bytes, name: str) -> str:
    """Return the text of UTF-8 (or of UTF-16 that says so), with plain line ends."""
    coding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        bad = f"0x{data[error.start]:02x}" if error.start < len(data) else "its end"
        raise InputError(
            Problem(
                f"expected text in UTF-8, got the byte {bad}",
                file=name,
                line=line,
                column=column,
                hint="save the file as UTF-8",
            )
        ) from None
    found = _FORBIDDEN.search(text)
    if found:
        before = text[: found.start()]
        raise InputError(
            Problem(
                f"expected text, got the control character {found.group()!r}",
                file=name,
                line=before.count("\n") + 1,
                column=found.start() - before.rfind("\n"),
                hint="is this a binary file?",
            )
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


# What YAML does not allow to stand in a text as it is.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
