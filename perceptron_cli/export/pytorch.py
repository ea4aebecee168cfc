"""A PyTorch module, and a script that trains it for one step and checks that against nnstep's numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Template

from perceptron_cli.activation import group_of, temperature, ungrouped
from perceptron_cli.activations import ACTIVATIONS as KNOWN
from perceptron_cli.errors import InputError
from perceptron_cli.export import pytorch_kinds as kinds
from perceptron_cli.export import pytorch_train, trees
from perceptron_cli.export.example import Example, Update, entry, example_of
from perceptron_cli.export.source import (
    END,
    decays,
    indented,
    made_by,
    normalization,
    numbers_of_step,
    rows,
    samples,
    settings,
    title,
)
from perceptron_cli.expr import Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.losses import LOSSES as KNOWN_LOSSES
from perceptron_cli.losses import averaged_over, weights_of
from perceptron_cli.spec.config import Config, Layer, Training

TARGET = "pytorch"

# a from z; {slope} is an option's number.
ACTIVATIONS = {
    "sigmoid": "torch.sigmoid({z})",
    "tanh": "torch.tanh({z})",
    "relu": "torch.relu({z})",
    "leaky_relu": "functional.leaky_relu({z}, {slope})",
    # PyTorch takes z itself from a threshold on; from 100 on the two are the same
    "softplus": "functional.softplus({z}, threshold=100)",
    "softsign": "functional.softsign({z})",
    "elu": "functional.elu({z}, {alpha})",
    "selu": "torch.selu({z})",
    "linear": "{z}",
    "softmax": "torch.softmax({z}, dim=1)",
    "gelu": "functional.gelu({z})",
    "gelu_tanh": 'functional.gelu({z}, approximate="tanh")',
    "silu": "functional.silu({z})",
    "hard_sigmoid": "torch.clamp({z} + 3, 0, 6) / 6",
    "log_softmax": "torch.log_softmax({z}, dim=1)",
    "unit_step": "torch.where({z} {compare} {theta}, 1.0, {low})",
}

# The sum over samples and outputs, by loss, then by output activation ("any": every other one).
# From z where PyTorch has it so: the logarithm of a number near 0 is lost.
LOSSES = {
    "binary_cross_entropy": {
        "sigmoid": 'functional.binary_cross_entropy_with_logits(z, y, reduction="sum")',
        "softmax": """-(
        y * functional.log_softmax(z, dim=1)
        + (1 - y) * torch.log1p(-torch.where(y == 1, 0.0, activated(z)))  # a may be 1 where y is
    ).sum()""",
    },
    "categorical_cross_entropy": {
        "softmax": 'functional.cross_entropy(z, y, reduction="sum")',
        "sigmoid": "-(y * functional.logsigmoid(z)).sum()",
    },
    "half_squared_error": {"any": "0.5 * ((activated(z) - y) ** 2).sum()"},
    "squared_error": {"any": "((activated(z) - y) ** 2).sum()"},
    "mean_squared_error": {"any": "((activated(z) - y) ** 2).sum() / y.shape[1]"},
    "mean_absolute_error": {"any": "(activated(z) - y).abs().sum() / y.shape[1]"},
    "kl_divergence": {
        "softmax": 'functional.kl_div(functional.log_softmax(z, dim=1), y, reduction="sum")',
    },
    "negative_log_likelihood": {"log_softmax": "-(y * activated(z)).sum()"},
    "hinge": {"any": "torch.relu(1 - y * activated(z)).sum()"},
    "squared_hinge": {"any": "(torch.relu(1 - y * activated(z)) ** 2).sum()"},
}

_BETAS = "betas=(BETA1, BETA2), eps=EPSILON"

# The optimizer's class and its arguments, but for the decay.
OPTIMIZERS = {
    "gradient_descent": "SGD(parameters, lr=LEARNING_RATE",
    "momentum": "SGD(parameters, lr=LEARNING_RATE, momentum=MOMENTUM, dampening=DAMPENING",
    "nesterov": "SGD(parameters, lr=LEARNING_RATE, momentum=MOMENTUM, nesterov=True",
    "rmsprop": "RMSprop(parameters, lr=LEARNING_RATE, alpha=DECAY, eps=EPSILON",
    "adagrad": "Adagrad(parameters, lr=LEARNING_RATE, eps=EPSILON",
    "adam": f"Adam(parameters, lr=LEARNING_RATE, {_BETAS}",
    "amsgrad": f"Adam(parameters, lr=LEARNING_RATE, {_BETAS}, amsgrad=True",
    "adamax": f"Adamax(parameters, lr=LEARNING_RATE, {_BETAS}",
    "nadam": f"NAdam(parameters, lr=LEARNING_RATE, {_BETAS}, momentum_decay=MOMENTUM_DECAY",
    "adadelta": "Adadelta(parameters, lr=LEARNING_RATE, rho=DECAY, eps=EPSILON",
    "adamw": f"AdamW(parameters, lr=LEARNING_RATE, {_BETAS}",
}

# What becomes of the gradients before the optimizer takes them.
CLIPPINGS = {
    "none": "",
    "norm": """\
# clip_grad_norm_, but that adds 1e-6 to the norm
gradients = [one.grad for one in network.parameters() if one.grad is not None]
norm = torch.sqrt(sum((one**2).sum() for one in gradients))
for one in gradients:
    one.mul_(LIMIT / max(LIMIT, norm.item()))
""",
    "value": "nn.utils.clip_grad_value_(network.parameters(), LIMIT)\n",
}

HEAD = Template('''\
"""$title, in PyTorch.

$made_by
Run it, and it compares $what with nnstep's; exit code 1 says that a number differs.
The network for other work is `loaded(Network())`.$training
"""

$imports

import torch
from torch import nn
from torch.nn import functional

torch.set_default_dtype(torch.float64)

$modules
class Network(nn.Module):
    """Returns the output layer's z, which the loss takes; `activated` makes the prediction of it."""

    def __init__(self):
        super().__init__()
$layers

    def forward(self, x):
$forward


def activated(z):
    """Return the prediction."""
    return $prediction

''')

ON = """
To train on: python FILE --steps 100, or torchrun --nproc-per-node 2 FILE --steps 100 --checkpoint FILE.pt"""

TRAINING = Template('''
def loss(z, y):
    """Return the loss ($loss), $reduced over the samples."""
    return $total

$penalty
$settings


def optimizer_for(network):
    """Return the optimizer; it keeps its state from step to step."""
$parameters
    return torch.optim.$optimizer


def step(network, optimizer, x, y):
    """Make one training step and return the loss before it."""
    optimizer.zero_grad()
    value = loss(network(x), y)$pulled
    value.backward()
$clip    optimizer.step()
    return value.item()

''')

UNDROPPED = '''
def undropped(network):
    """Let a network drop no numbers from here on."""
    network.drops = False
    return network

'''

LOAD = '''
def loaded(network):
    """Put the weights that nnstep started from into a network."""
    with torch.no_grad():
        for layer, w, b in zip(network.children(), WEIGHTS, BIASES):
            layer.weight.copy_(w)
            layer.bias.copy_(b)
    return network

'''

NUMBERS = Template("""
# The numbers: $samples.

${normalization}WEIGHTS = $weights
BIASES = $biases
X = torch.tensor($x)
PREDICTION = torch.tensor($prediction)
""")

NUMBERS_STEP = Template("""\
Y = torch.tensor($y)
LOSS = torch.tensor($loss)
NEW_LOSS = torch.tensor($new_loss)
GRADIENTS = $gradients
BIAS_GRADIENTS = $bias_gradients
NEW_WEIGHTS = $new_weights
NEW_BIASES = $new_biases
EVERY = 100  # steps between two checkpoints
""")

CHECK = '''
TOLERANCE = 1e-9


def differs(what, found, expected):
    """Say whether a result is nnstep's, else how far from it."""
    distance = ((found - expected).abs() / expected.abs().clamp(min=1)).max().item()
    fine = distance <= TOLERANCE
    print(f"ok       {what}" if fine else f"DIFFERS  {what}: by {distance:.1g}")
    return not fine


def main():
    network = loaded(Network())
    with torch.no_grad():
        wrong = [differs("prediction", activated(network(X)), PREDICTION)]
'''

CHECK_STEP = Template("""\
    value = step(network, optimizer_for(network), X, Y)
    wrong.append(differs("loss", torch.tensor(value), LOSS))
    with torch.no_grad():
        for l, layer in enumerate(network.children()):
            name = f"layer {l + 1}"
$gradients
            wrong.append(differs(f"{name}, new weights", layer.weight, NEW_WEIGHTS[l]))
            wrong.append(differs(f"{name}, new biases", layer.bias, NEW_BIASES[l]))
        wrong.append(differs("loss after the step", $again, NEW_LOSS))
""")

_GRADIENT = (
    'wrong.append(differs(f"{{name}}, {clipped}gradient of the {plural}", layer.{one}.grad, {told}[l]))'
)


def write(config: Config) -> str:
    """Return the script."""
    example = example_of(config)
    update = example.update
    drops = any(layer.kind == "dropout" for layer in config.layers)
    parts = [
        _module(example),
        *([_training(config)] if update else []),
        UNDROPPED * drops,
        LOAD,
        _numbers(example),
    ]
    if update:
        parts.append(_numbers_of_the_step(config, update))
        parts.append(
            pytorch_train.train(config, entry(CLIPPINGS, config.training.clip, "clipping by", TARGET))
        )
    parts.append(CHECK)
    if update:
        parts.append(_check_step(config))
    return "".join([*parts, pytorch_train.END if update else END])


def _check_step(config: Config) -> str:
    training = config.training
    told = [("weights", "weight", "GRADIENTS"), ("biases", "bias", "BIAS_GRADIENTS")]
    clipped = "clipped " if training.clip != "none" else ""
    lines = [
        _GRADIENT.format(clipped=clipped, plural=plural, one=one, told=name)
        if not kinds.frozen(config) and not kinds.unused(config)
        else f"if layer.{one}.grad is not None:\n    "
        + _GRADIENT.format(clipped=clipped, plural=plural, one=one, told=name)
        for plural, one, name in told[: 2 if training.update_biases else 1]
    ]
    pull = " + penalty(network, len(Y))" if config.penalty else ""
    drops = any(one.kind == "dropout" and not one.settings["verify"] for one in config.layers)
    whose = "undropped(network)" if drops else "network"
    again = f"loss({whose}(X), Y){pull}"
    return CHECK_STEP.substitute(gradients=indented("\n".join(lines), 3), again=again)


def _module(example: Example) -> str:
    layers = example.config.layers
    made = [f"self.layer{l} = {_constructed(one)}" for l, one in enumerate(layers, start=1) if one.size[0]]
    if any(one.kind == "dropout" for one in layers):
        made.insert(0, "self.drops = True  # numbers, by the mask; nnstep's verification drops none")
    outs = ["x0 = x"] if any("from" in one.settings for one in layers) else []
    last = len(layers)
    for l, one in enumerate(layers, start=1):
        z = _forward_of(one, l)
        if l == last:
            outs.append(f"return {z}")
        else:
            outs.append(f"x = {_activated(one, z) if _is_activated(one) else z}")
            outs += [f"x{l} = x"] if any(other.settings.get("from") == l for other in layers) else []
    return HEAD.substitute(
        title=title(example),
        made_by=made_by(TARGET),
        what="a training step" if example.update else "the forward pass",
        training=ON if example.update else "",
        imports="import argparse\nimport os\nimport sys" if example.update else "import sys",
        layers=indented("\n".join(made), 2),
        modules=kinds.modules(layers),
        forward=indented("\n".join(outs), 2),
        prediction=_activated(layers[-1], "z") if _is_activated(layers[-1]) else "z",
    )


def _is_activated(layer: Layer) -> bool:
    return kind_of(layer.kind).has_activation


def _constructed(layer: Layer) -> str:
    """Return the module of a layer with parameters."""
    return f"nn.Linear({layer.inputs}, {layer.neurons})" if layer.is_dense else kinds.constructed(layer)


def _forward_of(layer: Layer, l: int) -> str:
    """Return what a layer makes of x, before its activation."""
    return f"self.layer{l}(x)" if layer.is_dense else kinds.forward_of(layer, l)


def _activated(layer: Layer, z: str) -> str:
    """Return an activation of a layer's z."""
    if size := group_of(layer.activation):
        own = replace(layer, activation=ungrouped(layer.activation))
        return f"{_activated(own, f'{z}.reshape(-1, {size})')}.reshape(-1, {layer.neurons})"
    options = {"low": 0.0, **layer.options, "compare": ">" if layer.options.get("strict") else ">="}
    by = temperature(layer.activation)
    if by != 1:
        return f"torch.softmax({z} / {by}, dim=1)"
    known = KNOWN[layer.activation]
    if known.tree is not None and layer.activation not in ACTIVATIONS:
        written = trees.torch(known.tree(Symbol("z"), layer.options))
        return written if z == "z" else f"(lambda z: {written})({z})"
    return entry(ACTIVATIONS, layer.activation, "activation", TARGET).format_map({**options, "z": z})


def _training(config: Config) -> str:
    training = config.training
    output = config.layers[-1].activation
    steps = averaged_over(config.loss or "")
    name = ungrouped(config.loss or "") if steps else config.loss or ""
    total = _loss_of_tree(name, output)
    if not total:
        by_output = entry(LOSSES, name, "loss", TARGET)
        total = by_output.get(ungrouped(output).partition("(")[0]) or entry(
            by_output, "any", f"{config.loss} of", TARGET
        )
    if size := group_of(output):
        total = re.sub(r"(entropy|softmax)\(z\b", rf"\1(z.reshape(-1, {size})", total)
        total = re.sub(r"(?<=[ (])y\b", f"y.reshape(-1, {size})", total)
    if (by := temperature(output)) != 1:
        total = re.sub(r"(entropy|softmax)\(z\b", rf"\1(z / {by}", total)
    if steps:
        total += f" / {steps}"
    mean = training.reduction == "mean"
    return TRAINING.substitute(
        loss=config.loss,
        reduced="averaged" if mean else "summed",
        total=f"{total} / len(y)" if mean else total,
        settings=settings(training),
        parameters=indented(_parameters(config)),
        penalty=kinds.penalty(config),
        pulled=" + penalty(network, len(y))" if config.penalty else "",
        optimizer=_optimizer(training),
        clip=indented(entry(CLIPPINGS, training.clip, "clipping by", TARGET)),
    )


def _loss_of_tree(name: str, output: str) -> str:
    """Return the sum of a loss that is made from its tree; nothing where it is not."""
    known = KNOWN_LOSSES[name]
    if (weighs := weights_of(name)) is not None:
        weights = f"torch.tensor({list(weighs[1])})"
        if output.startswith("softmax"):
            return f"-({weights} * y * functional.log_softmax(z, dim=1)).sum()"
        if weighs[0].startswith("binary") and output == "sigmoid":
            each = f"{weights}[0] * (1 - y) + {weights}[1] * y"
            return f'functional.binary_cross_entropy_with_logits(z, y, {each}, reduction="sum")'
        return f"-({weights} * y * functional.logsigmoid(z)).sum()"
    if known.tree is None:
        return ""
    total = trees.torch(known.tree(Symbol("a"), Symbol("y")))
    share = " / y.shape[1]" if known.share(2) != 1 else ""
    return f"(lambda a: {total})(activated(z)).sum(){share}"


def _parameters(config: Config) -> str:
    """Return the lines that choose what is learnt."""
    still = kinds.frozen(config)
    if not still:
        return _PARAMETERS if config.training.update_biases else _WEIGHTS_ALONE
    lines = [] if config.training.update_biases else _WEIGHTS_ALONE.split("\n")[:2]
    return "\n".join(
        [*lines, *still, "parameters = [one for one in network.parameters() if one.requires_grad]"]
    )


_PARAMETERS = "parameters = network.parameters()"
_WEIGHTS_ALONE = """\
for layer in network.children():
    layer.bias.requires_grad_(False)  # update_biases is false
parameters = [layer.weight for layer in network.children()]"""


def _optimizer(training: Training) -> str:
    """Return the optimizer's call. Raises InputError where PyTorch has it not in nnstep's form."""
    options = training.options
    if training.optimizer == "nesterov" and (options["dampening"] != 0 or options["momentum"] == 0):
        raise InputError(
            "--to pytorch: PyTorch's Nesterov takes a momentum above 0 and no dampening",
            hint="--set training.optimizer=gradient_descent, or --to numpy",
        )
    decay = ", weight_decay=WEIGHT_DECAY" if decays(training) else ""
    return f"{entry(OPTIMIZERS, training.optimizer, 'optimizer', TARGET)}{decay})"


def _numbers(example: Example) -> str:
    return NUMBERS.substitute(
        samples=samples(example),
        normalization=normalization(example.config),
        **kinds.numbers(example.config, example.weights),
        x=rows(example.x),
        prediction=rows(example.prediction),
    )


def _numbers_of_the_step(config: Config, update: Update) -> str:
    left = replace(update, gradient=update.taken)  # what the step leaves in .grad
    numbers = (
        numbers_of_step(left, "torch.tensor") if config.is_dense else kinds.numbers_of_step(config, left)
    )
    return NUMBERS_STEP.substitute(numbers)
