"""PyTorch's losses and optimizers as a config has them."""

from __future__ import annotations

from typing import Any

from perceptron_cli.errors import InputError
from perceptron_cli.imports.stack import Stack

_ADAM = {"beta1": ("betas", 0), "beta2": ("betas", 1), "epsilon": "eps"}

# by class: nnstep's optimizer, and where each of its numbers is
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("gradient_descent", {}),
    "Adam": ("adam", _ADAM),
    "AdamW": ("adamw", _ADAM),
    "NAdam": ("nadam", {**_ADAM, "momentum_decay": "momentum_decay"}),
    "Adamax": ("adamax", _ADAM),
    "RMSprop": ("rmsprop", {"decay": "alpha", "epsilon": "eps"}),
    "Adagrad": ("adagrad", {"epsilon": "eps"}),
    "Adadelta": ("adadelta", {"decay": "rho", "epsilon": "eps"}),
}
# what nnstep has not: the setting, and the value that means that it is not in force
EXTRA = {"centered": False, "maximize": False, "lr_decay": 0, "initial_accumulator_value": 0}


def set_optimizer(stack: Stack, optimizer: Any) -> None:
    """Take an optimizer's settings. Raises InputError for one that nnstep has not."""
    name = type(optimizer).__name__
    if name not in OPTIMIZERS:
        raise InputError(f"nnstep has no optimizer {name}", hint=f"it has PyTorch's {', '.join(OPTIMIZERS)}")
    if len(optimizer.param_groups) != 1:
        raise InputError(f"{name}: nnstep has one group of parameters, got {len(optimizer.param_groups)}")
    group = optimizer.param_groups[0]
    for key, plain in EXTRA.items():
        if group.get(key, plain) != plain:
            raise InputError(f"{name}: nnstep has no {key}={group[key]}")
    own, numbers = OPTIMIZERS[name]
    options: dict[str, Any] = {}
    for key, theirs in numbers.items():
        options[key] = float(group[theirs] if isinstance(theirs, str) else group[theirs[0]][theirs[1]])
    if group.get("momentum"):
        if name != "SGD":
            raise InputError(f"{name}: nnstep has no momentum in it")
        own = "nesterov" if group["nesterov"] else "momentum"
        options.update(momentum=float(group["momentum"]), dampening=float(group["dampening"]))
    if group.get("amsgrad"):
        if name != "Adam":
            raise InputError(f"{name}: nnstep has amsgrad with Adam alone")
        own = "amsgrad"
    options["weight_decay"] = float(group["weight_decay"])
    if name == "NAdam" and options["weight_decay"] and group.get("decoupled_weight_decay"):
        raise InputError("NAdam: nnstep has no decoupled weight decay in it")
    stack.training["learning_rate"] = float(group["lr"])
    stack.training["optimizer"] = {"name": own, **options}


def set_loss(stack: Stack, loss: Any) -> None:
    """Take a loss module: one of logits gives the last layer its activation too.

    Raises InputError for one that nnstep has not, and for a mean over the outputs that nnstep does not take.
    """
    name = type(loss).__name__
    if isinstance(loss, str):
        stack.name_loss(loss)
        return
    if name not in LOSSES:
        raise InputError(f"nnstep has no loss {name}", hint=f"it has PyTorch's {', '.join(LOSSES)}")
    if loss.reduction not in ("mean", "sum"):
        raise InputError(f"{name}: expected the reduction mean or sum, got {loss.reduction}")
    weight = getattr(loss, "weight", None)
    own: dict[str, Any] = {"name": LOSSES[name]}
    mean = loss.reduction == "mean"
    if name in ("CrossEntropyLoss", "BCEWithLogitsLoss"):
        if stack.output not in (None, "linear"):
            raise InputError(
                f"{name} takes z, and the network ends in {stack.output}: it would be applied twice",
                hint="leave the activation of the last layer out",
            )
        _ends_in(stack, "softmax" if name == "CrossEntropyLoss" else "sigmoid")
    if name == "CrossEntropyLoss":
        if getattr(loss, "ignore_index", -100) != -100:
            raise InputError(f"{name}: nnstep has no ignore_index")
        if loss.label_smoothing:
            own["label_smoothing"] = float(loss.label_smoothing)
        if weight is not None:
            if mean:
                message = "its mean divides by the sum of the weights, nnstep's by the number of samples"
                raise InputError(f"CrossEntropyLoss: {message}", hint="reduction='sum'")
            own["class_weights"] = [float(one) for one in weight]
    elif weight is not None or getattr(loss, "pos_weight", None) is not None:
        raise InputError(f"{name}: nnstep has no weights of outputs in it")
    if name in ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"):
        own = _by_outputs(stack, name, loss, own, mean=mean)
    if name.startswith("BCE") and mean and _outputs(stack) > 1:
        raise InputError(
            f"{name}: its mean is over the outputs too, and nnstep adds them up", hint="reduction='sum'"
        )
    stack.loss = own if len(own) > 1 else own["name"]
    stack.training["reduction"] = "sum" if loss.reduction == "sum" else "mean"


LOSSES = {
    "CrossEntropyLoss": "categorical_cross_entropy", "NLLLoss": "negative_log_likelihood",
    "BCELoss": "binary_cross_entropy", "BCEWithLogitsLoss": "binary_cross_entropy",
    "MSELoss": "mean_squared_error", "L1Loss": "mean_absolute_error", "HuberLoss": "huber",
    "SmoothL1Loss": "huber",
}  # fmt: skip


def _ends_in(stack: Stack, activation: str) -> None:
    last = stack.layers[-1]
    if last.get("activation") == "linear":
        del last["activation"]
    stack.activate("the loss", activation)


def _outputs(stack: Stack) -> int:
    """How many numbers the last layer gives."""
    for layer in reversed(stack.layers):
        if "weights" in layer and layer.get("kind", "dense") in ("dense", "dense_over_time"):
            return len(layer["weights"])
        if layer.get("kind") not in ("activation", "dropout", "scale", None):
            break
    return 0


def _by_outputs(stack: Stack, name: str, loss: Any, own: dict[str, Any], *, mean: bool) -> dict[str, Any]:
    """Return a loss whose mean is over the outputs too, as nnstep's is; a sum is one of another name."""
    if name in ("HuberLoss", "SmoothL1Loss"):
        own["delta"] = float(loss.delta if name == "HuberLoss" else loss.beta)
        if name == "SmoothL1Loss" and own["delta"] != 1:
            raise InputError("SmoothL1Loss: nnstep has it with beta 1, where it is Huber's")
    if mean or _outputs(stack) == 1:
        return own
    if name == "MSELoss":
        return {"name": "squared_error"}
    raise InputError(f"{name}: nnstep takes the mean over the outputs", hint="reduction='mean'")
