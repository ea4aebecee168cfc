"""Several files as one answer: a folder, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from perceptron_cli.errors import InputError, Problem


def write_folder(path: str, files: Mapping[str, str | bytes], *, force: bool) -> None:
    """Write files by their paths within a folder; `force` replaces files of these names, and no others.

    Raises InputError where one of them exists, or the folder cannot be written; then nothing was.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_dir():
        raise InputError(Problem("expected a folder, and this is a file", file=path))
    there = next((name for name in files if (target / name).exists()), None)
    if there is not None and not force:
        message = "the file exists, and all was left as it is"
        raise InputError(Problem(message, file=f"{path.rstrip('/')}/{there}", hint="--force overwrites it"))
    half_way = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        for name, content in files.items():
            file = half_way / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        if target.exists():
            _move_into(half_way, target, files)
        else:
            half_way.rename(target)
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}", file=path)) from None
    finally:
        shutil.rmtree(half_way, ignore_errors=True)


def _move_into(half_way: Path, target: Path, files: Mapping[str, str | bytes]) -> None:
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
    for name in files:
        os.replace(half_way / name, target / name)
