"""A script for Keras 3: its layers with these weights, compiled, and its predictions checked."""

from __future__ import annotations

from collections.abc import Callable
from string import Template
from typing import Any

import numpy as np

from perceptron_cli.activation import ungrouped
from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError
from perceptron_cli.export.example import entry, example_of, undropped
from perceptron_cli.export.source import END, listed, made_by, normalization, rows, samples, title
from perceptron_cli.layers.layer import Layer
from perceptron_cli.spec.config import Config, Training

TARGET = "keras"
ACTIVATIONS = {
    "sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu", "linear": "linear", "softmax": "softmax",
    "softplus": "softplus", "softsign": "softsign", "selu": "selu", "gelu": "gelu", "silu": "silu",
    "log_softmax": "log_softmax",
}  # fmt: skip
LOSSES = {
    "binary_cross_entropy": '"binary_crossentropy"',
    "categorical_cross_entropy": '"categorical_crossentropy"',
    "mean_squared_error": '"mean_squared_error"',
    "mean_absolute_error": '"mean_absolute_error"',
    "half_squared_error": "lambda y, a: 0.5 * keras.ops.sum((a - y) ** 2, axis=-1)",
    "squared_error": "lambda y, a: keras.ops.sum((a - y) ** 2, axis=-1)",
    "log_cosh": '"log_cosh"',
    "kl_divergence": '"kl_divergence"',
}
# that Keras takes the mean of, and nnstep the sum
SUMS = {"binary_cross_entropy": "lambda y, a: y.shape[-1] * keras.losses.binary_crossentropy(y, a)"}
OPTIMIZERS = {
    "gradient_descent": "SGD({rate})",
    "momentum": "SGD({rate}, momentum={momentum})",
    "nesterov": "SGD({rate}, momentum={momentum}, nesterov=True)",
    "adam": "Adam({rate}, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon})",
    "adam_hat": "Adam({rate}, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon})",
    "adamw": "AdamW({rate}, weight_decay={weight_decay}, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon})",
    "rmsprop": "RMSprop({rate}, rho={decay}, epsilon={epsilon})",
    "adagrad": "Adagrad({rate}, initial_accumulator_value=0.0, epsilon={epsilon})",
    "adadelta": "Adadelta({rate}, rho={decay}, epsilon={epsilon})",
    "adamax": "Adamax({rate}, beta_1={beta1}, beta_2={beta2}, epsilon={epsilon})",
}

SCRIPT = Template('''\
"""$title, in Keras 3.

$made_by
It needs Keras and one of its backends. Run it, and it compares the predictions with nnstep's, as far as
float32 goes; exit code 1 says that a number differs. The network for other work is `loaded()`.
"""

import sys

import keras
import numpy as np
from keras import layers

# The numbers: $samples.

${normalization}WEIGHTS = $weights
X = np.array($x)
PREDICTION = np.array($prediction)


def loaded():
    """Return the model with nnstep's weights, compiled for training."""
    model = keras.Sequential(
        [
            keras.Input($shape),
$layers
        ]
    )
    for layer, weights in zip([one for one in model.layers if one.weights], WEIGHTS):
        layer.set_weights(weights)
$compiled    return model


def main():
    found = loaded().predict(X$shaped, verbose=0).reshape(len(X), -1)
    distance = np.max(np.abs(found - PREDICTION) / np.maximum(1, np.abs(PREDICTION)))
    wrong = [distance > 1e-5]
    print(f"DIFFERS  prediction: by {distance:.1g}" if wrong[0] else "ok       prediction")
''')


def write(config: Config) -> str:
    """Return the script. Raises InputError for what Keras has not, or has in another form."""
    example = example_of(config)
    shape = config.layers[0].below or (config.inputs,)
    made = [_layer(config, l, one) for l, one in enumerate(config.layers, start=1)]
    weights = [
        _weights(config, l, layer, matrix)
        for l, (layer, matrix) in enumerate(zip(config.layers, example.weights, strict=True), start=1)
        if layer.size[0]
    ]
    return SCRIPT.substitute(
        title=title(example), made_by=made_by(TARGET), samples=samples(example),
        normalization=normalization(config),
        weights=listed([f"[{', '.join(f'np.array({one.tolist()})' for one in pair)}]" for pair in weights]),
        x=rows(example.x), prediction=rows(undropped(config, example)), shape=repr(_last(shape)),
        layers="\n".join(f"            {one}," for one in made if one), shaped=_shaped(shape),
        compiled=_compiled(config) if example.update is not None else "",
    ) + END  # fmt: skip


def _last(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape with the channels last."""
    if len(shape) == 3:
        return (shape[1], shape[2], shape[0])
    return tuple(shape)


def _shaped(shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        return f".reshape(-1, {shape[0]}, {shape[1]}, {shape[2]}).transpose(0, 2, 3, 1)"
    return f".reshape(-1, {', '.join(map(str, shape))})" if len(shape) > 1 else ""


def _activation(layer: Layer) -> str:
    name = ungrouped(layer.activation)
    if layer.options and name not in ("softmax",):
        raise InputError(
            f"--to keras has no {name} with options within a layer", hint="--to pytorch knows it"
        )
    return f'"{entry(ACTIVATIONS, name, "activation", TARGET)}"'


def _layer(config: Config, l: int, layer: Layer) -> str:
    if not layer.is_dense and layer.kind not in KINDS:
        raise InputError(
            f"--to keras has no layer {layer.kind} as nnstep has it, and layer {l} is one",
            hint="--to pytorch and --to jax know it",
        )
    if layer.is_dense:
        bias = "" if layer.has_bias else ", use_bias=False"
        return f"layers.Dense({layer.neurons}, activation={_activation(layer)}{bias})"
    return KINDS[layer.kind](layer)


def _recurrent(kind: str) -> Callable[[Layer], str]:
    def write(layer: Layer) -> str:
        settings = layer.settings
        if settings.get("initial_state") or settings.get("initial_cell"):
            raise InputError(
                f"--to keras: a {layer.kind} begins with zeros there", hint="--to pytorch knows more"
            )
        if settings["biases"] == "two" and kind != "GRU":
            raise InputError(f"--to keras: a {layer.kind} has one bias there", hint="--to pytorch knows two")
        more = f', activation="{settings["activation"]}"' if kind == "SimpleRNN" else ""
        if kind == "GRU":
            more = f", reset_after={settings['reset_after']}"
        more += ", use_bias=False" if settings["biases"] == "none" else ""
        return f"layers.{kind}({settings['units']}, return_sequences={settings['return_sequences']}{more})"

    return write


def _dense_over_time(layer: Layer) -> str:
    return f"layers.Dense({layer.size[0]}, activation={_activation(layer)})"


KINDS: dict[str, Callable[[Layer], str]] = {
    "flatten": lambda layer: "layers.Flatten()",
    "activation": lambda layer: f"layers.Activation({_activation(layer)})",
    "dropout": lambda layer: f"layers.Dropout({float(layer.settings['rate'])!r})",
    "rnn": _recurrent("SimpleRNN"),
    "lstm": _recurrent("LSTM"),
    "gru": _recurrent("GRU"),
    "embedding": lambda layer: f"layers.Embedding({layer.size[0]}, {layer.size[1]})",
    "dense_over_time": _dense_over_time,
    "global_average_pool": lambda layer: (
        f"layers.GlobalAveragePooling{'1D' if layer.settings['over_time'] else '2D'}()"
    ),
    "layer_norm": lambda layer: f"layers.LayerNormalization(epsilon={float(layer.settings['epsilon'])!r})",
}


def _weights(config: Config, l: int, layer: Layer, matrix: Array) -> list[Array]:
    """Return a layer's arrays in Keras's order and shapes."""
    if layer.is_dense or layer.kind == "dense_over_time":
        return [matrix[:, 1:].T, *([matrix[:, 0]] if layer.has_bias else [])]
    if layer.kind == "embedding":
        return [matrix]
    if layer.kind == "layer_norm":
        return [matrix[:, 1], matrix[:, 0]]
    from perceptron_cli.layers.cells import blocks

    part = {block.key: matrix[:, block.start : block.start + block.width] for block in blocks(layer)}
    gates = {"rnn": [""], "lstm": list("ifgo"), "gru": list("zrn")}[layer.kind]

    def of(letter: str) -> list[Any]:
        names = [f"weights.{gate}.{letter}" if gate else f"weights.{letter}" for gate in gates]
        return [part.get(name, np.zeros((len(matrix), 1))) for name in names]

    found = [np.concatenate(of(letter)).T for letter in "wu"]
    if layer.settings["biases"] == "none":
        return found
    biases = np.concatenate(of("b"))[:, 0]
    if layer.kind == "gru" and layer.settings["reset_after"]:
        return [*found, np.stack([biases, np.concatenate(of("c"))[:, 0]])]
    return [*found, biases]


def _compiled(config: Config) -> str:
    name = ungrouped(config.loss or "")
    loss = entry(LOSSES, name, "loss", TARGET)
    loss = SUMS.get(name, loss) if config.sizes[-1] > 1 else loss
    return (
        f"    model.compile(\n        optimizer=keras.optimizers.{_optimizer(config.training)},\n"
        f"        loss={loss},\n    )\n"
    )


def _optimizer(training: Training) -> str:
    form = entry(OPTIMIZERS, training.optimizer, "optimizer", TARGET)
    return form.format(rate=float(training.learning_rate), **training.options)
