"""NumPy arrays that train a network; one code path for a run and for a step that is narrated."""

from perceptron_cli.engine.advice import advice
from perceptron_cli.engine.checkpoint import Progress, decode, encode
from perceptron_cli.engine.history import History
from perceptron_cli.engine.network import Network
from perceptron_cli.engine.run import Keeping, OnEpoch, Run, Stop, train, trainer_of
from perceptron_cli.engine.scores import Scores, scores
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.engine.trainer import Trainer, forward, outputs, updates_per_epoch

__all__ = [
    "Forward", "History", "Keeping", "Network", "OnEpoch", "Progress", "Run", "Scores", "Step", "Stop",
    "Trainer", "advice", "decode", "encode", "forward", "outputs", "scores", "train",
    "trainer_of", "updates_per_epoch",
]  # fmt: skip
