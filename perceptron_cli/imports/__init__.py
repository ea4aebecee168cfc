"""Networks of other libraries as configs: what each file holds is read, and nothing in it is run.

One module a format, named here without being imported, so that help costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from perceptron_cli.errors import InputError, Problem

if TYPE_CHECKING:
    from perceptron_cli.imports.stack import Stack

# by a file's ending: the module that reads it
FORMATS = {
    ".safetensors": "state_dict",
    ".pt": "state_dict",
    ".pth": "state_dict",
    ".onnx": "onnx",
    ".keras": "keras",
    ".skops": "sklearn",
    ".json": "own",
    ".py": "own",
    ".c": "own",
}
HINTS = {
    ".h5": "save it as Keras 3 does: model.save('model.keras')",
    ".pkl": "a pickle can run code: save the model with skops.io.dump(model, 'model.skops')",
    ".joblib": "a pickle can run code: save the model with skops.io.dump(model, 'model.skops')",
    ".pickle": "a pickle can run code: save the weights as .safetensors, .npz, .onnx or .keras",
}


def read(source: str, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network that a file has, or a link to TensorFlow Playground says.

    `shape` is what stands at its input, where the file does not say it.
    Raises InputError for a file that is damaged, too large or of another kind, and for what nnstep has not.
    """
    if source.startswith(("http://", "https://")):
        fetched: Stack = import_module("perceptron_cli.imports.playground").read(source)
        return fetched
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(FORMATS)
        message = f"expected a file that ends in {known}, or a link to TensorFlow Playground"
        raise InputError(Problem(message, file=source, hint=HINTS.get(suffix)))
    if not path.is_file():
        raise InputError(Problem("no such file", file=source))
    module = import_module(f"perceptron_cli.imports.{FORMATS[suffix]}")
    found: Stack = module.read(path, shape)
    return found
