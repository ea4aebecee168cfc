"""The libraries that nnstep is compared with, each doing the same work from the same weights.

A peer is made ready for a workload and gives back the run that is timed. A step is the forward pass,
the loss's value, the backward pass and plain gradient descent, in float64. Where `history`, the
whole set's loss after each epoch is worked out, too. A run returns the weights, bias first.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np
from workloads import RATE, Work

Weights = list[np.ndarray]
Run = Callable[[], Weights]


class Clock:
    """When the timed part of a run began, where that is not when it was called."""

    start: float | None = None


class Peer(NamedTuple):
    """`ready(work, history, clock)` gives the run; `needs` is the package that must be there.

    `works` says which workloads it takes part in, and for how many epochs where a full run takes too long.
    """

    ready: Callable[[Work, bool, Clock], Run]
    needs: str
    works: dict[str, int | None]
    checked: bool = True

    @property
    def version(self) -> str | None:
        """The package's version, None where it is not installed."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            import_module({"scikit-learn": "sklearn"}.get(self.needs, self.needs))
            return version(self.needs)
        except (ImportError, PackageNotFoundError):
            return None


def joined(weights: Weights, biases: Weights) -> Weights:
    """Put each layer's biases in front of its weights."""
    return [np.column_stack([b, w]) for w, b in zip(weights, biases, strict=True)]


def nnstep(work: Work, history: bool, clock: Clock) -> Run:
    """`perceptron_cli.train`; the clock starts at epoch 0, when the config's numbers are arrays."""
    from perceptron_cli import train

    config = work.config(history)

    def started(epoch: int, loss: float, measures: object) -> None:
        if epoch == 0:
            clock.start = time.process_time()

    return lambda: train(config, on_epoch=started).weights


# NumPy ----------------------------------------------------------------------------------------


def naive(work: Work, history: bool, clock: Clock) -> Run:
    """The obvious NumPy: fresh arrays, a row per sample."""
    weights, biases = [w.copy() for w in work.weights], [b.copy() for b in work.biases]

    def forward(x: np.ndarray) -> list[np.ndarray]:
        a = [x]
        for l, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = a[-1] @ w.T + b
            if work.softmax and l == len(weights) - 1:
                e = np.exp(z - z.max(axis=1, keepdims=True))
                a.append(e / e.sum(axis=1, keepdims=True))
            else:
                a.append(1 / (1 + np.exp(-z)))
        return a

    def loss(a: np.ndarray, y: np.ndarray) -> float:
        if work.softmax:
            return -(y * np.log(a)).sum() / len(y)
        return -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / len(y)

    def step(x: np.ndarray, y: np.ndarray) -> None:
        a = forward(x)
        loss(a[-1], y)
        dz = (a[-1] - y) / len(y)
        for l in reversed(range(len(weights))):
            dw, db = dz.T @ a[l], dz.sum(axis=0)
            if l:
                dz = dz @ weights[l] * a[l] * (1 - a[l])
            weights[l] = weights[l] - RATE * dw
            biases[l] = biases[l] - RATE * db

    def run() -> Weights:
        for epoch in range(work.epochs):
            for rows in work.batches():
                step(work.x[rows], work.y[rows])
            if history and work.is_told(epoch):
                loss(forward(work.x)[-1], work.y)
        return joined(weights, biases)

    return run


def products(work: Work, history: bool, clock: Clock) -> Run:
    """The matrix products of the same steps and nothing else: what no NumPy engine can be faster than."""
    weights = joined(work.weights, work.biases)
    x = np.column_stack([np.ones(len(work.x)), work.x])
    gradients = [np.empty_like(w) for w in weights]
    spaces: dict[int, tuple[Weights, Weights]] = {}

    def space(samples: int) -> tuple[Weights, Weights]:
        if samples not in spaces:
            sizes = [len(w) for w in weights]
            spaces[samples] = (
                [np.ones((1 + n, samples)) for n in sizes],
                [np.ones((n, samples)) for n in sizes],
            )
        return spaces[samples]

    def forward(x: np.ndarray, a: Weights, dz: Weights) -> None:
        weights[0].dot(x.T, dz[0])
        for l in range(1, len(weights)):
            weights[l].dot(a[l - 1], dz[l])

    def step(x: np.ndarray) -> None:
        a, dz = space(len(x))
        forward(x, a, dz)
        for l in range(len(weights) - 1, 0, -1):
            dz[l].dot(a[l - 1].T, gradients[l])
            weights[l][:, 1:].T.dot(dz[l], dz[l - 1])
        dz[0].dot(x, gradients[0])

    def run() -> Weights:
        for epoch in range(work.epochs):
            for rows in work.batches():
                step(x[rows])
            if history and work.is_told(epoch):
                for start in range(0, len(x), 256):
                    tile = x[start : start + 256]
                    forward(tile, *space(len(tile)))
        return weights

    return run


# libraries ------------------------------------------------------------------------------------


def pytorch(work: Work, history: bool, clock: Clock) -> Run:
    """PyTorch, eager: Sequential, the loss that takes z, SGD."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    layers: list[nn.Module] = []
    for w, b in zip(work.weights, work.biases, strict=True):
        linear = nn.Linear(w.shape[1], len(w), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        layers += [linear, nn.Sigmoid()]
    model = nn.Sequential(*layers[:-1])
    loss = nn.CrossEntropyLoss() if work.softmax else nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    x, y = torch.from_numpy(work.x), torch.from_numpy(work.y)

    def run() -> Weights:
        for epoch in range(work.epochs):
            for rows in work.batches():
                optimizer.zero_grad()
                value = loss(model(x[rows]), y[rows])
                value.backward()
                optimizer.step()
            if history and work.is_told(epoch):
                with torch.no_grad():
                    loss(model(x), y).item()
        linears = layers[::2]
        return joined(
            [one.weight.detach().numpy() for one in linears], [one.bias.detach().numpy() for one in linears]
        )

    return run


def scikit_learn(work: Work, history: bool, clock: Clock) -> Run:
    """scikit-learn's MLPClassifier, which keeps a running loss of its own and never the whole set's."""
    from sklearn.neural_network import MLPClassifier

    y = work.y.argmax(axis=1) if work.softmax else work.y[:, 0].astype(int)
    model = MLPClassifier(
        [len(w) for w in work.weights[:-1]],
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=min(work.batch, len(work.x)),
        learning_rate_init=RATE,
        max_iter=work.epochs,
        shuffle=False,
        tol=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        n_iter_no_change=work.epochs + 1,
    )
    model.batch_size, size = 1, model.batch_size
    model.partial_fit(work.x[:1], y[:1], classes=np.arange(max(2, work.y.shape[1])))
    model.coefs_ = [w.T.copy() for w in work.weights]
    model.intercepts_ = [b.copy() for b in work.biases]
    del model._optimizer  # it holds the weights that partial_fit drew
    one_class = len(set(y.tolist())) == 1  # fit refuses that, partial_fit takes it
    model.batch_size, model.warm_start = size, not one_class

    def run() -> Weights:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            if one_class:
                for _ in range(work.epochs):
                    model.partial_fit(work.x, y)
            else:
                model.fit(work.x, y)
        return joined([w.T for w in model.coefs_], model.intercepts_)

    return run


def micrograd(work: Work, history: bool, clock: Clock) -> Run:
    """micrograd, a Value a number; exp and log are added to it."""
    from micrograd.engine import Value

    def sigmoid(z: Value) -> Value:
        out = Value(1 / (1 + math.exp(-z.data)), (z,), "sigmoid")

        def backward() -> None:
            z.grad += out.data * (1 - out.data) * out.grad

        out._backward = backward
        return out

    def log(a: Value) -> Value:
        out = Value(math.log(a.data), (a,), "log")

        def backward() -> None:
            a.grad += out.grad / a.data

        out._backward = backward
        return out

    layers = [[[Value(one) for one in row] for row in w.tolist()] for w in joined(work.weights, work.biases)]
    parameters = [one for layer in layers for row in layer for one in row]
    samples = list(zip(work.x.tolist(), work.y[:, 0].tolist(), strict=True))

    def predicted(x: list[float]) -> Value:
        a: list[float] | list[Value] = x
        for layer in layers:
            a = [sigmoid(sum((w * one for w, one in zip(row[1:], a, strict=True)), row[0])) for row in layer]
        return a[0]

    def step() -> None:
        total = Value(0.0)
        for x, y in samples:
            a = predicted(x)
            total = total + -(log(a) * y + log(1 - a) * (1 - y))
        loss = total * (1 / len(samples))
        for one in parameters:
            one.grad = 0.0
        loss.backward()
        for one in parameters:
            one.data -= RATE * one.grad

    def run() -> Weights:
        for _ in range(work.epochs):
            step()
        return [np.array([[one.data for one in row] for row in layer]) for layer in layers]

    return run


def jax(work: Work, history: bool, clock: Clock) -> Run:
    """JAX: a whole run in one compiled scan; compiling it is not timed."""
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    start = [(jnp.array(w), jnp.array(b)) for w, b in zip(work.weights, work.biases, strict=True)]
    size = min(work.batch, len(work.x))
    whole = len(work.x) // size * size
    x, y = jnp.array(work.x), jnp.array(work.y)
    parts = [one[:whole].reshape(-1, size, one.shape[1]) for one in (x, y)]

    def loss(parameters, x, y):
        for w, b in parameters[:-1]:
            x = jax.nn.sigmoid(x @ w.T + b)
        w, b = parameters[-1]
        z = x @ w.T + b
        if work.softmax:
            return -(y * jax.nn.log_softmax(z)).sum() / len(y)
        return (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).sum() / len(y)

    def step(parameters, batch):
        value, slopes = jax.value_and_grad(loss)(parameters, *batch)
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, slopes), value

    def epoch(parameters, _):
        parameters, values = jax.lax.scan(step, parameters, tuple(parts))
        if whole < len(x):
            parameters, _ = step(parameters, (x[whole:], y[whole:]))
        return parameters, loss(parameters, x, y) if history and work.is_told(0) else values[-1]

    @jax.jit
    def train(parameters):
        parameters, values = jax.lax.scan(epoch, parameters, length=work.epochs)
        return parameters, values, loss(parameters, x, y) if history and not work.is_told(0) else values[-1]

    jax.block_until_ready(train(start))

    def run() -> Weights:
        parameters, *_ = jax.block_until_ready(train(start))
        return joined([np.asarray(w) for w, _ in parameters], [np.asarray(b) for _, b in parameters])

    return run


ALL = dict.fromkeys(("W1", "W2", "W3", "W4", "W5", "W6"))
OURS = Peer(nnstep, "numpy", ALL)
PEERS = {
    "PyTorch": Peer(pytorch, "torch", ALL),
    "scikit-learn": Peer(scikit_learn, "scikit-learn", {**ALL, "W1": 300}),
    "micrograd": Peer(micrograd, "micrograd", {"W1": 2_000, "W2": 300}),
    "JAX": Peer(jax, "jax", ALL),
    "naive NumPy": Peer(naive, "numpy", ALL),
    "products alone": Peer(products, "numpy", {"W4": None, "W5": None, "W6": None}, checked=False),
}
