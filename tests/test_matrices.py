"""The matrix view says what the scalar view says: its equations hold, its cells are the scalar lines'."""

import dataclasses
import json
import math

import numpy as np
import pytest
from equations import texts, values
from hypothesis import given, settings
from networks import TRAINABLE, losses_for, networks, random_config
from rich.cells import cell_len
from test_kinds import alone

from perceptron_cli import spec, trace
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.document import MatrixEquation
from perceptron_cli.expr import Gate, Symbol, evaluate, replace
from perceptron_cli.layers import KINDS, kind_of
from perceptron_cli.notation import MACHINE
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.render import Layout, render
from perceptron_cli.trace import View

pytestmark = pytest.mark.exhaustive

SCALAR = View(limit=None, input_gradients=True)
MATRIX = dataclasses.replace(SCALAR, form="matrix")


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


FUNCTIONS = {
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "max": np.maximum,
    "min": np.minimum,
    "abs": np.abs,
    "step": lambda z: (z >= 0).astype(float),
    "softmax": softmax,
    "log_softmax": lambda z: np.log(softmax(z)),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "stack": lambda a: np.vstack([np.ones((1, a.shape[1])), a]),
}


def matrix_equations(part):
    return [one for section in part.sections for one in section.blocks if isinstance(one, MatrixEquation)]


def array(equation, name):
    matrix = equation.matrices[name]
    cells = [[evaluate(cell, equation.values) for cell in row] for row in matrix.cells]
    found = np.array(cells, dtype=float)
    assert found.shape == matrix.shape, name
    return found


def check_every_matrix(network, steps=1, functions=FUNCTIONS):
    """Each body, worked out by NumPy, is the matrix on its left; each cell is what the scalar view says."""
    scalar = trace.backprop(network, SCALAR, steps=steps).parts
    checked = 0
    for one, other in zip(scalar, trace.backprop(network, MATRIX, steps=steps).parts, strict=True):
        known, shown = values(one), texts(one)
        for equation in matrix_equations(other):
            numbers = {name: array(equation, name) for name in equation.matrices}
            numbers |= {name: value for name, value in known.items() if name not in numbers}
            body = replace(
                equation.body, lambda node: node.as_arithmetic() if isinstance(node, Gate) else None
            )
            with np.errstate(all="ignore"):
                told = evaluate(body, numbers, functions=functions)
            np.testing.assert_allclose(
                told, numbers[equation.symbol.name], rtol=1e-9, atol=1e-12, err_msg=equation.symbol.name
            )
            for matrix in equation.matrices.values():
                for cell in (cell for row in matrix.cells for cell in row if isinstance(cell, Symbol)):
                    assert equation.values[cell.name] == known[cell.name]
                    assert equation.numbers[cell.name] == shown[cell.name]
            checked += 1
    return checked


@settings(max_examples=60)
@given(networks())
def test_every_matrix_equation_is_true_and_made_of_the_scalar_lines(network):
    layers = len(network.layers)
    assert check_every_matrix(network, steps=2) >= 2 * (6 * layers - 1)


@pytest.mark.parametrize("kind", [name for name in KINDS if kind_of(name).is_linear])
@pytest.mark.parametrize("seed", [0, 1000])
def test_a_linear_layer_is_the_matrix_that_it_is(kind, seed):
    network = alone(kind, seed)
    assert check_every_matrix(network) >= 2 * len(network.samples)


@pytest.mark.parametrize("seed", range(0, 6000, 1000))
def test_attention_is_told_in_matrices(seed):
    by_rows = {**FUNCTIONS, "softmax": lambda s: softmax(s.T).T}
    network = alone("attention", seed)
    network = dataclasses.replace(network, samples=network.samples[:1])
    assert check_every_matrix(network, functions=by_rows) >= 12


def test_a_convolution_has_its_kernel_in_every_row():
    part = trace.backprop(spec.load("conv"), MATRIX).parts[0]
    first = matrix_equations(part)[0]
    rows = [[MACHINE.write(cell) for cell in row] for row in first.matrices["K[1]"].cells]
    w = [f"w[1]_1,1,{r},{c}" for r in (1, 2) for c in (1, 2)]
    assert rows[0] == [w[0], w[1], "0", w[2], w[3], "0", "0", "0", "0"]
    assert rows[3] == ["0", "0", "0", "0", w[0], w[1], "0", w[2], w[3]]
    back = next(one for one in matrix_equations(part) if one.symbol.name == "dL/da[0]")
    assert MACHINE.write(back.body) == "T(K[1]) @ dL/dz[1]"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("update_biases", [True, False])
def test_every_optimizer(optimizer, update_biases):
    network = random_config(
        [2, 3, 2],
        ["tanh", "linear"],
        "squared_error",
        samples=3,
        optimizer=optimizer,
        update_biases=update_biases,
    )
    assert check_every_matrix(network, steps=3) > 40


@pytest.mark.parametrize("activation", TRAINABLE)
def test_every_activation_and_loss(activation):
    for loss in losses_for(activation):
        for samples in (1, 2):
            network = random_config([3, 4, 2], [activation, activation], loss, samples=samples)
            assert check_every_matrix(network) > 10


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_goes_forward(activation):
    network = random_config([3, 4, 2], [activation, activation], "half_squared_error", samples=2)
    part = trace.forward(network, MATRIX).parts[0]
    assert [one.symbol.name for one in matrix_equations(part)] == ["z[1]", "a[1]", "z[2]", "a[2]"]


@pytest.mark.parametrize("name", spec.bundled())
@pytest.mark.parametrize("format", ["json", "plain", "markdown", "latex", "table"])
@pytest.mark.parametrize("arithmetic", ["float", "hand"])
def test_every_lesson_in_every_format(name, format, arithmetic):
    view = View(form="matrix", arithmetic=arithmetic, limit=None if format == "json" else 8)
    text = render(trace.backprop(spec.load(name), view), format, Layout())
    assert chr(0xE000) not in text
    if format == "json":
        told = [one for part in json.loads(text)["steps"][0]["sections"] for one in part.get("matrices", ())]
        assert all(np.array(one["value"]).shape == tuple(one["shape"]) for one in told)
        assert told[0]["formula"] == "W[1] @ stack(x)"
        assert set(told[0]["operands"]) == {"W[1]", "x"}


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("unicode", [True, False])
def test_matrices_fit_their_screen(width, unicode):
    for network in (
        spec.load("xor"),
        spec.load("deep"),
        random_config([9, 12, 9], ["relu"] * 2, "squared_error"),
    ):
        text = render(trace.backprop(network, View(form="matrix")), "plain", Layout(width, unicode=unicode))
        assert max(map(cell_len, text.split("\n"))) <= width
        assert unicode or text.isascii()


def test_a_wide_layer_is_shortened_and_its_shape_told_in_full():
    network = random_config([20, 64, 2], ["tanh", "sigmoid"], "half_squared_error")
    document = trace.backprop(network, View(form="matrix"))
    first = matrix_equations(document.parts[0])[0]
    assert first.matrices["W[1]"].shape == (64, 21)
    assert (len(first.matrices["W[1]"].cells), len(first.matrices["W[1]"].cells[0])) == (3, 4)
    text = render(document, "plain", Layout(100))
    assert "64×21" in text
    assert "⋮" in text
    assert "…" in text


def test_a_matrix_is_laid_out_with_its_name_above_and_its_shape_below():
    lines = render(trace.forward(spec.load("lecture"), View(form="matrix")), "plain", Layout(80)).split("\n")
    at = lines.index("Layer 1")
    assert lines[at + 1 : at + 5] == [
        "    z         W      [1; x]",
        "  ⎡0.3⎤ = ⎡0.1  0.1⎤ ⎡  1⎤",
        "  ⎣0.4⎦   ⎣0.2  0.1⎦ ⎣2.0⎦",
        "   2×1       2×2      2×1",
    ]
