"""The gradient at the inputs, dL/da[0]_i: no update needs it, and JSON, `why` and `check` have it."""

import json
from dataclasses import replace

import numpy as np
from equations import check_every_equation
from hypothesis import given
from networks import networks
from test_cli import run

from perceptron_cli import engine, spec, trace
from perceptron_cli.errors import NumberError
from perceptron_cli.trace import View

TOLD = View(limit=None, input_gradients=True)


@given(networks())
def test_it_is_the_slope_of_the_loss_over_an_input(network):
    """Central differences of the first sample's own loss, and every printed line of the section."""
    network = replace(network, samples=network.samples[:1])
    try:
        document = trace.backprop(network, TOLD)
    except NumberError:
        return
    check_every_equation(document)
    (found,) = document.parts[0].data["dL_dx"].tolist()
    (sample,) = network.samples
    for i, gradient in enumerate(found):
        around = []
        for change in (1e-6, -1e-6):
            x = tuple(one + change * (place == i) for place, one in enumerate(sample.x))
            moved = replace(network, samples=(replace(sample, x=x),))
            around.append(engine.forward(moved).loss)
        slope = (around[0] - around[1]) / 2e-6
        kinked = {"relu", "leaky_relu"} & {layer.activation for layer in network.layers}
        assert kinked or np.isclose(slope, gradient, rtol=1e-4, atol=1e-5)


def test_matrices_tell_it_too():
    document = trace.backprop(spec.load("mazur"), replace(TOLD, form="matrix"))
    titles = [section.title for section in document.parts[0].sections]
    place = titles.index("Step 6: gradients at the inputs")
    assert titles[place - 1] == "Step 5: layer 1 weight gradients"


def test_a_screen_has_it_where_it_is_asked_for_and_json_always():
    assert "inputs" not in run("backprop", "mazur").stdout
    told = run("backprop", "mazur", "--input-gradients").stdout
    assert "Step 6: gradients at the inputs" in told
    assert "∂L/∂x₂   = 0.00877 × 0.20 + 0.00995 × 0.30 = 0.00175 + 0.00299" in told
    (step,) = json.loads(run("backprop", "mazur", "--json").stdout)["steps"]
    assert np.allclose(step["dL_dx"], [[0.0038043, 0.0047405]], atol=1e-6)
    on_paper = json.loads(run("backprop", "mazur", "--json", "--arithmetic", "hand").stdout)
    assert on_paper["steps"][0]["dL_dx"] == [[0.0038, 0.00473]]


def test_it_can_be_checked(tmp_path):
    (tmp_path / "answers.yaml").write_text("dL/da[0]_1: 0.0038\ndL/da[0]_2: 0.0047\n")
    assert run("check", tmp_path / "answers.yaml", "mazur").returncode == 0
