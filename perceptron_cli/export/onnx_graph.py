"""An ONNX graph under construction."""

from __future__ import annotations

from typing import Any

from perceptron_cli.arrays import Array


class Graph:
    """The nodes so far, and the constants that they name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, operator: str, *inputs: str | float | Array, output: str = "", **attributes: Any) -> str:
        """Add a node; a number or an array among its inputs becomes a constant. Returns its output."""
        from onnx import helper

        output = output or f"{operator}_{len(self.nodes)}"
        names = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        self.nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def whole(self, value: Any, name: str = "") -> str:
        """Add whole numbers - places, a shape - and return their name."""
        import numpy as np
        from onnx import numpy_helper

        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype=np.int64), name))
        return name

    def constant(self, value: float | Array, name: str = "") -> str:
        """Add a constant in float64 and return its name."""
        import numpy as np
        from onnx import numpy_helper

        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype=np.float64), name))
        return name
