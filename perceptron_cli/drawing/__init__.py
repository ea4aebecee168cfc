"""Where a drawing's circles, edges and labels stand, so that no two labels overlap; nothing of formats."""

from perceptron_cli.drawing.layout import Box, Circle, Line, Metrics, Picture, layout
from perceptron_cli.drawing.lettering import Lettering
from perceptron_cli.drawing.marks import marked

__all__ = ["Box", "Circle", "Lettering", "Line", "Metrics", "Picture", "layout", "marked"]
