"""`nnstep check`: answers in any form, a summary for people, points for graders, a class."""

import json
import re

import jsonschema
import pytest
from planted import asked, worked_out, written
from test_cli import call

from perceptron_cli import spec
from perceptron_cli.answers import MISTAKES, POINTS
from perceptron_cli.answers.mistakes import Line
from perceptron_cli.answers.names import canonical
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace.step.lines import lines

WRONG = "z[1]_1: 0.2\na[1]_1: 0.5498\nz[2]_1: 0.4698\n"  # the bias left out, and carried on


def check(tmp_path, text, *arguments, name="answers.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return call("check", str(path), *arguments)


def data(tmp_path, text, *arguments, name="answers.yaml"):
    found = json.loads(check(tmp_path, text, *arguments, "--json", name=name).stdout)
    jsonschema.validate(found, output_schema())
    return found


# names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written, name",
    [
        ("y_hat", "a[3]_1"),
        ("ŷ", "a[3]_1"),
        ("prediction", "a[3]_1"),
        ("y_hat'", "a[3]_1'"),
        ("dL/dy_hat", "dL/da[3]_1"),
        ("∂L/∂ŷ", "dL/da[3]_1"),
        ("dy_hat/dz", "da/dz[3]_1"),
        ("dL_dz[2]_1", "dL/dz[2]_1"),
        ("dz[2]_1", "dL/dz[2]_1"),
        ("delta[2]_1", "dL/dz[2]_1"),
        ("dw[2]_11", "dL/dw[2]_11"),
        ("w[1]_11 new", "w[1]_11'"),
        ("new w[1]_11", "w[1]_11'"),
        ("w[1]_11_new", "w[1]_11'"),
        ("w'[1]_11", "w[1]_11'"),
        ("w[1]_1,1", "w[1]_11"),
        ("w^(1)_{11}", "w[1]_11"),
        ("w[1]₁₁′", "w[1]_11'"),
        ("w1_11", "w[1]_11"),
        ("b[1]_2", "w[1]_02"),
        ("dL/db[1]_2", "dL/dw[1]_02"),
        ("z(2)_3", "z[2]_3"),
        ("s1:z[1]_1", "z[1]_1"),
        ("loss", "L"),
        ("new loss", "L'"),
        ("x", "x_1"),
        ("y", "y_1"),
        ("learning_rate", "eta"),
    ],
)
def test_names_are_taken_as_people_write_them(written, name):
    config = spec.load("lecture")
    assert canonical(written, config) == name
    assert name in lines(config).equations


@pytest.mark.parametrize("name", ["lecture", "mazur", "softmax", "xor", "deep", "relu"])
def test_every_name_of_nnstep_means_itself(name):
    config = spec.load(name)
    assert [one for one in lines(config).equations if canonical(one, config) != one] == []


# forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.yaml", WRONG),
        ("a.yaml", f"config: lecture\nanswers:\n{re.sub('^', '  ', WRONG, flags=re.M).rstrip()}\n"),
        (
            "a.yml",
            "- {symbol: 'z[1]_1', value: 0.2}\n- symbol: a[1]_1\n  value: '0.5498'\n"
            "- symbol: z[2]_1\n  value: 0.4698\n",
        ),
        ("a.json", '{"z[1]_1": 0.2, "a[1]_1": "0.5498", "z[2]_1": 0.4698}'),
        ("a.csv", "symbol,value\n# mine\nz[1]_1,0.2\n a[1]_1 , 0.5498\n\nz[2]_1,0.4698\n"),
        ("a.csv", "z[2]_1,0.4698\nz[1]_1,1/5\na[1]_1,5.498e-1\n"),
        ("a.txt", "symbol,value\nz[1]_1,0.2\na[1]_1,0.5498\nz[2]_1,0.4698\n"),
    ],
)  # fmt: skip
def test_answers_come_in_many_forms_and_in_any_order(tmp_path, name, text):
    found = data(tmp_path, text, name=name)
    assert [one["symbol"] for one in found["answers"]] == ["z[1]_1", "a[1]_1", "z[2]_1"]
    assert [one["verdict"] for one in found["answers"]] == ["mistake", "follows", "follows"]


@pytest.mark.parametrize("name", ["lecture", "mazur", "softmax", "xor", "deep"])
def test_nnsteps_own_json_is_all_right(tmp_path, name):
    done = check(tmp_path, call("backprop", name, "--json").stdout, name="own.json")
    assert done.exit_code == 0, done.stdout
    assert "answers are right" in done.stdout


def test_many_right_answers_are_told_in_one_line(tmp_path):
    own = call("backprop", "xor", "--json").stdout
    assert "symbol" not in check(tmp_path, own, name="own.json").stdout
    assert "symbol" in check(tmp_path, own, "--all", name="own.json").stdout


def test_a_blank_is_no_answer(tmp_path):
    found = data(tmp_path, "z[1]_1: 0.3\na[1]_1:\nz[2]_1: ____\nz[2]_2: '?'\n")
    assert found["score"] == {"points": 1.0, "of": 1, "blank": 3}


def test_a_file_brings_its_network_along(tmp_path):
    network = """\
config:
  network:
    layers: [{activation: relu, weights: [[1, -2]]}]
  loss: squared_error
  sample: {x: [3], y: 1}
answers: {"z[1]_1": -5, "y_hat": 0, "L": 1}
"""
    assert data(tmp_path, network)["score"] == {"points": 3.0, "of": 3, "blank": 0}
    (tmp_path / "mine.yaml").write_text("config: net.yaml\nanswers: {L: 1.0}\n")
    inner = re.sub("^  ", "", network.partition("answers")[0].partition("\n")[2], flags=re.M)
    (tmp_path / "net.yaml").write_text(inner)
    assert call("check", str(tmp_path / "mine.yaml")).exit_code == 0
    assert call("check", str(tmp_path / "mine.yaml"), "lecture").exit_code == 1  # the argument wins


def test_stdin_and_another_update_are_checked():
    config = spec.load("xor")
    value = lines(config, 2).values["w[1]_11'"]
    done = call("check", "-", "xor", "--step", "2", stdin=f"w[1]_11': {value:.6f}\n")
    assert done.exit_code == 0, done.output


# bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, said",
    [
        ("z[1]_1: 0.3\nz[4]_1: 0.3\n", "answers.yaml:2:9: z[4]_1: this step has no such symbol"),
        ("z[1]_9: 0.3\n", "did you mean z[1]_"),
        ("hello: 1\n", "'nnstep names' lists all of them"),
        ("L: 1,025\n", "numbers have a decimal point"),
        ("L: ln 2\n", "expected a number or a fraction, got 'ln 2'"),
        ("L: [1, 2]\n", "answers.yaml:1:4: L: this step has no such vector or matrix"),
        ("y_hat: 0.1\na[3]_1: 0.2\n", "a[3]_1 has another answer already"),
        ("answers:\n", "expected one 'symbol: value' on each line"),
        ("", "the answer file is empty"),
        ("config: lecture\n", "expected answers, got none"),
        ("config: nothing.yaml\nL: 1\n", "nothing.yaml: no such file"),
        ("network: {}\n", "expected answers, got a config"),
        ("z[1]_1:\n", "expected answers, got none"),
        ("- 1\n", "expected a mapping of symbol and value"),
        ("z[1]_1: 1\nz[1]_1: 2\n", "stands here twice"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path, text, said):
    done = check(tmp_path, text)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_csv_row_without_a_number_is_told_with_its_line(tmp_path):
    done = check(tmp_path, "symbol,value\nz[1]_1,abc\nL\n", name="a.csv")
    assert done.exit_code == 2
    assert "a.csv:2:1: z[1]_1: expected a number" in done.stderr


def test_stdin_cannot_be_the_answers_and_the_config():
    done = call("check", "-", "-", stdin="L: 0.2563\n")
    assert done.exit_code == 2
    assert "expected one input from stdin" in done.stderr


def test_a_name_that_no_file_can_have_is_told():
    done = call("check", "a" * 300)
    assert done.exit_code == 2
    assert "cannot be read: File name too long" in done.stderr


@pytest.mark.parametrize("more", [[], ["mazur"]])
def test_a_file_of_answers_that_is_not_there_is_told_as_one(more):
    done = call("check", "nowhere.yaml", *more)
    assert done.exit_code == 2
    assert "nowhere.yaml: no such file\n" in done.stderr
    assert "bundled" not in done.stderr


def test_the_order_is_told_where_the_config_comes_first(tmp_path):
    (tmp_path / "net.yaml").write_text(spec.starter())
    for config, said in (("mazur", "no such file"), (str(tmp_path / "net.yaml"), "got a config")):
        done = call("check", config, "answers.yaml")
        assert done.exit_code == 2
        assert said in done.stderr
        assert "nnstep check ANSWERS CONFIG" in done.stderr


def test_a_folder_of_exercises_points_to_its_sheets(tmp_path):
    made = tmp_path / "made"
    assert call("exercise", "--count", "2", "-o", str(made)).exit_code == 0
    done = call("check", str(made))
    assert done.exit_code == 2
    assert f"are in {made / 'sheets'}" in done.stderr
    assert "all 45 are blank" in " ".join(call("check", str(made / "sheets")).stdout.split())


# what is told ---------------------------------------------------------------------------------


def test_the_first_wrong_line_is_told_with_its_right_working(tmp_path):
    done = check(tmp_path, WRONG)
    assert done.exit_code == 1
    for said in (
        "1 wrong by a mistake with a name",
        "z[1]_1 = 0.2, and 0.3 is right.",
        "The bias w_0 is missing from the weighted sum.",
        "0.1 + 0.1 × 2.0",
        "2 later answers only follow from it.",
        "follows from z[1]_1",
    ):
        assert said in " ".join(done.stdout.split())


def test_a_grader_gets_points_and_the_first_wrong_line(tmp_path):
    found = data(tmp_path, WRONG + "L: 9\n")
    assert found["first_wrong"] == "z[1]_1"
    assert found["score"] == {"points": 2.0, "of": 4, "blank": 0}
    assert found["answers"][0]["mistakes"] == ["bias left out"]
    assert found["answers"][1]["because"] == ["z[1]_1"]


def test_the_schema_knows_every_verdict():
    answers = output_schema()["properties"]["answers"]["items"]["properties"]
    assert answers["verdict"]["enum"] == list(POINTS)


@pytest.mark.parametrize("format", ["table", "plain", "markdown", "latex", "json"])
def test_every_format_tells_the_mistake(tmp_path, format):
    done = check(tmp_path, WRONG, "--format", format)
    assert done.exit_code == 1
    assert "bias left out" in done.stdout


def test_what_nothing_explains_is_shown_with_its_right_working(tmp_path):
    done = check(tmp_path, "z[1]_1: 7.77\nz[1]_2: 8.88\n")
    assert "No known mistake gives this number." in done.stdout
    assert "The right working of the other unexplained lines" in done.stdout


def test_a_folder_is_a_class_with_the_commonest_mistake_first(tmp_path):
    (tmp_path / "ada.yaml").write_text(WRONG)
    (tmp_path / "bob.csv").write_text("z[1]_1,0.2\nL,0.1113\n")
    (tmp_path / "cy.json").write_text('{"z[1]_1": 0.3}')
    (tmp_path / "dan.yaml").write_text("nonsense: 1\n")
    (tmp_path / "readme.txt").write_text("no answers")
    done = call("check", str(tmp_path))
    assert done.exit_code == 1
    assert "4 sheets checked, 1 all right" in done.stdout
    assert "dan.yaml:1:11: nonsense" in " ".join(done.stdout.split())
    found = json.loads(call("check", str(tmp_path), "--json").stdout)
    jsonschema.validate(found, output_schema())
    assert [one["file"] for one in found["sheets"]] == ["ada.yaml", "bob.csv", "cy.json", "dan.yaml"]
    assert found["mistakes"][0] == {"name": "bias left out", "sheets": 2, "lines": 2}


def test_a_folder_without_answers_is_an_error(tmp_path):
    done = call("check", str(tmp_path))
    assert done.exit_code == 2
    assert "the folder has no answer files" in done.stderr


def test_configs_beside_the_sheets_are_no_sheets(tmp_path):
    (tmp_path / "ada.yaml").write_text("z[1]_1: 0.3\n")
    (tmp_path / "net.yaml").write_text(spec.starter())
    done = call("check", str(tmp_path))
    assert done.exit_code == 0
    assert "1 sheet checked, 1 all right" in done.stdout


def test_a_whole_round_names_three_planted_mistakes(tmp_path):
    """exercise -> answers with a bias left out, a derivative left out and a wrong sign -> check."""
    made = tmp_path / "round"
    assert call("exercise", "--layers", "2,3,1", "--seed", "7", "-o", str(made)).exit_code == 0
    network = next(made.rglob("*config.yaml"))
    config = spec.load(network)
    step = lines(config)
    plan = {
        "z[1]_2": "bias left out",
        "dL/dz[1]_3": "derivative left out",
        "w[2]_11'": "sign of the update",
    }
    bodies = {}
    for name, mistake in plan.items():
        one = step.equations[name]
        bodies[name] = next(MISTAKES[mistake].changes(Line(config, one.symbol, one.body)))
    numbers = worked_out(step, bodies, lambda name, value: float(written(value, 4)))
    sheet = "".join(f"{name}: {written(value, 4)}\n" for name, value in asked(step, numbers))
    (tmp_path / "answers.yaml").write_text(sheet)
    found = json.loads(call("check", str(tmp_path / "answers.yaml"), str(network), "--json").stdout)
    named = {one["symbol"]: one["mistakes"] for one in found["answers"] if one["verdict"] == "mistake"}
    assert {name: plan[name] in mistakes for name, mistakes in named.items()} == dict.fromkeys(plan, True)
    assert {one["verdict"] for one in found["answers"]} <= {"right", "rounding", "follows", "mistake"}
    assert found["first_wrong"] == "z[1]_2"


def test_the_example_of_the_help_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.yaml").write_text("L: 0.2563\n")
    example = call("check", "--help").stdout.strip().splitlines()[-1].split("nnstep ", 1)[1]
    assert call(*example.split()).exit_code == 0


def test_a_verdict_has_a_sign_beside_its_words_and_words_alone_in_ascii(tmp_path):
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text("z[1]_1: 0.2\na[1]_1: 0.5498\nz[1]_2: 0.4\n")
    shown = call("check", str(sheet)).stdout
    for line in ("✗  z[1]_1", "→  a[1]_1", "✓  z[1]_2"):
        assert f"\n{line}" in shown
    plain = call("check", str(sheet), "--ascii").stdout
    assert plain.isascii() and "WRONG: bias left out" in plain
