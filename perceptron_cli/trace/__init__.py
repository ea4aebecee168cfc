"""The narration: the engine's arrays in, a Document out, in the lecture's order.

Here stand what every chapter shares (names, the ledger of numbers, the header, the view). The
chapters are rooms: `step` (one training step), `run` (a training run), `lessons` (derivations,
activation curves, gradient flow), `neuron` (the single neuron), `questions` (why, what-if).
"""

from perceptron_cli.trace.run.document import train
from perceptron_cli.trace.step.document import backprop, forward
from perceptron_cli.trace.step.part import PHASES
from perceptron_cli.trace.view import ARITHMETICS, View

__all__ = ["ARITHMETICS", "PHASES", "View", "backprop", "forward", "train"]
