"""The derivations of the slides, and those that the other entries of the tables need, line by line.

A derivation is a chain of trees, each equal to the one before, with the reason of the step. The
letters belong to a `Place`: no indices in general, those of a neuron where a network is given.
"""

from __future__ import annotations

from collections.abc import Callable

from perceptron_cli.derivations.activations import elu, relu, sigmoid, softmax, softplus, softsign, tanh
from perceptron_cli.derivations.kinds import batch_norm, convolution, l2
from perceptron_cli.derivations.layer import chain_rule
from perceptron_cli.derivations.losses import SQUARED, cross_entropy, squared_error
from perceptron_cli.derivations.outputs import shortcut, softmax_cross_entropy
from perceptron_cli.derivations.place import Chain, Place, Topic
from perceptron_cli.derivations.smooth import gelu, hard_sigmoid, log_softmax, silu
from perceptron_cli.derivations.steps import attention, lstm, through_time

__all__ = ["DERIVATIONS", "MATRIX", "TOPICS", "Chain", "Place", "Topic"]


def _is(*names: str) -> Callable[[str, str | None], bool]:
    return lambda activation, loss: activation in names


def _has_loss(*losses: str) -> Callable[[str, str | None], bool]:
    return lambda activation, loss: loss in losses


WELL_BEHAVED = (
    'The slide calls this well-behaved because y_hat(1 - y_hat), near 0, "prevents huge weight updates when '
    'confident but wrong". It is the other way round: with cross-entropy that factor cancels, and dL/dz is '
    "near 1 in size exactly there. The update is large, as it should be, and bounded: never above 1 times "
    "what came in. A squared error keeps the factor, and hardly learns from a confident mistake.",
    'The slide says "positive gradient decreases weights". dL/dw = (y_hat - y) a: so it is where the '
    "incoming a is positive; where a is negative the weight grows.",
)

DERIVATIONS: dict[str, Topic] = {
    "cross-entropy": Topic(
        "Cross-entropy",
        cross_entropy,
        _has_loss("binary_cross_entropy"),
        output=True,
        y_hat=True,
        notes=(
            "Where y = 1 the derivative is negative: the update pushes the prediction up; where y = 0, down.",
        ),
        source='the slide "Cross-Entropy Loss and Its Derivative"',
    ),
    "sigmoid": Topic(
        "The sigmoid",
        sigmoid,
        _is("sigmoid"),
        notes=("a(1 - a) is largest at a = 1/2, where it is 1/4: every sigmoid layer shrinks a gradient.",),
        source='the slide "Sigmoid Activation Function and Its Derivative"',
    ),
    "chain-rule": Topic(
        "The chain rule through one layer",
        chain_rule,
        notes=(
            "The slide writes gamma where it means the true label, y.",
            "What the slide cancels, y_hat(1 - y_hat), is the output layer's; hidden layers keep a(1 - a).",
        ),
        source='the slide "Chain Rule in Backpropagation"',
    ),
    "shortcut": Topic(
        "The shortcut: sigmoid with cross-entropy",
        shortcut,
        lambda activation, loss: (activation, loss) == ("sigmoid", "binary_cross_entropy"),
        output=True,
        y_hat=True,
        notes=WELL_BEHAVED,
        source='the slide "These Derivatives Are Well-Behaved"',
    ),
    "tanh": Topic("Hyperbolic tangent", tanh, _is("tanh")),
    "relu": Topic("ReLU and leaky ReLU", relu, _is("relu", "leaky_relu")),
    "softplus": Topic("Softplus", softplus, _is("softplus")),
    "softsign": Topic("Softsign", softsign, _is("softsign")),
    "elu": Topic("ELU and SELU", elu, _is("elu", "selu")),
    "gelu": Topic(
        "GELU",
        gelu,
        _is("gelu", "gelu_tanh"),
        source="Hendrycks and Gimpel (2016), Gaussian error linear units",
    ),
    "silu": Topic("SiLU, also called swish", silu, _is("silu")),
    "hard-sigmoid": Topic("The hard sigmoid", hard_sigmoid, _is("hard_sigmoid")),
    "log-softmax": Topic("The logarithm of softmax", log_softmax, _is("log_softmax")),
    "softmax": Topic("Softmax", softmax, _is("softmax")),
    "softmax-cross-entropy": Topic(
        "Softmax with cross-entropy",
        softmax_cross_entropy,
        lambda activation, loss: (activation, loss) == ("softmax", "categorical_cross_entropy"),
        output=True,
        y_hat=True,
    ),
    "squared-error": Topic(
        "Squared error",
        squared_error,
        _has_loss(*SQUARED),
        output=True,
        y_hat=True,
        notes=("Nothing cancels here: dL/dz is this times the slope of the output's activation.",),
    ),
    "conv": Topic(
        "A convolution",
        convolution,
        lambda activation, loss: False,
        notes=(
            "A picture is the same with two indices for each: the gradient of a weight is the sum over all "
            "windows, and what comes back is a convolution with the kernel turned round.",
        ),
        source="Goodfellow, Bengio and Courville (2016), section 9.5",
    ),
    "batch-norm": Topic(
        "Batch normalization",
        batch_norm,
        lambda activation, loss: False,
        notes=(
            "The gradients that come back add up to 0, and to 0 along x_hat: what would only move or stretch "
            "the whole batch is normalised away, so it cannot be learnt below.",
        ),
        source="Ioffe and Szegedy (2015), page 4",
    ),
    "l2": Topic(
        "A penalty on large weights",
        l2,
        lambda activation, loss: False,
        notes=(
            "For plain gradient descent the penalty and weight decay are the same. For Adam they are not: "
            "the penalty's part is divided by the root of v as well (Loshchilov and Hutter, 2019).",
        ),
        source="Goodfellow, Bengio and Courville (2016), section 7.1.1",
    ),
    "bptt": Topic(
        "Backpropagation through time",
        through_time,
        lambda activation, loss: False,
        notes=(
            "On its way to an earlier step the gradient is multiplied by u and by a slope of at most 1 in "
            "every step: over many steps it vanishes, or explodes where u is large.",
        ),
        source="Werbos (1990); Goodfellow, Bengio and Courville (2016), section 10.2.2",
    ),
    "lstm": Topic(
        "An LSTM cell",
        lstm,
        lambda activation, loss: False,
        notes=("Along the cell the gradient is multiplied by forget gates alone, and by no weight.",),
        source="Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins (2000)",
    ),
    "attention": Topic(
        "Attention",
        attention,
        lambda activation, loss: False,
        notes=("The key is told as the query is: dL/dk is the sum of dL/ds q over the root of d.",),
        source="Vaswani et al. (2017), equation 1",
    ),
}
MATRIX = "matrix"  # told as matrices, in trace
TOPICS = (*DERIVATIONS, MATRIX)
