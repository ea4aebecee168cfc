"""The engine's value of any symbol of a step: words are made for few, and a sum may need them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.arrays import Array
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.expr import PAIRS, Symbol, evaluate, symbol_of, symbols
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import blocks, cell
from perceptron_cli.layers.layer import number
from perceptron_cli.spec.config import Config, Sample
from perceptron_cli.symbols import Names


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
        self._derived: Any = None
        self._finders: Mapping[str, Callable[[Symbol], float]] = {
            "x": lambda s: self._sample(s).x[self._index(s, 0)],
            "y": self._target,
            "c": self._weight,
            "w": lambda s: self.matrix(s)[self._place(s)],
            "z": lambda s: self._forward(s).z[_layer(s)][self._index(s), self._column(s)],
            "a": self._activation,
            "L": self._loss,
            "D": lambda s: self._forward(s).data_loss or 0.0,
            "R": lambda s: self._forward(s).penalty,
        }
        self._gradients: Mapping[str, Callable[[Symbol, Step], float]] = {
            "dL/da": self._reaching,
            "da/dz": self._slope,
            "dL/dz": lambda s, step: step.dz[_layer(s)][self._index(s), self._column(s)],
            "dL/dw": self._weight_gradient,
            "dD/dw": lambda s, step: step.dD_dw[_layer(s)][self._place(s)],
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

    def _weight(self, symbol: Symbol) -> float:
        """Return a sample's weight."""
        if symbol.name != Symbol("c", None, (), symbol.sample).name:
            raise KeyError(symbol.name)
        weight = self._sample(symbol).weight
        return 1.0 if weight is None else float(weight)

    def _find(self, symbol: Symbol) -> float:
        if not self.config.is_dense and (found := self._of_kind(symbol)) is not None:
            return found
        if symbol.head in self._finders:
            return self._finders[symbol.head](symbol)
        if self.step is None:
            raise KeyError(symbol.name)
        if symbol.head in self._gradients:
            return self._gradients[symbol.head](symbol, self.step)
        if symbol.head in self.step.state:
            state = self.step.new_state if symbol.prime else self.step.state
            return float(state[symbol.head][_layer(symbol)][self._place(symbol)])
        if symbol.head == "g":
            return float(self.step.clipped[_layer(symbol)][self._place(symbol)])
        if symbol.head.startswith("dD/d"):
            return float(self.step.dD_dw[_layer(symbol)][self._place(symbol)])
        training = self.config.training
        known = {**training.options, **training.clip_options, **self.step.clip}
        if self.config.penalty is not None:
            known |= {"l2": self.config.penalty.l2, "l1": self.config.penalty.l1}
        return {**known, "eta": self.step.eta, "t": self.step.t}[symbol.name]

    # where a symbol's number stands ------------------------------------------------------------

    def _column(self, symbol: Symbol) -> int:
        if symbol.sample is None and not self.several:
            return 0
        return self.columns[symbol.sample or 0]

    def _index(self, symbol: Symbol, l: int | None = None) -> int:
        """The place of a symbol's number in its layer, from 0. Raises IndexError for none."""
        l = symbol.layer or 0 if l is None else l
        layer = self.config.layers[max(l - 1, 0)]
        shape = layer.shape if l else layer.below
        return _index(symbol) if len(shape) < 2 else number(shape, _whole(symbol)) - 1

    def _place(self, symbol: Symbol) -> tuple[int, int]:
        return cell(self.config.layers[_layer(symbol)], symbol)

    def _of_kind(self, symbol: Symbol) -> float | None:
        """Return a number that only layers of other kinds have: their own, a parameter, and gradients."""
        if not symbol.layer or symbol.layer > len(self.config.layers):
            return None
        l, layer = symbol.layer, self.config.layers[symbol.layer - 1]
        if layer.is_dense:
            return None
        back = symbol.head.startswith("dL/d")
        head = symbol.head[4:] if back else symbol.head
        for stage in kind_of(layer.kind).stages(layer)[:-1]:
            if stage.head == head:
                numbers = self.step.d_inner if back and self.step else self._forward(symbol).inner
                n = number(stage.shape, _whole(symbol)) - 1 if symbol.indices else 0
                return float(numbers[l - 1][head][n, 0 if stage.is_shared else self._column(symbol)])
        if any(block.head == head for block in blocks(layer)):
            if not back:
                return float(self.matrix(symbol)[self._place(symbol)])
            return None if self.step is None else self._weight_gradient(symbol, self.step)
        return None

    def _sample(self, symbol: Symbol) -> Sample:
        return self.config.samples[list(self.columns)[self._column(symbol)] - 1]

    def _target(self, symbol: Symbol) -> float:
        y = self._sample(symbol).y
        if y is None:
            raise KeyError(symbol.name)
        return y[self._index(symbol, len(self.config.layers))]

    def _forward(self, symbol: Symbol) -> Forward:
        if not symbol.prime:
            return self.before
        if self.step is None:
            raise KeyError(symbol.name)
        return self.step.after

    def matrix(self, symbol: Symbol) -> Array:
        """Return the parameters of a symbol's layer, before the update or after it."""
        weights = self.step.new_weights if symbol.prime and self.step else self.weights
        return weights[_layer(symbol)]

    def _activation(self, symbol: Symbol) -> float:
        if symbol.layer == 0:
            return float(self._sample(symbol).x[self._index(symbol)])
        return float(self._forward(symbol).a[_layer(symbol)][self._index(symbol), self._column(symbol)])

    def _loss(self, symbol: Symbol) -> float:
        passed = self._forward(symbol)
        if passed.parts is None or passed.losses is None or passed.loss is None:
            raise KeyError(symbol.name)
        if symbol.indices:
            place = self._index(symbol, len(self.config.layers))
            return float(passed.parts[place, self._column(symbol)])
        return passed.loss if symbol.sample is None else float(passed.losses[self._column(symbol)])

    # gradients --------------------------------------------------------------------------------

    def _coupled(self, symbol: Symbol) -> bool:
        l = symbol.layer or 0
        return 1 <= l <= len(self.config.layers) and ACTIVATIONS[self.config.layers[l - 1].activation].coupled

    def _reaching(self, symbol: Symbol, step: Step) -> float:
        gradients = step.da[_layer(symbol)] if symbol.layer else step.dL_dx
        return float(gradients[self._index(symbol), self._column(symbol)])

    def _slope(self, symbol: Symbol, step: Step) -> float:
        column = self._column(symbol)
        if not self._coupled(symbol):
            return float(step.slope[_layer(symbol)][self._index(symbol), column])
        layer = self.config.layers[_layer(symbol)]
        *steps, k, j = (int(index) - 1 for index in symbol.indices)
        if steps:
            k, j = (number(layer.shape, (steps[0] + 1, one + 1)) - 1 for one in (k, j))
        a = step.before.a[_layer(symbol)][:, column]
        return float(ACTIVATIONS[layer.activation].jacobian(a)[k, j])

    def _weight_gradient(self, symbol: Symbol, step: Step) -> float:
        """dL/dw: reduced over the batch, or a sample's own."""
        j, i = self._place(symbol)
        if symbol.sample is not None and not self.config.layers[_layer(symbol)].is_dense:
            return self._own_gradient(symbol, j, i)
        if symbol.sample is None:
            return float(step.dL_dw[_layer(symbol)][j, i])
        column, l = self._column(symbol), _layer(symbol)
        below = step.before.a[l - 1] if l else step.x
        return float(step.dz[l][j, column] * (below[i - 1, column] if i else 1.0))

    def _own_gradient(self, symbol: Symbol, row: int, column: int) -> float:
        """A sample's gradient of a parameter that is used more than once: the sum of its line."""
        from perceptron_cli.trace.derived import Derived

        if self._derived is None:
            batch = [Names(one if self.several else None) for one in self.columns]
            self._derived = Derived(self.config, batch, number=next(iter(self.columns)))
        body = self._derived.of_parameter(symbol.layer or 1, row, column, Names(symbol.sample))[-1]
        values = {one.name: self._find(one) for one in symbols(body)}
        return float(evaluate(body, values))


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


def _whole(symbol: Symbol) -> tuple[int, ...]:
    """A symbol's indices as whole numbers. Raises IndexError where one is a letter."""
    found = tuple(index for index in symbol.indices if isinstance(index, int))
    if len(found) != len(symbol.indices):
        raise IndexError(symbol.name)
    return found
