"""A coupled activation over time: softmax of each time step's numbers, apart from the other steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perceptron_cli.activation import Activation
from perceptron_cli.arrays import Array, Options, Run
from perceptron_cli.expr import Expr, Number


def over_steps(base: Activation, size: int) -> Activation:
    """Return the activation that takes every `size` numbers of a layer for themselves."""

    def cuts(z: Array) -> list[slice]:
        return [slice(start, start + size) for start in range(0, len(z), size)]

    def forward(z: Array, a: Array, options: Options) -> Run:
        return _all([base.forward(z[cut], a[cut], options) for cut in cuts(z)])

    def backward(a: Array, da: Array, dz: Array) -> Run:
        own = base.backward
        assert own is not None
        return _all([own(a[cut], da[cut], dz[cut]) for cut in cuts(a)])

    def group(numbers: Sequence[Expr], j: int) -> tuple[Sequence[Expr], int]:
        start = j - j % size
        return numbers[start : start + size], j - start

    def formulas(z: Sequence[Expr], j: int, options: Options) -> tuple[Expr, ...]:
        own, place = group(z, j)
        return base.formulas(own, place, options)

    def slope_formula(z: Sequence[Expr], a: Sequence[Expr], k: int, j: int, options: Options) -> Expr:
        if k // size != j // size:
            return Number(0)
        own, place = group(a, j)
        return base.slope_formula(group(z, j)[0], own, k % size, place, options)

    def jacobian(a: Array) -> Array:
        from numpy import zeros

        found = zeros((len(a), len(a)))
        for cut in cuts(a):
            found[cut, cut] = base.jacobian(a[cut])
        return found

    return replace(
        base,
        forward=forward,
        backward=backward,
        formulas=formulas,
        slope_formula=slope_formula,
        jacobian=jacobian,
        group=size,
    )


def _all(runs: Sequence[Run]) -> Run:
    def run() -> None:
        for one in runs:
            one()

    return run
