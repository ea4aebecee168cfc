"""Whether a line separates the classes, decided exactly, with a proof either way.

For: weights that do it. Against: a contradiction in the manner of Farkas (1902): the points of
one class, weighed and added, come to the same as those of the other, so that no weights can tell
the two sums apart. With a bias the weights of each class sum to 1: the convex hulls meet.
Found by the simplex method in fractions, with Bland's rule, which always ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from perceptron_cli.neuron.neuron import Neuron
from perceptron_cli.records import record


@record
class Contradiction:
    """Weighed points of each class, (point's place, its weight), that add up to the same `point`.

    The sums of weights are `above` (the class that must reach theta) and `below`.
    """

    fires: tuple[tuple[int, Fraction], ...]
    rests: tuple[tuple[int, Fraction], ...]
    point: tuple[Fraction, ...]
    above: Fraction
    below: Fraction


@record
class Line:
    """Weights, w_0 first, with which every point falls on its side of theta."""

    weights: tuple[Fraction, ...]


def separate(neuron: Neuron) -> Line | Contradiction:
    """Return weights that classify every point, or the contradiction that proves there are none.

    The neuron's numbers must be exact. Weights that the rule does not move stay out of it: with a
    fixed theta and bias only w_1, ..., w_n are free.
    """
    fires = [place for place, one in enumerate(neuron.desired) if one == neuron.high]
    rests = [place for place, one in enumerate(neuron.desired) if one == neuron.low]
    free = [((Fraction(1),) if neuron.is_free else ()) + x for x in neuron.points]
    threshold = neuron.theta - (0 if neuron.is_free else neuron.weights[0])
    found = _contradiction(neuron, free, fires, rests, threshold)
    if found is not None:
        return found
    return Line(_weights(neuron, free, fires, threshold))


def _contradiction(
    neuron: Neuron,
    free: Sequence[tuple[Fraction, ...]],
    fires: list[int],
    rests: list[int],
    threshold: Fraction,
) -> Contradiction | None:
    """Look for lambda, mu >= 0 with sum lambda x = sum mu x that no weights can obey.

    Each class's condition, weighed and added, says sum(lambda) theta <= w.p and
    w.p < sum(mu) theta for the common sum p (the strict sign stands on the other side where the
    step is strict). That fails where (sum lambda - sum mu) theta > 0, or where it is 0 and the
    strict side takes part.
    """
    signs = [1] * len(fires) + [-1] * len(rests)
    places = [*fires, *rests]
    columns = [[sign * one for one in free[place]] for sign, place in zip(signs, places, strict=True)]
    strict = [Fraction(int((sign == 1) == neuron.strict)) for sign in signs]
    gaps = [sign * threshold for sign in signs]
    cases: list[tuple[list[list[Fraction]], list[int]]] = [([gaps, strict], [0, 1]), ([gaps], [1])]
    for extra, wanted in cases:
        rows = [list(row) for row in zip(*columns, strict=True)] + extra
        right = [Fraction(0)] * len(columns[0]) + [Fraction(one) for one in wanted]
        weights = solve(rows, right)
        if weights is not None:
            return _told(neuron, places, len(fires), weights)
    return None


def _told(neuron: Neuron, places: list[int], count: int, weights: Sequence[Fraction]) -> Contradiction:
    used = [(place, weight) for place, weight in zip(places, weights, strict=True)]
    fires = tuple(one for one in used[:count] if one[1])
    rests = tuple(one for one in used[count:] if one[1])
    point = tuple(
        sum((weight * neuron.points[place][axis] for place, weight in fires), Fraction(0))
        for axis in range(len(neuron.points[0]))
    )
    above, below = (sum((weight for _, weight in side), Fraction(0)) for side in (fires, rests))
    return Contradiction(fires, rests, point, above, below)


def _weights(
    neuron: Neuron, free: Sequence[tuple[Fraction, ...]], fires: list[int], threshold: Fraction
) -> tuple[Fraction, ...]:
    """Return weights that keep every point away from theta, by the same method.

    w = u - v and theta-sided slacks are all >= 0; the gap is tried smaller until it fits, since a
    fixed theta sets the scale.
    """
    size = len(free[0])
    gap = Fraction(1)
    for _ in range(200):
        rows, right = [], []
        for place, x in enumerate(free):
            sign = 1 if place in fires else -1
            slack = [Fraction(-int(other == place)) for other in range(len(free))]
            rows.append([*(sign * one for one in x), *(-sign * one for one in x), *slack])
            right.append(sign * threshold + gap)
        found = solve(rows, right)
        if found is not None:
            weights = tuple(found[i] - found[size + i] for i in range(size))
            return weights if neuron.is_free else (neuron.weights[0], *weights)
        gap /= 10
    raise ArithmeticError("the classes are separable, but by less than 1e-200")


def solve(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Return some x >= 0 with rows x = right, exactly, or None where there is none.

    Phase one of the simplex method with Bland's rule (1977).
    """
    table = []
    for row, value in zip(rows, right, strict=True):
        sign = -1 if value < 0 else 1
        table.append([sign * Fraction(one) for one in row] + [sign * Fraction(value)])
    count = len(rows[0])
    basis = [count + place for place in range(len(table))]  # an artificial variable per row
    cost = [-sum((row[column] for row in table), Fraction(0)) for column in range(count + 1)]
    while True:
        enter = next((column for column in range(count) if cost[column] < 0), None)
        if enter is None:
            break
        ratios = [(row[-1] / row[enter], basis[n], n) for n, row in enumerate(table) if row[enter] > 0]
        leave = min(ratios)[2]  # the cost is bounded below by 0, so some row stops it
        _pivot(table, cost, leave, enter)
        basis[leave] = enter
    if cost[-1] != 0:
        return None
    found = [Fraction(0)] * count
    for row, variable in zip(table, basis, strict=True):
        if variable < count:
            found[variable] = row[-1]
    return found


def _pivot(table: list[list[Fraction]], cost: list[Fraction], leave: int, enter: int) -> None:
    divisor = table[leave][enter]
    table[leave] = [one / divisor for one in table[leave]]
    for row in (*(row for n, row in enumerate(table) if n != leave), cost):
        factor = row[enter]
        if factor:
            row[:] = [one - factor * other for one, other in zip(row, table[leave], strict=True)]
