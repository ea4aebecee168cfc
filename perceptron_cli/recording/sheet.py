"""Sheets of recorded steps: one as `.npz`, a run as JSON Lines, a step a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from perceptron_cli.answers.entries import MARK
from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError


class Record(Mapping[str, Array]):
    """What was recorded of one step: arrays by nnstep's names; L is a number."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.arrays = {name: np.asarray(one) for name, one in arrays.items()}

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        loss = f", L = {float(self['L']):.6g}" if "L" in self else ""
        return f"<nnstep record: {len(self)} arrays{loss}>"


def save(records: list[Record], path: str | os.PathLike[str]) -> Path:
    """Write records to a file, whole or not at all: one as `.npz`, several as `.jsonl`.

    Raises InputError for another ending, and for several records in an `.npz`.
    """
    target = Path(path)
    if target.suffix not in (".npz", ".jsonl"):
        raise InputError(f"{target}: expected a file that ends in .npz or .jsonl")
    if target.suffix == ".npz" and len(records) != 1:
        raise InputError(f"{target}: expected one step for an .npz, got {len(records)}", hint="take .jsonl")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            if target.suffix == ".npz":
                named: dict[str, Any] = {MARK: np.array(1), **records[0].arrays}
                np.savez(stream, **named)
            else:
                for number, one in enumerate(records, start=1):
                    stream.write(line(number, one))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def line(number: int, record: Record) -> bytes:
    """Return a step as a line of JSON; float32 with its own digits, as text says them."""
    told: dict[str, Any] = {MARK: number}
    told |= {name: _listed(one) for name, one in record.arrays.items()}
    return (json.dumps(told, allow_nan=False) + "\n").encode()


def _listed(array: Array) -> Any:
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        array = array.astype(str).astype(np.float64)
    return array.tolist()
