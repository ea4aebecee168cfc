"""The single neuron with a unit step: its learning rule, in exact numbers, and what it cannot learn."""

from perceptron_cli.neuron.neuron import Neuron, neuron_of
from perceptron_cli.neuron.rule import Epoch, Learnt, Row, learn
from perceptron_cli.neuron.separability import Contradiction, Line, separate

__all__ = ["Contradiction", "Epoch", "Learnt", "Line", "Neuron", "Row", "learn", "neuron_of", "separate"]
