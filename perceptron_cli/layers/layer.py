"""A layer of a checked config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import product
from math import prod
from typing import Any

from perceptron_cli.given import Row
from perceptron_cli.records import record

Shape = tuple[int, ...]


@record
class Layer:
    """One layer; `inputs` is the number of neurons (or features) below it, `neurons` what it gives.

    `kind` is an entry of KINDS. A layer's parameters are a matrix of `size`, which is
    (neurons, 1 + inputs) where a layer is dense, with the bias in column 0; only the columns `learnt`
    are trained. `weights` are its rows, None where the layer is drawn: then `init` names an entry of
    INITIALIZERS with its options, and `biases` may be given.
    `shape` and `below` are the shapes of what it gives and takes, () for a list of numbers.
    """

    activation: str
    neurons: int
    inputs: int
    options: Mapping[str, float] = field(default_factory=dict)  # slope, theta
    weights: tuple[Row, ...] | None = None
    biases: Row | None = None
    init: str | None = None
    init_options: Mapping[str, float] = field(default_factory=dict)
    init_is_chosen: bool = False  # by what fits the activation, as the config names none
    kind: str = "dense"
    shape: Shape = ()
    below: Shape = ()
    settings: Mapping[str, Any] = field(default_factory=dict)  # kernel_size, rate, ..., as the kind has them
    dims: Shape | None = None  # of the parameters; None: (neurons, 1 + inputs)
    still: tuple[int, ...] = ()  # columns that are not learnt
    bias_columns: tuple[int, ...] = (0,)

    @property
    def size(self) -> tuple[int, int]:
        """The rows and columns of its parameters."""
        if self.dims is None:
            return self.neurons, 1 + self.inputs
        rows, columns = self.dims
        return rows, columns

    @property
    def is_dense(self) -> bool:
        """Whether every neuron takes every number below."""
        return self.kind == "dense"

    @property
    def has_bias(self) -> bool:
        """Whether there is a bias, learnt or not."""
        return bool(self.settings.get("bias", True))

    def columns(self, *, biases: bool = True) -> list[int]:
        """Return the columns of its parameters that are learnt, without the biases where they are not."""
        if not self.size[0]:
            return []
        return [
            c for c in range(self.size[1]) if c not in self.still and (biases or c not in self.bias_columns)
        ]

    def place(self, n: int) -> tuple[int, ...]:
        """Return the indices, from 1, of the number n (from 1) that it gives."""
        return place(self.shape, n)


def place(shape: Shape, n: int) -> tuple[int, ...]:
    """Return the indices, from 1, of number n (from 1) in a shape; () is a list."""
    if len(shape) < 2:
        return (n,)
    found, rest = [], n - 1
    for length in reversed(shape):
        rest, index = divmod(rest, length)
        found.append(index + 1)
    return tuple(reversed(found))


def number(shape: Shape, indices: tuple[int, ...]) -> int:
    """Return which number (from 1) of a shape stands at these indices. Raises IndexError outside it."""
    if len(shape) < 2:
        (n,) = indices if len(indices) == 1 else (0,)
        if n < 1:
            raise IndexError(indices)
        return n
    if len(indices) != len(shape) or not all(
        1 <= index <= length for index, length in zip(indices, shape, strict=True)
    ):
        raise IndexError(indices)
    n = 0
    for index, length in zip(indices, shape, strict=True):
        n = n * length + index - 1
    return n + 1


def places(shape: Shape) -> Iterator[tuple[int, ...]]:
    """Yield all indices of a shape, in order."""
    return product(*(range(1, length + 1) for length in shape))


def count(shape: Shape) -> int:
    """Return how many numbers a shape has."""
    return prod(shape)
