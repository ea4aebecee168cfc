"""The way through a config: a training step's lines, or a learning rule's table."""

from __future__ import annotations

from perceptron_cli.spec.config import Config
from perceptron_cli.trace.view import View
from perceptron_cli.walk.tour import Tour


def tour(config: Config, step: int = 1, view: View | None = None) -> Tour:
    """Return the way through update `step` (from 1), of a neuron with a step through its rule's table.

    Raises NumberError where a number is not finite.
    """
    if config.is_neuron:
        from perceptron_cli.walk.neuron import NeuronTour

        return NeuronTour(config, view or View())
    return Tour(config, step, view or View())
