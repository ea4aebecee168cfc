"""The lines that a question is asked of: a training step's, or every turn of a learning rule."""

from __future__ import annotations

from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines, lines
from perceptron_cli.trace.view import View


def lines_for(config: Config, step: int = 1, view: View | None = None) -> Lines:
    """Return update `step` of a network, or all updates of a neuron with a step.

    Raises NumberError where a number leaves the finite range, InputError where a neuron has a target that
    its step cannot give.
    """
    if not config.is_neuron:
        return lines(config, step, view)
    from perceptron_cli.trace.neuron.lines import neuron_lines

    return neuron_lines(config)
