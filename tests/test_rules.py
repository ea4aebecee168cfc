"""The rules of a single neuron: published tables, the line behind each cell, what each rule keeps."""

import json
from fractions import Fraction

import pytest
from equations import calculate
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import call

from perceptron_cli import spec
from perceptron_cli.neuron import learn, neuron_of
from perceptron_cli.neuron.rule import right_with
from perceptron_cli.rules import RULES
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive

CASES = "tests/data/sheets"


def run(name, *changes):
    return learn(neuron_of(spec.load(name, [("--set", one) for one in changes], "perceptron")))


def numbers(weights):
    return tuple(float(one) for one in weights)


# published tables ---------------------------------------------------------------------------------


def test_fausetts_and_takes_ten_epochs():
    """Fausett (1994), example 2.11: binary inputs, bipolar targets, theta 0.2."""
    told = run("fausett")
    assert told.converged and len(told.epochs) == 10
    assert numbers(told.weights) == (-4, 2, 3)
    first = [(float(row.net), float(row.output), numbers(row.new_weights)) for row in told.epochs[0].rows]
    assert first == [(0, 0, (1, 1, 1)), (2, 1, (0, 0, 1)), (1, 1, (-1, 0, 0)), (-1, -1, (-1, 0, 0))]
    ends = [numbers(epoch.rows[-1].new_weights) for epoch in told.epochs]
    assert ends[-1] == ends[-2] == (-4, 2, 3)


def test_a_bipolar_and_takes_two_epochs():
    """Fausett (1994), example 2.12: bipolar inputs and targets, theta 0."""
    told = run("hebb", "training.rule=fausett", "training.epochs=9")
    assert [numbers(row.new_weights) for row in told.epochs[0].rows] == [
        (1, 1, 1), (0, 0, 2), (-1, 1, 1), (-1, 1, 1),
    ]  # fmt: skip
    assert len(told.epochs) == 2 and not any(row.moved for row in told.epochs[1].rows)


def test_four_bipolar_vectors_of_four_inputs():
    told = learn(neuron_of(spec.load(f"{CASES}/bipolar.yaml")))
    ends = [numbers(epoch.rows[-1].new_weights) for epoch in told.epochs]
    assert ends == [(0, -2, 2, 0, 0), (0, -2, 2, 0, 2), (0, -2, 2, 0, 2)]
    assert told.converged


def test_hebbs_rule_needs_bipolar_numbers():
    """Fausett (1994), examples 2.5 to 2.7: AND in 0 and 1 fails, in -1 and 1 it works."""
    told = run("hebb")
    assert [numbers(row.new_weights) for row in told.epochs[0].rows] == [
        (1, 1, 1), (0, 0, 2), (-1, 1, 1), (-2, 2, 2),
    ]  # fmt: skip
    assert told.right() == 4
    binary = "network={layers: [{activation: unit_step, compare: '>', weights: [[0, 0, 0]]}]}"
    samples = "samples=[{x: [1, 1], y: 1}, {x: [1, 0], y: 0}, {x: [0, 1], y: 0}, {x: [0, 0], y: 0}]"
    failed = run("hebb", binary, samples)
    assert numbers(failed.weights) == (1, 1, 1) and failed.right() == 1
    done = call("perceptron", "hebb", "--set", binary, "--set", samples)
    assert done.exit_code == 1
    assert "A target of 0 adds nothing" in done.stdout


def test_the_errors_of_adaline_fall_as_published():
    """Sivanandam and Deepa (2007): 3.02, 1.938, 1.5506, 1.417, 1.377; theirs are sums of rounded rows."""
    told = run("adaline")
    published = [3.02, 1.938, 1.5506, 1.417, 1.377]
    assert [float(epoch.squared) for epoch in told.epochs] == pytest.approx(published, abs=2e-3)
    first = told.epochs[0].rows[0]
    assert (float(first.net), float(first.error)) == (pytest.approx(0.3), pytest.approx(0.7))
    assert numbers(first.new_weights) == pytest.approx((0.17, 0.17, 0.17))


def test_theta_is_learnt_as_the_weight_of_an_input_of_its_own():
    """theta' = theta - eta e."""
    told = learn(neuron_of(spec.load(f"{CASES}/theta.yaml")))
    assert numbers(told.weights) == (0, 0.5, 0.3)
    assert float(told.theta) == -0.2
    out = call("perceptron", f"{CASES}/theta.yaml").stdout
    assert "the threshold θ is -0.2" in " ".join(out.split())


def test_two_neurons_tell_four_classes():
    """Hagan, Demuth and Beale, problem P4.5: W = [[-2, 0], [0, -2]], b = (-1, 0)."""
    config = spec.load("classes", kind="perceptron")
    told = [learn(neuron_of(config, place=place)) for place in (0, 1)]
    assert [numbers(one.weights) for one in told] == [(-1, -2, 0), (0, 0, -2)]
    data = json.loads(call("perceptron", "classes", "--json").stdout)
    assert [one["weights"] for one in data["neurons"]] == [["-1", "-2", "0"], ["0", "0", "-2"]]


def test_a_sample_without_a_target_is_predicted():
    done = call("perceptron", f"{CASES}/essays.yaml")
    assert "5       (-0.5, 0, 1)  -0.15      -1" in done.stdout
    assert "The weights are 0, -0.3, 0, -0.3" in done.stdout


# lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["and", "or", "fausett", "hebb", "adaline", "theta", "classes", "xor"])
def test_every_cell_is_a_line_that_is_true(name):
    """As a program outside reads the JSON: each formula from its symbols is its value."""
    data = json.loads(call("perceptron", name, "--json").stdout)
    sections = [one for one in data["sections"] if one["phase"] == "updates"]
    assert sections
    known = {one["symbol"]: one["value"] for section in sections for one in section["equations"]}
    for section in sections:
        for one in section["equations"]:
            if "formula" in one:
                assert set(one["uses"]) <= set(known)
                assert calculate(one["formula"], known) == pytest.approx(one["value"], abs=1e-12)
                assert calculate(one["substitution"], {}) == pytest.approx(one["value"], abs=1e-12)
    names = [one["symbol"] for one in sections[0]["equations"]]
    assert {"t1:net_1" if name == "classes" else "t1:net", "eta"} <= set(names)


def test_why_goes_back_through_the_updates():
    """t4:net is made of the weights that update 3 left, and those of the error in it."""
    told = call("why", "t4:net", "and").stdout
    assert "t4:net = t4:w₁ × t4:x₁ + t4:w₂ × t4:x₂ = 0.2 × 1 + (-0.1) × 1 = 0.1" in told
    assert "t3:w₁′ = t3:w₁ + η × t3:e × t3:x₁ = 0.3 + 0.1 × (-1) × 1 = 0.2" in told
    done = call("why", "t99:net", "and")
    assert done.exit_code == 2
    assert "no number 't99:net'" in done.stderr


def test_a_step_is_written_as_cases():
    assert "y = 1 if z ≥ 0, otherwise -1" in call("perceptron", f"{CASES}/essays.yaml").stdout


# what each rule keeps -----------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.tuples(*[st.integers(-3, 3)] * 3).filter(lambda w: any(w[1:])),
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=6, unique=True),
)
def test_on_separable_points_the_rule_makes_few_mistakes(w, points):
    """Novikoff (1962): at most (R |u| / gamma)^2 updates, u a line that separates with the margin gamma."""
    sides = [2 * (w[0] + w[1] * x + w[2] * y) + 1 for x, y in points]  # never 0
    labels = [int(side > 0) for side in sides]
    samples = ", ".join(
        f"{{x: [{x}, {y}], y: {label}}}" for (x, y), label in zip(points, labels, strict=True)
    )
    text = "network: {layers: [{activation: unit_step, weights: [[0, 0, 0]]}]}\n"
    text += f"samples: [{samples}]\ntraining: {{learning_rate: 1, epochs: 5000}}\n"
    told = learn(neuron_of(spec.parse(text)))
    assert told.converged
    u = (2 * w[0] + 1, 2 * w[1], 2 * w[2])
    gamma = min(abs(side) for side in sides)
    radius = max(1 + x * x + y * y for x, y in points)
    updates = sum(row.moved for epoch in told.epochs for row in epoch.rows)
    assert updates * gamma**2 <= radius * sum(one * one for one in u) + 1e-9


@given(st.lists(st.integers(-20, 20), min_size=6, max_size=6), st.sampled_from([-1, 1]))
def test_the_delta_rule_is_gradient_descent_on_a_linear_neuron(tenths, target):
    """Its step is the one that backprop tells for half the squared error, in exact decimals."""
    w0, w1, w2, x1, x2, rate = (f"{one / 10:g}" for one in tenths)
    rate = f"{abs(float(rate)) + 0.1:g}"
    layer = f"weights: [[{w0}, {w1}, {w2}]]"
    rest = f"sample: {{x: [{x1}, {x2}], y: {target}}}\n"
    training = f"learning_rate: {rate}, epochs: 1"
    step = spec.parse(
        f"network: {{layers: [{{activation: unit_step, outputs: [-1, 1], {layer}}}]}}\n{rest}"
        f"training: {{rule: delta, {training}}}\n"
    )
    linear = spec.parse(
        f"network: {{layers: [{{activation: linear, {layer}}}]}}\nloss: half_squared_error\n{rest}"
        f"training: {{{training}}}\n"
    )
    (row,) = learn(neuron_of(step)).epochs[0].rows
    told = lines(linear).values
    exact = [Fraction(one) for one in (w0, w1, w2)]
    x = [Fraction(1), Fraction(x1), Fraction(x2)]
    net = sum(a * b for a, b in zip(exact, x, strict=True))
    assert row.new_weights == tuple(
        w + Fraction(rate) * (target - net) * one for w, one in zip(exact, x, strict=True)
    )
    assert [float(one) for one in row.new_weights] == pytest.approx(
        [told[f"w[1]_{i}1'"] for i in range(3)], abs=1e-12
    )


def test_the_pocket_keeps_the_best_weights():
    told = run("xor", "training.rule=pocket")
    rows = [row for epoch in told.epochs for row in epoch.rows]
    counts = [right_with(told.neuron, row.new_weights, row.new_theta) for row in rows]
    assert told.right() == max(counts) > counts[-1]


def test_a_batch_moves_the_weights_at_the_end():
    config = spec.load("adaline", kind="perceptron")
    told = learn(neuron_of(config, batch=True))
    rows = told.epochs[0].rows
    assert {row.weights for row in rows} == {rows[0].weights}
    moved = [sum(Fraction(1, 10) * row.error * x for row, x in zip(rows, [1] * 4, strict=True))]
    assert told.epochs[0].rows[-1].new_weights[0] == rows[0].weights[0] + moved[0]


def test_every_rule_says_its_formula_and_source():
    for name, rule in RULES.items():
        assert rule.name == name and rule.source and rule.summary
        text = call("perceptron", "and", "--rule", name, "--set", "network.layers[0].outputs=[0,1]").stdout
        assert rule.formula.replace("eta", "η").split(" where")[0][:10] in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rule", "hebbian"], "hebbian"),
        (["--batch"], "--batch goes with the rule delta"),
        (["--set", "training.rule=deltaa"], "unknown name 'deltaa'"),
        (["--set", "network.layers[0].theta_input=3"], "expected -1 or 1"),
    ],
)
def test_what_is_no_rule_is_refused(words, message):
    done = call("perceptron", "and", *words)
    assert done.exit_code == 2
    assert message in done.stderr
