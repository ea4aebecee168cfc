"""The linear model of a perceptron, both ways: with a bias, and with the bias as the weight of x_0 = 1."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import Equations, Formula, Note, Section
from perceptron_cli.expr import Expr, Symbol, product, total
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.view import View


def linear_section(config: Config, view: View) -> Section:
    """Tell w.x + b for the first sample, and the same with x_0 = 1, then the step."""
    layer, sample = config.layers[0], config.samples[0]
    ledger = Ledger(View(view.decimals, limit=view.limit))
    weights = layer.weights[0] if layer.weights is not None else ()
    places = range(1, layer.inputs + 1)
    w = [Symbol("w", None, (i,)) for i in (0, *places)]
    x = [Symbol("x", None, (i,)) for i in (0, *places)]
    b, z, y = Symbol("b"), Symbol("z"), Symbol("y")
    given = [ledger.given(w[i], weights[i], weights[i].text) for i in (0, *places)]
    given += [ledger.given(x[i], sample.x[i - 1], sample.x[i - 1].text) for i in places]
    given += [ledger.given(x[0], 1.0, "1"), ledger.given(b, weights[0], weights[0].text)]
    value = float(weights[0]) + sum(float(weights[i]) * float(sample.x[i - 1]) for i in places)
    apart: Expr = total([*(w[i] * x[i] for i in places), b])
    folded: Expr = total([product([w[i], x[i]]) for i in (0, *places)])
    formulas = ACTIVATIONS[layer.activation].formulas([z], 0, layer.options)
    fires = _fires(value, layer.options)
    rows = (
        (ledger.line(z, apart, value),),
        (ledger.line(z, folded, value),),
        (ledger.line(y, formulas, fires),),
    )
    return Section(
        "The linear model, both ways, for the first sample",
        "given",
        (
            Equations((tuple(given),), ledger.texts, (), 0, "number"),
            Note("With the bias b apart, and with b as the weight w_0 of the unit feature x_0 = 1:", "step"),
            Equations(
                rows, ledger.texts, (Formula(z, (apart,)), Formula(z, (folded,)), Formula(y, formulas))
            ),
        ),
    )


def _fires(z: float, options: object) -> float:
    import numpy as np

    a = np.empty((1, 1))
    ACTIVATIONS["unit_step"].forward(np.array([[z]]), a, options)()  # type: ignore[arg-type]
    return float(a[0, 0])
