"""What a file from a stranger may cost: checked before anything of it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from perceptron_cli.errors import InputError, Problem

MOST_NUMBERS = 2_000_000  # of a network that is told number by number
MOST_BYTES = 64 * 2**20

# what a damaged file makes of code that reads it
BROKEN: tuple[type[Exception], ...] = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    OSError,
    EOFError,
    RecursionError,
    OverflowError,
)


def require_small(path: Path) -> None:
    """Raise InputError where a file, or what is packed in it, is larger than a network for nnstep."""
    size = path.stat().st_size
    if size <= MOST_BYTES and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
    if size > MOST_BYTES:
        message = f"expected at most {MOST_BYTES // 2**20} MB, got {size / 2**20:,.0f} MB"
        raise InputError(Problem(message, file=str(path), hint="nnstep tells small networks"))


def require_few(numbers: int, name: str, file: str) -> None:
    """Raise InputError where an array says that it has more numbers than any network that nnstep takes."""
    if numbers > MOST_NUMBERS:
        message = f"expected at most {MOST_NUMBERS:,} numbers in an array, got {numbers:,}"
        raise InputError(Problem(message, file=file, key=name))


def require_package(name: str, extra: str) -> Any:
    """Return a package that an extra has. Raises InputError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        top = name.partition(".")[0]
        raise InputError(f"this needs the package {top}", hint=f"pip install 'nnstep[{extra}]'") from None


@contextmanager
def damaged(path: Path, what: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn a library's complaint about a file into one InputError."""
    try:
        yield
    except InputError:
        raise
    except BROKEN + errors as error:
        told = " ".join(str(error).split())
        told = f"{told[:200]} ..." if len(told) > 200 else told
        raise InputError(
            Problem(f"expected {what}: {told or type(error).__name__}", file=str(path))
        ) from None
