"""A NumPy script: the forward pass, the backward pass and one update, checked against nnstep's numbers."""

from __future__ import annotations

from string import Template
from typing import NamedTuple

from perceptron_cli.activations import ACTIVATIONS as KNOWN
from perceptron_cli.activations import SELU
from perceptron_cli.arrays import Options
from perceptron_cli.export import trees
from perceptron_cli.export.example import Example, Update, entry, example_of, needs_lines
from perceptron_cli.export.python import write_python
from perceptron_cli.export.source import (
    END,
    biases,
    decays,
    indented,
    made_by,
    normalization,
    numbers_of_step,
    rows,
    samples,
    settings,
    title,
    weights,
)
from perceptron_cli.expr import Symbol
from perceptron_cli.losses import LOSSES as KNOWN_LOSSES
from perceptron_cli.smooth import own_formula
from perceptron_cli.spec.config import Config, Layer, Training

TARGET = "numpy"


class Function(NamedTuple):
    """An activation: what makes a from z, and dL/dz from z, a and dL/da; {slope} is an option's number."""

    forward: str
    backward: str


ACTIVATIONS = {
    "sigmoid": Function("return 1 / (1 + np.exp(-z))", "return dL_da * a * (1 - a)"),
    "tanh": Function("return np.tanh(z)", "return dL_da * (1 - a**2)"),
    "relu": Function("return np.maximum(z, 0.0)", "return dL_da * (z > 0)"),
    "leaky_relu": Function(
        "return np.where(z > 0, z, {slope} * z)", "return dL_da * np.where(z > 0, 1.0, {slope})"
    ),
    "softplus": Function("return np.logaddexp(0.0, z)", "return dL_da * -np.expm1(-a)"),
    "softsign": Function("return z / (1 + abs(z))", "return dL_da * (1 - abs(a)) ** 2"),
    "elu": Function(
        "return np.where(z > 0, z, {alpha} * np.expm1(np.minimum(z, 0.0)))",
        "return dL_da * np.where(z > 0, 1.0, a + {alpha})",
    ),
    "selu": Function(
        f"return {SELU['scale']!r} * np.where(z > 0, z, {SELU['alpha']!r} * np.expm1(np.minimum(z, 0.0)))",
        f"return dL_da * np.where(z > 0, {SELU['scale']!r}, a + {SELU['scale'] * SELU['alpha']!r})",
    ),
    "linear": Function("return z", "return dL_da"),
    "softmax": Function(
        "e = np.exp(z - z.max(axis=1, keepdims=True))\nreturn e / e.sum(axis=1, keepdims=True)",
        "return a * (dL_da - (dL_da * a).sum(axis=1, keepdims=True))",
    ),
    "log_softmax": Function(
        "z = z - z.max(axis=1, keepdims=True)\nreturn z - np.log(np.exp(z).sum(axis=1, keepdims=True))",
        "return dL_da - np.exp(a) * dL_da.sum(axis=1, keepdims=True)",
    ),
    "unit_step": Function("return np.where(z {compare} {theta}, 1.0, {low})", "return np.zeros_like(dL_da)"),
}


class Loss(NamedTuple):
    """A loss: what makes its sum from z, a and y, and dL/da; or dL/dz at once, where that is simpler."""

    total: str
    dL_da: str = ""
    dL_dz: str = ""


# ln a of a softmax from its z: where a is 0, its logarithm is yet a number
_LOG_A = """\
z = z - z.max(axis=1, keepdims=True)
log_a = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
"""

# by loss, then by output activation; "any" stands for every other one
LOSSES = {
    "binary_cross_entropy": {
        "sigmoid": Loss("return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))).sum()", dL_dz="a - y"),
        "softmax": Loss(
            f"{_LOG_A}log_not_a = np.log1p(-np.where(y == 1, 0, a))  # a may be 1 where y is\n"
            "return -(y * log_a + (1 - y) * log_not_a).sum()",
            dL_da="(1 - y) / np.where(y == 1, 1, 1 - a) - y / np.where(y == 0, 1, a)",
        ),
    },
    "categorical_cross_entropy": {
        "softmax": Loss(
            f"{_LOG_A}return -(y * log_a).sum()",
            dL_dz="a - y",
        ),
        "sigmoid": Loss(
            "log_a = np.minimum(z, 0) - np.log1p(np.exp(-abs(z)))\nreturn -(y * log_a).sum()",
            dL_dz="(a - 1) * y",
        ),
    },
    "half_squared_error": {"any": Loss("return 0.5 * ((a - y) ** 2).sum()", "a - y")},
    "squared_error": {"any": Loss("return ((a - y) ** 2).sum()", "2 * (a - y)")},
    "mean_squared_error": {
        "any": Loss("return ((a - y) ** 2).sum() / a.shape[1]", "2 * (a - y) / a.shape[1]")
    },
    "mean_absolute_error": {
        "any": Loss("return abs(a - y).sum() / a.shape[1]", "np.sign(a - y) / a.shape[1]")
    },
    "kl_divergence": {
        "softmax": Loss(
            f"{_LOG_A}return (y * (np.log(np.where(y == 0, 1, y)) - log_a)).sum()",
            dL_dz="a - y",
        ),
    },
    "negative_log_likelihood": {"log_softmax": Loss("return -(y * a).sum()", "-y")},
    "hinge": {"any": Loss("return np.maximum(0, 1 - y * a).sum()", "-y * (1 - y * a > 0)")},
    "squared_hinge": {
        "any": Loss("return (np.maximum(0, 1 - y * a) ** 2).sum()", "-2 * y * np.maximum(0, 1 - y * a)")
    },
}

_VELOCITY = 'state["v"] = g if t == 1 else MOMENTUM * state["v"] + (1 - DAMPENING) * g\n'
_MOMENTS = """\
state["m"] = BETA1 * state.get("m", 0.0) + (1 - BETA1) * g
state["v"] = BETA2 * state.get("v", 0.0) + (1 - BETA2) * g**2
m_hat = state["m"] / (1 - BETA1**t)
v_hat = state["v"] / (1 - BETA2**t)
"""

# What makes the new w from w, its gradient g, its state and the update's number t.
OPTIMIZERS = {
    "gradient_descent": "return w - LEARNING_RATE * g",
    "momentum": f'{_VELOCITY}return w - LEARNING_RATE * state["v"]',
    "nesterov": f'{_VELOCITY}return w - LEARNING_RATE * (g + MOMENTUM * state["v"])',
    "rmsprop": 'state["v"] = DECAY * state.get("v", 0.0) + (1 - DECAY) * g**2\n'
    'return w - LEARNING_RATE * g / (np.sqrt(state["v"]) + EPSILON)',
    "adagrad": 'state["v"] = state.get("v", 0.0) + g**2\n'
    'return w - LEARNING_RATE * g / (np.sqrt(state["v"]) + EPSILON)',
    "adam": f"{_MOMENTS}return w - LEARNING_RATE * m_hat / (np.sqrt(v_hat) + EPSILON)",
    "adam_hat": f"{_MOMENTS}"
    "rate = LEARNING_RATE * np.sqrt(1 - BETA2**t) / (1 - BETA1**t)\n"
    'return w - rate * state["m"] / (np.sqrt(state["v"]) + EPSILON)',
    "amsgrad": f"{_MOMENTS}"
    'state["v_max"] = np.maximum(state.get("v_max", 0.0), state["v"])\n'
    'root = np.sqrt(state["v_max"] / (1 - BETA2**t)) + EPSILON\n'
    "return w - LEARNING_RATE * m_hat / root",
    "adamax": 'state["m"] = BETA1 * state.get("m", 0.0) + (1 - BETA1) * g\n'
    'state["n"] = np.maximum(BETA2 * state.get("n", 0.0), np.abs(g) + EPSILON)\n'
    'return w - LEARNING_RATE / (1 - BETA1**t) * state["m"] / state["n"]',
    "nadam": f"{_MOMENTS}"
    "mu = [BETA1 * (1 - 0.5 * 0.96 ** (at * MOMENTUM_DECAY)) for at in range(1, t + 2)]\n"
    "done = np.prod(mu[:-1])\n"
    'step = (1 - mu[-2]) / (1 - done) * g + mu[-1] / (1 - done * mu[-1]) * state["m"]\n'
    "return w - LEARNING_RATE * step / (np.sqrt(v_hat) + EPSILON)",
    "adadelta": 'state["v"] = DECAY * state.get("v", 0.0) + (1 - DECAY) * g**2\n'
    'step = np.sqrt(state.get("n", 0.0) + EPSILON) / np.sqrt(state["v"] + EPSILON) * g\n'
    'state["n"] = DECAY * state.get("n", 0.0) + (1 - DECAY) * step**2\n'
    "return w - LEARNING_RATE * step",
    "adamw": f"{_MOMENTS}step = m_hat / (np.sqrt(v_hat) + EPSILON) + WEIGHT_DECAY * w\n"
    "return w - LEARNING_RATE * step",
}

# What makes the gradients as the update takes them.
CLIPPINGS = {
    "norm": """\
norm = np.sqrt(sum((g**2).sum() for g in gradients))
return [LIMIT / max(LIMIT, norm) * g for g in gradients]""",
    "value": "return [np.clip(g, -LIMIT, LIMIT) for g in gradients]",
}

HEAD = Template('''\
"""$title, in NumPy.

$made_by
It needs NumPy and nothing else. Run it, and it compares $what
with nnstep's; exit code 1 says that a number differs.
"""

import sys

import numpy as np

# The network: a row per sample in x, z and a; a row per neuron in the weights.

''')

FORWARD = '''
def forward(weights, biases, x):
    """Return z and a of every layer; all_a[0] is x, all_a[-1] the prediction."""
    all_z, all_a = [], [x]
    for w, b, (activation, _) in zip(weights, biases, LAYERS):
        all_z.append(all_a[-1] @ w.T + b)
        all_a.append(activation(all_z[-1]))
    return all_z, all_a

'''

TRAINING = Template('''
def loss(z, a, y):
    """Return the loss ($loss), $reduced over the samples, from the output layer's z and a."""
    return loss_sum(z, a, y)$share


def loss_sum(z, a, y):
$total


def output_error(z, a, y):
    """Return dL/dz of the output layer, of each sample."""
    return $error


def backward(weights, all_z, all_a, y):
    """Return the loss's gradient for each layer's weights and biases."""
    dL_dz = output_error(all_z[-1], all_a[-1], y)$share
    dL_dw, dL_db = [], []
    for l in reversed(range(len(weights))):
        dL_dw.insert(0, dL_dz.T @ all_a[l])
        dL_db.insert(0, dL_dz.sum(axis=0))
        if l:
            _, slope = LAYERS[l - 1]
            dL_dz = slope(all_z[l - 1], all_a[l], dL_dz @ weights[l])
    return dL_dw, dL_db


# The update ($optimizer).

$settings

$clipping
def update(w, g, state, t):
    """Return w after update number t (from 1); `state` is this array's own, and carried on."""
$update


def step(weights, biases, states, t, x, y):
    """Make one training step; return the new weights and biases, and the gradients that it used."""
    all_z, all_a = forward(weights, biases, x)
    dL_dw, dL_db = backward(weights, all_z, all_a, y)
$updates
    return weights, biases, dL_dw, dL_db

''')

NUMBERS = Template("""
# The numbers: $samples.

${normalization}WEIGHTS = $weights
BIASES = $biases
X = np.array($x)
""")

EXPECTED = Template("""\
PREDICTION = np.array($prediction)
""")

EXPECTED_STEP = Template("""\
Y = np.array($y)
LOSS = $loss
NEW_LOSS = $new_loss
GRADIENTS = $gradients
BIAS_GRADIENTS = $bias_gradients
NEW_WEIGHTS = $new_weights
NEW_BIASES = $new_biases
""")

CHECK = '''
TOLERANCE = 1e-9


def differs(what, found, expected):
    """Say whether a result is nnstep's, else how far from it."""
    distance = np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)))
    fine = distance <= TOLERANCE
    print(f"ok       {what}" if fine else f"DIFFERS  {what}: by {distance:.1g}")
    return not fine


def main():
    all_z, all_a = forward(WEIGHTS, BIASES, X)
    wrong = [differs("prediction", all_a[-1], PREDICTION)]
'''

CHECK_STEP = """\
    wrong.append(differs("loss", loss(all_z[-1], all_a[-1], Y), LOSS))
    states = [({}, {}) for _ in LAYERS]
    weights, biases, dL_dw, dL_db = step(WEIGHTS, BIASES, states, 1, X, Y)
    for l in range(len(LAYERS)):
        wrong.append(differs(f"layer {l + 1}, gradient of the weights", dL_dw[l], GRADIENTS[l]))
        wrong.append(differs(f"layer {l + 1}, gradient of the biases", dL_db[l], BIAS_GRADIENTS[l]))
        wrong.append(differs(f"layer {l + 1}, new weights", weights[l], NEW_WEIGHTS[l]))
        wrong.append(differs(f"layer {l + 1}, new biases", biases[l], NEW_BIASES[l]))
    all_z, all_a = forward(weights, biases, X)
    wrong.append(differs("loss after the step", loss(all_z[-1], all_a[-1], Y), NEW_LOSS))
"""


def write(config: Config) -> str:
    """Return the script."""
    if needs_lines(config):
        return write_python(config)
    example = example_of(config)
    update = example.update
    what = "a training step" if update else "the forward pass"
    parts = [HEAD.substitute(title=title(example), made_by=made_by(TARGET), what=what)]
    parts += [_functions(config), FORWARD]
    if update:
        parts.append(_training(config))
    parts.append(_numbers(example))
    if update:
        parts.append(_expected_step(update))
    parts += [CHECK, *([CHECK_STEP] if update else []), END]
    return "".join(parts)


def _update(training: Training) -> str:
    made = entry(OPTIMIZERS, training.optimizer, "optimizer", TARGET)
    apart = training.optimizer == "adamw"
    return made if apart or not decays(training) else f"g = g + WEIGHT_DECAY * w\n{made}"


def _functions(config: Config) -> str:
    """Return each activation once, and the list that says which layer has which."""
    functions = {_name(layer, config): _function(layer, config) for layer in config.layers}
    helpers = _helpers(config)
    names = [_name(layer, config) for layer in config.layers]
    pairs = [f"    ({name}, {name}_backward),  # layer {l}" for l, name in enumerate(names, start=1)]
    return helpers + "\n\n".join(functions.values()) + "\n\nLAYERS = [\n" + "\n".join(pairs) + "\n]\n\n"


def _name(layer: Layer, config: Config) -> str:
    """Return an activation's name; a second one with other options has its number."""
    kinds: list[Options] = []
    for one in config.layers:
        if one.activation == layer.activation and one.options not in kinds:
            kinds.append(one.options)
    place = kinds.index(layer.options) + 1
    name = layer.activation
    if own_formula(name) is not None:
        own = list(dict.fromkeys(one.activation for one in config.layers if own_formula(one.activation)))
        name = f"own_{own.index(name) + 1}"
    return name if place == 1 else f"{name}_{place}"


def _function(layer: Layer, config: Config) -> str:
    function = _of_tree(layer) or entry(ACTIVATIONS, layer.activation, "activation", TARGET)
    options = {
        "low": 0.0,
        **layer.options,
        "compare": ">" if layer.options.get("strict") else ">=",
    }
    name = _name(layer, config)
    forward = indented(function.forward.format_map(options))
    backward = indented(function.backward.format_map(options))
    return f"\ndef {name}(z):\n{forward}\n\n\ndef {name}_backward(z, a, dL_da):\n{backward}\n"


def _of_tree(layer: Layer) -> Function | None:
    """Return an activation that is made from its tree."""
    known = KNOWN[layer.activation]
    if known.tree is None or known.slope_tree is None:
        return None
    z = Symbol("z")
    forward, slope = (
        trees.numpy(known.tree(z, layer.options)),
        trees.numpy(known.slope_tree(z, layer.options)),
    )
    return Function(f"return {forward}", f"return dL_da * ({slope})")


def _helpers(config: Config) -> str:
    """Return the functions that NumPy has not, where a tree needs them."""
    z = Symbol("z")
    used: set[str] = set()
    for layer in config.layers:
        known = KNOWN[layer.activation]
        if known.tree is not None and known.slope_tree is not None:
            used |= trees.functions(known.tree(z, layer.options), known.slope_tree(z, layer.options))
    loss = KNOWN_LOSSES[config.loss] if config.loss else None
    if loss is not None and loss.tree is not None and loss.slope_tree is not None:
        used |= trees.functions(
            loss.tree(Symbol("a"), Symbol("y")), loss.slope_tree(Symbol("a"), Symbol("y"))
        )
    helpers = ""
    if "sigmoid" in used and all(one.activation != "sigmoid" for one in config.layers):
        helpers += "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n"
    if "erf" in used:
        helpers += "\nfrom math import erf as one_erf\n\n"
        helpers += "\ndef erf(z):\n    return np.vectorize(one_erf, otypes=[float])(z)\n\n"
    return helpers


def _loss_of_tree(name: str) -> Loss | None:
    known = KNOWN_LOSSES[name]
    if known.tree is None or known.slope_tree is None:
        return None
    a, y = Symbol("a"), Symbol("y")
    share = " / a.shape[1]" if known.share(2) != 1 else ""
    total, slope = trees.numpy(known.tree(a, y)), trees.numpy(known.slope_tree(a, y))
    return Loss(f"return np.broadcast_to({total}, a.shape).sum(){share}", f"({slope}){share}")


def _training(config: Config) -> str:
    training, output = config.training, config.layers[-1]
    loss = _loss_of_tree(config.loss or "")
    if loss is None:
        by_output = entry(LOSSES, config.loss or "", "loss", TARGET)
        loss = by_output.get(output.activation) or entry(by_output, "any", f"{config.loss} of", TARGET)
    mean = training.reduction == "mean"
    return TRAINING.substitute(
        loss=config.loss,
        reduced="averaged" if mean else "summed",
        share=" / len(y)" if mean else "",
        total=indented(loss.total),
        error=loss.dL_dz or f"{_name(output, config)}_backward(z, a, {loss.dL_da})",
        optimizer=training.optimizer,
        settings=settings(training),
        update=indented(_update(training)),
        clipping=_clipping(training),
        updates=indented(_updates(training)),
    )


def _clipping(training: Training) -> str:
    """Return the function that clips, nothing where none does."""
    if training.clip == "none":
        return ""
    body = indented(entry(CLIPPINGS, training.clip, "clipping by", TARGET))
    return f'\ndef clipped(gradients):\n    """Return the gradients as the update takes them."""\n{body}\n\n'


def _updates(training: Training) -> str:
    """Return the lines that make the new weights and biases of the gradients."""
    lines, dL_dw, dL_db = [], "dL_dw", "dL_db"
    if training.clip != "none":
        lines = [f"taken = clipped({'[*dL_dw, *dL_db]' if training.update_biases else 'dL_dw'})"]
        dL_dw, dL_db = "taken", "taken[len(LAYERS) :]"
    lines.append(f"weights = [update(w, g, state[0], t) for w, g, state in zip(weights, {dL_dw}, states)]")
    lines.append(
        f"biases = [update(b, g, state[1], t) for b, g, state in zip(biases, {dL_db}, states)]"
        if training.update_biases
        else "# the biases stay as they are: update_biases is false"
    )
    return "\n".join(lines)


def _numbers(example: Example) -> str:
    return NUMBERS.substitute(
        samples=samples(example),
        normalization=normalization(example.config),
        weights=weights(example.weights, "np.array"),
        biases=biases(example.weights, "np.array"),
        x=rows(example.x),
    ) + EXPECTED.substitute(prediction=rows(example.prediction))


def _expected_step(update: Update) -> str:
    return EXPECTED_STEP.substitute(numbers_of_step(update, "np.array"))
