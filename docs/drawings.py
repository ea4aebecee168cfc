"""The networks that docs/drawing.md shows, drawn: two lessons, and two larger ones with drawn weights."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

from perceptron_cli import load, render
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.drawing import draw

SOFTMAX = """
name: softmax
network:
  layers:
    - {neurons: 6, activation: relu, init: he_normal}
    - {neurons: 6, activation: tanh, init: xavier_uniform}
    - {neurons: 3, activation: softmax, init: xavier_uniform}
loss: cross_entropy
sample: {x: [0.5, -1.2, 0.8, 1.5], y: 2}
"""
WIDE = """
name: digits
network:
  layers:
    - {neurons: 128, activation: relu, init: he_normal}
    - {neurons: 10, activation: softmax, init: xavier_uniform}
loss: cross_entropy
"""


def pictures() -> Iterator[tuple[str, str]]:
    """Yield the names of the pictures, and the pictures."""
    pixels = ", ".join(f"{abs(math.sin(place)):.2f}" for place in range(784))
    for name, config, shows in (
        ("lecture", load("lecture"), "update"),
        ("mazur", load("mazur"), "gradients"),
        ("softmax", _loaded(SOFTMAX), "weights"),
        ("wide", _loaded(f"{WIDE}sample: {{x: [{pixels}], y: 3}}\n"), "weights"),
    ):
        yield f"drawing-{name}.svg", str(render(draw(config, shows=shows), "svg"))


def _loaded(text: str) -> Config:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.yaml"
        path.write_text(text, encoding="utf-8")
        return load(str(path))
