"""NumPy arrays that train a network; one code path for a run and for a step that is narrated.

What a run needs beside its steps is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from perceptron_cli.engine.network import Network
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.engine.stop import Stop
from perceptron_cli.engine.trainer import Trainer, forward, outputs, updates_per_epoch

if TYPE_CHECKING:
    from perceptron_cli.engine.advising import advice
    from perceptron_cli.engine.checkpoint import Progress, decode, encode
    from perceptron_cli.engine.history import History
    from perceptron_cli.engine.run import Keeping, OnEpoch, Run, train, trainer_of
    from perceptron_cli.engine.scoring import Scores, scores

__all__ = [
    "Forward", "History", "Keeping", "Network", "OnEpoch", "Progress", "Run", "Scores", "Step", "Stop",
    "Trainer", "advice", "decode", "encode", "forward", "outputs", "scores", "train", "trainer_of",
    "updates_per_epoch",
]  # fmt: skip
_HOMES = {
    "History": "history",
    "advice": "advising",
    **dict.fromkeys(("Progress", "decode", "encode"), "checkpoint"),
    **dict.fromkeys(("Keeping", "OnEpoch", "Run", "train", "trainer_of"), "run"),
    **dict.fromkeys(("Scores", "scores"), "scoring"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
