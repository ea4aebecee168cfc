"""Attention: every time step looks at the others, and takes of each as much as its key fits the query.

Source: Vaswani et al. (2017), equation 1 and section 3.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

from perceptron_cli.arrays import Array
from perceptron_cli.expr import Call, Expr, MatMul, Number, Quotient, Symbol, Transpose, total
from perceptron_cli.layers.keys import Flag, Key, Numbers, Whole
from perceptron_cli.layers.kind import (
    At,
    Block,
    Bound,
    FromTo,
    Grid,
    Kind,
    Memory,
    Misfit,
    Pictured,
    Plan,
    Shaded,
    Stage,
    in_rows,
)
from perceptron_cli.layers.layer import Layer, Shape
from perceptron_cli.symbols import gradient

LETTERS = "qkv"
S, ALPHA, CONTEXT = 3, 4, 5  # stages after q, k and v


Named = tuple[Symbol, Grid]  # a matrix and its cells


def _known(*matrices: Named) -> dict[str, Grid]:
    return {symbol.name: cells for symbol, cells in matrices}


def _slopes(matrix: Named) -> Named:
    """Return the gradients of a matrix's cells."""
    symbol, cells = matrix
    made = Symbol(f"dL/d{symbol.head}", symbol.layer, symbol.indices, symbol.sample)
    return made, tuple(tuple(gradient(one) for one in row if isinstance(one, Symbol)) for row in cells)


class Attention(Kind):
    """Scaled dot products of queries and keys, their softmax, and the values added up by it."""

    summary = "each time step takes of the others what fits its query (scaled dot product)"
    keys: Mapping[str, Key] = {
        "units": Whole(),
        "heads": Whole(default=1),
        "causal": Flag(),
        "key_mask": Numbers(),
        "biases": Flag(),
        "output": Flag(),
    }
    parameters: Sequence[str] = ("weights",)
    nested = "{q: a row per unit, k: ..., v: ..., o: ...}"
    told = (
        "Each time step makes a query q, a key k and a value v. Score s_ij says how well key j fits query i; "
        "softmax makes the weights alpha of a row of scores, and the values are added up by these weights."
    )
    told_back = "What a step was given reaches the loss through its query, its key and its value."

    def implied(self, shapes: Mapping[str, Shape]) -> Mapping[str, Any]:
        """The units are the rows of the weights."""
        rows = {shape[0] for name, shape in shapes.items() if name.startswith("weights.")}
        if len(rows) > 1:
            raise Misfit("expected as many rows in q, k, v and o", key="weights.q")
        found: dict[str, Any] = {"units": rows.pop()} if rows else {}
        if any(name.startswith("weights.o") for name in shapes):
            found["output"] = True
        return found

    def plan(self, settings: Mapping[str, Any], below: Shape, layers: Sequence[Layer]) -> Plan:
        """A number per unit for each step; weights for q, k, v, and for o where there is an output."""
        if len(below) != 2:
            told = f"expected time steps below it, got {' x '.join(map(str, below))}"
            raise Misfit(told, "x of three steps with two features: [[1, 0], [0, 1], [1, 1]]")
        steps, features = below
        units, heads = settings["units"], settings["heads"]
        if units % heads:
            raise Misfit(f"expected units that {heads} heads can share, got {units}", key="heads")
        mask = settings["key_mask"]
        if mask is not None and (
            len(mask) != steps or any(one not in (0, 1) for one in mask) or not any(mask)
        ):
            raise Misfit(f"expected {steps} zeros and ones, 1 for each key that counts", key="key_mask")
        if mask is not None and settings["causal"] and not mask[0]:
            raise Misfit("expected the first key to count: the first query sees no other", key="key_mask")
        blocks: list[Block] = []
        biases, column = [], 0
        for letter in LETTERS + ("o" if settings["output"] else ""):
            if settings["biases"]:
                blocks.append(FromTo(f"weights.{letter}_bias", f"w_{letter}", (units,), column, 0.0))
                biases.append(column)
                column += 1
            size = units if letter == "o" else features
            blocks.append(FromTo(f"weights.{letter}", f"w_{letter}", (units, size), column))
            column += size
        full = {**settings, "steps": True}
        return Plan((steps, units), full, tuple(blocks), (features, units), tuple(biases))

    # lines --------------------------------------------------------------------------------------------

    def stages(self, layer: Layer) -> tuple[Stage, ...]:
        """Queries, keys, values, scores, weights, and what they add up to."""
        steps, heads = layer.shape[0], layer.settings["heads"]
        pairs = (heads, steps, steps) if heads > 1 else (steps, steps)
        own = [
            Stage("q", layer.shape, "queries"),
            Stage("k", layer.shape, "keys"),
            Stage("v", layer.shape, "values"),
            Stage("s", pairs, "scores"),
            Stage("alpha", pairs, "weights of the values"),
        ]
        if layer.settings["output"]:
            own.append(Stage("b", layer.shape, "added values"))
        return (*own, Stage("a", layer.shape))

    def sees(self, layer: Layer, i: int, j: int) -> bool:
        """Whether query i may look at key j, both from 0."""
        mask = layer.settings["key_mask"]
        return (mask is None or bool(mask[j])) and not (layer.settings["causal"] and j > i)

    def tree(self, layer: Layer, at: At, stage: int, n: int) -> Expr:
        """One number of one of them."""
        steps, units = layer.shape
        stages, heads = self.stages(layer), layer.settings["heads"]
        size = units // heads
        if stage < S:
            t, j = divmod(n, units)
            below = [at.below(t * layer.below[1] + i) for i in range(layer.below[1])]
            return self._affine(layer, at, LETTERS[stage], j, below)
        if stage in (S, ALPHA):
            head, pair = divmod(n, steps * steps)
            i, j = divmod(pair, steps)
            if stage == S:
                products = [
                    at.inner(stages[0], i * units + head * size + d)
                    * at.inner(stages[1], j * units + head * size + d)
                    for d in range(size)
                ]
                return total(products) / Call("sqrt", Number(size))
            if not self.sees(layer, i, j):
                return Number(0)
            row = [
                Call("exp", at.inner(stages[S], (head * steps + i) * steps + other))
                for other in range(steps)
                if self.sees(layer, i, other)
            ]
            return Call("exp", at.inner(stages[S], n)) / total(row)
        t, j = divmod(n, units)
        if stage == CONTEXT:  # or what the layer gives, where nothing follows
            head = j // size
            return total(
                [
                    at.inner(stages[ALPHA], (head * steps + t) * steps + other)
                    * at.inner(stages[2], other * units + j)
                    for other in range(steps)
                    if self.sees(layer, t, other)
                ]
            )
        return self._affine(
            layer, at, "o", j, [at.inner(stages[CONTEXT], t * units + i) for i in range(units)]
        )

    def shades(self, layer: Layer, at: At) -> Iterator[Shaded]:
        """A row a query, a column a key: where each time step looks."""
        steps, heads = layer.shape[0], layer.settings["heads"]
        stage = self.stages(layer)[ALPHA]
        for head in range(heads):
            cells = [
                [at.inner(stage, (head * steps + i) * steps + j) for j in range(steps)] for i in range(steps)
            ]
            which = f", head {head + 1}" if heads > 1 else ""
            labels = [[f"{word} {t}" for t in range(1, steps + 1)] for word in ("query", "key")]
            yield f"Layer {at.l}{which}: where each query looks", labels[0], labels[1], cells

    def matrices(self, layer: Layer, at: At) -> Iterator[Pictured]:
        """Q = X W_q^T, S = Q K^T/sqrt(d), A = softmax(S) row by row, and A V: a row a time step."""
        stages, heads = self.stages(layer), layer.settings["heads"]
        steps, units = layer.shape
        x = self._matrix(at, "X", [at.below(n) for n in range(layer.inputs)], layer.below[1])
        for place, letter in enumerate(LETTERS):
            made = [at.inner(stages[place], n) for n in range(steps * units)]
            yield self._product(layer, at, letter, x, in_rows(made, units))
        for head in range(heads):
            q, k, v = (self._of_head(layer, at, place, head) for place in range(3))
            s, alpha = (self._pairs(layer, at, stage, head) for stage in (S, ALPHA))
            root = Call("sqrt", Number(units // heads))
            yield s[0], s[1], Quotient(MatMul([q[0], Transpose(k[0])]), root), _known(q, k)
            seen = tuple(
                tuple(
                    cell if self.sees(layer, i, j) else Number(float("-inf"), "-inf")
                    for j, cell in enumerate(row)
                )
                for i, row in enumerate(s[1])
            )
            yield alpha[0], alpha[1], Call("softmax", s[0]), {s[0].name: seen}
            added = self._of_head(layer, at, CONTEXT, head)
            yield added[0], added[1], MatMul([alpha[0], v[0]]), _known(alpha, v)
        if layer.settings["output"]:
            b = self._matrix(at, "B", [at.inner(stages[CONTEXT], n) for n in range(steps * units)], units)
            made = [at.names.a(at.l, layer.place(n + 1)) for n in range(steps * units)]
            yield self._product(layer, at, "o", b, in_rows(made, units))

    def matrices_back(self, layer: Layer, at: At) -> Mapping[str, Sequence[Pictured]]:
        """dV = A^T dO, dA = dO V^T, dQ = dS K/sqrt(d) and dK = dS^T Q/sqrt(d)."""
        found: dict[str, list[Pictured]] = {one: [] for one in ("q", "k", "v", "alpha")}
        root = Call("sqrt", Number(layer.shape[1] // layer.settings["heads"]))
        for head in range(layer.settings["heads"]):
            q, k, v, o = (self._of_head(layer, at, place, head) for place in (0, 1, 2, CONTEXT))
            s, alpha = (self._pairs(layer, at, stage, head) for stage in (S, ALPHA))
            d_q, d_k, d_v, d_o, d_s, d_alpha = map(_slopes, (q, k, v, o, s, alpha))
            unseen = any(
                not self.sees(layer, i, j) for i in range(layer.shape[0]) for j in range(layer.shape[0])
            )
            found["v"].append((*d_v, MatMul([Transpose(alpha[0]), d_o[0]]), _known(alpha, d_o)))
            if not unseen:  # what is masked gets nothing
                found["alpha"].append((*d_alpha, MatMul([d_o[0], Transpose(v[0])]), _known(d_o, v)))
            found["q"].append((*d_q, Quotient(MatMul([d_s[0], k[0]]), root), _known(d_s, k)))
            found["k"].append((*d_k, Quotient(MatMul([Transpose(d_s[0]), q[0]]), root), _known(d_s, q)))
        return found

    def _matrix(self, at: At, head: str, cells: Sequence[Symbol], width: int) -> Named:
        return Symbol(head, at.l, (), at.names.sample, at.names.prime), in_rows(cells, width)

    def _product(self, layer: Layer, at: At, letter: str, source: Named, made: Grid) -> Pictured:
        blocks = {block.key: block for block in self.blocks(layer)}
        weights, bias = blocks[f"weights.{letter}"], blocks.get(f"weights.{letter}_bias")
        w = Symbol(f"W_{letter}", at.l, (), None, at.names.prime)
        rows, width = weights.dims
        cells = tuple(
            tuple(at.parameter(weights, row, weights.start + column) for column in range(width))
            for row in range(rows)
        )
        known = _known(source, (w, cells))
        body: Expr = MatMul([source[0], Transpose(w)])
        if bias is not None:
            b = Symbol(f"b_{letter}", at.l, (), None, at.names.prime)
            known[b.name] = (tuple(at.parameter(bias, row) for row in range(rows)),)
            body = total([body, b])
        head = "a" if letter == "o" else letter.upper()
        return Symbol(head, at.l, (), at.names.sample, at.names.prime), made, body, known

    def _of_head(self, layer: Layer, at: At, stage: int, head: int) -> Named:
        """Return a head's share of the queries, the keys, the values or what they add up to."""
        (steps, units), heads = layer.shape, layer.settings["heads"]
        size, stages = units // heads, self.stages(layer)
        numbers = [t * units + head * size + d for t in range(steps) for d in range(size)]
        last = stage == len(stages) - 1
        cells = [
            at.names.a(at.l, layer.place(n + 1)) if last else at.inner(stages[stage], n) for n in numbers
        ]
        letter = "QKV"[stage] if stage < S else "a" if last else "B"
        own = (head + 1,) if heads > 1 else ()
        symbol = Symbol(letter, at.l, own, at.names.sample, at.names.prime)
        return symbol, in_rows(cells, size)

    def _pairs(self, layer: Layer, at: At, stage: int, head: int) -> Named:
        steps, stages = layer.shape[0], self.stages(layer)
        cells = [at.inner(stages[stage], head * steps * steps + n) for n in range(steps * steps)]
        own = (head + 1,) if layer.settings["heads"] > 1 else ()
        symbol = Symbol("S" if stage == S else "A", at.l, own, at.names.sample, at.names.prime)
        return symbol, in_rows(cells, steps)

    def _affine(self, layer: Layer, at: At, letter: str, j: int, below: Sequence[Symbol]) -> Expr:
        blocks = {block.key: block for block in self.blocks(layer)}
        bias, weights = blocks.get(f"weights.{letter}_bias"), blocks[f"weights.{letter}"]
        terms: list[Expr] = [at.parameter(bias, j)] if bias is not None else []
        terms += [at.parameter(weights, j, weights.start + i) * one for i, one in enumerate(below)]
        return total(terms)

    def factor(self, layer: Layer, at: At, stage: int, n: int, by: Symbol) -> Expr | None:
        """The slope of softmax: alpha(1 - alpha), and -alpha_ij alpha_ik."""
        if stage != ALPHA or by.head != "s":
            return None
        steps, stages = layer.shape[0], self.stages(layer)
        own = at.inner(stages[ALPHA], n)
        first = n - n % steps
        other = next(first + j for j in range(steps) if at.inner(stages[S], first + j).name == by.name)
        return own * (1 - own) if other == n else -(own * at.inner(stages[ALPHA], other))

    # arrays -------------------------------------------------------------------------------------------

    def bind(self, memory: Memory) -> Bound:
        """Work on (steps, units, samples); heads are slices of the units."""
        import numpy as np

        layer, samples = memory.layer, memory.samples
        steps, units = layer.shape
        features, heads = layer.below[1], layer.settings["heads"]
        size = units // heads
        x = memory.below.reshape(steps, features, samples)
        d_x = memory.d_below.reshape(steps, features, samples)
        out, d_out = (one.reshape(steps, units, samples) for one in (memory.out, memory.d_out))
        weights, gradient = memory.weights, memory.gradient
        columns = {
            block.key.removeprefix("weights."): slice(block.start, block.start + block.width)
            for block in self.blocks(layer)
        }
        for kept in (memory.inner, memory.d_inner):
            for stage in self.stages(layer)[:-1]:
                kept[stage.head] = np.zeros((stage.count, samples))

        def by_head(kept: Mapping[str, Array], letter: str) -> Array:
            return kept[letter].reshape(steps, heads, size, samples)

        def pairs(kept: Mapping[str, Array], letter: str) -> Array:
            return kept[letter].reshape(heads, steps, steps, samples)

        unseen = np.array([[not self.sees(layer, i, j) for j in range(steps)] for i in range(steps)])
        scale = 1 / sqrt(size)
        inner, d_inner = memory.inner, memory.d_inner
        q, k, v = (by_head(inner, letter) for letter in LETTERS)
        d_q, d_k, d_v = (by_head(d_inner, letter) for letter in LETTERS)
        s, alpha, d_s, d_alpha = (
            pairs(kept, letter) for kept in (inner, d_inner) for letter in ("s", "alpha")
        )
        projects = layer.settings["output"]
        context = (inner["b"].reshape(out.shape) if projects else out).reshape(steps, heads, size, samples)
        d_context = (d_inner["b"].reshape(out.shape) if projects else d_out).reshape(context.shape)

        def affine(letter: str, source: Array, target: Array) -> None:
            np.matmul(weights[:, columns[letter]], source, out=target)
            if f"{letter}_bias" in columns:
                np.add(target, weights[:, columns[f"{letter}_bias"]], out=target)

        def affine_back(letter: str, d_target: Array, source: Array) -> Array:
            gradient[:, columns[letter]] = np.einsum("tjs,tis->ji", d_target, source)
            if f"{letter}_bias" in columns:
                gradient[:, columns[f"{letter}_bias"]] = d_target.sum(axis=(0, 2))[:, None]
            back: Array = np.matmul(weights[:, columns[letter]].T, d_target)
            return back

        def forward() -> None:
            for letter in LETTERS:
                affine(letter, x, inner[letter].reshape(steps, units, samples))
            np.einsum("ihds,jhds->hijs", q, k, out=s)
            np.multiply(s, scale, out=s)
            seen = np.where(unseen[None, :, :, None], -np.inf, s)
            np.exp(seen - seen.max(axis=2, keepdims=True), out=alpha)
            np.divide(alpha, alpha.sum(axis=2, keepdims=True), out=alpha)
            np.einsum("hijs,jhds->ihds", alpha, v, out=context)
            if projects:
                affine("o", context.reshape(out.shape), out)

        def backward() -> None:
            gradient.fill(0.0)
            if projects:
                d_context[:] = affine_back("o", d_out, context.reshape(out.shape)).reshape(context.shape)
            np.einsum("ihds,jhds->hijs", d_context, v, out=d_alpha)
            np.einsum("hijs,ihds->jhds", alpha, d_context, out=d_v)
            # what a masked pair would get goes nowhere: its weight is 0, whatever its score
            np.multiply(d_alpha, ~unseen[None, :, :, None], out=d_alpha)
            mean = (d_alpha * alpha).sum(axis=2, keepdims=True)
            np.multiply(alpha, d_alpha - mean, out=d_s)
            np.einsum("hijs,jhds->ihds", d_s * scale, k, out=d_q)
            np.einsum("hijs,ihds->jhds", d_s * scale, q, out=d_k)
            d_x.fill(0.0)
            for letter in LETTERS:
                np.add(d_x, affine_back(letter, d_inner[letter].reshape(steps, units, samples), x), out=d_x)

        return Bound(forward, backward)


ENTRIES = {"attention": Attention()}
