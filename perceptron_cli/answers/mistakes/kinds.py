"""Mistakes in layers of other kinds than dense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.answers.mistakes.line import Line, Mistake, like, put
from perceptron_cli.expr import Expr, Gate, Number, Product, Quotient, Sum, Symbol, replace, symbols
from perceptron_cli.layers.layer import Layer, number, place


def _layers_of(line: Line) -> Iterator[Layer]:
    """Yield the layers that a line may belong to: its own, and for what comes back the one above."""
    l = line.symbol.layer
    if l is None:
        return
    if l:
        yield line.config.layers[l - 1]
    if line.head == "dL/da" and l < len(line.config.layers):
        yield line.config.layers[l]


def _kind(line: Line, *kinds: str) -> Layer | None:
    return next((layer for layer in _layers_of(line) if layer.kind in kinds), None)


def _kernel(line: Line) -> list[Symbol]:
    """Return the kernel's weights in a line, without the bias."""
    return [one for one in symbols(line.body) if one.head == "w" and len(one.indices) > 2]


def _turned_round(line: Line) -> Iterator[Expr]:
    weights = _kernel(line)
    if not weights or line.head not in ("z", "dL/da"):
        return
    sizes = line.config.layers[(weights[0].layer or 1) - 1].settings["kernel_size"]
    instead: dict[str, Expr] = {}
    for w in weights:
        filter_, channel, *offsets = (int(index) for index in w.indices)
        turned = (size + 1 - at for size, at in zip(sizes, offsets, strict=True))
        instead[w.name] = like(w, None, filter_, channel, *turned)
    yield put(line.body, instead)


def _window_shifted(line: Line) -> Iterator[Expr]:
    """The window one step further, or back, along an axis."""
    layer = _kind(line, "conv1d", "conv2d", "max_pool", "average_pool")
    if layer is None or line.head not in ("z", "a") or line.symbol.layer is None:
        return
    axes = range(len(layer.below))[-2:] if layer.kind != "conv1d" else range(1)
    below = [one for one in symbols(line.body) if _is_below(one, line.symbol.layer)]
    for axis in axes:
        for by in (1, -1):
            moved: dict[str, Expr] = {}
            for one in below:
                at = [int(index) for index in one.indices]
                at[axis] += by
                if not 1 <= at[axis] <= layer.below[axis]:
                    break
                moved[one.name] = like(one, None, *at)
            else:
                yield put(line.body, moved)


def _is_below(symbol: Symbol, l: int) -> bool:
    return symbol.head == "x" if l == 1 else symbol.head == "a" and symbol.layer == l - 1


def _to_the_loser(line: Line) -> Iterator[Expr]:
    """What comes back to a number that was not the largest, as if it had been."""
    if line.head == "dL/da" and _kind(line, "max_pool") is not None:
        yield replace(line.body, lambda node: Number(1) if isinstance(node, Gate) else None)
        if not symbols(line.body):
            yield from _reached(line)


def _reached(line: Line) -> Iterator[Expr]:
    """The gradient of a window above that the number stands in."""
    layer, l = _kind(line, "max_pool"), line.symbol.layer or 0
    if layer is None:
        return
    from perceptron_cli.layers import kind_of

    windows = kind_of(layer.kind).windows(layer)
    at = number(layer.below, tuple(int(one) for one in line.symbol.indices)) - 1
    for n, window in enumerate([] if windows is None else windows.tolist()):
        if at in window:
            yield Symbol("dL/da", l + 1, place(layer.shape, n + 1), line.symbol.sample)


def _max_for_mean(line: Line) -> Iterator[Expr]:
    layer = _kind(line, "average_pool", "global_average_pool")
    if layer is not None and line.head == "dL/da":
        yield replace(line.body, lambda node: node.top if isinstance(node, Quotient) else None)


def _one_less(line: Line) -> Iterator[Expr]:
    """n - 1 for n under the sum of the variance."""
    if line.head == "var" and isinstance(line.body, Quotient) and isinstance(line.body.bottom, Number):
        few = line.body.bottom.value
        if few > 1:
            yield Quotient(line.body.top, Number(few - 1))


def _statistics_held(line: Line) -> Iterator[Expr]:
    """The mean and the variance taken as constants on the way back."""
    if line.head == "dL/da" and _kind(line, "batch_norm", "layer_norm") and isinstance(line.body, Sum):
        kept = [one for one in line.body.terms if not _uses(one, ("dL/dmu", "dL/dvar"))]
        if kept and len(kept) < len(line.body.terms):
            yield Sum(kept) if len(kept) > 1 else kept[0]


def _uses(term: Expr, heads: Sequence[str]) -> bool:
    return any(one.head in heads for one in symbols(term))


def _mask_forgotten(line: Line) -> Iterator[Expr]:
    masks = {one.name: Number(1) for one in line.with_head("mask")}
    if masks:
        yield put(line.body, {**masks})


def _not_scaled(line: Line) -> Iterator[Expr]:
    """Dropout without the division by 1 - rate."""
    if line.with_head("mask"):
        yield replace(line.body, lambda node: node.top if isinstance(node, Quotient) else None)


def _path_forgotten(line: Line) -> Iterator[Expr]:
    """One of the two ways of a residual connection left out."""
    l = line.symbol.layer
    if l is None or not isinstance(line.body, Sum):
        return
    own = line.head == "a" and line.config.layers[max(l - 1, 0)].kind == "residual" and l > 0
    passed = line.head == "dL/da" and any(one.settings.get("from") == l for one in line.config.layers)
    if own or passed:
        yield from line.body.terms


def _window_of_one(line: Line) -> Iterator[Expr]:
    """A kernel's gradient from one window alone."""
    if line.head == "dL/dw" and isinstance(line.body, Sum) and _kind(line, "conv1d", "conv2d") is not None:
        yield from (term for term in line.body.terms if isinstance(term, Product))


KINDS = (
    Mistake(
        "kernel turned round",
        "The kernel was turned round. It is laid on the window as it stands; on the way back each number "
        "below gets the weight that it was multiplied by. (With 'flip: true' it is the other way.)",
        _turned_round,
    ),
    Mistake(
        "window shifted",
        "The numbers of the next window were taken. The window moves by the stride, and the first begins at "
        "the edge (or in the padding).",
        _window_shifted,
    ),
    Mistake(
        "gradient to the loser of a max",
        "A number that was not the largest of its window got a gradient. Only the largest counted, and only "
        "it gets one.",
        _to_the_loser,
    ),
    Mistake(
        "mean not shared out",
        "The gradient was not divided by the number of values in the window. Each has its share of the mean.",
        _max_for_mean,
    ),
    Mistake(
        "one window alone",
        "The gradient of one window was taken. A weight of a kernel is used in every window, and its "
        "gradient is the sum over them.",
        _window_of_one,
    ),
    Mistake(
        "n - 1 for n",
        "The variance was divided by n - 1. Normalization divides by n, the number of values.",
        _one_less,
    ),
    Mistake(
        "mean and variance held constant",
        "The gradient came back through the normalised value alone. The mean and the variance are made from "
        "the same numbers, and bring a part each.",
        _statistics_held,
    ),
    Mistake(
        "mask left out",
        "The mask was not applied. A number that was dropped is 0, and its gradient is 0 too.",
        _mask_forgotten,
    ),
    Mistake(
        "dropout not scaled",
        "What stays was not divided by 1 - rate, on the way forward or back.",
        _not_scaled,
    ),
    Mistake(
        "one way of a residual",
        "One of the two ways was left out. A residual connection adds the earlier layer, and its gradient "
        "comes back both ways.",
        _path_forgotten,
    ),
)
