"""The paths from the loss to a gradient, found in the lines alone, for layers of any kind and over time.

The line of a gradient is a sum of terms, and each term is a gradient above it times some factors.
So the paths to it are the paths to those, each with the factors put behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli.expr import Expr, Negative, Number, Product, Quotient, Sum, Symbol, evaluate, symbols
from perceptron_cli.records import record
from perceptron_cli.trace.questions.path import Path, Paths, largest
from perceptron_cli.trace.step.lines import Lines


@record
class _Term:
    """A gradient above, and what it is multiplied by on the way down."""

    above: str
    factors: tuple[Expr, ...]


def line_paths(lines: Lines, target: Symbol, most: int) -> Paths | None:
    """Return the paths from the loss to a gradient, `most` of them shown.

    None where a line on the way is no sum of products of gradients: a maximum's gate, a product of matrices.
    """
    found: dict[str, Paths | None] = {}
    waiting = [target.name]
    while waiting:
        name = waiting[-1]
        if name in found:
            waiting.pop()
            continue
        terms = _terms_of(lines, name)
        missing = [term.above for term in terms or () if term.above not in found]
        if missing:
            waiting.extend(missing)
            continue
        found[name] = _together(lines, name, terms, found, most)
        waiting.pop()
    return found[target.name]


def _together(
    lines: Lines, name: str, terms: list[_Term] | None, found: dict[str, Paths | None], most: int
) -> Paths | None:
    value = lines.values[name]
    if terms is None:
        return None
    if not terms:  # where the loss's own slope stands, the path begins
        start = Path((lines.equations[name].symbol,), None, value)
        return Paths(1, (start,), 0.0, value)
    ways = [(term, found[term.above]) for term in terms]
    shown: list[Path] = []
    count = 0
    for term, above in ways:
        if above is None:
            return None
        count += above.count
        factor = _value(term.factors, lines)
        for way in above.shown:
            product = None if way.value is None or factor is None else way.value * factor
            shown.append(Path((*way.factors, *term.factors), None, product))
    return largest(shown, count, value, most)


def _value(factors: tuple[Expr, ...], lines: Lines) -> float | None:
    if any(lines.values[one.name] is None for factor in factors for one in symbols(factor)):
        return None
    value = 1.0
    for factor in factors:
        value *= float(evaluate(factor, lines.values))
    return value


def _terms_of(lines: Lines, name: str) -> list[_Term] | None:
    body = lines.equations[name].body
    if body is None or not _has_gradient(body):
        return []
    try:
        return list(_terms(body))
    except _NoSum:
        return None


class _NoSum(Exception):
    pass


def _terms(body: Expr) -> Iterator[_Term]:
    """Yield the terms of a gradient's line, each with the one gradient in it."""
    match body:
        case Symbol():
            yield _Term(body.name, ())
        case Sum(terms=terms):
            for part in terms:
                if not _has_gradient(part):
                    raise _NoSum
                yield from _terms(part)
        case Negative(body=inner):
            for term in _terms(inner):
                yield _Term(term.above, (*term.factors, Number(-1)))
        case Product(factors=factors):
            above = [one for one in factors if _has_gradient(one)]
            if len(above) != 1:
                raise _NoSum
            others = tuple(one for one in factors if one is not above[0])
            for term in _terms(above[0]):
                yield _Term(term.above, (*term.factors, *others))
        case Quotient(top=top, bottom=bottom) if not _has_gradient(bottom):
            for term in _terms(top):
                yield _Term(term.above, (*term.factors, Quotient(Number(1), bottom)))
        case _:
            raise _NoSum


def _has_gradient(expr: Expr) -> bool:
    return any(one.head.startswith("dL/d") for one in symbols(expr))
