"""The schedules of the learning rate: an epoch's rate, as one tree that is shown and evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field

from perceptron_cli.arrays import Options
from perceptron_cli.expr import Call, Expr, Symbol, evaluate
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record


@record
class Schedule:
    """One schedule: `formula` is eta by eta_0 (the config's rate) and by `numbers(epoch, epochs, options)`.

    Epochs count from 1, and the first has the config's rate. `note` says what a number of it is.
    """

    summary: str
    formula: Expr
    numbers: Callable[[int, int, Options], Mapping[str, float]]
    parameters: dict[str, Parameter] = field(default_factory=dict)
    source: str = ""
    note: str = ""

    def rate(self, eta: float, epoch: int, epochs: int, options: Options) -> float:
        """Return an epoch's learning rate."""
        return float(evaluate(self.formula, {"eta_0": eta, **self.numbers(epoch, epochs, options)}))


ETA_0, EPOCH, EPOCHS, LOWEST = Symbol("eta_0"), Symbol("epoch"), Symbol("epochs"), Symbol("lowest")

SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule("the same in every epoch", ETA_0, lambda epoch, epochs, options: {}),
    "step": Schedule(
        "multiplied by a factor every few epochs",
        ETA_0 * Symbol("factor") ** Symbol("drops"),
        lambda epoch, epochs, options: {
            "factor": options["factor"],
            "drops": float((epoch - 1) // options["every"]),
        },
        {"factor": Parameter(0.5, 0, 1, open_low=True), "every": Parameter(10, 1)},
        "PyTorch's StepLR, with gamma = factor and step_size = every",
        "drops is (epoch - 1)/every, rounded down.",
    ),
    "cosine": Schedule(
        "along half a cosine, from the first rate to the lowest",
        LOWEST + (ETA_0 - LOWEST) * (1 + Call("cos", Symbol("pi") * (EPOCH - 1) / EPOCHS)) / 2,
        lambda epoch, epochs, options: {
            "lowest": options["lowest"],
            "pi": math.pi,
            "epoch": float(epoch),
            "epochs": float(epochs),
        },
        {"lowest": Parameter(0.0, 0)},
        "Loshchilov and Hutter (2017), equation 5, without restarts",
    ),
}
