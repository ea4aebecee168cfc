"""`record`: a training step of PyTorch or JAX as a sheet that `nnstep check` reads."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any

from perceptron_cli.errors import InputError
from perceptron_cli.recording.sheet import Record, save


class Recording:
    """The steps that were recorded; the last one's arrays by their names: recording["z[1]"]."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.steps: list[Record] = []
        self.path = path
        self._observer: Any = None

    def __getitem__(self, name: str) -> Any:
        return self.steps[-1][name]

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"<nnstep recording: {len(self)} step{'s' * (len(self) != 1)}>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the steps to a file: one as `.npz`, or any number as `.jsonl`."""
        return save(self.steps, path)

    def __enter__(self) -> Recording:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        if self.path is not None and self.steps:
            self.save(self.path)


def record(
    model: Any,
    loss: Any,
    x: Any = None,
    y: Any = None,
    *,
    optimizer: Any = None,
    params: Any = None,
    new_params: Any = None,
    path: str | os.PathLike[str] | None = None,
) -> Recording:
    """Record a step of PyTorch or JAX, or a whole training loop of PyTorch, for `nnstep check`.

    With x and y it makes the step: forward, loss, backward, and the update where there is an `optimizer`.
    Gradients are not set to 0 before it: what stands there is part of what is found. Without x and y it
    watches a loop of one's own: `with record(model, loss, optimizer=optimizer, path="run.jsonl"): ...`, where
    `loss` is a module. Of JAX, `model` is a function of (params, x), and `new_params` are those after the
    update. `path` ends in .npz for one step, or in .jsonl.
    Raises InputError for a network that nnstep cannot follow.
    """
    found = Recording(path)
    if params is not None:
        from perceptron_cli.recording.jax import record_step

        found.steps.append(record_step(model, loss, params, x, y, new_params))
    else:
        from perceptron_cli.recording.torch import Observer

        observer = Observer(model, loss, optimizer, found.steps.append)
        found._observer = observer
        if x is None:
            if optimizer is None:
                raise InputError(
                    "record: a loop is watched by its optimizer", hint="record(model, loss, optimizer=...)"
                )
            return found
        observer.one_step(x, y)
    if path is not None:
        found.save(path)
    return found
