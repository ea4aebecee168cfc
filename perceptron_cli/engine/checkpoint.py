"""A run's progress as bytes: all that going on depends on, and what tells its network from another.

The format is NumPy's .npz: `about` is a text of JSON, the rest are float64, to the bit. What only a
checkpoint needs is imported where it is used: every command loads the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.history import MEASURES, History
from perceptron_cli.engine.trainer import Snapshot, Trainer
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config

VERSION = 2


@record
class Progress:
    """How far a run has come: its vectors, its losses, the last epoch told and the best one."""

    snapshot: Snapshot
    history: History
    told: int
    loss: float  # of the epoch that was told last
    best: tuple[float, int]
    best_theta: Array | None = None  # where the best epoch's weights are to be kept


def encode(config: Config, progress: Progress) -> bytes:
    """Return a checkpoint of a config's run."""
    import json

    about = {
        "nnstep_checkpoint": VERSION,
        "run": _run(config),
        "update": progress.snapshot.t,
        "stride": progress.history.stride,
        "told": progress.told,
        "best_epoch": progress.best[1],
    }
    arrays: dict[str, Any] = {
        "about": np.array(json.dumps(about)),
        "theta": progress.snapshot.theta,
        "epochs": np.array(progress.history.epochs, dtype=np.int64),
        "losses": np.array(progress.history.losses, dtype=np.float64),
        **{f"measured_{name}": np.array(values) for name, values in progress.history.measures.items()},
        "last": np.array([progress.loss, progress.best[0], progress.snapshot.seen]),
        **({} if progress.best_theta is None else {"best_theta": progress.best_theta}),
        **{f"state_{head}": vector for head, vector in progress.snapshot.state.items()},
    }
    stream = BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def decode(config: Config, data: bytes, file: str) -> Progress:
    """Return the progress that a checkpoint holds; `file` is what messages call it.

    Raises InputError where it is none, or one of another run.
    """
    import json
    from zipfile import BadZipFile

    try:
        with np.load(BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        about = json.loads(str(arrays.pop("about")))
        if about["nnstep_checkpoint"] != VERSION:
            raise InputError(Problem("the checkpoint is of another version of nnstep", file=file))
        _compare(about["run"], _run(config), file)
        return _progress(config, about, arrays)
    except (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile):
        hint = "'nnstep train --checkpoint FILE' writes one"
        raise InputError(
            Problem("expected a checkpoint of nnstep, got another file", file=file, hint=hint)
        ) from None


def _progress(config: Config, about: Mapping[str, Any], arrays: Mapping[str, Array]) -> Progress:
    trainer = Trainer(config)
    state = {head: arrays[f"state_{head}"] for head in trainer.state}
    kept = {"best": arrays["best_theta"]} if "best_theta" in arrays else {}
    vectors = (arrays["theta"], *state.values(), *kept.values())
    if any(one.shape != trainer.network.theta.shape for one in vectors):
        raise ValueError("vectors of another length")
    history = History()
    history.stride = int(about["stride"])
    history.epochs, history.losses = arrays["epochs"].tolist(), arrays["losses"].tolist()
    found = {name: arrays.get(f"measured_{name}") for name in MEASURES}
    history.measures = {name: values.tolist() for name, values in found.items() if values is not None}
    loss, best, seen = arrays["last"].tolist()
    snapshot = Snapshot(int(about["update"]), arrays["theta"], state, seen)
    told, epoch = int(about["told"]), int(about["best_epoch"])
    return Progress(snapshot, history, told, loss, (best, epoch), kept.get("best"))


# whose it is ----------------------------------------------------------------------------------


DIGESTS = ("network's first weights", "samples", "held-out samples")


def _run(config: Config) -> dict[str, str]:
    """Return what must be the same for a run to go on, by its name in the config."""
    trainer, training = Trainer(config), config.training
    held_out = trainer.held_out
    free = ("epochs", "patience", "until_loss", "options", "optimizer", "clip", "clip_options")
    spans = training.schedule == "cosine"
    layers = ", ".join(
        f"{one.neurons} {one.activation} {dict(one.options)}"
        + ("" if one.is_dense else f" {one.kind} {dict(one.settings)}")
        for one in config.layers
    )
    return {
        "network.layers": f"{config.inputs} inputs, {layers}",
        "network's first weights": _digest(trainer.network.theta),
        "loss": str(config.loss),
        "samples": _digest(trainer.data.x, trainer.data.y),
        **({"training.epochs, which its schedule spans": str(training.epochs)} if spans else {}),
        "held-out samples": "none" if held_out is None else _digest(held_out.x, held_out.y),
        "training.optimizer": f"{training.optimizer} {dict(training.options)}",
        "training.clip": f"{training.clip} {dict(training.clip_options) or ''}".rstrip(),
        **{f"training.{key}": str(value) for key, value in vars(training).items() if key not in free},
    }


def _digest(*arrays: Array) -> str:
    from hashlib import sha256

    digest = sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _compare(theirs: Mapping[str, str], ours: Mapping[str, str], file: str) -> None:
    for key in ours:
        if theirs.get(key) == ours[key]:
            continue
        told = (
            f"it has {theirs.get(key, 'none')}, the config {ours[key]}"
            if key not in DIGESTS
            else "the numbers differ"
        )
        raise InputError(
            Problem(
                f"expected a checkpoint of this run, got one with another {key}: {told}",
                file=file,
                hint="only epochs, patience and until_loss may differ when a run is continued",
            )
        )
