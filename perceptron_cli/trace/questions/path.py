"""What is told of the paths from the loss to a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from perceptron_cli.expr import Expr, Product
from perceptron_cli.records import record


@record
class Path:
    """One way from the loss to a number: its factors, the loss's first, and their product."""

    factors: tuple[Expr, ...]
    samples: int | None  # what the product is divided by, for a mean over samples
    value: float | None

    @property
    def body(self) -> Expr:
        """The product of the factors on the path."""
        product = Product(self.factors) if len(self.factors) > 1 else self.factors[0]
        return product / self.samples if self.samples else product


@record
class Paths:
    """The largest paths to a number, how many there are, and what they come to; `rest` is the others' sum.

    All of them stand in the order of their neurons, some in the order of their size.
    """

    count: int
    shown: tuple[Path, ...]
    rest: float | None
    sum: float | None


def largest(found: Sequence[Path], count: int, total: float | None, most: int) -> Paths:
    """Return the paths in their order where all are there, and else the `most` largest in their size's."""
    shown = list(found)
    if count > len(shown) or count > most:
        shown = sorted(shown, key=lambda path: -abs(path.value or 0.0))[:most]
    rest = None if total is None else total - (added(path.value for path in shown) or 0.0)
    return Paths(count, tuple(shown), rest if count > len(shown) else 0.0, total)


def added(values: Iterable[float | None]) -> float | None:
    """Return the sum; None where one of the values is unknown."""
    known = list(values)
    return None if any(one is None for one in known) else math.fsum(one or 0.0 for one in known)
