"""A network as a program or a file for another library, with nnstep's numbers to check it by.

One file a target. Targets are named here without being imported, so that help costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perceptron_cli.spec.config import Config


class Target(NamedTuple):
    """What a network is written for: the module that writes it, and how the file is called and used."""

    module: str
    suffix: str
    summary: str
    next_step: str  # what to run, with the file's name in it
    comment: str | None = "#  "  # begins a line of the config; None where the file has a place for it


TARGETS = {
    "numpy": Target("perceptron_cli.export.numpy", ".py", "a script that needs NumPy alone", "python {}"),
    "pytorch": Target("perceptron_cli.export.pytorch", ".py", "a module and its script", "python {}"),
    "onnx": Target(
        "perceptron_cli.export.onnx", ".onnx", "the forward pass, for onnxruntime and others",
        "python -c \"import onnxruntime; onnxruntime.InferenceSession('{}')\"", None,
    ),
    "jax": Target("perceptron_cli.export.python", ".py", "a script, its gradient by JAX", "python {}"),
    "keras": Target("perceptron_cli.export.keras", ".py", "a Keras model and its script", "python {}"),
    "sklearn": Target("perceptron_cli.export.sklearn", ".py", "a perceptron of scikit-learn", "python {}"),
    "formula": Target(
        "perceptron_cli.export.formula", ".txt", "the prediction as one formula", "cat {}", ""
    ),
    "c": Target(
        "perceptron_cli.export.c", ".c", "one C99 file, straight code in double",
        "cc -O2 -std=c99 {} -lm && ./a.out", "// ",
    ),
}  # fmt: skip


def export(config: Config, target: str, folder: str = "") -> str | bytes:
    """Return the text of a script, or a file's bytes; it carries the config, for `nnstep import`.

    `folder` is where the file will stand, as seen from which the config names its data.
    Raises InputError where the target has no such activation, loss, optimizer or setting, and
    NumberError where the step that a script checks itself by leaves the finite numbers.
    """
    from perceptron_cli.export.carried import as_comment, config_text

    own = TARGETS[target]
    text = config_text(config, folder)
    if own.comment is None:
        content: str | bytes = import_module(own.module).write(config, text)
        return content
    script: str = import_module(own.module).write(config)
    return script + as_comment(text, own.comment) if own.comment else script
