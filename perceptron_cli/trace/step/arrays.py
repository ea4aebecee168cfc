"""The arrays behind a step, for JSON: a row per sample, and a row per neuron for weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from perceptron_cli.arrays import Array
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.expr import Symbol
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.cells import parameter
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names, clipped, gradient
from perceptron_cli.trace.ledger import Ledger


def step_data(config: Config, ledger: Ledger, step: Step) -> dict[str, Any]:
    """Return a step's arrays for JSON: a row per sample, and a row per neuron for weights."""
    before, after = step.before, step.after
    read = ledger.values.__getitem__
    data: dict[str, Any] = {
        "layers": layers_data(config, ledger, step.numbers, before, step.weights, step),
        **_input_gradients(config, ledger, step),
        "prediction": before.a[-1].T,
        "loss": read("L"),
        "new_prediction": after.a[-1].T,
        "new_loss": read("L'"),
        "improvement": read("improvement"),
        "improvement_percent": read("improvement_percent"),
    }
    if ledger.on_paper:
        several = len(step.numbers) > 1
        for key, prime in (("prediction", False), ("new_prediction", True)):
            data[key] = ledger.data(
                [
                    Names(s if several else None, prime).a(len(config.layers), k)
                    for k in _upto(config.sizes[-1])
                ]
                for s in step.numbers
            )
    if config.penalty is not None:
        data["data_loss"], data["penalty"] = read("D"), read("R")
    if step.clipped:
        training = config.training
        numbers = {name: read(name) for name in (*training.clip_options, *step.clip)}
        data["clipping"] = {"name": training.clip, **numbers}
    if len(step.numbers) > 1:
        data["samples"] = list(step.numbers)
    return data


def _input_gradients(config: Config, ledger: Ledger, step: Step) -> dict[str, Any]:
    if not ledger.view.input_gradients:
        return {}
    if not ledger.on_paper:
        return {"dL_dx": step.dL_dx.T}
    several = len(step.numbers) > 1
    symbols = [
        [Names(s if several else None).dL_da(0, i) for i in _upto(config.inputs)] for s in step.numbers
    ]
    return {"dL_dx": ledger.data(symbols)}


def _upto(count: int) -> range:
    return range(1, count + 1)


def layers_data(
    config: Config,
    ledger: Ledger,
    numbers: Sequence[int],
    passed: Forward,
    weights: Sequence[Array],
    step: Step | None,
) -> list[dict[str, Any]]:
    """Return what each layer computed; by hand arithmetic, what each came to on paper."""
    rows = []
    for l, layer in enumerate(config.layers, start=1):
        row: dict[str, Any] = {"layer": l, "activation": layer.activation}
        if not layer.is_dense:
            row |= {"kind": layer.kind, "shape": list(layer.shape)}
        arrays: dict[str, Any] = {"z": passed.z[l - 1].T, "a": passed.a[l - 1].T}
        if step is not None:
            arrays |= {"dL_da": step.da[l - 1].T, "dL_dz": step.dz[l - 1].T, "dL_dw": step.dL_dw[l - 1]}
            if step.clipped:
                arrays["clipped_dL_dw"] = step.clipped[l - 1]
        arrays["weights"] = weights[l - 1]
        if step is not None:
            arrays["new_weights"] = step.new_weights[l - 1]
        if ledger.on_paper:
            arrays = {key: _on_paper(config, ledger, numbers, l, key) for key in arrays}
        rows.append(row | arrays)
    return rows


def _on_paper(
    config: Config, ledger: Ledger, numbers: Sequence[int], l: int, key: str
) -> list[list[float | None]]:
    neurons, inputs = config.sizes[l], config.sizes[l - 1]
    several = len(numbers) > 1
    if key in ("z", "a", "dL_da", "dL_dz"):
        if not config.layers[l - 1].is_dense and not kind_of(config.layers[l - 1].kind).has_activation:
            key = {"z": "a", "dL_dz": "dL_da"}.get(key, key)
        return ledger.data(
            [getattr(Names(s if several else None), key)(l, config.place(l, j)) for j in _upto(neurons)]
            for s in numbers
        )
    if not config.layers[l - 1].is_dense:
        return _parameters_on_paper(config, ledger, l, key)
    names = Names(prime=key == "new_weights")
    make = {"dL_dw": names.dL_dw, "clipped_dL_dw": names.g}.get(key, names.w)
    still = key == "clipped_dL_dw" and not config.training.update_biases
    rows = ledger.data([make(l, i, j) for i in range(still, inputs + 1)] for j in _upto(neurons))
    return [[0.0, *row] for row in rows] if still else rows


def _parameters_on_paper(config: Config, ledger: Ledger, l: int, key: str) -> list[list[float | None]]:
    """Return the parameters of a layer that is not dense, 0 where one is not learnt."""
    layer = config.layers[l - 1]
    learnt = layer.columns(biases=key != "clipped_dL_dw" or config.training.update_biases)
    make: dict[str, Callable[[Symbol], Symbol]] = {
        "dL_dw": gradient,
        "clipped_dL_dw": clipped,
        "new_weights": lambda w: w.after(),
    }
    own = make.get(key)
    rows: list[list[float | None]] = []
    for row in range(layer.size[0]):
        cells: list[float | None] = []
        for column in range(layer.size[1]):
            symbol = parameter(layer, l, row, column)
            if own is not None and column not in learnt:
                cells.append(0.0 if key != "new_weights" else ledger.values[symbol.name])
            else:
                cells.append(ledger.values[(own(symbol) if own else symbol).name])
        rows.append(cells)
    return rows
