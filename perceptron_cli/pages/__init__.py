"""The lesson as a page: a network's step, or a neuron's table, that a reader plays, changes and fills in."""

from perceptron_cli.pages.lesson import lesson

__all__ = ["lesson"]
