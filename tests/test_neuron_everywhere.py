"""A learning rule's table in quiz, what-if, walk and exercise, and its line in the plane."""

import csv
import json
from io import StringIO

import pytest
from typer.testing import CliRunner

from perceptron_cli import spec
from perceptron_cli.answers import MISTAKES, answer, diagnose
from perceptron_cli.answers.mistakes import Line
from perceptron_cli.cli.app import make_app
from perceptron_cli.exercises import draw_neurons, table_text
from perceptron_cli.exercises.neuron import KINDS, NeuronExercise
from perceptron_cli.expr import AS_DECIMALS, evaluate
from perceptron_cli.neuron import learn, neuron_of
from perceptron_cli.rules import RULES
from perceptron_cli.trace.neuron.lines import neuron_lines
from perceptron_cli.trace.view import View
from perceptron_cli.walk import State, frame, press, tour

pytestmark = pytest.mark.exhaustive

LESSONS = ("and", "or", "nand", "theta", "hebb", "fausett", "adaline", "classes")


def call(*arguments, typed=None):
    return CliRunner().invoke(make_app(), list(map(str, arguments)), input=typed)


# quiz -----------------------------------------------------------------------------------------


def asked(lesson):
    told = json.loads(call("quiz", lesson, "--json", "--answers", "-", typed="").stdout)
    return told["score"]["of"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_quiz_of_the_right_numbers_has_every_point(lesson):
    config = spec.load(lesson)
    lines = neuron_lines(config)
    from perceptron_cli.quiz import quiz

    questions = quiz(config, lines).questions
    assert questions
    typed = "".join(f"{lines.equations[name].text}\n" for name in questions)
    told = json.loads(call("quiz", lesson, "--json", "--answers", "-", "--decimals", "6", typed=typed).stdout)
    kinds = {one["verdict"] for one in told["questions"]}
    assert kinds <= {"right", "rounding"}
    assert told["score"] == {"points": len(questions), "of": len(questions)}


def test_a_quiz_asks_row_by_row_and_carries_an_error_on():
    typed = "0\n0\n0\n0.3\n-0.1\n-0.1\n0\n0\n0.3\n-0.1\n0.3\n1\n-1\n0.2\n-0.2\n0.1\n1\n0\n"
    told = json.loads(call("quiz", "and", "--json", "--answers", "-", typed=typed).stdout)
    said = {one["symbol"]: (one["verdict"], one["mistakes"]) for one in told["questions"]}
    assert said["t3:w_2'"] == ("mistake", ["input left out"])
    assert said["t4:y"][0] == "unexplained"
    assert said["t4:e"][0] == "follows"


def test_the_activations_of_a_rule_are_net_output_and_error():
    told = json.loads(
        call("quiz", "and", "--json", "--level", "activations", "--answers", "-", typed="0\n").stdout
    )
    assert told["score"]["of"] == 60


# mistakes ---------------------------------------------------------------------------------------

# a mistake, the lesson, and the line that it is made in
PLANTED = [
    ("sign of the error", "and", "t3:e"),
    ("sign of the error", "and", "t3:w_1'"),
    ("net for the output", "and", "t3:e"),
    ("output for the net", "adaline", "t1:e"),
    ("update without an error", "and", "t20:w_1'"),
    ("learning rate left out", "and", "t3:w_1'"),
    ("input left out", "and", "t3:w_2'"),
    ("sign of the target", "hebb", "t1:w_1'"),
    ("old weights", "and", "t4:net"),
    ("bias not updated", "hebb", "t1:w_0'"),
    ("threshold not learnt", "theta", "t3:theta'"),
    ("step at the threshold", "and", "t8:y"),
]


@pytest.mark.parametrize("mistake, lesson, symbol", PLANTED)
def test_a_mistake_in_a_turn_is_named(mistake, lesson, symbol):
    config = spec.load(lesson)
    lines = neuron_lines(config)
    line = lines.equations[symbol]
    if mistake == "step at the threshold":  # a turn whose net input is at the threshold
        values = lines.values
        symbol = next(
            n for n in values if n.endswith(":y") and abs(values[n.replace("y", "net")] - 0.2) < 1e-9
        )
        line = lines.equations[symbol]
    bodies = list(MISTAKES[mistake].changes(Line(config, line.symbol, line.body)))
    assert bodies
    value = round(evaluate(bodies[0], lines.values, functions=AS_DECIMALS), 6)
    before = {
        name: answer(one.text)
        for name, one in lines.equations.items()
        if one.body is not None and list(lines.equations).index(name) < list(lines.equations).index(symbol)
    }
    verdicts = diagnose(config, lines, {**before, symbol: answer(f"{value:g}")})
    assert verdicts[-1].name == symbol
    assert verdicts[-1].kind == "mistake"
    assert mistake in verdicts[-1].mistakes


# what-if ----------------------------------------------------------------------------------------


def test_what_if_runs_the_rule_with_another_rate():
    told = json.loads(call("what-if", "and", "--set", "eta=0.2", "--json").stdout)
    fresh = learn(neuron_of(spec.load("and", [("--set", "training.learning_rate=0.2")])))
    turns = sum(len(epoch.rows) for epoch in fresh.epochs)
    assert told["runs"]["now"]["updates"] == turns == 12
    assert told["runs"]["was"]["updates"] == 20
    assert told["runs"]["now"]["weights"] == pytest.approx([float(one) for one in fresh.weights[1:]])


@pytest.mark.parametrize(
    "change, key",
    [("t1:w_1=0.1", "network.layers[0].weights[0][1]=0.1"), ("t2:x_2=2", "samples[1].x[1]=2"),
     ("t4:d=0", "samples[3].y=0"), ("t1:theta=0.1", "network.layers[0].theta=0.1")],
)  # fmt: skip
def test_a_given_number_is_changed_in_the_config(change, key):
    told = json.loads(call("what-if", "and", "--set", change, "--json").stdout)
    lines = neuron_lines(spec.load("and", [("--set", key)]))
    for one in told["changed"]:
        assert lines.values[one["symbol"]] == pytest.approx(one["now"])


def test_a_result_is_carried_on():
    told = json.loads(call("what-if", "and", "--set", "t4:net=0.5", "--json").stdout)
    now = {one["symbol"]: one["now"] for one in told["changed"]}
    assert (now["t4:y"], now["t4:e"], now["t5:w_1"]) == (1.0, 0.0, 0.2)


def test_a_rule_has_no_loss_to_sweep():
    done = call("what-if", "and", "--sweep", "eta=0.1:1:3")
    assert done.exit_code == 2
    assert "a learning rule has none" in done.stderr


# walk -------------------------------------------------------------------------------------------


def screen(found, state, width=80, height=40):
    from perceptron_cli.render import Layout

    return "\n".join(line.plain for line in frame(found, state, width, height, Layout(width)).lines)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_stop_of_a_walk_is_drawn_and_no_wider_than_the_screen(lesson):
    found = tour(spec.load(lesson), 1, View())
    for place in range(0, len(found.stops), 7):
        state = State(place=place, stage=found.stops[place].reveals)
        for width in (40, 80):
            assert max(map(len, screen(found, state, width).split("\n"))) <= width


def test_a_walk_shows_the_line_before_and_after_an_update():
    found = tour(spec.load("and"), 1, View())
    place = found.places["t3:w_1'"]
    told = screen(found, State(place=place, stage=9))
    assert "t3:w₁′ = t3:w₁ + η × t3:e × t3:x₁" in told
    assert "net input = theta, after update 3" in told
    assert "before update 3" in told


def test_a_number_changed_on_a_walk_changes_the_run():
    found, state = tour(spec.load("and"), 1, View()), State()
    for key in ("n", "e", *"eta=0.5", "enter", "G"):
        state = press(found, state, key)
    told = screen(found, state)
    assert "wrong outputs 6 -> 14" in told
    for key in ("g", "j", *"t3:e", "enter", "w"):
        state = press(found, state, key)
    assert "t3:d = 0   given" in screen(found, state)


# exercises --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_an_exercise_ends_within_its_epochs_and_its_key_is_right(kind, rule, tmp_path):
    made = draw_neurons(kind, rule, None, 6, 5, 3)
    assert len({one.text.partition("\n")[2] for one in made}) == 3
    for one in made:
        assert isinstance(one, NeuronExercise)
        assert len(one.run.epochs) <= 6
        config, table = tmp_path / "config.yaml", tmp_path / "key.csv"
        config.write_text(one.text)
        table.write_text(table_text(one, key=True))
        done = call("check", table, config)
        assert done.exit_code == 0, done.output
        count = len(one.run.epochs) * 4 * 6
        assert f"{count} cells" in done.stdout


def test_a_sheet_has_blanks_and_its_csv_empty_cells(tmp_path):
    done = call("exercise", "--neuron", "and", "--count", "2", "-o", tmp_path / "class")
    assert done.exit_code == 0, done.output
    sheet = (tmp_path / "class" / "sheets" / "exercise-01.md").read_text()
    assert "......" in sheet
    assert "Exercise 2" not in sheet
    rows = list(csv.reader(StringIO((tmp_path / "class" / "sheets" / "exercise-01.csv").read_text())))
    assert rows[0] == ["epoch", "x1", "x2", "desired", "net", "output", "error", "w0'", "w1'", "w2'"]
    assert rows[1][4:] == [""] * 6
    done = call(
        "check", tmp_path / "class/sheets/exercise-01.csv", tmp_path / "class/sheets/exercise-01-config.yaml"
    )
    assert "No cell of the table is filled in." in done.stdout


def test_an_exercise_that_cannot_be_made_is_told():
    done = call("exercise", "--neuron", "random", "--epochs", "1", "--lr", "0.0001")
    assert done.exit_code == 2
    assert "found no random that the rule perceptron learns in at most 1 epochs" in done.stderr


# the plane --------------------------------------------------------------------------------------


def test_a_plane_for_each_update_that_moved_the_line():
    told = call("perceptron", "and", "--planes", "--format", "svg").stdout
    run = learn(neuron_of(spec.load("and")))
    moved = [n for n, row in enumerate((r for e in run.epochs for r in e.rows), 1) if row.moved]
    for number in moved:
        assert f"After update {number}<" in told
    assert told.count("After update") == len(moved)
    assert call("perceptron", "classes", "--planes").exit_code == 2
