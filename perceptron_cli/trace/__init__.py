"""The narration: the engine's arrays in, a Document out, in the lecture's order.

Here stand what every chapter shares (names, the ledger of numbers, the header, the view). The
chapters are rooms: `step` (one training step), `run` (a training run), `lessons` (derivations,
activation curves, gradient flow), `neuron` (the single neuron), `questions` (why, what-if).
A chapter is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from perceptron_cli.trace.view import ARITHMETICS, View

if TYPE_CHECKING:
    from perceptron_cli.trace.run.document import train
    from perceptron_cli.trace.step.document import backprop, forward
    from perceptron_cli.trace.step.part import PHASES

__all__ = ["ARITHMETICS", "PHASES", "View", "backprop", "forward", "train"]
_HOMES = {
    "PHASES": "step.part",
    "backprop": "step.document",
    "forward": "step.document",
    "train": "run.document",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
