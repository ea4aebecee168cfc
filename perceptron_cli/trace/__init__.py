"""The narration: the engine's arrays in, a Document out, in the lecture's order."""

from perceptron_cli.trace.step import PHASES
from perceptron_cli.trace.steps import backprop, forward
from perceptron_cli.trace.training import train
from perceptron_cli.trace.view import ARITHMETICS, View

__all__ = ["ARITHMETICS", "PHASES", "View", "backprop", "forward", "train"]
