"""A script for scikit-learn: a perceptron with these weights, whose predictions are checked."""

from __future__ import annotations

from string import Template

from perceptron_cli.errors import InputError
from perceptron_cli.export.example import Example, example_of
from perceptron_cli.export.source import END, listed, made_by, normalization, row, rows, samples, title
from perceptron_cli.spec.config import Config

ACTIVATIONS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "linear": "identity"}
# by output activation: the class, and what scikit-learn calls it
OUTPUTS = {
    "softmax": ("MLPClassifier", "softmax"),
    "sigmoid": ("MLPClassifier", "logistic"),
    "linear": ("MLPRegressor", "identity"),
}

SCRIPT = Template('''\
"""$title, in scikit-learn.

$made_by
It needs scikit-learn. Run it, and it compares the predictions with nnstep's; exit code 1
says that a number differs. The network for other work is `loaded()`.
"""

import sys

import numpy as np
from sklearn.neural_network import $kind

# The numbers: $samples.

${normalization}COEFS = $coefs
INTERCEPTS = $intercepts
X = np.array($x)
PREDICTION = np.array($prediction)


def loaded():
    """Return the perceptron with nnstep's weights; fit and partial_fit go on from them with warm_start."""
    network = $kind($hidden, activation="$activation", solver="$solver", alpha=$alpha,
        learning_rate_init=$rate, warm_start=True, max_iter=1, tol=0)  # fmt: skip
    network.coefs_, network.intercepts_ = COEFS, INTERCEPTS
    network.n_layers_, network.n_outputs_ = len(COEFS) + 1, $outputs
    network.n_features_in_ = $inputs
    network.out_activation_ = "$out"
$classes    return network


def main():
    network = loaded()
    found = network.$predict(X)$one
    distance = np.max(np.abs(found - PREDICTION) / np.maximum(1, np.abs(PREDICTION)))
    wrong = [distance > 1e-9]
    print(f"DIFFERS  prediction: by {distance:.1g}" if wrong[0] else "ok       prediction")
''')

CLASSES = Template("""\
    from sklearn.preprocessing import LabelBinarizer

    network._label_binarizer = LabelBinarizer().fit(range($count))
    network.classes_ = np.arange($count)
""")


def write(config: Config) -> str:
    """Return the script. Raises InputError for what scikit-learn's perceptrons have not."""
    hidden = {layer.activation for layer in config.layers[:-1]}
    output = config.layers[-1].activation
    if not config.is_dense or len(hidden) > 1:
        raise InputError(
            "--to sklearn: its perceptrons have dense layers, with one activation in all hidden layers",
            hint="--to pytorch and --to onnx know more",
        )
    strange = [one for one in hidden if one not in ACTIVATIONS] + [output] * (output not in OUTPUTS)
    if strange or (output == "sigmoid" and config.sizes[-1] > 1 and config.loss != "binary_cross_entropy"):
        raise InputError(
            f"--to sklearn knows no activation {strange[0] if strange else output} there",
            hint=f"hidden layers: {', '.join(ACTIVATIONS)}; the output: {', '.join(OUTPUTS)}",
        )
    example = example_of(config)
    return _filled(config, example, next(iter(hidden), "linear"), output) + END


def _filled(config: Config, example: Example, hidden: str, output: str) -> str:
    kind, out = OUTPUTS[output]
    count = config.sizes[-1]
    classes = 2 if count == 1 else count
    is_class = kind == "MLPClassifier"
    one = "[:, 1:]" if is_class and count == 1 else ".reshape(len(X), -1)"
    sizes = ", ".join(str(one.neurons) for one in config.layers[:-1])
    l2 = float(config.penalty.l2) if config.penalty is not None else 0.0
    return SCRIPT.substitute(
        title=title(example), made_by=made_by("sklearn"), kind=kind, out=out, samples=samples(example),
        normalization=normalization(config), activation=ACTIVATIONS[hidden],
        coefs=listed([f"np.array({rows(one[:, 1:].T, '    ')})" for one in example.weights]),
        intercepts=listed([f"np.array({row(one[:, 0], '    ')})" for one in example.weights]),
        x=rows(example.x), prediction=rows(example.prediction), alpha=repr(l2),
        hidden=f"hidden_layer_sizes=({sizes}{',' if len(config.layers) == 2 else ''})",
        solver="adam" if config.training.optimizer.startswith("adam") else "sgd",
        rate=repr(float(config.training.learning_rate)), outputs=count, inputs=config.inputs,
        classes=CLASSES.substitute(count=classes) if is_class else "",
        predict="predict_proba" if is_class else "predict", one=one,
    )  # fmt: skip
