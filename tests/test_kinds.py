"""Layers of every kind: the lines against the arrays, the gradients against central differences."""

import json
import math

import jsonschema
import numpy as np
import pytest
from equations import check_every_equation
from hypothesis import given, settings
from hypothesis import strategies as st
from stacks import Stack, stack, stacks

from perceptron_cli import engine, spec, trace
from perceptron_cli.document import MatrixEquation
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Convolve, Number, Symbol
from perceptron_cli.layers import KINDS, kind_of
from perceptron_cli.notation import MACHINE
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES, render
from perceptron_cli.schemas import output_schema
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.lessons import flow
from perceptron_cli.trace.step import drawing
from perceptron_cli.trace.view import View

pytestmark = pytest.mark.exhaustive

WHOLE = View(limit=None, input_gradients=True)


OF_STEPS = ("rnn", "lstm", "gru", "attention", "dense_over_time", "positional_encoding")


def of_tokens(seed: int, **training: object) -> dict:
    """A network with an embedding, and a recurrent layer over it."""
    rng = np.random.default_rng(seed)
    built = Stack(rng, (4, 2))
    built.add("rnn", "tanh")
    table = {"kind": "embedding", "weights": rng.normal(size=(5, 2)).round(3).tolist()}
    flat = [{"kind": "flatten"}] if len(built.shape) > 1 else []
    layers = [table, *built.layers, *flat, {"activation": "linear", "neurons": 2}]
    samples = [
        {"x": rng.integers(0, 5, 4).tolist(), "y": rng.normal(size=2).round(3).tolist()} for _ in range(3)
    ]
    network = {"inputs": 4, "layers": layers}
    return {
        "network": network,
        "loss": "half_squared_error",
        "samples": samples,
        "training": {"learning_rate": 0.1, **training},
    }


def alone(kind: str, seed: int = 0, **training: object) -> Config:
    """A network with a layer of one kind, and a dense one after it."""
    return spec.load(stack_with(kind, seed, **training))


def stack_with(kind: str, seed: int = 0, **training: object) -> dict:
    if kind == "embedding":
        return of_tokens(seed, **training)
    shapes = {"dense": (4,), "dense_shared_bias": (4,), **dict.fromkeys(OF_STEPS, (3, 2)), "conv1d": (5, 2)}
    shape = shapes.get(kind, (2, 4, 3))
    for tried in range(seed, 100_000):
        made = stack(tried, shape, 2, samples=3, **training)
        if any(layer.get("kind", "dense") == kind for layer in made["network"]["layers"][:-1]):
            return made
    raise AssertionError(f"no network with {kind}")


def numeric_gradient(network: Config) -> np.ndarray:
    """Central differences of the loss that the first update finds, a parameter at a time."""
    places = engine.Trainer(network).network.theta.size

    def loss(place: int, by: float) -> float:
        trainer = engine.Trainer(network)
        trainer.network.theta[place] += by
        return trainer.step(trainer.data)

    return np.array([(loss(place, 1e-6) - loss(place, -1e-6)) / 2e-6 for place in range(places)])


def assert_gradient_is_true(network: Config) -> None:
    trainer = engine.Trainer(network)
    step = trainer.record(trainer.data)
    found = np.concatenate([one.ravel() for one in step.dL_dw])
    expected = numeric_gradient(network)
    still = trainer.network.still(biases=True)
    if still is not None:
        found[still] = expected[still] = 0.0
    np.testing.assert_allclose(found, expected, rtol=3e-5, atol=3e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_every_line_of_a_kind_is_the_engines_number(kind, seed):
    assert check_every_equation(trace.backprop(alone(kind, seed * 1000), WHOLE)) > 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_a_kind_is_that_of_central_differences(kind, seed):
    assert_gradient_is_true(alone(kind, seed * 1000))


@settings(max_examples=40, deadline=None)
@given(stacks())
def test_lines_and_arrays_of_random_stacks_agree(network):
    check_every_equation(trace.backprop(network, WHOLE, steps=2))


@settings(max_examples=25, deadline=None)
@given(stacks())
def test_gradients_of_random_stacks_are_those_of_central_differences(network):
    assert_gradient_is_true(network)


@settings(max_examples=25, deadline=None)
@given(stacks(), st.data())
def test_input_gradients_of_random_stacks_are_those_of_central_differences(network, data):
    trainer = engine.Trainer(network)
    found = trainer.record(trainer.data).dL_dx
    row = data.draw(st.integers(0, found.shape[0] - 1))
    column = data.draw(st.integers(0, found.shape[1] - 1))

    def loss(by: float) -> float:
        other = engine.Trainer(network)
        other.data.x[column, 1 + row] += by
        return other.step(other.data)

    scale = 1 / len(network.samples) if network.training.reduction == "mean" else 1.0
    expected = (loss(1e-6) - loss(-1e-6)) / 2e-6
    assert math.isclose(found[row, column] * scale, expected, rel_tol=3e-5, abs_tol=3e-7)


@pytest.mark.parametrize("kind", [name for name in KINDS if kind_of(name).parameters or name == "dense"])
def test_a_frozen_layer_gives_what_it_gave_and_stays(kind):
    made = stack_with(kind)
    place = next(l for l, one in enumerate(made["network"]["layers"]) if one.get("kind", "dense") == kind)
    before = engine.forward(spec.load(made))
    made["network"]["layers"][place]["frozen"] = True
    network = spec.load(made)
    np.testing.assert_array_equal(engine.forward(network).a[-1], before.a[-1])
    trainer = engine.Trainer(network)
    step = trainer.record(trainer.data)
    own = slice(0, 2 if kind == "batch_norm" else None)  # its running statistics go on, as in PyTorch
    np.testing.assert_array_equal(step.new_weights[place][:, own], step.weights[place][:, own])
    check_every_equation(trace.backprop(network, WHOLE))


def matrix_equations(part):
    return [one for section in part.sections for one in section.blocks if isinstance(one, MatrixEquation)]


def grids_of(equation):
    """The numbers of an equation's matrices, by name; beyond the edge of a picture stand zeros."""
    return {
        name: np.array(
            [
                [one.value if isinstance(one, Number) else equation.values[one.name] for one in row]
                for row in matrix.cells
            ]
        )
        for name, matrix in equation.matrices.items()
    }


def test_a_convolution_is_told_as_whole_pictures():
    x = [[[1, 0, 2, 1], [0, 1, 1, 3], [2, 1, 0, 1]], [[0, 1, 0, 2], [1, 1, 0, 0], [3, 0, 1, 2]]]
    kernel = np.arange(-4, 12).reshape(2, 2, 2, 2) / 4
    layers = [
        {"kind": "conv2d", "kernel": kernel.tolist(), "biases": [0.5, -1], "activation": "relu"},
        {"kind": "flatten"},
        {"neurons": 1, "activation": "sigmoid"},
    ]
    part = trace.forward(spec.load({"network": {"layers": layers}, "sample": {"x": x}}), WHOLE).parts[0]
    told = [one for one in matrix_equations(part) if one.symbol.name in one.matrices]
    assert [MACHINE.write(one.body) for one in told] == [
        f"x_1 corr w[1]_{f}1 + x_2 corr w[1]_{f}2 + w[1]_0{f}" for f in (1, 2)
    ]
    for f, one in enumerate(told):
        grids = {
            name: np.array([[one.values[cell.name] for cell in row] for row in matrix.cells])
            for name, matrix in one.matrices.items()
        }
        expected = np.full((2, 3), [0.5, -1][f], dtype=float)
        for c in (1, 2):
            windows = np.lib.stride_tricks.sliding_window_view(grids[f"x_{c}"], (2, 2))
            expected += np.einsum("rcij,ij->rc", windows, grids[Symbol("w", 1, (f + 1, c)).name])
        np.testing.assert_allclose(grids[one.symbol.name], expected, rtol=1e-12)


@pytest.mark.parametrize("padding", [0, 1, "same"])
@pytest.mark.parametrize("more", [{}, {"stride": 2}, {"dilation": 2}, {"flip": True}])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_convolutions_numbers_are_told_as_windows_beside_the_kernel(padding, more, channels):
    x = np.random.default_rng(channels).normal(size=(channels, 5, 4))
    layers = [
        {"kind": "conv2d", "filters": 2, "kernel_size": 2, "padding": padding, **more},
        {"kind": "flatten"},
        {"neurons": 1, "activation": "sigmoid"},
    ]
    sample = {"x": (x if channels > 1 else x[0]).tolist()}
    network = spec.load({"network": {"layers": layers}, "sample": sample})
    part = trace.forward(network, WHOLE).parts[0]
    told = [one for one in matrix_equations(part) if one.symbol.name not in one.matrices]
    assert len(told) == network.layers[0].neurons
    turn = -1 if more.get("flip") else 1
    for one in told:
        grids = grids_of(one)
        kernels = [name for name in grids if name.startswith("w")]
        windows = [name for name in grids if name not in kernels]
        assert len(kernels) == len(windows) == channels
        found = sum(
            (grids[a] * grids[b][::turn, ::turn]).sum() for a, b in zip(windows, kernels, strict=True)
        )
        found += one.values[f"w[1]_0{one.symbol.indices[0]}"]
        assert found == pytest.approx(one.values[one.symbol.name], rel=1e-12, abs=1e-12)
    for name in set(RENDERERS) - PICTURES - SHEETS - TABLES:
        assert render(trace.forward(network, WHOLE), name)


def test_the_way_back_through_a_convolution_is_told_as_pictures():
    """The weights' gradient: what is below, seen through dL/dz; below: dL/dz, spread by the kernel."""
    rng = np.random.default_rng(2)
    layers = [
        {"kind": "conv2d", "filters": 2, "kernel_size": 2},
        {"kind": "conv2d", "filters": 2, "kernel_size": 2, "activation": "tanh"},
        {"kind": "flatten"},
        {"neurons": 1, "activation": "sigmoid"},
    ]
    sample = {"x": rng.normal(size=(4, 4)).tolist(), "y": 1}
    network = spec.load({"network": {"layers": layers}, "loss": "binary_cross_entropy", "sample": sample})
    part = trace.backprop(network, WHOLE).parts[0]
    told = [one for one in matrix_equations(part) if one.symbol.head.startswith("dL/d")]
    assert [MACHINE.write(one.body) for one in told if one.symbol.head == "dL/da"] == [
        "dL/dz[2]_1 conv w[2]_11 + dL/dz[2]_2 conv w[2]_21",
        "dL/dz[2]_1 conv w[2]_12 + dL/dz[2]_2 conv w[2]_22",
        "dL/dz[1]_1 conv w[1]_11 + dL/dz[1]_2 conv w[1]_21",
    ]
    weights = [MACHINE.write(one.body) for one in told if (one.symbol.head, one.symbol.layer) == ("dL/dw", 1)]
    assert weights == ["x corr dL/dz[1]_1", "x corr dL/dz[1]_2"]
    assert len(told) == 9
    for one in told:
        grids, found = grids_of(one), 0.0
        for term in getattr(one.body, "terms", [one.body]):
            first, second = (grids[factor.name] for factor in term.factors)
            if isinstance(term, Convolve):
                first = np.pad(first, [(length - 1, length - 1) for length in second.shape])
                second = second[::-1, ::-1]
            windows = np.lib.stride_tricks.sliding_window_view(first, second.shape)
            found = found + np.einsum("rcij,ij->rc", windows, second)
        np.testing.assert_allclose(grids[one.symbol.name], found, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("folder", "name"),
    [(folder, name) for folder in ("layers", "sequences", "gradients") for name in spec.bundled(folder)],
)
def test_every_answer_of_a_lesson_keeps_to_the_schema(folder, name):
    network = spec.load(name, kind=folder)
    documents = [
        trace.forward(network),
        trace.backprop(network),
        trace.backprop(network, View(form="matrix")),
        flow.gradients(network),
        drawing.draw(network),
    ]
    schema = jsonschema.Draft7Validator(output_schema())
    for document in documents:
        problems = [*schema.iter_errors(json.loads(render(document, "json")))]
        assert not problems, (document.command, problems[0].absolute_path, problems[0].message)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_nothing_comes_back_over_the_end_of_a_piece(kind, cut):
    """Of the last piece the gradient is that of a network that begins there, with the state as it was."""
    rng = np.random.default_rng([len(kind), cut])
    built = Stack(rng, (5, 2))
    while not built.layers or built.layers[0].get("return_sequences"):
        built = Stack(rng, (5, 2))
        built.add(kind, "tanh")
    (cell,) = built.layers
    top = {"activation": "linear", "weights": rng.normal(size=(1, built.shape[0])).tolist(), "biases": 0}
    x = rng.normal(size=(5, 2)).tolist()
    made = {
        "network": {"layers": [cell, top]},
        "loss": "half_squared_error",
        "sample": {"x": x, "y": 1},
        "training": {"truncate": cut},
    }
    whole = spec.load(made)
    check_every_equation(trace.backprop(whole, WHOLE))
    trainer = engine.Trainer(whole)
    step = trainer.record(trainer.data)
    start = (4 // cut) * cut
    units = whole.layers[0].settings["units"]
    states = {"initial_state": "h"} | ({"initial_cell": "c"} if kind == "lstm" else {})
    before = {
        key: step.before.inner[0][letter].reshape(5, units)[start - 1].tolist()
        for key, letter in states.items()
    }
    short = made | {
        "network": {"layers": [cell | (before if start else {}), top]},
        "sample": {"x": x[start:], "y": 1},
        "training": {},
    }
    rest = engine.Trainer(spec.load(short))
    np.testing.assert_allclose(step.dL_dw[0], rest.record(rest.data).dL_dw[0], rtol=1e-9, atol=1e-15)


def test_a_network_without_a_recurrent_layer_has_nothing_to_truncate():
    with pytest.raises(InputError, match="expected a recurrent layer"):
        spec.load("lecture", [("--set", "training.truncate=2")])


STEP = {"activation": "linear", "neurons": 1}
TWO = [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("layers", "x", "y", "told"),
    [
        ([{"kind": "lstm", "weights": [[1, 1]]}, STEP], TWO, 1, "weights .*expected a mapping, {i: {w: "),
        ([{"kind": "rnn"}, STEP], TWO, 1, "units .*expected units, got none"),
        ([{"kind": "rnn", "units": 10**5}, STEP], TWO, 1, "a whole number from 1 to 4096, got 100000"),
        ([{"kind": "rnn", "units": 2, "activation": "softmax"}, STEP], TWO, 1, "one of tanh, relu"),
        ([{"kind": "rnn", "units": 2, "initial_state": [1]}, STEP], TWO, 1, "2 numbers, one per unit, got 1"),
        ([{"kind": "rnn", "weights": {"w": [[1, 1]]}}, STEP], TWO, 1, "expected weights.u beside"),
        ([{"kind": "gru", "weights": {"q": {"w": [[1, 1]]}}}, STEP], TWO, 1, "weights.q.w .*unknown key"),
        ([{"kind": "rnn", "units": 1}, STEP], [TWO], 1, "time steps below it, got 1 x 2 x 2"),
        ([{"kind": "embedding", "rows": 2, "units": 1}, {"kind": "flatten"}, STEP], [0, 5], 1,
         r"x\[1\]: expected tokens from 0 to 1, got 5"),
        ([STEP, {"kind": "embedding", "rows": 2, "units": 1}], [0, 1], 1, "tokens below it, as the"),
        ([{"kind": "attention", "units": 3, "heads": 2}], TWO, TWO, "units that 2 heads can share, got 3"),
        ([{"kind": "attention", "units": 2, "key_mask": [0, 0]}], TWO, TWO, "1 for each key that counts"),
        ([{"kind": "attention", "units": 2}, STEP], TWO, 1, "below a dense layer, got 2 x 2"),
        ([{"kind": "attention", "units": 2}], TWO, [1], "expected 2 targets, one per time step, got 1"),
        ([{"kind": "positional_encoding"}, STEP], [1, 2], 1, "time steps below it, got 2"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_its_place(layers, x, y, told):
    made = {"network": {"layers": layers}, "loss": "half_squared_error", "sample": {"x": x, "y": y}}
    with pytest.raises(InputError, match=told):
        spec.load(made)
