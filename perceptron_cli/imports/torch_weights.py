"""PyTorch's parameters as a layer's: its gates in their order, its shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from perceptron_cli.imports.stack import Stack

GATES = {4: ("lstm", "ifgo"), 3: ("gru", "rzn"), 1: ("rnn", "")}  # by how many there are


def array(tensor: Any) -> Any:
    """Return a tensor's numbers as an array: whatever has no type in NumPy (bfloat16) as float32."""
    plain = tensor.detach().cpu()
    return (plain if str(plain.dtype) != "torch.bfloat16" else plain.float()).numpy()


def recurrent(stack: Stack, place: str, own: Mapping[str, Any], **settings: Any) -> None:
    """Add an rnn, an lstm or a gru by how many gates its weights have; PyTorch resets after the product."""
    if "weight_ih_l1" in own or "weight_ih_l0_reverse" in own or "weight_hr_l0" in own:
        raise stack.fail(place, "nnstep has recurrent layers of one direction, each a layer of its own")
    of_input, of_state = own["weight_ih_l0"], own["weight_hh_l0"]
    units = of_state.shape[1]
    kind, gates = GATES.get(of_input.shape[0] // units, ("", ""))
    if not kind:
        raise stack.fail(place, f"expected 1, 3 or 4 gates, got weights of {of_input.shape}")

    def gate(number: int) -> dict[str, Any]:
        rows = slice(number * units, (number + 1) * units)
        found = {"w": of_input[rows], "u": of_state[rows]}
        if "bias_ih_l0" in own:
            found.update(b=own["bias_ih_l0"][rows], c=own["bias_hh_l0"][rows])
        return found

    weights: dict[str, Any] = {letter: gate(number) for number, letter in enumerate(gates)}
    if kind == "gru":
        settings["reset_after"] = True
    biases = "two" if "bias_ih_l0" in own else "none"
    stack.add(place, kind, biases=biases, weights=weights or gate(0), **settings)


def batch_norm(stack: Stack, place: str, own: Mapping[str, Any], **settings: Any) -> None:
    """Add a batch normalization with its running statistics; one without parameters scales by 1."""
    mean, var = own["running_mean"], own["running_var"]
    if stack.inputs is None:
        stack.inputs = (len(mean),)
    gamma, beta = own.get("weight"), own.get("bias")
    stack.add(
        place, "batch_norm", running_mean=mean, running_var=var,
        gamma=np.ones(len(mean)) if gamma is None else gamma,
        beta=np.zeros(len(mean)) if beta is None else beta, **settings,
    )  # fmt: skip


def embedding(stack: Stack, place: str, weight: Any) -> None:
    """Add an embedding: a row a token."""
    stack.add(place, "embedding", weights=weight)


def prelu(stack: Stack, place: str, weight: Any) -> None:
    """Add a ReLU with a slope that is learnt, one for all or one for each channel."""
    stack.add(place, "prelu", slope=weight, shared=weight.size == 1)


def convolution(stack: Stack, place: str, weight: Any, bias: Any, **settings: Any) -> None:
    """Add a convolution: weight (filters, channels, *size)."""
    kind = "conv1d" if weight.ndim == 3 else "conv2d"
    if stack.inputs is None:
        raise stack.fail(place, "the file does not say the size of the picture", "--input-shape 1,8,8")
    own: dict[str, Any] = {"bias": False} if bias is None else {"biases": bias}
    stack.add(
        place, kind, filters=int(weight.shape[0]), kernel_size=list(weight.shape[2:]),
        kernel=weight, **own, **settings,
    )  # fmt: skip
