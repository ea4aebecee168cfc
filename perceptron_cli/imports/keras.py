"""Keras 3: a model in memory, or a `.keras` archive, whose JSON and HDF5 are read and nothing is run."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from perceptron_cli.imports.limits import damaged, require_few, require_package, require_small
from perceptron_cli.imports.samples import plain, set_samples
from perceptron_cli.imports.stack import Stack

Arrays = Sequence[Any]


class Reading:
    """A Keras model's layers one by one: channels stand last in it, and first in nnstep."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.shape: tuple[int, ...] = ()  # of what is below, as Keras has it
        self.flattened: tuple[int, ...] | None = None  # the shape of a picture before it was flattened

    def start(self, shape: Sequence[Any], place: str) -> None:
        """Take the input's shape, of which the first axis are the samples."""
        if any(one is None for one in shape[1:]):
            raise self.stack.fail(place, f"expected an input of a fixed shape, got {list(shape[1:])}")
        self.shape = tuple(int(one) for one in shape[1:])
        self.stack.inputs = _channels_first(self.shape)

    def layer(self, place: str, kind: str, config: Mapping[str, Any], arrays: Arrays) -> None:
        """Add a layer. Raises InputError for one that nnstep has not, and for what it has not in one."""
        if kind not in LAYERS:
            raise self.stack.fail(place, f"nnstep has no layer for {kind}", f"it has {', '.join(LAYERS)}")
        for key in ("kernel_regularizer", "bias_regularizer", "kernel_constraint", "activity_regularizer"):
            if config.get(key) is not None:
                raise self.stack.fail(
                    place, f"nnstep has no {key} of one layer", "penalty: {l2: ...} is for all"
                )
        LAYERS[kind](self, place, config, arrays)
        if config.get("trainable") is False and arrays and kind != "BatchNormalization":
            self.stack.layers[-1]["frozen"] = True
        if isinstance(config.get("activation"), (str, Mapping)) and kind not in OWN_ACTIVATION:
            self._activate(place, config["activation"])

    def _activate(self, place: str, activation: Any) -> None:
        if not isinstance(activation, str):
            raise self.stack.fail(place, "nnstep has no activation that is a function of one's own")
        own = {"gelu": "gelu_tanh", "leaky_relu": "leaky_relu", "hard_sigmoid": "hard_sigmoid"}
        options = {"slope": 0.2} if activation == "leaky_relu" else {}
        self.stack.activate(
            place, "gelu" if activation == "gelu" else own.get(activation, activation), **options
        )

    def windows(self, axes: int, config: Mapping[str, Any], size: Sequence[int]) -> None:
        """Work out the shape that a convolution or a pooling leaves, but for the channels."""
        strides = _listed(config.get("strides") or size, axes)
        gaps = _listed(config.get("dilation_rate", 1), axes)
        lengths = []
        for length, one, stride, gap in zip(self.shape[:axes], size, strides, gaps, strict=True):
            whole = length if config["padding"] == "same" else length - gap * (one - 1)
            lengths.append(-(-whole // stride))
        self.shape = (*lengths, *self.shape[axes:])


def _channels_first(shape: Sequence[int]) -> tuple[int, ...]:
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else tuple(shape)


def _listed(value: Any, axes: int) -> list[int]:
    return [int(value)] * axes if isinstance(value, int) else [int(one) for one in value]


def _require(reading: Reading, place: str, config: Mapping[str, Any], **plainly: Any) -> None:
    """Raise InputError where a setting is in force that nnstep has not."""
    for key, value in plainly.items():
        found = config.get(key, value)
        if found != value and found is not None:
            raise reading.stack.fail(place, f"nnstep has no {key}={found}")


def _dense(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    kernel = arrays[0]
    if reading.flattened is not None:  # the columns go channel by channel in nnstep
        rows, columns, channels = reading.flattened
        kernel = kernel.reshape(rows, columns, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
        reading.flattened = None
    if len(reading.shape) > 2:
        raise reading.stack.fail(place, "expected a list or time steps below a Dense layer, got a picture")
    reading.stack.dense(place, kernel.T, arrays[1] if len(arrays) > 1 else None)
    reading.shape = (*reading.shape[:-1], kernel.shape[1])


def _convolution(axes: int) -> Callable[[Reading, str, Mapping[str, Any], Arrays], None]:
    def write(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
        _require(reading, place, config, groups=1, data_format="channels_last")
        if config["padding"] not in ("valid", "same"):
            raise reading.stack.fail(place, f"nnstep has no padding={config['padding']}")
        kernel = np.moveaxis(arrays[0], (-1, -2), (0, 1))
        own: dict[str, Any] = {"biases": arrays[1]} if len(arrays) > 1 else {"bias": False}
        size = list(kernel.shape[2:])
        reading.stack.add(
            place, f"conv{axes}d", filters=int(kernel.shape[0]), kernel_size=size, kernel=kernel,
            stride=_listed(config["strides"], axes), dilation=_listed(config["dilation_rate"], axes),
            padding=config["padding"], **own,
        )  # fmt: skip
        reading.windows(axes, config, size)
        reading.shape = (*reading.shape[:-1], int(kernel.shape[0]))

    return write


def _pooling(kind: str, axes: int) -> Callable[[Reading, str, Mapping[str, Any], Arrays], None]:
    def write(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
        _require(reading, place, config, padding="valid", data_format="channels_last")
        size = _listed(config["pool_size"], axes)
        reading.stack.add(place, kind, size=size, stride=_listed(config["strides"] or size, axes))
        reading.windows(axes, config, size)

    return write


def _whole_pool(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, keepdims=False, data_format="channels_last")
    reading.stack.add(place, "global_average_pool")
    reading.shape = reading.shape[-1:]


def _flatten(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    if len(reading.shape) == 3:
        reading.flattened = reading.shape
    if len(reading.shape) > 1:
        reading.stack.add(place, "flatten")
    size = 1
    for one in reading.shape:
        size *= one
    reading.shape = (size,)


def _dropout(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    if config["rate"]:
        reading.stack.add(place, "dropout", rate=float(config["rate"]))


def _batch_norm(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, axis=-1, center=True, scale=True)
    gamma, beta, mean, var = arrays
    reading.stack.add(
        place, "batch_norm", epsilon=float(config["epsilon"]), momentum=1 - float(config["momentum"]),
        gamma=gamma, beta=beta, running_mean=mean, running_var=var,
    )  # fmt: skip
    reading.stack.notes.append(
        f"{place}: Keras lets its running variance follow that of n, nnstep that of n - 1, as PyTorch does"
    )


def _layer_norm(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, center=True, scale=True)
    if config["axis"] not in (-1, [-1], [len(reading.shape)]) or len(reading.shape) > 2:
        raise reading.stack.fail(place, "nnstep normalises a list, or the features of each time step")
    gamma, beta = arrays
    reading.stack.add(place, "layer_norm", epsilon=float(config["epsilon"]), gamma=gamma, beta=beta)


def _activation(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    """The activation itself is added for every layer that has one."""


def _relu(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, max_value=None, threshold=0.0)
    slope = float(config.get("negative_slope") or 0)
    if slope:
        reading.stack.activate(place, "leaky_relu", slope=slope)
    else:
        reading.stack.activate(place, "relu")


def _elu(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    reading.stack.activate(place, "elu", alpha=float(config["alpha"]))


def _softmax(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, axis=-1)
    reading.stack.activate(place, "softmax")


def _embedding(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
    _require(reading, place, config, mask_zero=False)
    reading.stack.add(place, "embedding", weights=arrays[0])
    reading.shape = (*reading.shape, int(arrays[0].shape[1]))


def _recurrent(kind: str, gates: str) -> Callable[[Reading, str, Mapping[str, Any], Arrays], None]:
    def write(reading: Reading, place: str, config: Mapping[str, Any], arrays: Arrays) -> None:
        _require(
            reading, place, config, go_backwards=False, stateful=False, return_state=False, dropout=0.0,
            recurrent_dropout=0.0, recurrent_activation="sigmoid",
        )  # fmt: skip
        if kind != "rnn" and config["activation"] != "tanh":
            raise reading.stack.fail(place, f"nnstep has it with tanh, and this has {config['activation']}")
        of_input, of_state = arrays[0].T, arrays[1].T
        units = of_state.shape[1]
        bias = arrays[2] if len(arrays) > 2 else None
        twice = bias is not None and bias.ndim == 2  # a GRU that resets after the product

        def gate(number: int) -> dict[str, Any]:
            rows = slice(number * units, (number + 1) * units)
            found: dict[str, Any] = {"w": of_input[rows], "u": of_state[rows]}
            if bias is not None:
                both = bias if twice else [bias]
                found.update(zip("bc", (one[rows] for one in both), strict=False))
            return found

        weights: dict[str, Any] = {letter: gate(number) for number, letter in enumerate(gates)}
        more: dict[str, Any] = {"activation": config["activation"]} if kind == "rnn" else {}
        if kind == "gru":
            more["reset_after"] = bool(config["reset_after"])
        biases = "none" if bias is None else "two" if twice else "one"
        whole = bool(config["return_sequences"])
        reading.stack.add(
            place, kind, weights=weights or gate(0), biases=biases, return_sequences=whole, **more
        )
        reading.shape = (reading.shape[0], units) if whole else (units,)

    return write


LAYERS: dict[str, Callable[[Reading, str, Mapping[str, Any], Arrays], None]] = {
    "Dense": _dense, "Activation": _activation, "ReLU": _relu, "LeakyReLU": _relu, "ELU": _elu,
    "Softmax": _softmax, "Conv1D": _convolution(1), "Conv2D": _convolution(2),
    "MaxPooling1D": _pooling("max_pool", 1), "MaxPooling2D": _pooling("max_pool", 2),
    "AveragePooling1D": _pooling("average_pool", 1), "AveragePooling2D": _pooling("average_pool", 2),
    "GlobalAveragePooling1D": _whole_pool, "GlobalAveragePooling2D": _whole_pool,
    "Flatten": _flatten, "Dropout": _dropout, "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm, "Embedding": _embedding,
    "SimpleRNN": _recurrent("rnn", ""), "LSTM": _recurrent("lstm", "ifgo"), "GRU": _recurrent("gru", "zrn"),
}  # fmt: skip
OWN_ACTIVATION = frozenset({"SimpleRNN", "LSTM", "GRU"})

LOSSES = {
    "categorical_crossentropy": "categorical_cross_entropy",
    "sparse_categorical_crossentropy": "categorical_cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "mean_squared_error": "mean_squared_error", "mse": "mean_squared_error",
    "mean_absolute_error": "mean_absolute_error", "mae": "mean_absolute_error",
    "huber": "huber", "log_cosh": "log_cosh",
}  # fmt: skip


def _set_loss(stack: Stack, loss: Any, outputs: int) -> None:
    """Take a compiled loss, a name or the config of one."""
    config = loss.get("config", {}) if isinstance(loss, Mapping) else {}
    name = loss.get("class_name", "") if isinstance(loss, Mapping) else loss
    if name == "function" or not isinstance(name, str):
        name = str(config)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    if name not in LOSSES:
        raise stack.fail("loss", f"nnstep has no loss {name} of Keras", f"it has {', '.join(LOSSES)}")
    own = LOSSES[name]
    if config.get("reduction") not in (None, "sum_over_batch_size", "sum"):
        raise stack.fail("loss", f"nnstep has no reduction {config['reduction']}")
    if name == "binary_crossentropy" and outputs > 1:
        raise stack.fail("loss", "Keras takes the mean over the outputs too, and nnstep adds them up")
    if config.get("from_logits"):
        stack.layers[-1].pop("activation", None)
        stack.activate("loss", "sigmoid" if name.startswith("binary") else "softmax")
    settings = {}
    if name == "huber":
        settings["delta"] = float(config.get("delta", 1.0))
    if config.get("label_smoothing"):
        settings["label_smoothing"] = float(config["label_smoothing"])
    stack.loss = {"name": own, **settings} if settings else own
    if config.get("reduction") == "sum":
        stack.training["reduction"] = "sum"


def _set_optimizer(stack: Stack, name: str, config: Mapping[str, Any]) -> None:
    """Take an optimizer's settings."""
    rate = config["learning_rate"]
    if not isinstance(rate, (int, float)):
        stack.notes.append("the learning rate follows a schedule of Keras, which is left out")
        rate = rate["config"].get("initial_learning_rate", 0.01) if isinstance(rate, Mapping) else 0.01
    options: dict[str, Any] = {}
    for key in ("weight_decay", "clipnorm", "clipvalue", "use_ema", "gradient_accumulation_steps"):
        if config.get(key):
            raise stack.fail("optimizer", f"nnstep has no {key} as Keras has it")
    if name == "SGD":
        own = "gradient_descent"
        if config["momentum"]:
            own = "nesterov" if config["nesterov"] else "momentum"
            options["momentum"] = float(config["momentum"])
    elif name == "Adam" and not config.get("amsgrad"):
        own = "adam_hat"
        names = {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"}
        options = {key: float(config[theirs]) for key, theirs in names.items()}
    elif name == "Adadelta":
        own, options = "adadelta", {"decay": float(config["rho"]), "epsilon": float(config["epsilon"])}
    else:
        raise stack.fail("optimizer", f"nnstep has no {name} of Keras", "it has SGD, Adam and Adadelta")
    if config.get("global_clipnorm"):
        stack.training["clip"] = {"name": "norm", "limit": float(config["global_clipnorm"])}
    stack.training["learning_rate"] = _short(float(rate))
    stack.training["optimizer"] = {"name": own, **options}


def _short(value: float) -> float:
    """Return a number of float32 as it was written: 0.001, not 0.0010000000474974513."""
    short = float(str(np.float32(value)))
    return short if float(np.float32(value)) == value else value


def read(path: Path, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network of a `.keras` archive. Raises InputError for what is none."""
    require_small(path)
    h5py = require_package("h5py", "keras")
    with damaged(path, "a model that Keras 3 has saved", zipfile.BadZipFile, AttributeError, RuntimeError):
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            weights = archive.read("model.weights.h5")
        stack = Stack(path.stem, str(path), shape)
        with h5py.File(io.BytesIO(weights)) as stored:
            _of_config(stack, config, lambda group: _stored(stack, stored, group))
    return stack


def _stored(stack: Stack, stored: Any, group: str) -> list[Any]:
    """Return a layer's arrays in their order. Raises InputError for one that stands in another file."""
    where, folder = "", stored
    for name in (*group.split("/"), "vars"):
        where = f"{where}/{name}".lstrip("/")
        if name not in folder:
            return []
        folder = _inside(stack, folder, name, where)
    found = []
    for number in range(len(folder)):
        one = _inside(stack, folder, str(number), f"{where}/{number}")
        require_few(int(one.size), f"{where}/{number}", stack.file)
        if one.external or one.is_virtual:
            raise stack.fail(f"{where}/{number}", "expected the numbers in the file itself")
        found.append(one[()])
    return found


def _inside(stack: Stack, folder: Any, name: str, where: str) -> Any:
    """Return what a group of HDF5 has under a name, unless that leads elsewhere."""
    if type(folder.get(name, getlink=True)).__name__ != "HardLink":
        raise stack.fail(where, "expected the numbers in the file itself, and it leads to another place")
    return folder[name]


def _of_config(stack: Stack, config: Mapping[str, Any], arrays_of: Callable[[str], list[Any]]) -> None:
    """Put a Sequential or a chain of a Functional together; an archive counts its layers by their class."""
    kind = config["class_name"]
    if kind not in ("Sequential", "Functional"):
        raise stack.fail("config.json", f"expected a Sequential or a Functional model, got {kind}")
    layers = config["config"]["layers"]
    if kind == "Functional":
        _require_chain(stack, layers)
    reading = Reading(stack)
    counted: dict[str, int] = {}
    for layer in layers:
        name, own, class_name = layer["config"]["name"], layer["config"], layer["class_name"]
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z]+)", "_", class_name).lower()
        number = counted.get(snake, 0)
        counted[snake] = number + 1
        if class_name == "InputLayer":
            reading.start(own["batch_shape"], name)
            continue
        if not reading.shape:
            reading.start(
                config["config"].get("build_input_shape") or layer["build_config"]["input_shape"], name
            )
        group = f"layers/{snake}_{number}" if number else f"layers/{snake}"
        arrays = arrays_of(group) or arrays_of(f"{group}/cell")
        reading.layer(name, class_name, own, arrays)
    compiled = config.get("compile_config") or {}
    _compiled(stack, compiled.get("loss"), compiled.get("optimizer"), reading.shape)


def _require_chain(stack: Stack, layers: Sequence[Mapping[str, Any]]) -> None:
    """Raise InputError where a layer takes anything but what the one before it gives."""
    before = None
    for layer in layers:
        taken = re.findall(r"'keras_history': \['([^']+)'", str(layer.get("inbound_nodes", [])))
        name = layer["config"]["name"]
        if before is not None and taken != [before]:
            got = ", ".join(taken) or "none"
            raise stack.fail(name, f"expected each layer to take the one before it, got {got}")
        before = name


def _compiled(stack: Stack, loss: Any, optimizer: Any, shape: Sequence[int]) -> None:
    if loss is not None:
        _set_loss(stack, loss, shape[-1])
    if optimizer is not None:
        config = optimizer["config"] if isinstance(optimizer, Mapping) else {}
        name = optimizer["class_name"] if isinstance(optimizer, Mapping) else str(optimizer)
        if config:
            _set_optimizer(stack, name, config)


def of_model(model: Any, name: str) -> Stack:
    """Return the network of a model in memory, with the loss and the optimizer that it was compiled with."""
    keras = require_package("keras", "keras")
    stack = Stack(name)
    reading = Reading(stack)
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        if not reading.shape:
            reading.start(model.input_shape, layer.name)
        arrays = [plain(keras.ops.convert_to_numpy(one)) for one in layer.weights if "seed" not in one.path]
        reading.layer(layer.name, type(layer).__name__, layer.get_config(), arrays)
    if type(model).__name__ == "Functional":
        _require_chain(stack, model.get_config()["layers"])
    if getattr(model, "compiled", False):
        told = model.get_compile_config() or {}
        optimizer = told.get("optimizer")
        if optimizer is not None and not isinstance(optimizer, Mapping):
            optimizer = keras.saving.serialize_keras_object(model.optimizer)
        _compiled(stack, told.get("loss"), optimizer, reading.shape)
    return stack


def set_samples_of(stack: Stack, x: Any, y: Any) -> None:
    """Take samples in Keras's order of axes."""
    x = plain(x)
    if x.ndim == 4:
        x = x.transpose(0, 3, 1, 2)
    found = None if y is None else plain(y)
    if found is not None and found.ndim == 2 and found.shape[1] == 1 and found.dtype.kind in "iu":
        found = found[:, 0]
    set_samples(stack, x, found)
