"""What is said around a drawing: its heading, its caption, what colours and widths mean."""

from __future__ import annotations

from perceptron_cli.document import Drawing, Edge, Quantity

HEADINGS = {
    "weights": "activations and weights",
    "update": "before and after an update",
    "gradients": "the gradients of the weights",
}


def heading_of(drawing: Drawing) -> str:
    """Return what stands over a drawing: its title, and what its edges show."""
    if drawing.columns[0].heading:  # not the network
        return drawing.title
    return f"{drawing.title}: {HEADINGS[drawing.shows]}" if drawing.title else HEADINGS[drawing.shows]


def caption_of(drawing: Drawing) -> str:
    """Return the sentence under a drawing."""
    return drawing.caption.replace("->", "→")


def keys(drawing: Drawing) -> list[tuple[str, str]]:
    """Return the legend: kinds of edges ("plus", "minus", "" for none), and what they mean."""
    if drawing.shows != "gradients":
        return []
    found = [
        ("plus", "positive: the loss rises with the weight"),
        ("minus", "negative: the loss falls as the weight rises"),
    ]
    widest = largest_gradient(drawing)
    return [*found, ("", f"the wider, the larger; the widest is {widest.text}")] if widest else found


def largest_gradient(drawing: Drawing) -> Quantity | None:
    """Return the edges' gradient of the largest size, by which widths are measured."""
    edges = [edge for edge in drawing.edges if edge.symbol.indices[0] != 0]
    known = [edge.gradient for edge in edges if edge.gradient and edge.gradient.value]
    return max(known, key=lambda one: abs(one.value or 0.0), default=None)


def strength(drawing: Drawing, edge: Edge) -> tuple[int, float]:
    """Return the sign of an edge's gradient, and its size as a share of the largest."""
    largest, value = largest_gradient(drawing), edge.gradient.value if edge.gradient else None
    if not value or largest is None or not largest.value:
        return 0, 0.0
    return (1 if value > 0 else -1), abs(value / largest.value)


def reading(drawing: Drawing) -> str:
    """Return the drawing in words: its layers, and what stands under it."""
    layers = [
        f"{column.count} {'units of ' + column.heading if column.heading else column.activation or 'inputs'}"
        for column in drawing.columns
    ]
    return f"A network, from left to right: {', '.join(layers)}. {caption_of(drawing)}".strip()
