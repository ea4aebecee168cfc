"""A network drawn for those who are to work it out."""

from __future__ import annotations

from dataclasses import replace

from perceptron_cli.document import Column, Drawing
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.drawing import draw
from perceptron_cli.trace.view import View


def unanswered(config: Config, decimals: int, sign: str = "?") -> Drawing:
    """Return the drawing without what is asked: in place of an activation there is a sign, inputs stay."""
    sections = draw(config, View(decimals)).sections
    (drawn,) = (block for one in sections for block in one.blocks if isinstance(block, Drawing))

    def hidden(column: Column) -> Column:
        neurons = (replace(one, number=replace(one.number, value=None, text=sign)) for one in column.neurons)
        return replace(column, neurons=tuple(neurons))

    columns = (drawn.columns[0], *map(hidden, drawn.columns[1:]))
    return replace(drawn, columns=columns, title="The network", caption="")
