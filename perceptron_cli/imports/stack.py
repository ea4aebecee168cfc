"""A network in nnstep's words, put together layer by layer by whatever read it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.losses import LOSSES
from perceptron_cli.spec import parse
from perceptron_cli.spec.config import Config

# what others call an activation or a loss
ALIASES = {
    "logistic": "sigmoid", "identity": "linear", "none": "linear", "swish": "silu", "leakyrelu": "leaky_relu",
    "logsoftmax": "log_softmax", "hardsigmoid": "hard_sigmoid", "mse": "mean_squared_error",
    "mae": "mean_absolute_error", "bce": "binary_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "crossentropy": "cross_entropy", "categorical_crossentropy": "categorical_cross_entropy",
    "sparse_categorical_crossentropy": "categorical_cross_entropy", "nll": "negative_log_likelihood",
    "kld": "kl_divergence", "logcosh": "log_cosh", "nll_loss": "negative_log_likelihood",
}  # fmt: skip
# the loss that goes with an output, where no file says one
LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "categorical_cross_entropy",
    "log_softmax": "negative_log_likelihood",
}
WITH_ACTIVATION = frozenset({"dense", "conv1d", "conv2d", "dense_over_time", "dense_shared_bias"})


def shortest(array: Any) -> Array:
    """Return numbers as float64: of float32 the decimal with the fewest digits, as it would be written."""
    found = np.asarray(array)
    if found.dtype.kind == "f" and found.dtype.itemsize < 8:
        return found.astype(str).astype(np.float64)
    return found.astype(np.float64)


def known_name(name: str, table: Mapping[str, Any]) -> str:
    """Return nnstep's name of an activation or a loss. Raises InputError for one that it has not."""
    plain = name.strip().lower().replace("-", "_")
    plain = ALIASES.get(plain, plain)
    if plain not in table and plain != "cross_entropy":
        raise InputError(f"nnstep has no {name}", hint=f"it has {', '.join(table)}")
    return plain


class Value(NamedTuple):
    """A value by nnstep's name, z[1] or a[1]; turned where PyTorch has channels before steps."""

    name: str
    turned: bool = False


class Stack:
    """The layers so far, the loss and the training, as a config has them.

    `shape` is what a layer gives, channels first, steps first: (3,), (1, 8, 8), (steps, features);
    None until it is known. `notes` are for the person who imports.
    """

    def __init__(self, name: str, file: str = "", shape: Sequence[int] | None = None) -> None:
        self.name, self.file = name, file
        self.inputs: tuple[int, ...] | None = None if shape is None else tuple(shape)
        self.layers: list[dict[str, Any]] = []
        self.places: list[str] = []  # what each layer is called in the file
        self.loss: Any = None
        self.penalty: dict[str, Any] | None = None
        self.training: dict[str, Any] = {}
        self.samples: list[dict[str, Any]] = []
        self.values: dict[str, Value] = {}  # what each call of a module gives
        self.notes: list[str] = []
        self.whole: Config | None = None  # where a file has the config itself
        self.says_activations = True  # so that a layer without one has none: not in a state dict

    def fail(self, place: str, message: str, hint: str | None = None) -> InputError:
        """Return the error for something at a place of the file that nnstep has not."""
        return InputError(Problem(message, file=self.file or self.name, key=place or None, hint=hint))

    def add(self, place: str, kind: str, **settings: Any) -> None:
        """Add a layer; arrays among its settings become lists, and what is None is left out."""
        layer: dict[str, Any] = {} if kind == "dense" else {"kind": kind}
        for key, value in settings.items():
            if value is not None:
                layer[key] = self.listed(place, value)
        self.layers.append(layer)
        self.places.append(place)

    def listed(self, place: str, value: Any) -> Any:
        """Return arrays as lists, wherever they stand. Raises InputError for a number that is not finite."""
        if isinstance(value, Mapping):
            return {key: self.listed(place, one) for key, one in value.items()}
        if not hasattr(value, "dtype"):
            return value
        found = shortest(value)
        if not np.isfinite(found).all():
            raise self.fail(place, "expected finite numbers, got inf or nan")
        return found.tolist()

    def dense(self, place: str, weight: Any, bias: Any, **settings: Any) -> None:
        """Add a dense layer: weight (neurons, inputs), bias (neurons) or None; of each step in a sequence."""
        if self.inputs is None:
            self.inputs = (int(weight.shape[1]),)
        kind = "dense_over_time" if self._steps() else "dense"
        own: dict[str, Any] = {"bias": False} if bias is None else {"biases": bias}
        self.add(place, kind, weights=weight, **own, **settings)

    def _steps(self) -> bool:
        """Whether what is below are time steps, as after an embedding, attention, or a whole sequence."""
        sequence = len(self.inputs or ()) == 2
        for layer in self.layers:
            match layer.get("kind"):
                case "embedding":
                    sequence = True
                case "conv2d" | "flatten" | "global_average_pool":
                    sequence = False
                case "rnn" | "lstm" | "gru":
                    sequence = bool(layer.get("return_sequences"))
        return sequence

    def activate(self, place: str, name: str, **options: Any) -> None:
        """Add an activation: to the layer below where that has none yet, else as a layer of its own."""
        name = known_name(name, ACTIVATIONS)
        below = self.layers[-1] if self.layers else None
        takes = below is not None and below.get("kind", "dense") in WITH_ACTIVATION
        if below is not None and takes and "activation" not in below:
            below["activation"] = name
            below.update(options)
        elif name != "linear":
            self.add(place, "activation", activation=name, **options)

    @property
    def output(self) -> str | None:
        """The activation of the last layer, None where nothing says it."""
        last = self.layers[-1] if self.layers else {}
        silent = "linear" if self.says_activations else None
        activation: str | None = last.get("activation", silent)
        return activation

    def name_activations(self, names: Sequence[str]) -> None:
        """Give each layer that can have an activation the one that a person says."""
        own = self._activated()
        if len(names) != len(own):
            told = ", ".join(f"{place} ({one.get('kind', 'dense')})" for place, one in own)
            raise InputError(
                f"--activations: expected {len(own)} names, one for each of {told}; got {len(names)}"
            )
        for (_, layer), name in zip(own, names, strict=True):
            layer["activation"] = known_name(name, ACTIVATIONS)

    def _activated(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the layers that can have an activation, each with what it is called in the file."""
        placed = zip(self.places, self.layers, strict=True)
        return [(place, one) for place, one in placed if one.get("kind", "dense") in WITH_ACTIVATION]

    def name_loss(self, name: str) -> None:
        """Take the loss that a person says."""
        self.loss = known_name(name, LOSSES)

    def config(self) -> Config:
        """Return the config. Raises InputError where an activation is missing, or the layers do not fit."""
        if self.whole is not None:
            return self.whole
        own = self._activated()
        missing = [(place, one) for place, one in own if "activation" not in one]
        if self.says_activations:
            for _, one in missing:
                one["activation"] = "linear"
        elif missing:
            told = ", ".join(place for place, _ in missing)
            example = ",".join(["relu"] * (len(own) - 1) + ["softmax"])
            raise self.fail(
                "", f"the file does not say the activations of {told}", f"--activations {example}"
            )
        return parse_document(self._document(), self.file or self.name)

    def shape_alone(self) -> Config:
        """Return a config for the matrices of its layers: what it is trained by does not count."""
        loss, samples, training = self.loss, self.samples, self.training
        self.loss, self.samples, self.training = None, [], {}
        try:
            for _, one in self._activated():
                one.setdefault("activation", "linear")
            return parse_document(self._document(), self.file or self.name)
        finally:
            self.loss, self.samples, self.training = loss, samples, training

    def _document(self) -> dict[str, Any]:
        shape = self.inputs or ()
        network: dict[str, Any] = {"layers": self.layers}
        if shape:
            network["inputs"] = list(shape) if len(shape) > 1 else shape[0]
        if self.loss is None and self.output in LOSS_OF:
            self.loss = LOSS_OF[self.output]
            self.notes.append(
                f"the file says no loss; {self.loss} is taken, which goes with {self.output} (--loss)"
            )
        document: dict[str, Any] = {"name": self.name, "network": network}
        if self.loss is not None:
            document["loss"] = self.loss
        if self.penalty:
            document["penalty"] = self.penalty
        document["samples"] = self.samples or [self._placeholder(shape)]
        if self.training:
            document["training"] = self.training
        return document

    def _placeholder(self, shape: Sequence[int]) -> dict[str, Any]:
        """Return a sample to stand there until somebody writes a real one."""
        self.notes.append("the file has no sample: x is 1 for each input; write your own x and y")
        token = bool(self.layers) and self.layers[0].get("kind") == "embedding"
        x = np.zeros(shape, dtype=int) if token else np.ones(shape)
        sample: dict[str, Any] = {"x": x.tolist()}
        if self.loss is not None:
            document = {
                "network": {"layers": self.layers, "inputs": list(shape) if len(shape) > 1 else shape[0]},
                "sample": sample,
            }
            probe = parse_document(document, self.file or self.name)
            given = probe.layers[-1].shape or (probe.layers[-1].neurons,)
            y = np.zeros(given)
            if "hinge" in str(self.loss) or str(self.loss).startswith(
                ("categorical", "negative", "kl", "cross")
            ):
                y.reshape(-1, given[-1])[:, 0] = 1
            sample["y"] = y.tolist()
        return sample


def parse_document(document: dict[str, Any], file: str) -> Config:
    """Return the config of a dict. Raises InputError where it is wrong, by key alone."""
    try:
        return parse(json.dumps(document), file)
    except InputError as error:
        told = [Problem(one.message, file=file, key=one.key, hint=one.hint) for one in error.problems]
        raise InputError(told) from None
