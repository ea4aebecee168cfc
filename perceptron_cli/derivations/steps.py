"""The way back through time, through an LSTM cell, and through attention."""

from __future__ import annotations

from perceptron_cli.derivations.place import Chain, Place
from perceptron_cli.expr import Call, Derivative, Expr, Symbol, product, total


def _at(head: str, *indices: int) -> Symbol:
    return Symbol(head, None, indices, of="")  # v is a value here, and no optimizer's state


def through_time(at: Place) -> tuple[Chain, ...]:
    """Return the gradients of a state and of a weight of a simple recurrent network over two steps."""
    w, u = Symbol("w"), Symbol("u")
    h0, h1, h2 = (_at("h", t) for t in range(3))
    sums = [w * _at("x", t + 1) + u * before for t, before in enumerate((h0, h1))]
    own, back = _at("e", 1), [_at("dL/dh", t) for t in (1, 2)]
    where = ((h2, Call("tanh", sums[1])), (h1, Call("tanh", sums[0])))
    slopes: list[Expr] = [1 - h**2 for h in (h1, h2)]
    of_state = Chain(
        "What comes back to a state",
        back[0],
        (
            (
                own + back[1] * Derivative(Call("tanh", sums[1]), h1),
                "two ways: e_1, what its own step makes of it, and through the next state",
            ),
            (own + back[1] * (1 - Call("tanh", sums[1]) ** 2) * u, "the chain rule; tanh' is 1 - tanh^2"),
            (own + back[1] * slopes[1] * u, "the tanh is the next state itself"),
        ),
        where[:1],
    )
    of_weight = Chain(
        "The gradient of the state's weight",
        Symbol("dL/du"),
        (
            (
                total([d * Derivative(Call("tanh", one), u) for d, one in zip(back, sums, strict=True)]),
                "every step uses the weight: each adds its share, the state before it taken as it is",
            ),
            (
                total([product([d, slope, h]) for d, slope, h in zip(back, slopes, (h0, h1), strict=True)]),
                "in step t it is multiplied by the state before",
            ),
        ),
        where,
    )
    return of_state, of_weight


def lstm(at: Place) -> tuple[Chain, ...]:
    """Return the gradients of the cell, of a gate, and of its weighted sum."""
    f, i, g, o, c = (_at(one, 1) for one in "figoc")
    c0, after = _at("c", 0), {one: _at(one, 2) for one in "fig"}
    d_h, d_c2, d_c, d_f = _at("dL/dh", 1), _at("dL/dc", 2), _at("dL/dc", 1), _at("dL/df", 1)
    z = _at("z_f", 1)
    following = after["f"] * c + after["i"] * after["g"]
    return (
        Chain(
            "What comes back to the cell",
            d_c,
            (
                (
                    d_h * Derivative(o * Call("tanh", c), c) + d_c2 * Derivative(following, c),
                    "two ways: through the state, h_1 = o_1 tanh(c_1), and through the next cell",
                ),
                (
                    d_h * o * (1 - Call("tanh", c) ** 2) + d_c2 * after["f"],
                    "the next cell's forget gate says how much goes on: where it is 1, nothing is lost",
                ),
            ),
        ),
        Chain(
            "What comes back to the forget gate",
            d_f,
            (
                (d_c * Derivative(f * c0 + i * g, f), "of c_1 = f_1 c_0 + i_1 g_1"),
                (d_c * c0, "the old cell, c_0, is what it lets through"),
            ),
        ),
        Chain(
            "What comes back to its weighted sum",
            _at("dL/dz_f", 1),
            (
                (d_f * Derivative(Call("sigmoid", z), z), "f_1 is its sigmoid"),
                (d_f * f * (1 - f), "its slope"),
            ),
            ((f, Call("sigmoid", z)),),
        ),
    )


def attention(at: Place) -> tuple[Chain, ...]:
    """Return the gradients of a value, of a score and of a query, for one query and two keys."""
    s, alpha, v = ([_at(head, j) for j in (1, 2)] for head in ("s", "alpha", "v"))
    d_alpha, d_s = ([_at(head, j) for j in (1, 2)] for head in ("dL/dalpha", "dL/ds"))
    d_a, q, k = Symbol("dL/da"), Symbol("q"), [_at("k", j) for j in (1, 2)]
    whole = total([Call("exp", one) for one in s])
    softmax = [Call("exp", one) / whole for one in s]
    d = Symbol("d")
    scores = [q * one / Call("sqrt", d) for one in k]
    added = total([a * one for a, one in zip(alpha, v, strict=True)])
    mean = total([one * a for one, a in zip(d_alpha, alpha, strict=True)])
    return (
        Chain(
            "What comes back to a value",
            _at("dL/dv", 1),
            (
                (d_a * Derivative(added, v[0]), "the output adds the values up"),
                (d_a * alpha[0], "by its weight"),
            ),
        ),
        Chain(
            "What comes back to a weight",
            d_alpha[0],
            (
                (d_a * Derivative(added, alpha[0]), "the output adds the values up"),
                (d_a * v[0], "of a vector the products are added up: a dot product"),
            ),
        ),
        Chain(
            "What comes back to a score",
            d_s[0],
            (
                (
                    total([one * Derivative(made, s[0]) for one, made in zip(d_alpha, softmax, strict=True)]),
                    "a score moves all weights of its row",
                ),
                (
                    d_alpha[0] * (alpha[0] * (1 - alpha[0])) + d_alpha[1] * -(alpha[0] * alpha[1]),
                    "softmax's slopes: alpha(1 - alpha) and -alpha_1 alpha_2",
                ),
                (
                    alpha[0] * (d_alpha[0] - mean),
                    "put together: how much better than the mean of its row the key was",
                ),
            ),
            tuple(zip(alpha, softmax, strict=True)),
        ),
        Chain(
            "What comes back to a query",
            Symbol("dL/dq"),
            (
                (
                    total([one * Derivative(made, q) for one, made in zip(d_s, scores, strict=True)]),
                    "a query is in every score of its row",
                ),
                (
                    total([one * key for one, key in zip(d_s, k, strict=True)]) / Call("sqrt", d),
                    "each brings its key, over the root of their length d",
                ),
            ),
        ),
    )
