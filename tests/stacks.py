"""Random networks of layers of every kind, as mappings that the config reader takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from perceptron_cli import spec
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config

SMOOTH = ["sigmoid", "tanh", "softplus", "elu", "linear", "leaky_relu"]


def numbers(rng: np.random.Generator, *shape: int) -> Any:
    return rng.normal(size=shape).round(3).tolist()


class Stack:
    """Layers being put on each other, with the shape that the last one gives."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
        self.rng = rng
        self.shapes = [shape]
        self.layers: list[dict[str, Any]] = []
        self.over_time = False

    @property
    def shape(self) -> tuple[int, ...]:
        return self.shapes[-1]

    def put(self, shape: tuple[int, ...], **layer: Any) -> None:
        self.layers.append(layer)
        self.shapes.append(shape)

    def options(self) -> list[str]:
        """The kinds that fit on what is there."""
        kinds = ["activation", "scale", "dropout", "batch_norm", "layer_norm", "residual", "prelu"]
        if len(self.shape) == 1:
            kinds += ["dense", "dense_shared_bias"]
            kinds += ["conv1d"] if self.shape[0] > 1 else []
        if len(self.shape) == 3 or (len(self.shape) == 2 and not self.layers):
            kinds += ["conv2d", "max_pool", "average_pool", "global_average_pool"]
        if len(self.shape) == 2:
            kinds += ["conv1d", "conv1d"]
            kinds += ["max_pool", "average_pool", "global_average_pool"] if self.over_time else []
            kinds += ["rnn", "lstm", "gru", "attention", "dense_over_time", "positional_encoding"]
        return kinds + (["flatten"] if len(self.shape) > 1 else [])

    def add(self, kind: str, activation: str) -> None:
        """Put a layer of a kind, with random parameters and settings."""
        rng, shape = self.rng, self.shape
        match kind:
            case "dense":
                n = int(rng.integers(1, 4))
                more: dict[str, Any] = {"weights": numbers(rng, n, shape[0])}
                more |= {"bias": False} if rng.random() < 0.3 else {"biases": numbers(rng, n)}
                self.put((n,), activation=activation, **more)
            case "dense_shared_bias":
                n = int(rng.integers(1, 4))
                weights = numbers(rng, n, shape[0])
                self.put((n,), kind=kind, activation=activation, weights=weights, biases=0.3)
            case "prelu":
                rows = shape[0] if len(shape) == 3 else shape[-1]
                given = (
                    {"slope": numbers(rng, rows), "shared": False} if rng.random() < 0.5 else {"slope": 0.2}
                )
                self.put(shape, kind=kind, **given)
            case "activation":
                self.put(shape, kind=kind, activation=activation)
            case "scale":
                self.put(shape, kind=kind, factor=round(float(rng.normal()), 2))
            case "flatten":
                self.put((int(np.prod(shape)),), kind=kind)
            case "dropout":
                mask = rng.integers(0, 2, shape).tolist()
                self.put(shape, kind=kind, rate=0.25, **({"mask": mask} if rng.random() < 0.5 else {}))
            case "batch_norm" | "layer_norm":
                rows = shape[0] if len(shape) == 3 and kind == "batch_norm" else shape[-1]
                rows = int(np.prod(shape)) if kind == "layer_norm" and len(shape) != 2 else rows
                self.put(shape, kind=kind, gamma=numbers(rng, rows), beta=numbers(rng, rows), epsilon=0.1)
            case "residual":
                fitting = [l for l, one in enumerate(self.shapes) if one == shape]
                self.put(shape, kind=kind, **{"from": int(rng.choice(fitting))})
            case "positional_encoding":
                self.put(shape, kind=kind)
                self.over_time = True
            case "dense_over_time":
                n = int(rng.integers(1, 4))
                weights = numbers(rng, n, shape[1])
                self.put(
                    (shape[0], n), kind=kind, activation=activation, weights=weights, biases=numbers(rng, n)
                )
                self.over_time = True
            case "rnn" | "lstm" | "gru":
                self._recurrent(kind)
            case "attention":
                self._attention()
            case "conv1d" | "conv2d":
                self._convolution(kind, activation)
            case "global_average_pool":
                channels = shape[-1:] if self.over_time else shape[:1] if len(shape) == 3 else (1,)
                self.put(channels, kind=kind)
            case _:
                self._pooling(kind)

    def _convolution(self, kind: str, activation: str) -> None:
        rng, shape = self.rng, self.shape
        flat = kind == "conv1d"
        channels, lengths = (
            (shape[1] if len(shape) == 2 else 1, shape[:1])
            if flat
            else (1 if len(shape) == 2 else shape[0], shape[-2:])
        )
        filters = int(rng.integers(1, 3))
        size = tuple(int(rng.integers(1, min(3, length) + 1)) for length in lengths)
        stride = tuple(int(rng.integers(1, 3)) for _ in lengths)
        dilation = tuple(
            2 if one * 2 - 1 <= length and rng.random() < 0.3 else 1
            for one, length in zip(size, lengths, strict=True)
        )
        padding = ["valid", "same", 1][int(rng.integers(3))]
        given = []
        for length, one, step, gap in zip(lengths, size, stride, dilation, strict=True):
            reach = gap * (one - 1) + 1
            if padding == "same":
                given.append(-(-length // step))
            else:
                given.append((length + (2 if padding == 1 else 0) - reach) // step + 1)
        made = (*given, filters) if flat else (filters, *given)
        self.put(
            made,
            kind=kind,
            kernel=numbers(rng, filters, channels, *size),
            biases=numbers(rng, filters),
            stride=list(stride),
            dilation=list(dilation),
            padding=padding,
            flip=bool(rng.random() < 0.3),
            activation=activation,
        )  # fmt: skip
        self.over_time = self.over_time or flat

    def _recurrent(self, kind: str) -> None:
        rng, (steps, features) = self.rng, self.shape
        units = int(rng.integers(1, 4))
        more: dict[str, Any] = {}
        if rng.random() < 0.5:
            more["initial_state"] = numbers(rng, units)
        if kind == "lstm" and rng.random() < 0.5:
            more["initial_cell"] = numbers(rng, units)
        if kind == "gru":
            more["reset_after"] = bool(rng.random() < 0.5)
        if kind == "rnn":
            more["activation"] = str(rng.choice(["tanh", "sigmoid", "linear"]))
        weights = {}
        for gate in {"rnn": "x", "lstm": "ifgo", "gru": "zrn"}[kind]:
            weights[gate] = {
                "w": numbers(rng, units, features),
                "u": numbers(rng, units, units),
                "b": numbers(rng, units),
            }
        more["biases"] = str(rng.choice(["one", "one", "two", "none"]))
        for name, gate in weights.items():
            if more["biases"] == "none":
                del gate["b"]
            elif more["biases"] == "two" or (name == "n" and more.get("reset_after")):
                gate["c"] = numbers(rng, units)
        whole = bool(rng.random() < 0.5)
        own = weights["x"] if kind == "rnn" else weights
        shape = (steps, units) if whole else (units,)
        self.put(shape, kind=kind, weights=own, return_sequences=whole, **more)
        self.over_time = self.over_time or whole

    def _attention(self) -> None:
        rng, (steps, features) = self.rng, self.shape
        heads = int(rng.integers(1, 3))
        units = heads * int(rng.integers(1, 3))
        letters = "qkvo" if rng.random() < 0.5 else "qkv"
        weights = {letter: numbers(rng, units, units if letter == "o" else features) for letter in letters}
        more: dict[str, Any] = {"causal": bool(rng.random() < 0.5)}
        if rng.random() < 0.5:
            more["biases"] = True
            weights |= {f"{letter}_bias": numbers(rng, units) for letter in letters}
        if rng.random() < 0.5:
            more["key_mask"] = [1, *rng.integers(0, 2, steps - 1).tolist()]
        self.put((steps, units), kind="attention", heads=heads, weights=weights, **more)
        self.over_time = True

    def _pooling(self, kind: str) -> None:
        rng, shape = self.rng, self.shape
        lengths = shape[:1] if self.over_time else shape[-2:]
        size = [int(rng.integers(1, min(3, length) + 1)) for length in lengths]
        stride = [int(rng.integers(1, 3)) for _ in lengths]
        given = tuple(
            (length - one) // step + 1 for length, one, step in zip(lengths, size, stride, strict=True)
        )
        made = (*given, shape[1]) if self.over_time else (*shape[:-2], *given)
        self.put(made, kind=kind, size=size, stride=stride)


def stack(
    seed: int,
    shape: tuple[int, ...],
    kinds: int,
    loss: str = "half_squared_error",
    samples: int = 1,
    **training: Any,
) -> dict[str, Any]:
    """Return a random network as a mapping; it ends with a dense layer of two neurons."""
    rng = np.random.default_rng(seed)
    built = Stack(rng, shape)
    for _ in range(kinds):
        built.add(str(rng.choice(built.options())), str(rng.choice(SMOOTH)))
    if len(built.shape) > 1:
        built.add("flatten", "linear")
    output = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}.get(loss, "linear")
    weights = numbers(rng, 2, built.shape[0])
    built.put((2,), activation=output, weights=weights, biases=numbers(rng, 2))
    targets = [int(rng.integers(2)) if output == "softmax" else numbers(rng, 2) for _ in range(samples)]
    if output == "sigmoid":
        targets = [rng.integers(0, 2, 2).tolist() for _ in range(samples)]
    return {
        "network": {"inputs": list(shape) if len(shape) > 1 else shape[0], "layers": built.layers},
        "loss": loss,
        "samples": [{"x": numbers(rng, *shape), "y": y} for y in targets],
        "training": {"learning_rate": 0.1, **training},
    }


SHAPES = [(4,), (6,), (4, 4), (5, 2), (2, 4, 3), (1, 5, 5)]


@st.composite
def stacks(draw: st.DrawFn) -> Config:
    """Draw a network of up to four layers of any kind."""
    return spec.load(
        stack(
            draw(st.integers(0, 100_000)),
            draw(st.sampled_from(SHAPES)),
            draw(st.integers(1, 4)),
            draw(
                st.sampled_from(["half_squared_error", "binary_cross_entropy", "categorical_cross_entropy"])
            ),
            draw(st.integers(2, 3)),
            reduction=draw(st.sampled_from(["mean", "sum"])),
            optimizer=draw(st.sampled_from(list(OPTIMIZERS))),
            clip=draw(st.sampled_from(["none", {"name": "norm", "limit": 0.5}])),
            update_biases=draw(st.booleans()),
        )
    )
