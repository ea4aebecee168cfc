"""What a number is, in a sentence for a reader who meets it for the first time."""

from __future__ import annotations

from perceptron_cli.expr import Symbol

SENTENCES = {
    "z": "The weighted sum that goes into the neuron: each input times its weight, plus the bias.",
    "a": "What the neuron puts out: the activation function of its weighted sum.",
    "L": "The loss: how far the prediction is from the target. Training makes it smaller.",
    "da/dz": "How fast the neuron's output changes when its weighted sum changes.",
    "dL/da": "How fast the loss changes when this output changes: what comes back from the neurons "
    "that it goes to, each by its weight.",
    "dL/dz": "How fast the loss changes when this weighted sum changes: the two rates multiplied, by the "
    "chain rule.",
    "dL/dw": "How fast the loss changes when this weight changes. The weight's input scales what comes back "
    "to its neuron. Where this is negative, a larger weight makes the loss smaller.",
    "D": "The loss of the data alone: how far the prediction is from the target.",
    "c": "The sample's weight: how much its loss counts.",
    "R": "What large weights add to the loss, so that training keeps them small.",
    "dD/dw": "How fast the loss of the data changes when this weight changes.",
    "mu": "The mean of the numbers that are normalised together.",
    "var": "The variance of the numbers that are normalised together.",
    "x_hat": "The normalised value: less the mean, over the root of the variance.",
    "w": "The new weight: a small step against its gradient, so that the loss falls.",
    "g": "The gradient that the optimizer takes.",
    "m": "The running mean of the gradients, which smooths the steps.",
    "v": "What the optimizer keeps of the earlier gradients.",
    "m_hat": "The running mean, corrected for its start at 0.",
    "v_hat": "The running mean of the squares, corrected for its start at 0.",
    "improvement": "By how much the update made the loss smaller.",
    "improvement_percent": "The same as a share of the loss before.",
    "net": "The net input: each input times its weight, added up.",
    "y": "The output: on which side of the threshold the net input lies.",
    "e": "The error: the target less the output. Where it is 0, nothing is learnt.",
    "theta": "The new threshold.",
}
GIVEN = {
    "x": "An input of the network, which is given.",
    "y": "The target: what the network should put out.",
    "d": "The target: what the neuron should put out.",
    "w": "A weight: how much its input counts. Training changes it.",
    "eta": "The learning rate: how large a step is.",
    "theta": "The threshold of the step.",
}
AFTER = "The same again with the new weights: did the update help?"


def meaning(symbol: Symbol, *, given: bool = False) -> str:
    """Return what a symbol stands for, in a sentence; empty where there is nothing to say."""
    head = symbol.head.rpartition(":")[2]
    if given or (head == "w" and not symbol.prime):
        return GIVEN.get(head, "")
    if symbol.prime and head in ("z", "a", "L"):
        return AFTER
    return SENTENCES.get(head, "")
