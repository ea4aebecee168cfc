"""The narration: the engine's arrays in, a Document out, in the lecture's order.

The documents of `perceptron` and `activations` are made by the modules of these names' own
(`trace.perceptron`, `trace.curves`): most commands need neither them nor exact fractions.
"""

from perceptron_cli.trace.step import PHASES
from perceptron_cli.trace.steps import backprop, forward
from perceptron_cli.trace.training import train
from perceptron_cli.trace.view import ARITHMETICS, View

__all__ = ["ARITHMETICS", "PHASES", "View", "backprop", "forward", "train"]
