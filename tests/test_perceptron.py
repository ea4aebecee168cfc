"""The perceptron: the textbook's table to the digit, and a proof where no line separates."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from perceptron_cli import spec
from perceptron_cli.cli.app import make_app
from perceptron_cli.document import Document, Section, Table
from perceptron_cli.errors import InputError
from perceptron_cli.neuron import Contradiction, Line, learn, neuron_of, separate
from perceptron_cli.neuron.separability import solve
from perceptron_cli.render import Layout, render
from perceptron_cli.render.tables import vectors
from perceptron_cli.trace.neuron.document import perceptron, text_of

app = make_app()

# Negnevitsky (2005), table 6.3: theta = 0.2, rate 0.1; per row: output, error, weights after it.
TEXTBOOK = [
    ("0", "0", "0.3", "-0.1"), ("0", "0", "0.3", "-0.1"), ("1", "-1", "0.2", "-0.1"), ("0", "1", "0.3", "0"),
    ("0", "0", "0.3", "0"), ("0", "0", "0.3", "0"), ("1", "-1", "0.2", "0"), ("1", "0", "0.2", "0"),
    ("0", "0", "0.2", "0"), ("0", "0", "0.2", "0"), ("1", "-1", "0.1", "0"), ("0", "1", "0.2", "0.1"),
    ("0", "0", "0.2", "0.1"), ("0", "0", "0.2", "0.1"), ("1", "-1", "0.1", "0.1"), ("1", "0", "0.1", "0.1"),
    ("0", "0", "0.1", "0.1"), ("0", "0", "0.1", "0.1"), ("0", "0", "0.1", "0.1"), ("1", "0", "0.1", "0.1"),
]  # fmt: skip


def lesson(name, *changes):
    return spec.load(name, [("--set", change) for change in changes], "perceptron")


def config(samples, *, low=0, theta=0, weights=None, epochs=200, bias=True, compare=">=", rate="0.5"):
    rows = "\n".join(f"  - {{x: {list(x)}, y: {y}}}" for x, y in samples)
    weights = weights or [0] * (1 + len(samples[0][0]))
    return spec.parse(
        "name: points\nnetwork:\n  layers:\n"
        f"    - {{activation: unit_step, theta: {theta}, compare: '{compare}', "
        f"outputs: [{low}, 1], weights: [{weights}]}}\nsamples:\n{rows}\n"
        f"training: {{learning_rate: {rate}, epochs: {epochs}, update_biases: {str(bias).lower()}}}\n"
    )


def call(*arguments, stdin=None):
    return CliRunner().invoke(app, ["perceptron", *arguments], input=stdin)


# the rule -------------------------------------------------------------------------------------


def test_and_is_the_textbooks_table():
    done = call("and", "--json")
    data = json.loads(done.stdout)
    rows = [row for epoch in data["epochs"] for row in epoch["rows"]]
    assert [(row["output"], row["error"], *row["new_weights"]) for row in rows] == TEXTBOOK
    assert [epoch["epoch"] for epoch in data["epochs"]] == [1, 2, 3, 4, 5]
    assert (done.exit_code, data["converged"], data["weights"]) == (0, True, ["0.1", "0.1"])


def test_floats_go_wrong_in_the_eighth_row_and_are_told():
    document = perceptron(lesson("and"), arithmetic="float")
    (note,) = next(one.blocks for one in document.sections if one.title.startswith("Where float"))
    assert note.text.startswith("Row 8 (epoch 2, sample 4): the net input is 0.19999999999999998 in floats")
    assert "0.2 in decimals, so the output is 0 and not 1" in note.text


@pytest.mark.parametrize("name", ["and", "or", "nand"])
def test_a_bundled_lesson_converges_to_weights_that_classify_every_point(name):
    run = learn(neuron_of(lesson(name)))
    neuron = run.neuron
    assert run.converged
    for x, desired in zip(neuron.points, neuron.desired, strict=True):
        assert neuron.output(neuron.net(run.weights, x)) == desired


def test_each_row_follows_from_the_one_before_by_the_rule():
    for name in ("and", "or", "nand", "xor"):
        run = learn(neuron_of(lesson(name)))
        weights = run.neuron.weights
        for row in (row for epoch in run.epochs for row in epoch.rows):
            assert row.weights == weights
            assert row.error == row.desired - row.output
            x = (1 if run.neuron.learn_bias else 0, *row.x)
            weights = tuple(
                w + run.neuron.rate * row.error * one for w, one in zip(row.weights, x, strict=True)
            )
            assert row.new_weights == weights


def test_numbers_are_exact_decimals():
    run = learn(neuron_of(lesson("and")))
    assert all(isinstance(one, Fraction) for row in run.epochs[-1].rows for one in row.new_weights)
    assert text_of(Fraction(1, 3)) == "1/3"
    assert text_of(Fraction(-3, 8)) == "-0.375"
    assert text_of(Fraction(10**30 + 1, 10**30)) == "1." + "0" * 29 + "1"
    assert text_of(Fraction(100)) == "100"


@pytest.mark.parametrize("compare, output", [(">=", 1), (">", 0)])
def test_the_config_says_whether_theta_itself_fires(compare, output):
    run = learn(neuron_of(config([((1,), output)], theta=0.5, weights=[0, 0.5], compare=compare)))
    assert run.converged
    assert len(run.epochs) == 1


def test_outputs_may_be_minus_one_and_one():
    run = learn(neuron_of(lesson("nand")))
    assert {row.output for epoch in run.epochs for row in epoch.rows} == {-1, 1}
    assert {row.error for epoch in run.epochs for row in epoch.rows} <= {-2, 0, 2}


# no line --------------------------------------------------------------------------------------


def assert_contradicts(neuron, proof):
    """Check a proof by its own arithmetic: weighed points of both classes add up to the same."""

    def add(side):
        return [
            sum(weight * neuron.points[place][axis] for place, weight in side)
            for axis in range(len(neuron.points[0]))
        ]

    assert all(weight > 0 for _, weight in (*proof.fires, *proof.rests))
    assert all(neuron.desired[place] == neuron.high for place, _ in proof.fires)
    assert all(neuron.desired[place] == neuron.low for place, _ in proof.rests)
    assert add(proof.fires) == add(proof.rests) == list(proof.point)
    assert sum(weight for _, weight in proof.fires) == proof.above
    assert sum(weight for _, weight in proof.rests) == proof.below
    if neuron.learn_bias:
        assert proof.above == proof.below > 0
    else:
        gap = (proof.above - proof.below) * (neuron.theta - neuron.weights[0])
        strict = proof.above if neuron.strict else proof.below
        assert gap > 0 or (gap == 0 and strict > 0)


def test_xor_is_proved_and_exits_1():
    done = call("xor")
    assert done.exit_code == 1
    assert "nnstep train xor" in done.stdout
    assert "Farkas" in done.stdout
    assert "the rule repeats" in done.stdout
    data = json.loads(call("xor", "--json").stdout)
    assert (data["converged"], data["separable"]) == (False, False)
    proof = data["contradiction"]
    assert {one["sample"] for one in proof["fires"]} == {2, 3}
    assert {one["sample"] for one in proof["rests"]} == {1, 4}
    assert proof["point"] == ["0.5", "0.5"]


def test_one_point_with_two_labels_contradicts_itself():
    neuron = neuron_of(config([((1, 2), 0), ((3, 1), 1), ((1, 2), 1)]))
    proof = separate(neuron)
    assert isinstance(proof, Contradiction)
    assert_contradicts(neuron, proof)
    assert {place for place, _ in (*proof.fires, *proof.rests)} == {0, 2}
    assert "a point with two labels" in call("-", stdin=config_text()).stdout


def config_text():
    return (
        "network: {layers: [{activation: unit_step, weights: [[0, 0, 0]]}]}\n"
        "samples: [{x: [1, 2], y: 0}, {x: [1, 2], y: 1}]\n"
    )


def test_a_threshold_that_is_never_met_is_proved():
    """With theta = 0.2 fixed, no weights make (0, 0) fire."""
    neuron = neuron_of(config([((0, 0), 1), ((1, 1), 0)], theta=0.2, bias=False))
    proof = separate(neuron)
    assert isinstance(proof, Contradiction)
    assert_contradicts(neuron, proof)
    assert proof.fires == ((0, 5),)
    assert proof.point == (0, 0)


def test_too_few_epochs_are_told_from_no_line():
    done = call("and", "--epochs", "2")
    assert done.exit_code == 1
    assert "A line separates the classes" in done.stdout


POINTS = st.lists(
    st.tuples(st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(-1, 1)), st.integers(0, 1)),
    min_size=1,
    max_size=8,
)


@given(POINTS, st.booleans(), st.sampled_from([">=", ">"]), st.sampled_from([0, 0.5, -1]))
def test_there_is_a_line_or_a_proof_that_there_is_none(samples, bias, compare, theta):
    neuron = neuron_of(config(samples, bias=bias, compare=compare, theta=theta))
    found = separate(neuron)
    if isinstance(found, Line):
        for x, desired in zip(neuron.points, neuron.desired, strict=True):
            assert neuron.output(neuron.net(found.weights, x)) == desired
    else:
        assert_contradicts(neuron, found)
        assert not learn(neuron).converged


@given(st.lists(st.lists(st.integers(-4, 4), min_size=3, max_size=3), min_size=1, max_size=3), st.data())
def test_the_simplex_method_finds_what_is_there(rows, data):
    x = data.draw(st.lists(st.integers(0, 5), min_size=3, max_size=3))
    right = [Fraction(sum(a * b for a, b in zip(row, x, strict=True))) for row in rows]
    found = solve([[Fraction(one) for one in row] for row in rows], right)
    assert found is not None
    assert all(one >= 0 for one in found)
    assert [sum(a * b for a, b in zip(row, found, strict=True)) for row in rows] == right


# the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "markdown", "latex", "svg"])
def test_it_speaks_every_format(format):
    done = call("xor", "--format", format)
    assert done.exit_code == 1
    assert done.stdout
    if format == "svg":
        assert done.stdout.count("<circle") == 6  # four points, and a mark for each class in the legend
        assert "http" not in done.stdout.replace("http://www.w3.org/2000/svg", "")


def test_three_inputs_have_a_table_and_no_plane():
    text = call("-", stdin=THREE).stdout
    assert "(1, 1, 0)" in text
    assert "The plane" not in text
    assert "Converged" in text
    assert call("-", "--format", "svg", stdin=THREE).exit_code == 2


THREE = (
    "network: {layers: [{activation: unit_step, weights: [[0, 0, 0, 0]]}]}\n"
    "samples: [{x: [0, 0, 0], y: 0}, {x: [1, 1, 0], y: 1}, {x: [0, 1, 1], y: 1}, {x: [1, 0, 0], y: 0}]\n"
)


@pytest.mark.parametrize(
    "change, words",
    [
        ("samples[0].y=2", "expected the target 0 or 1, got 2"),
        ("samples[0].y=-1", "outputs: [-1, 1]"),
        ("network.layers[0].compare='='", "expected '>=' or '>'"),
        ("network.layers[0].outputs=[0, 2]", "expected [0, 1] or [-1, 1]"),
        ("network.layers[0].activation=relu", "takes no theta"),
        ("training.epochs=0", "whole number of epochs"),
    ],
)
def test_bad_input_is_told(change, words):
    done = call("and", "--set", change)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""


def test_a_network_is_no_perceptron():
    done = CliRunner().invoke(app, ["perceptron", "mazur"])
    assert done.exit_code == 2
    assert "expected one layer with unit_step, got a 2-2-2 network" in done.stderr
    with pytest.raises(InputError):
        neuron_of(spec.load("lecture"))


def test_the_step_is_that_of_the_forward_pass():
    """The engine's unit_step, with its comparison and its outputs, agrees with the exact one."""
    from perceptron_cli import engine

    for name in ("and", "nand"):
        loaded = lesson(name)
        neuron = neuron_of(loaded, "float")
        told = engine.forward(loaded).a[-1].ravel().tolist()
        assert told == [float(neuron.output(neuron.net(neuron.weights, x))) for x in neuron.points]


def test_a_narrow_screen_breaks_no_number():
    """Where the columns have no room, a row is told as names and values."""
    from perceptron_cli.render import Layout, render

    text = render(perceptron(lesson("and")), "plain", Layout(width=40))
    assert all(len(line) <= 40 for line in text.splitlines())
    assert "- epoch 1  x = (0, 0)  desired 0" in text
    assert "w' = (0.2*," in text


def test_a_point_with_two_targets_is_beyond_every_network(tmp_path):
    """No hidden layer helps: a network is a function of its inputs."""
    file = tmp_path / "twice.yaml"
    file.write_text(
        "network:\n  layers:\n"
        "    - {activation: unit_step, theta: 0, compare: '>', weights: [[1, 1, 1, 1]]}\n"
        "samples:\n  - {x: [1, 0, 1], y: 0}\n  - {x: [1, 1, 0], y: 0}\n  - {x: [1, 0, 1], y: 1}\n"
        "  - {x: [0, 1, 1], y: 1}\ntraining: {learning_rate: 1, epochs: 5}\n"
    )
    text = render(perceptron(spec.load(str(file))), "plain", Layout(width=200))
    assert "No network can: samples 1 and 3 are the same point (1, 0, 1) with two targets, 0 and 1." in text
    assert "hidden layer solves XOR" not in text


def test_numbered_columns_become_vectors_where_a_table_has_no_room():
    """No row is broken into a run of x_1 1 x_2 1 as long as a vector says the same."""
    columns = (*(f"x_{i}" for i in range(1, 7)), "net")
    table = Table("", columns, ((*"101010", "0.5"),))
    document = Document("perceptron", "t", {}, sections=(Section("", "result", (table,)),))
    text = render(document, "plain", Layout(width=24))
    assert "x                   net" in text and "(1, 0, 1, 0, 1, 0)  0.5" in text


def test_a_numbered_column_that_stands_alone_keeps_its_name():
    table = vectors(Table("", ("x_1", "net", "w_1", "w_2"), (("1", "0.5", "2", "3"),)))
    assert (table.columns, table.rows) == (("x_1", "net", "w"), (("1", "0.5", "(2, 3)"),))
