"""The sizes of the gradients are the engine's, their factors multiply, and the verdict is what they say."""

import json
import math
from itertools import pairwise

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from networks import config, layer, networks, random_config
from rich.cells import cell_len

from perceptron_cli import engine, spec
from perceptron_cli.document import Bar, Bars
from perceptron_cli.errors import NumberError
from perceptron_cli.render import Layout, render
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace.lessons import flow

pytestmark = pytest.mark.exhaustive


@settings(max_examples=60, deadline=None)
@given(networks())
def test_the_factors_multiply_to_the_sizes_of_the_engine(network):
    trainer = engine.Trainer(network)
    step = trainer.record(next(trainer.batches(1)))
    layers = flow.flows(network, step)
    assert [one.layer for one in layers] == list(range(len(network.layers), 0, -1))
    for one in layers:
        assert math.isclose(one.dL_dz, np.sqrt((step.dz[one.layer - 1] ** 2).sum()), rel_tol=1e-12)
        assert math.isclose(one.dL_dw, np.linalg.norm(step.dL_dw[one.layer - 1]), rel_tol=1e-12)
    for above, below in pairwise(layers):
        if above.dL_dz and below.weights:
            assert math.isclose(below.dL_dz, above.dL_dz * below.weights * below.slopes, rel_tol=1e-9)
    q = flow.factor(layers)
    if q is not None:
        assert math.isclose(q ** (len(layers) - 1), layers[-1].dL_dz / layers[0].dL_dz, rel_tol=1e-9)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("vanishing", "vanishes"),
        ("relu", "comes through"),
        ("exploding", "explodes"),
        ("lecture", "vanishes"),
    ],
)
def test_the_lessons_show_what_they_are_for(name, kind):
    assert flow.gradients(spec.load(name, kind="gradients")).data["verdict"] == kind


@pytest.mark.parametrize("seed", range(8))
def test_the_lessons_do_not_hang_on_their_seed(seed):
    """Another draw of the same networks: the sigmoid shrinks far more than ReLU, large weights do not."""
    q = {}
    for name in ("vanishing", "relu", "exploding"):
        drawn = spec.load(name, [("--set", f"training.seed={seed + 100}")], kind="gradients")
        q[name] = flow.gradients(drawn).data["factor_per_layer"]
    assert q["vanishing"] < 0.4
    assert q["vanishing"] < q["relu"] < q["exploding"]


def test_a_dead_layer_stops_the_gradient():
    dead = layer("relu", [[-5.0, 0.1], [-5.0, 0.2]])
    network = config(
        [layer("sigmoid", [[0.0, 1.0]]), dead, layer("sigmoid", [[0.0, 1.0, 1.0]])],
        "squared_error",
        [([1.0], [1.0])],
    )
    document = flow.gradients(network)
    assert document.data["verdict"] == "stops"
    assert "stops at layer 2" in render(document, "plain", Layout(200))


def test_one_layer_has_no_way_back():
    document = flow.gradients(random_config([2, 1], ["sigmoid"], "squared_error"))
    assert document.data["factor_per_layer"] is None
    assert "one layer of weights" in render(document, "plain", Layout(200))


def test_over_epochs_it_is_the_gradient_of_that_epoch():
    network = spec.load("xor")
    told = flow.gradients(network, epochs=300).data["over_epochs"]
    assert [told[0]["epoch"], told[-1]["epoch"], len(told)] == [1, 300, 12]
    trainer = engine.Trainer(network)
    for epoch in range(1, 301):
        (batch,) = trainer.batches(epoch)
        step = trainer.record(batch)
        for row in told:
            if row["epoch"] == epoch:
                assert row["loss"] == step.before.loss
                assert np.allclose(row["dL_dz"], [np.linalg.norm(dz) for dz in step.dz])


def test_an_infinite_gradient_is_told_by_its_layer():
    network = config(
        [layer("linear", [[0.0, 1e200]]), layer("linear", [[0.0, 1e200]])], "squared_error", [([1.0], [0.0])]
    )
    with pytest.raises(NumberError, match="layer 2"):
        flow.gradients(network)


@pytest.mark.parametrize("name", ["lecture", "deep", "softmax", "vanishing"])
@pytest.mark.parametrize("epochs", [None, 20])
@pytest.mark.parametrize("format", ["table", "plain", "json", "markdown", "latex", "svg"])
def test_every_format(name, epochs, format):
    document = flow.gradients(spec.load(name, kind="gradients"), epochs=epochs)
    text = render(document, format, Layout(50))
    if format == "json":
        jsonschema.validate(json.loads(text, parse_constant=pytest.fail), output_schema())
    if format in ("table", "plain"):
        assert max(map(cell_len, text.split("\n"))) <= 50
        assert render(document, format, Layout(50, unicode=False)).isascii()
    if format == "svg":
        assert text.count("<rect") > len(spec.load(name, kind="gradients").layers)


def test_bars_keep_their_order_and_nothing_is_no_bar():
    for values in ((1.0, 2.0, 0.0, 1.5), (1e-9, 1.0, 0.0, 1e-3)):
        block = Bars("", tuple(Bar("", value, "") for value in values))
        shares = block.shares()
        assert shares[2] == 0
        assert max(shares) == 1
        assert sorted(range(4), key=shares.__getitem__) == sorted(range(4), key=values.__getitem__)
    assert Bars("", (Bar("", 0.0, ""),)).shares() == (0.0,)


def test_a_recurrent_network_forgets_and_an_lstm_remembers():
    """The sizes are those of the recorded gradients."""
    found = {}
    for name in ("forgets", "remembers"):
        document = flow.gradients(spec.load(name))
        (told,) = document.data["over_time"]
        found[name] = {letter: sizes[0] / sizes[-1] for letter, sizes in told["sizes"].items()}
        assert any("step by step" in section.title for section in document.sections)
    assert found["forgets"]["h"] < 0.05
    assert found["remembers"]["c"] > 0.5
    config = spec.load("forgets")
    trainer = engine.Trainer(config)
    step = trainer.record(trainer.data)
    (told,) = flow.gradients(config).data["over_time"]
    units = step.d_inner[0]["h"].reshape(12, 2)
    np.testing.assert_allclose(told["sizes"]["h"], np.linalg.norm(units, axis=1), rtol=1e-12)
