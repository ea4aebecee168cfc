"""`from_torch`, `from_sklearn`, `from_keras`: another library's model as a config."""

from __future__ import annotations

import warnings
from typing import Any

from perceptron_cli.imports.samples import set_samples
from perceptron_cli.spec.config import Config


def from_torch(
    model: Any, x: Any, y: Any = None, loss: Any = None, optimizer: Any = None, *, name: str = "torch"
) -> Config:
    """Return a PyTorch module as a config, with samples x (samples, ...) and their targets y.

    `loss` is a loss module (`nn.CrossEntropyLoss()`) or a name that nnstep has; `optimizer` is one of
    `torch.optim`, whose settings are taken, not its state. Nothing of the model is changed.
    Raises InputError for what nnstep has not, with its name and place.
    """
    from perceptron_cli.imports import torch_modules, torch_training

    stack = torch_modules.stacked(model, x, name)
    if loss is not None:
        torch_training.set_loss(stack, loss)
    if optimizer is not None:
        torch_training.set_optimizer(stack, optimizer)
        if optimizer.state and any(
            "exp_avg" in one or "square_avg" in one for one in optimizer.state.values()
        ):
            warnings.warn(
                "the optimizer has made steps already; nnstep starts without its state", stacklevel=2
            )
    turned = stack.inputs is not None and stack.inputs != tuple(x.shape[1:])
    set_samples(stack, x, y, turned=turned)
    return stack.config()


def from_sklearn(model: Any, x: Any = None, y: Any = None, *, name: str = "sklearn") -> Config:
    """Return a fitted `MLPClassifier` or `MLPRegressor` as a config, with its loss, penalty and solver.

    y has the targets as the model was fitted with them: classes by their names, or numbers.
    Raises InputError for what nnstep has not.
    """
    from perceptron_cli.imports import sklearn

    return sklearn.stacked(model, name, x, y).config()


def from_keras(model: Any, x: Any = None, y: Any = None, *, name: str | None = None) -> Config:
    """Return a Keras model as a config, with the loss and the optimizer that it was compiled with.

    Raises InputError for what nnstep has not, with its name and place.
    """
    from perceptron_cli.imports import keras

    stack = keras.of_model(model, name or model.name)
    if x is not None:
        keras.set_samples_of(stack, x, y)
    return stack.config()
