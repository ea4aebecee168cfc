"""Trees as assignments of Python, to local variables: what several trees share is worked out once.

Where an expression has no value (ln 0, a quotient by 0) Python raises; numbers are floats and nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from perceptron_cli.expr import (
    Call,
    Expr,
    Gate,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
)

# What the assignments call, of `math`.
FUNCTIONS = ("exp", "log", "sqrt", "tanh", "cos", "erf", "inf")
CALLS = {
    "ln": "log({})",
    "sigmoid": "(1.0 / (1.0 + exp(-{})))",
    "step": "(1.0 if {} >= 0.0 else 0.0)",
}
Line = tuple[Symbol, Expr]


def name(symbol: Symbol) -> str:
    """Return a symbol as a name of Python's."""
    return symbol.name.translate(_LETTERS)


_LETTERS = str.maketrans({"'": "_new", **dict.fromkeys(":/,.[]", "_")})


class Script:
    """Assignments as Python; what several trees have in common is worked out once."""

    def __init__(self, given: Mapping[str, float]) -> None:
        """`given` symbols have these numbers."""
        self.lines: list[str] = []
        self.made: set[str] = set()
        self._given = given
        self._count: Counter[str] = Counter()  # how often a tree is in others, by its text
        self._kept: dict[str, str] = {}  # names of what was worked out
        self._plain: dict[int, str] = {}  # a tree's text as if nothing were shared
        self._differs: dict[int, bool] = {}  # whether its text is another one
        self._starts: dict[int, str] = {}  # of a product: its number and the first factor

    def write(self, lines: Iterable[Line]) -> None:
        """Add assignments."""
        told = list(lines)
        for _, body in told:
            self._look(body)
        for symbol, body in told:
            self.lines.append(f"{name(symbol)} = {self._text(body)}")
            self.made.add(name(symbol))
            if symbol.name == "norm":  # its square has left the finite range, and it need not
                self.lines.append("if norm == inf: raise OverflowError")

    def _look(self, node: Expr) -> None:
        text = self._as_plain(node)
        self._count[text] += 1
        if self._count[text] == 1:
            for part in node.parts:
                self._look(part)

    def _as_plain(self, node: Expr) -> str:
        text = self._plain.get(id(node))
        if text is None:
            text = self._plain[id(node)] = self._written(node, self._as_plain)
        return text

    def _text(self, node: Expr) -> str:
        plain = self._as_plain(node)
        if not self._is_other(node):
            return plain
        if self._count[plain] < 2 or _is_atom(plain):
            return self._written(node, self._text)
        return self._keep(plain, lambda: self._written(node, self._text))

    def _is_other(self, node: Expr) -> bool:
        """Whether something in a tree is worked out apart."""
        found = self._differs.get(id(node))
        if found is None:
            plain = self._as_plain(node)
            found = not _is_atom(plain) and (
                self._count[plain] > 1
                or (isinstance(node, Call) and node.function in ("max", "min"))
                or isinstance(node, Power)
                or self._shares_start(node)
                or any(map(self._is_other, node.parts))
            )
            self._differs[id(node)] = found
        return found

    def _shares_start(self, node: Expr) -> bool:
        return self._count[self._starts.get(id(node), "")] > 1

    def _keep(self, plain: str, text: Callable[[], str]) -> str:
        """Return the name of a tree's value, which is worked out where it is first asked for."""
        if plain not in self._kept:
            value = text()
            if plain in self._kept or _is_atom(value):  # a sum of one term reads as that term
                return value
            self._kept[plain] = f"c{len(self._kept)}"
            self.lines.append(f"{self._kept[plain]} = {value}")
        return self._kept[plain]

    def _atom(self, node: Expr) -> str:
        """Return text that may stand twice."""
        text = self._text(node)
        return text if _is_atom(text) else self._keep(text, lambda: text)

    def _written(self, node: Expr, part: Callable[[Expr], str]) -> str:
        match node:
            case Symbol():
                given = self._given.get(node.name)
                return name(node) if given is None else _number(given)
            case Product():
                factors = _factors([part(one) for one in _flat(node)])
                if part == self._as_plain:
                    if len(factors) > 2 and factors[0][0].isdigit():
                        self._starts[id(node)] = start = f"({factors[0]} * {factors[1]})"
                        self._count[start] += 1
                elif self._shares_start(node):  # eta*dL/dz of all weights of a neuron
                    start = self._starts[id(node)]
                    factors[:2] = [self._keep(start, partial(str, start))]
                return factors[0] if len(factors) == 1 else f"({' * '.join(factors)})"
            case Sum(terms=terms):
                return _sum([part(one) for one in terms])
            case Number(value=value):
                return _number(value)
            case Negative(body=body):
                return "0.0" if (text := part(body)) == "0.0" else f"(-{text})"
            case Quotient(top=top, bottom=bottom):
                return "0.0" if (text := part(top)) == "0.0" else f"({text} / {part(bottom)})"
            case Power(base=base, exponent=Number(value=2)):
                text = part(base) if part == self._as_plain else self._atom(base)
                return f"({text} * {text})"
            case Power(base=base, exponent=exponent):
                return f"({part(base)} ** {part(exponent)})"
            case Gate(z=z, above=above, below=below, closed=closed):
                return f"({float(above)} if {part(z)} {'>=' if closed else '>'} 0.0 else {float(below)})"
            case Call(function="max" | "min" as function, arguments=arguments):
                if part == self._as_plain:
                    return f"{function}({', '.join(map(part, arguments))})"
                return self._extreme(">" if function == "max" else "<", [*map(self._atom, arguments)])
            case Call(function="ln", arguments=(Symbol(head="y") as y,)):
                return f"(log({part(y)}) if {part(y)} else 0.0)"  # y ln y is 0 at 0
            case Call(function=function, arguments=(argument,)):
                return CALLS.get(function, f"{function}({{}})").format(part(argument))
            case Result(body=body):
                return part(body)
        raise TypeError(f"{type(node).__name__} is no number")

    def _extreme(self, sign: str, texts: Sequence[str]) -> str:
        """Choose the largest or smallest, two at a time; nan stays nan."""
        first, *rest = texts
        for place, other in enumerate(rest, start=1):
            chosen = f"({first} if {first} {sign} {other} else {other})"
            first = chosen if place == len(rest) else self._keep(chosen, partial(str, chosen))
        return first


def _is_atom(text: str) -> bool:
    """Whether text is a name or a number."""
    return text.isidentifier() or text[0].isdigit()


def _number(value: float) -> str:
    text = repr(float(value))
    return f"({text})" if text[0] == "-" else text


def _flat(node: Expr) -> Iterator[Expr]:
    """Yield a product's factors, those of products in it too."""
    if isinstance(node, Product):
        for factor in node.factors:
            yield from _flat(factor)
    else:
        yield node


def _factors(texts: Sequence[str]) -> list[str]:
    """Return what is multiplied: numbers first, in one, and what a sample's 0 or 1 makes of it."""
    constant, rest = 1.0, []
    for text in texts:
        if text[0].isdigit():
            constant *= float(text)
        else:
            rest.append(text)
    if not rest or constant == 0:
        return [_number(constant)]
    return rest if constant == 1 else [_number(constant), *rest]


def _sum(terms: Sequence[str]) -> str:
    kept = [one for one in terms if one != "0.0"]
    if all(one[0].isdigit() for one in kept):
        return _number(math.fsum(map(float, kept)))
    return kept[0] if len(kept) == 1 else f"({' + '.join(kept).replace('+ (-', '- (')})"
