"""Other numbers in the same step: what is given is the engine's own run of the changed config."""

import json
import math
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import networks
from rich.cells import cell_len
from typer.testing import CliRunner

from perceptron_cli import render, spec
from perceptron_cli.cli.app import make_app
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES, Layout
from perceptron_cli.schemas import output_schema
from perceptron_cli.spec.config import Given
from perceptron_cli.trace.questions.changes import narrate, narrate_sweep
from perceptron_cli.trace.questions.what_if import losses_of, sweep, what_if
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive

app = make_app()


def close(values, others):
    for name, value in others.items():
        if name.startswith("improvement"):
            continue  # 0/0 where nothing is lost
        assert math.isclose(values[name], value, rel_tol=1e-6, abs_tol=1e-9), name


def call(*arguments):
    return CliRunner().invoke(app, ["what-if", *arguments])


def drawn(data, network, step):
    """A given number of the step, and the config that has another in its place."""
    kind = data.draw(st.sampled_from(["x", "w", "eta"]))
    value = Given(data.draw(st.sampled_from([-0.75, 0.125, 0.5])))
    if kind == "eta":
        training = replace(network.training, learning_rate=Given(abs(value)))
        return "eta", abs(value), replace(network, training=training)
    if kind == "x":
        number = data.draw(st.sampled_from(step.samples))
        i = data.draw(st.integers(1, network.inputs))
        samples = list(network.samples)
        x = list(samples[number - 1].x)
        x[i - 1] = value
        samples[number - 1] = replace(samples[number - 1], x=tuple(x))
        sample = f"s{number}:" if len(step.samples) > 1 else ""
        return f"{sample}x_{i}", value, replace(network, samples=tuple(samples))
    l = data.draw(st.integers(1, len(network.layers)))
    j, i = data.draw(st.integers(1, network.sizes[l])), data.draw(st.integers(0, network.sizes[l - 1]))
    rows = [list(row) for row in network.layers[l - 1].weights]
    rows[j - 1][i] = value
    layer = replace(network.layers[l - 1], weights=tuple(map(tuple, rows)))
    return (
        f"w[{l}]_{i}{j}",
        value,
        replace(network, layers=(*network.layers[: l - 1], layer, *network.layers[l:])),
    )


@settings(max_examples=40, deadline=None)
@given(networks(), st.data())
def test_a_given_number_changed_is_the_run_of_the_changed_config(network, data):
    """By the engine, and as carried on from line to line; and the original is left as it was."""
    step = lines(network)
    name, value, other = drawn(data, network, step)
    try:
        expected = lines(other).values
    except NumberError:
        assume(False)
    found = what_if(network, {name: float(value)})
    assert found.was.values == step.values
    assert found.values == expected
    assert not found.carried
    carried = step.recalculated({name: float(value)})
    assume(None not in expected.values() and None not in carried.values())
    close(carried, found.values)
    changed = found.changed
    for one in expected:
        if one not in changed:
            assert math.isclose(expected[one], step.values[one], rel_tol=1e-11, abs_tol=1e-14)


@settings(max_examples=30, deadline=None)
@given(networks(optimizers=False), st.data())
def test_a_result_that_is_set_is_what_another_bias_would_give(network, data):
    """From z on, a network cannot tell whether z was set or its bias is another."""
    step = lines(network)
    assume(len(step.samples) == 1)
    l = data.draw(st.integers(1, len(network.layers)))
    z = f"z[{l}]_{data.draw(st.integers(1, network.sizes[l]))}"
    bias = f"w[{l}]_0{z[-1]}"
    moved = data.draw(st.sampled_from([-0.5, 0.25, 1.0]))
    carried = what_if(network, {z: step.values[z] + moved})
    assert carried.carried == {z}
    by_bias = what_if(network, {bias: step.values[bias] + moved})
    told = [name for name in step.equations if name.split("[")[0] in ("a", "dL/dz", "dL/dw", "L")]
    assume(all(None not in (carried.values[one], by_bias.values[one]) for one in told))
    for one in told:
        if not one.endswith("'"):
            assert math.isclose(carried.values[one], by_bias.values[one], rel_tol=1e-6, abs_tol=1e-9), one


def test_a_number_set_to_what_it_is_changes_nothing():
    for name in ("eta", "w[2]_11", "z[1]_1", "L", "dL/dz[3]_1"):
        network = spec.load("lecture")
        assert what_if(network, {name: lines(network).values[name]}).changed == {}


@settings(max_examples=15, deadline=None)
@given(networks(), st.data())
def test_each_point_of_a_sweep_is_a_step_of_its_own(network, data):
    step = lines(network)
    name = data.draw(st.sampled_from(["eta", "w[1]_01", "L", next(n for n in step.values if "z[1]" in n)]))
    values = [0.1, 0.4, 0.7]
    for value, losses in zip(values, sweep(network, name, values), strict=True):
        assert losses == what_if(network, {name: value}).losses[1]


def test_drawn_weights_stay_those_that_were_drawn():
    """Changing one weight of a layer that is drawn draws none of the others anew."""
    text = """
network:
  inputs: 2
  layers: [{neurons: 2, activation: tanh, init: xavier_uniform},
           {neurons: 1, activation: sigmoid, init: xavier_uniform}]
loss: cross_entropy
sample: {x: [1, 2], y: 1}
"""
    network = spec.parse(text)
    found = what_if(network, {"w[1]_11": 0.5})
    weights = {name for name in found.changed if name.startswith("w[") and not name.endswith("'")}
    assert weights == {"w[1]_11"}


def test_in_a_later_step_the_numbers_of_that_step_are_changed():
    network = spec.load("lecture")
    found = what_if(network, {"eta": 0.9}, step=3)
    assert found.was.values == lines(network, 3).values
    assert found.values["L"] == found.was.values["L"]
    old, new = found.changed["w[1]_11'"]
    weight, gradient = found.was.values["w[1]_11"], found.was.values["dL/dw[1]_11"]
    assert math.isclose(new, weight - 0.9 * gradient)
    assert old != new


def test_a_scheduled_rate_is_a_result():
    """With a schedule eta comes from eta_0; set, it is that rate, whatever eta_0 is."""
    plain = spec.load("lecture")
    scheduled = spec.load("lecture", [("--set", "training.schedule={name: cosine, lowest: 0.05}")])
    found = what_if(scheduled, {"eta": 0.5})
    assert found.carried == {"eta"}
    assert found.values["L'"] == pytest.approx(what_if(plain, {"eta": 0.5}).values["L'"])
    assert what_if(scheduled, {"eta_0": 0.5}).values["eta"] == pytest.approx(0.5)


def test_places_of_the_config_and_symbols_go_together():
    network = spec.load("lecture")
    other = spec.load("lecture", [("--set", "network.layers[0].activation=tanh")])
    found = what_if(network, {"x_1": 3.0}, other=other)
    assert found.was.values == lines(network).values
    assert found.values["a[1]_1"] == pytest.approx(math.tanh(0.1 + 0.1 * 3))


@pytest.mark.parametrize(
    "config, change, words",
    [
        ("lecture", {"eta": 0.0}, "a number above 0"),
        ("lecture", {"y_1": 2.0}, "numbers from 0 to 1"),
        ("softmax", {"y_1": 1.0}, "a class index"),
        ("lecture", {"w[1]_19": 1.0}, "no number"),
        ("lecture", {"dL/da[0]_1": 1.0}, "is not used anywhere"),
        ("lecture", {"x": 1.0, "x_1": 2.0}, "set twice"),
    ],
)
def test_a_number_that_cannot_be_is_refused(config, change, words):
    with pytest.raises(InputError, match=words):
        what_if(spec.load(config), change)


def test_the_right_class_can_be_another():
    found = what_if(spec.load("softmax"), {"y_3": 0.0, "y_1": 1.0})
    assert found.values["L"] == pytest.approx(-math.log(found.values["a[2]_1"]))
    document = narrate(spec.load("softmax"), found, {})
    assert "cannot be compared" in document.sections[-1].blocks[-1].text
    assert document.data["helped"] is None


# the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "--set or --sweep"),
        (["--set", "x_1"], "name=value"),
        (["--set", "=3"], "name=value"),
        (["--set", "x_1=three"], "a number"),
        (["--set", "x_1=1e999"], "too large"),
        (["--set", "x_1=1", "--set", "x_1=2"], "set twice"),
        (["--set", "training.seeds=1"], "did you mean 'seed'"),
        (["--sweep", "eta"], "name=from:to:count"),
        (["--sweep", "eta=0.1:1:3", "--sweep", "x_1=1:2:3"], "one sweep, got 2"),
        (["--set", "eta=1", "--sweep", "eta=0.1:1:3"], "eta is swept, and set"),
        (["--sweep", "eta=1:2"], "name=from:to:count"),
        (["--sweep", "eta=1:2:1"], "a count from 2"),
        (["--sweep", "eta=1:1:5"], "two different ends"),
        (["--sweep", "x_1=-1e308:1e308:5"], "ends less far apart"),
        (["--sweep", "eta=-1:1:5"], "above 0"),
        (["--sweep", "z[9]_1=-1:1:5"], "no number"),
    ],
)
def test_a_mistake_is_told(arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_what_changed_is_told_and_nothing_else():
    text = call("--set", "eta=0.5").stdout
    assert "w[1]_11'" in text
    assert "z[1]_1 " not in text
    assert "It helped" in text
    assert "Nothing else changes" in call("--set", "eta=0.1").stdout


def test_a_sweep_over_a_place_is_that_over_its_symbol():
    one, other = (
        json.loads(call("--sweep", f"{name}=0.1:0.5:5", "--json").stdout)["sweep"]["points"]
        for name in ("eta", "training.learning_rate")
    )
    assert one == other


def test_a_sweep_and_a_change_go_together():
    (point, _) = json.loads(call("--sweep", "x_1=1:2:2", "--set", "eta=1", "--json").stdout)["sweep"][
        "points"
    ]
    losses = what_if(spec.load("lecture"), {"x_1": 1.0, "eta": 1.0}).losses[1]
    assert (point["loss"], point["new_loss"]) == losses


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--sweep", "z[1]_1=0:1:5", "--set", "a[1]_1=0.5"], "It changes nothing: the loss is"),
        (["--sweep", "a[3]_1=0.2:0.8:4", "--set", "L'=3"], "after the update is 3 at every value of a[3]_1."),
    ],
)
def test_a_sweep_that_leaves_the_loss_as_it_is_has_no_lowest_point(arguments, said):
    text = " ".join(call(*arguments).stdout.split())
    assert said in text
    assert "lowest" not in text
    assert json.loads(call(*arguments, "--json").stdout)["sweep"]["best"] is None


def test_a_loss_that_is_infinite_is_no_point():
    network = spec.load("regression")
    found = sweep(network, "eta", [0.1, 1e300])
    assert found[1] == (losses_of(network)[0], None)
    assert narrate_sweep(network, "eta", [0.1, 1e300], found).data["sweep"]["best"] == 0.1


@pytest.mark.parametrize("format", sorted(RENDERERS.keys() - (PICTURES - {"svg"}) - TABLES - SHEETS))
@pytest.mark.parametrize("config", ["lecture", "xor", "softmax"])
def test_every_format(format, config):
    network = spec.load(config)
    name = next(name for name in lines(network).values if "z[1]_1" in name)
    values = [-1.0, 0.0, 1.0]
    documents = [
        narrate_sweep(network, name, values, sweep(network, name, values)),
        narrate(network, what_if(network, {name: 0.5}), {"training.seed": "7"}),
    ]
    for document in documents[: 1 if format == "svg" else 2]:
        shown = render(document, format, Layout(40))
        if format == "json":
            jsonschema.validate(json.loads(shown, parse_constant=pytest.fail), output_schema())
        if format in ("table", "plain"):
            assert max(map(cell_len, shown.split("\n"))) <= 40
            assert render(document, format, Layout(40, unicode=False)).isascii()


def test_a_sweep_over_decades_takes_even_steps_of_the_exponent():
    done = call("--sweep", "eta=0.01:100:5:log", "--json")
    points = json.loads(done.stdout)["sweep"]["points"]
    assert [one["value"] for one in points] == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert "expected ends above 0 for log" in call("--sweep", "eta=-1:1:5:log").stderr
    assert "eta=0.01:100:5:log" in call("--sweep", "eta=0.01:100:5").stderr
