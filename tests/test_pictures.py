"""A run is drawn as it was: its losses, and where its decision changes."""

import json
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import config, layer, random_config
from test_runs import call

from perceptron_cli import engine, spec, trace
from perceptron_cli.document import Document, Plot, Section, Series
from perceptron_cli.render import Layout, render
from perceptron_cli.render.strokes import joined
from perceptron_cli.trace.run.plots import pictures

CORNERS = [([0, 0], [0]), ([0, 2], [1]), ([1, 0], [1]), ([1, 2], [0])]


def plots(network) -> dict[str, Plot]:
    return {plot.title: plot for plot in pictures(engine.train(network))}


@pytest.mark.parametrize("epochs", [1, 399, 30_000])
def test_the_curve_is_the_history_thinned(epochs):
    network = random_config([1, 1], ["tanh"], "half_squared_error", epochs=epochs)
    run = engine.train(network)
    (plot,) = pictures(run)
    points = plot.series[0].points
    losses = dict(zip(run.history.epochs, run.history.losses, strict=True))
    assert all(losses[int(epoch)] == loss for epoch, loss in points)
    assert len(points) <= 400
    assert (points[0][0], points[-1][0]) == (0, run.history.epochs[-1])


def test_the_curve_of_what_is_held_out_stands_beside_it():
    run = engine.train(spec.load("iris", [("--set", "training.epochs=5")]))
    plot, accuracy = pictures(run)
    losses, held_out = plot.series
    assert [y for _, y in losses.points] == run.history.losses
    assert [y for _, y in held_out.points] == run.history.measures["validation_loss"]
    assert plot.y[1] == max(run.history.losses + run.history.measures["validation_loss"])
    assert (accuracy.title, accuracy.y) == ("The accuracy", (0, 1))
    for series, name in zip(accuracy.series, ("accuracy", "validation_accuracy"), strict=True):
        assert [y for _, y in series.points] == run.history.measures[name]


def test_what_has_no_accuracy_has_no_curve_of_it():
    assert [one.title for one in pictures(engine.train(spec.load("wave")))] == ["The loss"]


@given(st.lists(st.floats(-3, 3).filter(lambda w: abs(w) > 0.2), min_size=3, max_size=3))
def test_the_boundary_of_one_neuron_is_its_line(weights):
    network = config(
        [layer("sigmoid", [weights])], "half_squared_error", CORNERS, epochs=1, learning_rate=1e-9
    )
    series = {one.name: one for one in plots(network)["The decision"].series}
    w0, w1, w2 = weights
    for when in ("before", "after"):
        pieces = series[f"where the decision changes, {when} training"]
        assert all(len(stroke) == 2 for stroke in pieces.strokes())
        for x, y in pieces.points:
            assert math.isclose(w0 + w1 * x + w2 * y, 0, abs_tol=0.01)


@pytest.mark.parametrize("classes", [2, 3])
def test_on_the_boundary_of_softmax_two_classes_are_as_likely(classes):
    rows = [[0.0, 2.0, 0.0], [0.1, 0.0, 2.0], [0.2, -2.0, -2.0]][:classes]
    corners = [(x, np.eye(classes)[k % classes].tolist()) for k, (x, _) in enumerate(CORNERS)]
    network = config([layer("softmax", rows)], "categorical_cross_entropy", corners, epochs=2)
    run = engine.train(network)
    plot = {one.title: one for one in pictures(run)}["The decision"]
    points = np.array(plot.series[-2].points)
    assert len(points) > 20
    outputs = np.sort(engine.outputs(network, run.weights, points), axis=1)
    assert (outputs[:, -1] - outputs[:, -2]).max() < 0.05


def test_every_sample_stands_in_the_plane_as_its_class():
    network = config([layer("sigmoid", [[0.1, 0.2, 0.3]])], "binary_cross_entropy", CORNERS)
    zeros, ones, *_ = plots(network)["The decision"].series
    assert set(zeros.points) == {(0, 0), (1, 2)}
    assert set(ones.points) == {(0, 2), (1, 0)}


def test_only_a_network_that_decides_on_two_inputs_has_a_plane():
    assert "The decision" not in plots(random_config([3, 1], ["sigmoid"], "half_squared_error", samples=3))
    assert "The decision" not in plots(random_config([2, 1], ["linear"], "half_squared_error", samples=3))
    many = random_config([2, 4], ["softmax"], "categorical_cross_entropy", samples=9)
    assert "The decision" not in plots(many)


def test_outputs_are_those_of_the_run():
    network = random_config([2, 3, 2], ["relu", "softmax"], "categorical_cross_entropy", samples=5)
    run = engine.train(network)
    x = np.array([one.x for one in network.samples])
    np.testing.assert_allclose(engine.outputs(network, run.weights, x), run.prediction, rtol=1e-14)


def test_pieces_are_drawn_apart_in_every_format():
    series = (Series("two pieces", "pieces", ((0, 0), (0.2, 0.2), (0.8, 0.8), (1, 1))),)
    document = Document(
        "train", "pieces", {}, sections=(Section("", "result", (Plot("", series, (0, 1), (0, 1)),)),)
    )
    drawn = render(document, "svg").split('clip-path="url(#c)"')[0]
    assert drawn.split('<path d="')[-1].count("M") == 2
    rows = [
        line.split("|")[1]
        for line in render(document, "plain", Layout(unicode=False)).splitlines()
        if "|" in line
    ]
    assert [bool(row.strip()) for row in rows] == [True] * 4 + [False] * 7 + [True] * 4
    assert json.loads(render(document, "json"))["sections"][0]["plots"][0]["series"][0]["style"] == "pieces"


# the command ----------------------------------------------------------------------------------


def test_the_run_is_drawn_into_a_file(tmp_path):
    file = tmp_path / "loss.svg"
    done = call("train", "xor", "--epochs", "30", "--plot", str(file), "--json")
    titles = [plot["title"] for one in json.loads(done.stdout)["sections"] for plot in one.get("plots", ())]
    assert titles == ["The loss", "The decision"]
    picture = file.read_text(encoding="utf-8")
    assert all(f">{title}<" in picture for title in titles)
    again = call("train", "xor", "--epochs", "30", "--plot", str(file))
    assert again.exit_code == 2
    assert file.read_text(encoding="utf-8") == picture


def test_a_picture_that_cannot_be_written_is_told_before_the_run(tmp_path):
    for name, told in [("loss.pdf", "ends in .svg or .png"), ("no/loss.svg", "its folder is not there")]:
        done = call("train", "xor", "--epochs", "100000000", "--plot", str(tmp_path / name))
        assert done.exit_code == 2
        assert told in done.stderr


def test_the_curve_ends_what_a_terminal_shows():
    text = call("train", "--epochs", "20").stdout
    assert "loss after each epoch\n\n" in text
    assert trace.train(random_config([1, 1], ["tanh"], "half_squared_error")).sections[-1].title == "Curves"


@given(st.lists(st.integers(1, 9), max_size=6), st.randoms(use_true_random=False))
def test_pieces_are_put_together_to_the_lines_that_they_are_of(lengths, chance):
    """Lines and rings, cut to pieces, shuffled and turned round, are whole again."""
    lines = []
    for row, length in enumerate(lengths):
        line = [(float(place), float(row)) for place in range(length + 1)]
        lines.append([*line, line[0]] if length > 2 and chance.random() < 0.5 else line)
    pieces = [pair if chance.random() < 0.5 else pair[::-1] for line in lines for pair in pairwise(line)]
    chance.shuffle(pieces)
    found = joined(pieces)
    assert len(found) == len(lines)
    sides = Counter(frozenset(pair) for line in lines for pair in pairwise(line))
    assert Counter(frozenset(pair) for line in found for pair in pairwise(line)) == sides


def test_the_boundary_before_training_is_one_dashed_line():
    """Pieces that do not meet to the bit would each begin the dash anew, and look solid."""
    plane = plots(spec.load("moons", [("--set", "training.epochs=1")]))["The decision"]
    pieces = plane.series[-1].strokes()
    assert len(pieces) > 50
    assert len(joined(pieces)) <= 2
