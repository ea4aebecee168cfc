"""What an update costs by NumPy and by straight code, where both were measured."""

from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config


def warm_up(config: Config, samples: int) -> int | None:
    """Return how many updates NumPy makes before straight code pays, None where it never does.

    By what both took where they were measured, in microseconds: NumPy by its calls, straight code by its
    operations, 3 of them for each that it takes to make it. A run whose end is not known loses least where
    it goes on as it is for about as long as the change would cost.
    """
    if config.loss is None or not config.is_dense:
        return None
    weights = sum(layer.size[0] * layer.size[1] for layer in config.layers)
    neurons = sum(layer.neurons for layer in config.layers)
    kept = len(OPTIMIZERS[config.training.optimizer].state)
    operations = samples * (6 * weights + 12 * neurons) + (14 + 21 * kept) * weights
    straight, numpy = 0.5 + 0.003 * operations, 3.2 + 3 * len(config.layers) + 2 * kept
    return int(1.5 * operations / (numpy - straight)) if straight < 0.75 * numpy else None
