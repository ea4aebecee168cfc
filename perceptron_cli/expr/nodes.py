"""The nodes of a tree; arithmetic on nodes builds a larger one."""

from __future__ import annotations

from collections.abc import Sequence


class Expr:
    """A node of a tree; arithmetic on nodes builds a larger one."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The nodes directly below this one."""
        return ()

    def __add__(self, other: Expr | float) -> Expr:
        return total([self, tree(other)])

    def __radd__(self, other: float) -> Expr:
        return total([tree(other), self])

    def __sub__(self, other: Expr | float) -> Expr:
        return total([self, Negative(tree(other))])

    def __rsub__(self, other: float) -> Expr:
        return total([tree(other), Negative(self)])

    def __mul__(self, other: Expr | float) -> Expr:
        return product([self, tree(other)])

    def __rmul__(self, other: float) -> Expr:
        return product([tree(other), self])

    def __truediv__(self, other: Expr | float) -> Expr:
        return Quotient(self, tree(other))

    def __rtruediv__(self, other: float) -> Expr:
        return Quotient(tree(other), self)

    def __pow__(self, other: Expr | float) -> Expr:
        return Power(self, tree(other))

    def __neg__(self) -> Expr:
        return Negative(self)


class Number(Expr):
    """A constant of the formula; `text` is how it was written, where somebody wrote it."""

    __slots__ = ("text", "value")

    def __init__(self, value: float, text: str | None = None) -> None:
        self.value = value
        self.text = text


class Symbol(Expr):
    """A named quantity: head, layer and indices, the sample it belongs to, before or after the update.

    `name` is the contract with tools outside: `s2:dL/dw[1]_01`, `m:w[3]_10,2'`. An index may
    be a letter, in the general formula that stands over a table.
    """

    __slots__ = ("head", "indices", "layer", "name", "of", "prime", "sample")

    def __init__(
        self,
        head: str,
        layer: int | None = None,
        indices: Sequence[int | str] = (),
        sample: int | None = None,
        prime: bool = False,
        of: str = "w",
    ) -> None:
        """`of` is the parameter that an optimizer's state belongs to; of a slope `a`, one place for both."""
        self.head = head
        self.layer = layer
        self.indices = tuple(indices)
        self.sample = sample
        self.prime = prime
        self.of = of
        at = "" if layer is None else f"[{layer}]"
        index = f"_{joined_indices(self)}" if indices else ""
        start = f"{head}:{of}" if self.is_state else head
        self.name = f"{f's{sample}:' if sample else ''}{start}{at}{index}{chr(39) if prime else ''}"

    @property
    def is_state(self) -> bool:
        """Whether it is what an optimizer keeps of a parameter; a gate g has no `of`, and is none."""
        return self.head in STATE_HEADS and bool(self.of)

    def after(self) -> Symbol:
        """The same quantity after the update."""
        return Symbol(self.head, self.layer, self.indices, self.sample, prime=True, of=self.of)

    def __repr__(self) -> str:
        return f"Symbol({self.name!r})"


STATE_HEADS = frozenset(
    {"g", "m", "v", "n", "m_hat", "v_hat", "v_max"}
)  # of a weight: what an optimizer takes and keeps
GATES = (
    "ifogzrnqkv"  # each has weights of its own: w_f from the input, u_f from the state; q, k, v of attention
)
_FROM_TO = ["w", "u", *(f"{letter}_{gate}" for letter in "wu" for gate in GATES)]
PAIRS = frozenset(
    {*_FROM_TO, *(f"dL/d{one}" for one in _FROM_TO), *(f"dD/d{one}" for one in _FROM_TO), *STATE_HEADS}
)  # from i to j: w_ij, with two indices that stand together


def join_indices(indices: Sequence[int | str]) -> str:
    """`11`, and `10,3` once an index has two digits."""
    texts = [str(index) for index in indices]
    together = "".join(texts)
    return together if len(together) == len(texts) else ",".join(texts)


def joined_indices(symbol: Symbol) -> str:
    """Return a symbol's indices as text: `11` of a pair, `2,1,3` of a place in a picture."""
    indices = symbol.indices
    if len(indices) < 2 or is_pair(symbol):
        return join_indices(indices)
    return ",".join(map(str, indices))


def is_pair(symbol: Symbol) -> bool:
    """Whether a symbol goes from one neuron to another: a weight, a slope of softmax."""
    pair = symbol.head in PAIRS or symbol.head == "da/dz"
    return pair and symbol.of == "w" and len(symbol.indices) == 2


def ends(symbol: Symbol) -> tuple[Sequence[int | str], Sequence[int | str]]:
    """Return the indices of a and of z in the slope da/dz."""
    indices = symbol.indices
    if len(indices) == 3 and symbol.of == "w":  # of one time step: t, then k and j
        return indices[:2], (indices[0], indices[2])
    return (indices[:1], indices[1:]) if is_pair(symbol) else (indices, indices)


class Sum(Expr):
    """Terms added; a subtracted one is a `Negative`."""

    __slots__ = ("terms",)

    def __init__(self, terms: Sequence[Expr]) -> None:
        self.terms = tuple(terms)

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The terms."""
        return self.terms


class Product(Expr):
    """Factors multiplied; a factor that is a product itself keeps its brackets."""

    __slots__ = ("factors",)

    def __init__(self, factors: Sequence[Expr]) -> None:
        self.factors = tuple(factors)

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The factors."""
        return self.factors


class Quotient(Expr):
    """A quotient: `top` over `bottom`."""

    __slots__ = ("bottom", "top")

    def __init__(self, top: Expr, bottom: Expr) -> None:
        self.top = top
        self.bottom = bottom

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The numerator and the denominator."""
        return (self.top, self.bottom)


class Power(Expr):
    """A power: `base` to the `exponent`."""

    __slots__ = ("base", "exponent")

    def __init__(self, base: Expr, exponent: Expr) -> None:
        self.base = base
        self.exponent = exponent

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The base and the exponent."""
        return (self.base, self.exponent)


class Negative(Expr):
    """A tree with a minus in front."""

    __slots__ = ("body",)

    def __init__(self, body: Expr) -> None:
        self.body = body

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The tree behind the minus."""
        return (self.body,)


class Call(Expr):
    """A function that `FUNCTIONS` names, of one argument or of several."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: str, *arguments: Expr | float) -> None:
        self.function = function
        self.arguments = tuple(tree(argument) for argument in arguments)

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The arguments."""
        return self.arguments


class Gate(Expr):
    """`above` where z > 0 (where `closed`, z >= 0), else `below`: what depends on a sign alone."""

    __slots__ = ("above", "below", "closed", "z")

    def __init__(self, z: Expr, above: float, below: float, closed: bool = False) -> None:
        self.z = z
        self.above = above
        self.below = below
        self.closed = closed

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The number that decides."""
        return (self.z,)

    def as_arithmetic(self) -> Expr:
        """The same with `step`, which is 1 from 0 on: below + (above - below)*(1 - step(-z))."""
        opens = Call("step", self.z) if self.closed else 1 - Call("step", -self.z)
        if (self.above, self.below) == (1, 0):
            return opens
        return self.below + (self.above - self.below) * opens


class Result(Expr):
    """A part whose number, not its formula, is shown: the 0.2364 in -0.0904*0.2364."""

    __slots__ = ("body", "text")

    def __init__(self, body: Expr, text: str = "?") -> None:
        self.body = body
        self.text = text

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The tree that was worked out."""
        return (self.body,)


class Dots(Expr):
    """What a general formula leaves out between its first terms and its last; has no value."""

    __slots__ = ()


class Derivative(Expr):
    """What is differentiated, and by what: the d/dz of a derivation's first line."""

    __slots__ = ("body", "by")

    def __init__(self, body: Expr, by: Symbol) -> None:
        self.body = body
        self.by = by

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The tree and what it is differentiated by."""
        return (self.body, self.by)


class Hadamard(Product):
    """Matrices of one shape multiplied element by element."""

    __slots__ = ()


class Correlate(Product):
    """A picture and a kernel that slides over it as it stands: each number a window times the kernel."""

    __slots__ = ()


class Convolve(Product):
    """The same with the kernel turned round."""

    __slots__ = ()


class MatMul(Product):
    """Matrices multiplied, rows by columns."""

    __slots__ = ()


class Transpose(Expr):
    """A matrix with its rows as columns."""

    __slots__ = ("body",)

    def __init__(self, body: Expr) -> None:
        self.body = body

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The matrix that is transposed."""
        return (self.body,)


def tree(value: Expr | float) -> Expr:
    """Return a node for a number, and a node as it is."""
    return value if isinstance(value, Expr) else Number(value)


def total(terms: Sequence[Expr]) -> Expr:
    """Add terms; sums among them are taken apart, and one term stands alone."""
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Sum) else (term,))
    return flat[0] if len(flat) == 1 else Sum(flat)


def product(factors: Sequence[Expr]) -> Expr:
    """Multiply factors from left to right; a product on the left is taken apart."""
    first, *rest = factors
    flat = [*first.factors, *rest] if isinstance(first, Product) else list(factors)
    return flat[0] if len(flat) == 1 else Product(flat)
