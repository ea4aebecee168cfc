"""The weights of a PyTorch network: `.safetensors`, and `.pt` or `.pth` with a state dict.

A state dict has the parameters by their modules' names, in their order. What has none of them, an activation,
a pooling, how far a convolution steps, is not in it: activations are named on the command line, and for the
rest there is `from_torch`, which sees the modules.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

from perceptron_cli.errors import InputError, Problem
from perceptron_cli.imports import torch_weights
from perceptron_cli.imports.limits import damaged, require_few, require_package, require_small
from perceptron_cli.imports.stack import Stack

ROOTS = ("state_dict", "model_state_dict", "model", "net", "network", "module")  # of a checkpoint
HINT = "save the weights alone: torch.save(model.state_dict(), 'net.pt'), or use .safetensors"


def read(path: Path, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network of a state dict. Raises InputError for a file that is none."""
    require_small(path)
    arrays = _safetensors(path) if path.suffix.lower() == ".safetensors" else _pytorch(path)
    stack = Stack(path.stem, str(path), shape)
    stack.says_activations = False
    _stacked(stack, arrays)
    return stack


def _safetensors(path: Path) -> dict[str, Any]:
    library = require_package("safetensors", "safetensors")
    with damaged(path, "safetensors", library.SafetensorError):
        found = {}
        with library.safe_open(path, framework="numpy") as tensors:
            for name in tensors.offset_keys():  # in the order in which they were saved
                part = tensors.get_slice(name)
                require_few(_count(part.get_shape()), name, str(path))
                if part.get_dtype() not in ("F64", "F32", "F16"):
                    message = f"expected numbers of float16, float32 or float64, got {part.get_dtype()}"
                    raise InputError(Problem(message, file=str(path), key=name, hint="save it as float32"))
                found[name] = tensors.get_tensor(name)
        return found


def _count(shape: Any) -> int:
    total = 1
    for one in shape:
        total *= int(one)
    return total


def _pytorch(path: Path) -> dict[str, Any]:
    """Load with `weights_only`, which makes tensors and plain containers, and runs nothing else."""
    torch = require_package("torch", "torch")
    from pickle import UnpicklingError

    try:
        with damaged(path, "a state dict", RuntimeError, AttributeError, AssertionError), catch_warnings():
            simplefilter("ignore")  # of an old protocol, which is read all the same
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        strange = re.search(r"GLOBAL ([\w.]+)|([\w.]+) whose module", str(error))
        got = f"got {strange[1] or strange[2]}, which could run code" if strange else "got none"
        raise InputError(
            Problem(f"expected a state dict of tensors alone, {got}", file=str(path), hint=HINT)
        ) from None
    for root in ROOTS:
        if isinstance(loaded, dict) and isinstance(loaded.get(root), dict):
            loaded = loaded[root]
    tensors = {} if not isinstance(loaded, dict) else {
        str(name): one for name, one in loaded.items() if isinstance(one, torch.Tensor)
    }  # fmt: skip
    if not tensors:
        raise InputError(
            Problem(f"expected a state dict, got {type(loaded).__name__}", file=str(path), hint=HINT)
        )
    for name, one in tensors.items():
        require_few(one.numel(), name, str(path))
    with damaged(path, "tensors of numbers", RuntimeError):
        return {name: torch_weights.array(one) for name, one in tensors.items()}


def _stacked(stack: Stack, arrays: dict[str, Any]) -> None:
    """Add a layer for each module, in the order of the file."""
    modules: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        module, _, parameter = name.rpartition(".")
        modules.setdefault(module, {})[parameter] = array
    flat = [one for one in modules.values() if getattr(one.get("weight"), "ndim", 0) == 2]
    for module, own in modules.items():
        place = module or "(the model itself)"
        weight, bias = own.get("weight"), own.get("bias")
        axes = getattr(weight, "ndim", None)
        if "weight_ih_l0" in own:
            torch_weights.recurrent(stack, place, own)
        elif "in_proj_weight" in own:
            raise stack.fail(
                place,
                "a state dict does not say how many heads it has",
                "from Python: from_torch(model, x, y)",
            )
        elif "running_mean" in own:
            torch_weights.batch_norm(stack, place, own)
        elif axes == 2 and bias is None and _is_table(place, weight, flat):
            torch_weights.embedding(stack, place, weight)
        elif axes == 2 and set(own) <= {"weight", "bias"}:
            stack.dense(place, weight, bias)
        elif axes in (3, 4):
            torch_weights.convolution(stack, place, weight, bias)
            stack.notes.append(
                f"{place}: a state dict does not say its stride and padding; 1 and 0 are taken"
            )
        elif axes == 1 and bias is not None:
            stack.add(place, "layer_norm", gamma=weight, beta=bias)
        elif axes == 1:
            torch_weights.prelu(stack, place, weight)
        else:
            raise stack.fail(place, f"expected a layer's weights, got {', '.join(own)}")
    if not stack.layers:
        raise stack.fail("", "expected the weights of layers, got none")


def _is_table(place: str, weight: Any, flat: list[dict[str, Any]]) -> bool:
    """Whether a matrix without a bias is an embedding: by its name, or the first where nothing else fits."""
    return "emb" in place.lower() and flat[0]["weight"] is weight
