"""The narration: the engine's arrays in, a Document out, in the lecture's order."""

from perceptron_cli.trace.commands import backprop, forward, train
from perceptron_cli.trace.ledger import ARITHMETICS, View
from perceptron_cli.trace.step import PHASES

__all__ = ["ARITHMETICS", "PHASES", "View", "backprop", "forward", "train"]
