"""Vectors and matrices on a sheet of answers: read by their names, whichever way round they stand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import random_config
from test_cli import call

from perceptron_cli.answers.arrays import Array, Cell, layout_of, meaning_of, symbols_of
from perceptron_cli.trace.step.lines import lines

NETWORK = """\
network:
  layers:
    - {activation: relu, weights: [[0.1, 0.2], [0.3, 0.4]], biases: [0.1, 0.1]}
    - {activation: sigmoid, weights: [[0.5, 0.6]], biases: [0.1]}
loss: half_squared_error
sample: {x: [0.5, 0.8], y: 1.0}
training: {learning_rate: 0.5}
"""
NUMPY = {
    "W1": [[0.1, 0.3], [0.2, 0.4]], "b1": [0.1, 0.1], "Z1": [0.31, 0.57], "A1": [0.31, 0.57], "Z2": [0.597],
    "A2": [0.6450],
}  # fmt: skip


def checked(tmp_path, sheet, *options):
    (tmp_path / "net.yaml").write_text(NETWORK)
    (tmp_path / "sheet.json").write_text(sheet if isinstance(sheet, str) else json.dumps(sheet))
    return call("check", str(tmp_path / "sheet.json"), str(tmp_path / "net.yaml"), *options)


def array(name, values):
    rows = values if isinstance(values[0], list) else [values]
    return Array(name, tuple(tuple(Cell(repr(one), 1, 1) for one in row) for row in rows), 1, 1)


def test_vectors_stand_where_one_number_may(tmp_path):
    done = checked(tmp_path, "z[1]: [0.31, 0.57]\na[1]: [0.31, 0.57]\na[2]: [0.6450]\nL: 0.0630\n")
    assert done.exit_code == 0
    assert "All 6 answers are right" in done.stdout


def test_the_arrays_of_a_numpy_exercise_are_read_by_columns_where_the_weights_say_so(tmp_path):
    done = checked(tmp_path, NUMPY)
    assert done.exit_code == 0
    assert "All 12 answers are right" in done.stdout
    assert "read with a column per neuron, as for x @ W" in done.stdout


def test_the_layout_that_is_asked_for_decides(tmp_path):
    done = checked(tmp_path, NUMPY, "--layout", "rows", "--json")
    wrong = [one["symbol"] for one in json.loads(done.stdout)["answers"] if one["verdict"] != "right"]
    assert done.exit_code == 1 and {"w[1]_21", "w[1]_12"} <= set(wrong)


def test_a_wrong_number_of_an_array_is_found_and_what_follows_is_not_blamed(tmp_path):
    done = checked(tmp_path, {**NUMPY, "Z1": [0.21, 0.57], "A1": [0.21, 0.57]}, "--json")
    data = json.loads(done.stdout)
    assert data["first_wrong"] == "z[1]_1"
    assert {one["symbol"]: one["verdict"] for one in data["answers"]}["a[1]_1"] == "follows"


@pytest.mark.parametrize(
    "sheet, words",
    [
        ({"Z1": [0.31]}, "expected 2 numbers; got 1 by 1"),
        ({"W1": [[1, 2, 3, 4]]}, "expected 2 by 2"),
        ({"W1": [[1, 2], [3]]}, "expected rows of 2 numbers, got one of 1"),
        ({"Q1": [1, 2]}, "no such vector or matrix"),
        ({"Z3": [1, 2]}, "no such vector or matrix"),
        ({"Z1": [[1], {}]}, "expected a number"),
    ],
)
def test_an_array_that_fits_nowhere_is_told_with_its_place(tmp_path, sheet, words):
    done = checked(tmp_path, sheet)
    assert done.exit_code == 2
    assert words in done.stderr and "sheet.json:1:" in done.stderr


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4), st.booleans(), st.booleans(), st.integers(0, 10**6)
)
def test_weights_are_read_whichever_way_round_they_stand(sizes, by_columns, with_biases, seed):
    """The engine's matrices, written down in either layout, with the biases in front or without."""
    config = random_config(sizes, ["tanh"] * (len(sizes) - 1), "half_squared_error", seed=seed)
    values = lines(config).values
    pairs = []
    for l in range(1, len(sizes)):
        rows = [
            [values[f"w[{l}]_{i}{j}"] for i in range(0 if with_biases else 1, sizes[l - 1] + 1)]
            for j in range(1, sizes[l] + 1)
        ]
        matrix = np.array(rows).T.tolist() if by_columns else rows
        one = array(f"W{l}", matrix)
        pairs.append((one, meaning_of(one.name, config)))
    layout = layout_of(pairs, config, values)
    for one, meaning in pairs:
        for name, cell in symbols_of(one, meaning, config, layout):
            assert float(cell.text) == values[name]


def test_no_layout_is_reported_where_there_is_no_matrix(tmp_path):
    """Whatever was asked for: the sentence would speak of nothing."""
    done = checked(tmp_path, {"Z1": [0.31, 0.57]}, "--layout", "columns")
    assert done.exit_code == 0 and "Matrices" not in done.stdout
