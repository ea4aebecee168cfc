"""scikit-learn's multilayer perceptrons: a model in memory, or one that skops has saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perceptron_cli.errors import InputError, Problem
from perceptron_cli.imports.limits import damaged, require_package, require_small
from perceptron_cli.imports.samples import plain, set_samples
from perceptron_cli.imports.stack import Stack

MODELS = ("MLPClassifier", "MLPRegressor")
# types that a saved perceptron has, and that skops does not know by itself
TRUSTED = frozenset(
    f"sklearn.neural_network._stochastic_optimizers.{name}" for name in ("AdamOptimizer", "SGDOptimizer")
)
# of several outputs scikit-learn shows the mean of squares, and takes the gradient of their sum
LOSSES = {
    "squared_error": "half_squared_error",
    "log_loss": "categorical_cross_entropy",
    "binary_log_loss": "binary_cross_entropy",
}


def read(path: Path, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network of a file by skops; types that it does not trust are not made."""
    require_small(path)
    skops = require_package("skops.io", "sklearn")
    from zipfile import BadZipFile

    with damaged(path, "a model by skops", BadZipFile, AttributeError, ImportError):
        strange = [one for one in skops.get_untrusted_types(file=path) if one not in TRUSTED]
        if strange:
            message = f"expected a perceptron of scikit-learn alone, got {', '.join(map(str, strange[:3]))}"
            raise InputError(Problem(message, file=str(path)))
        model = skops.load(path, trusted=sorted(TRUSTED))
    return stacked(model, path.stem, file=str(path))


def stacked(model: Any, name: str, x: Any = None, y: Any = None, *, file: str = "") -> Stack:
    """Return a fitted model's network, and its samples where there are some."""
    stack = Stack(name, file)
    kind = type(model).__name__
    if kind not in MODELS:
        raise stack.fail("", f"expected one of {', '.join(MODELS)}, got {kind}")
    if not hasattr(model, "coefs_"):
        raise stack.fail("", "expected a fitted model", "model.partial_fit(x, y) is enough")
    last = len(model.coefs_) - 1
    stack.inputs = (int(model.coefs_[0].shape[0]),)
    for number, (coefs, intercepts) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        stack.dense(f"coefs_[{number}]", coefs.T, intercepts)
        stack.activate(f"layer {number + 1}", model.out_activation_ if number == last else model.activation)
    loss = model.loss
    if loss not in (*LOSSES, "squared_error"):
        raise stack.fail("loss", f"nnstep has no {loss} of scikit-learn")
    if loss == "log_loss" and model.out_activation_ == "logistic":
        loss = "binary_log_loss"
    stack.loss = LOSSES[loss]
    if model.alpha:
        stack.penalty = {"l2": float(model.alpha), "reduction": "mean"}
    _solver(stack, model)
    if x is not None:
        set_samples(stack, x, None if y is None else _targets(model, plain(y)))
    return stack


def _solver(stack: Stack, model: Any) -> None:
    """Take the solver's settings; lbfgs makes no steps that could be told."""
    training = stack.training
    training["learning_rate"] = float(model.learning_rate_init)
    if model.solver == "adam":
        training["optimizer"] = {
            "name": "adam_hat", "beta1": float(model.beta_1), "beta2": float(model.beta_2),
            "epsilon": float(model.epsilon),
        }  # fmt: skip
    elif model.solver == "sgd":
        if model.learning_rate != "constant":
            stack.notes.append(f"the learning rate stays as it is; {model.learning_rate} is left out")
        if model.momentum:
            name = "nesterov" if model.nesterovs_momentum else "momentum"
            training["optimizer"] = {"name": name, "momentum": float(model.momentum)}
    else:
        stack.notes.append(f"{model.solver} makes no steps; plain gradient descent stands in the config")


def _targets(model: Any, y: Any) -> Any:
    """Return targets as the output layer has them."""
    binarizer = getattr(model, "_label_binarizer", None)
    return y if binarizer is None else binarizer.transform(y)
