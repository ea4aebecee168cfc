"""The engine's value of any symbol of a step: words are made for few, and a sum may need them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.expr import PAIRS, Symbol, symbol_of
from perceptron_cli.spec.config import Config, Sample


class Lookup:
    """Values of one forward pass or one training step, by symbol."""

    def __init__(
        self,
        config: Config,
        numbers: Sequence[int],
        passed: Forward,
        weights: Sequence[Array],
        step: Step | None = None,
    ) -> None:
        """`numbers` are the samples (from 1) that stand in the arrays' columns."""
        self.config = config
        self.weights = weights
        self.before = passed
        self.step = step
        self.columns = {number: column for column, number in enumerate(numbers)}
        self.several = len(numbers) > 1
        self._finders: Mapping[str, Callable[[Symbol], float]] = {
            "x": lambda s: self._sample(s).x[_index(s)],
            "y": self._target,
            "w": lambda s: self._matrix(s)[_place(s)],
            "z": lambda s: self._forward(s).z[_layer(s)][_index(s), self._column(s)],
            "a": self._activation,
            "L": self._loss,
        }
        self._gradients: Mapping[str, Callable[[Symbol, Step], float]] = {
            "dL/da": self._reaching,
            "da/dz": self._slope,
            "dL/dz": lambda s, step: step.dz[_layer(s)][_index(s), self._column(s)],
            "dL/dw": self._weight_gradient,
        }

    @classmethod
    def of(cls, config: Config, step: Step) -> Lookup:
        """Return the values of a recorded training step."""
        return cls(config, step.numbers, step.before, step.weights, step)

    def named(self, name: str) -> Symbol | None:
        """Return the symbol of a name; the slope of softmax has two indices, every other has one."""
        symbol = symbol_of(name)
        if symbol is not None and symbol.head == "da/dz" and self._coupled(symbol):
            return symbol_of(name, pairs=PAIRS | {"da/dz"})
        return symbol

    def __call__(self, symbol: Symbol) -> float | None:
        """Return a symbol's value, None where float64 has none. Raises KeyError for what is not there."""
        try:
            value = float(self._find(symbol))
        except (IndexError, TypeError, AttributeError):
            raise KeyError(symbol.name) from None
        return value if math.isfinite(value) else None

    def _find(self, symbol: Symbol) -> float:
        if symbol.head in self._finders:
            return self._finders[symbol.head](symbol)
        if self.step is None:
            raise KeyError(symbol.name)
        if symbol.head in self._gradients:
            return self._gradients[symbol.head](symbol, self.step)
        if symbol.head in self.step.state:
            state = self.step.new_state if symbol.prime else self.step.state
            return float(state[symbol.head][_layer(symbol)][_place(symbol)])
        if symbol.head == "g":
            return float(self.step.clipped[_layer(symbol)][_place(symbol)])
        training = self.config.training
        known = {**training.options, **training.clip_options, **self.step.clip}
        return {**known, "eta": self.step.eta, "t": self.step.t}[symbol.name]

    # where a symbol's number stands ------------------------------------------------------------

    def _column(self, symbol: Symbol) -> int:
        if symbol.sample is None and not self.several:
            return 0
        return self.columns[symbol.sample or 0]

    def _sample(self, symbol: Symbol) -> Sample:
        return self.config.samples[list(self.columns)[self._column(symbol)] - 1]

    def _target(self, symbol: Symbol) -> float:
        y = self._sample(symbol).y
        if y is None:
            raise KeyError(symbol.name)
        return y[_index(symbol)]

    def _forward(self, symbol: Symbol) -> Forward:
        if not symbol.prime:
            return self.before
        if self.step is None:
            raise KeyError(symbol.name)
        return self.step.after

    def _matrix(self, symbol: Symbol) -> Array:
        weights = self.step.new_weights if symbol.prime and self.step else self.weights
        return weights[_layer(symbol)]

    def _activation(self, symbol: Symbol) -> float:
        if symbol.layer == 0:
            return float(self._sample(symbol).x[_index(symbol)])
        return float(self._forward(symbol).a[_layer(symbol)][_index(symbol), self._column(symbol)])

    def _loss(self, symbol: Symbol) -> float:
        passed = self._forward(symbol)
        if passed.parts is None or passed.losses is None or passed.loss is None:
            raise KeyError(symbol.name)
        if symbol.indices:
            return float(passed.parts[_index(symbol), self._column(symbol)])
        return passed.loss if symbol.sample is None else float(passed.losses[self._column(symbol)])

    # gradients --------------------------------------------------------------------------------

    def _coupled(self, symbol: Symbol) -> bool:
        l = symbol.layer or 0
        return 1 <= l <= len(self.config.layers) and ACTIVATIONS[self.config.layers[l - 1].activation].coupled

    def _reaching(self, symbol: Symbol, step: Step) -> float:
        gradients = step.da[_layer(symbol)] if symbol.layer else step.dL_dx
        return float(gradients[_index(symbol), self._column(symbol)])

    def _slope(self, symbol: Symbol, step: Step) -> float:
        column = self._column(symbol)
        if not self._coupled(symbol):
            return float(step.slope[_layer(symbol)][_index(symbol), column])
        k, j = (int(index) - 1 for index in symbol.indices)
        a = step.before.a[_layer(symbol)][:, column]
        return float(a[j] * (1 - a[j]) if k == j else -(a[k] * a[j]))

    def _weight_gradient(self, symbol: Symbol, step: Step) -> float:
        """dL/dw: reduced over the batch, or a sample's own."""
        j, i = _place(symbol)
        if symbol.sample is None:
            return float(step.dL_dw[_layer(symbol)][j, i])
        column, l = self._column(symbol), _layer(symbol)
        below = step.before.a[l - 1] if l else step.x
        return float(step.dz[l][j, column] * (below[i - 1, column] if i else 1.0))


def _layer(symbol: Symbol) -> int:
    """The place of a symbol's layer in the engine's lists. Raises IndexError for no layer of weights."""
    if not symbol.layer:
        raise IndexError(symbol.name)
    return symbol.layer - 1


def _index(symbol: Symbol) -> int:
    """The place of a symbol's only index. Raises IndexError where it is not one, from 1 on."""
    if len(symbol.indices) != 1 or not isinstance(symbol.indices[0], int) or symbol.indices[0] < 1:
        raise IndexError(symbol.name)
    return symbol.indices[0] - 1


def _place(symbol: Symbol) -> tuple[int, int]:
    """The place of a weight in its layer's matrix: (neuron, input), the bias in column 0."""
    if len(symbol.indices) != 2:
        raise IndexError(symbol.name)
    i, j = symbol.indices
    if not isinstance(i, int) or not isinstance(j, int) or i < 0 or j < 1:
        raise IndexError(symbol.name)
    return j - 1, i
