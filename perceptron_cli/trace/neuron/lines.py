"""Every cell of a rule's table as a line with its formula: `t3:net`, `t3:y`, `t3:e`, `t3:w_1'`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perceptron_cli.document import Equation, Equations, Part, Section
from perceptron_cli.expr import Call, Expr, Number, Symbol, product, total
from perceptron_cli.neuron import Learnt, Neuron, Row, learn, neuron_of
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.texts import text_of
from perceptron_cli.trace.step.lines import Lines


def update_sections(runs: Sequence[Learnt]) -> Iterator[Section]:
    """Yield a section for each update, numbered through all epochs; of several neurons one for each."""
    texts: dict[str, str] = {}
    for k, run in enumerate(runs, start=1):
        number = 0
        for epoch in run.epochs:
            for place, row in enumerate(epoch.rows, start=1):
                number += 1
                neuron = f", neuron {k}" if len(runs) > 1 else ""
                told = _Update(run.neuron, row, number, k if len(runs) > 1 else None, texts)
                title = f"Update {number} (epoch {epoch.number}, sample {place}{neuron})"
                yield Section(title, "updates", (told.block(),))


def neuron_runs(config: Config, exactly: int | None = None) -> list[Learnt]:
    """Return the run of each of a config's neurons, to its end or for `exactly` so many epochs."""
    places = range(config.layers[0].neurons)
    return [learn(neuron_of(config, place=place), exactly) for place in places]


def neuron_lines(config: Config, exactly: int | None = None) -> Lines:
    """Return the lines of every update of a config's neurons, as those of a training step."""
    return Lines(Part(1, "Updates", tuple(update_sections(neuron_runs(config, exactly)))))


class _Update:
    """The lines of one sample's turn."""

    def __init__(self, neuron: Neuron, row: Row, number: int, k: int | None, texts: dict[str, str]) -> None:
        """`texts` are the shown numbers of all updates, by symbol."""
        self.neuron, self.row, self.number, self.k = neuron, row, number, k
        self.texts = texts

    def symbol(self, letter: str, i: int | None = None, *, prime: bool = False, own: bool = True) -> Symbol:
        """Return a symbol of this update; what belongs to one of several neurons has its number last."""
        indices = [] if i is None else [i]
        if own and self.k is not None:
            indices.append(self.k)
        return Symbol(f"t{self.number}:{letter}", None, indices, None, prime)

    def block(self) -> Equations:
        """Return the given numbers, then net, y, e and the new weights."""
        rows = [(one,) for one in (*self._given(), *self._results())]
        return Equations(tuple(rows), self.texts)

    def _carried(self, name: str, i: int | None = None) -> Expr | None:
        """Return the number of the update before that one begins with, None for the first one's."""
        if self.number == 1 or self.neuron.batch:
            return None
        indices = [] if i is None else [i]
        if self.k is not None:
            indices.append(self.k)
        return Symbol(f"t{self.number - 1}:{name}", None, indices, None, True)

    def _line(self, symbol: Symbol, body: Expr | None, value: object) -> Equation:
        text = text_of(value)
        self.texts[symbol.name] = text
        return Equation(symbol, body, float(value), text)  # type: ignore[arg-type]

    @property
    def _places(self) -> Sequence[int]:
        """The weights that play a part: 0 is the bias."""
        return range(0 if self.neuron.has_bias else 1, len(self.row.weights))

    def _given(self) -> Iterator[Equation]:
        row, neuron = self.row, self.neuron
        yield from (self._line(self.symbol("x", i, own=False), None, one) for i, one in enumerate(row.x, 1))
        yield self._line(self.symbol("d"), None, row.desired)
        yield self._line(Symbol("eta"), None, neuron.rate)
        learnt = neuron.theta_input is not None
        yield self._line(self.symbol("theta"), self._carried("theta") if learnt else None, row.theta)
        for i in self._places:
            yield self._line(self.symbol("w", i), self._carried("w", i), row.weights[i])

    def _results(self) -> Iterator[Equation]:
        row, neuron, rule = self.row, self.neuron, self.neuron.rule
        net, y, e, d = (self.symbol(letter) for letter in ("net", "y", "e", "d"))
        theta, eta = self.symbol("theta"), Symbol("eta")
        x = {i: self.symbol("x", i, own=False) for i in range(1, len(row.x) + 1)}
        terms: list[Expr] = [self.symbol("w", i) * x[i] if i else self.symbol("w", 0) for i in self._places]
        if neuron.theta_input is not None:
            terms.append(theta * Number(float(neuron.theta_input)))
        yield self._line(net, total(terms), row.net)
        at: Expr = Number(0) if neuron.theta_input is not None else theta
        yield self._line(y, self._step(net, at), row.output)
        error: Expr = d - (net if rule.stops == "settled" else y)
        yield self._line(e, error, row.error)
        moves = rule.name != "fausett" or row.output != row.desired
        factor: Expr = eta * (d if rule.name in ("fausett", "hebb") else e)
        if neuron.batch:
            return  # the weights move at the end of the epoch
        for i in self._places:
            w = self.symbol("w", i)
            still = not moves or (i == 0 and not neuron.learn_bias)
            body: Expr = w if still else w + (product([factor, x[i]]) if i else factor)
            yield self._line(self.symbol("w", i, prime=True), body, row.new_weights[i])
        if neuron.theta_input is not None:
            body = theta + product([factor, Number(float(neuron.theta_input))]) if moves else theta
            yield self._line(self.symbol("theta", prime=True), body, row.new_theta)

    def _step(self, net: Symbol, at: Expr) -> Expr:
        neuron = self.neuron
        if neuron.rule.band:
            return Call("step", net + at) - Call("step", at - net)
        fires: Expr = 1 - Call("step", at - net) if neuron.strict else Call("step", net - at)
        low = float(neuron.low)
        return Number(low) + Number(float(neuron.high) - low) * fires if low else fires
