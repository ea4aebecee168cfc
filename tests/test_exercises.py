"""Exercises: friendly networks that teach something, blanks for what is asked, and a key that is right."""

import json
import math
from typing import get_args

import jsonschema
import pytest
import yaml
from test_cli import run

from perceptron_cli import engine, exercises, render, spec, trace
from perceptron_cli.cli.exercise import Level
from perceptron_cli.cli.folder import write_folder
from perceptron_cli.errors import InputError
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace import View
from perceptron_cli.trace.step.lines import lines

RECIPES = [
    exercises.recipe(),
    exercises.recipe("2,3,1", "relu,sigmoid"),
    exercises.recipe("3,4,3", "tanh,softmax"),
    exercises.recipe("2,2,2", "leaky_relu", "mean_squared_error", "0.1"),
    exercises.recipe("1,2,2,1", "linear,tanh,linear"),
    exercises.recipe("2,2,2", "sigmoid", "categorical_cross_entropy"),
]
IDS = [f"{'-'.join(map(str, one.sizes))} {','.join(one.activations)}" for one in RECIPES]


def told_by_backprop(config):
    """Every number that `nnstep backprop` tells, by symbol; of two ways the one that is used."""
    document = json.loads(render(trace.backprop(config, View(limit=None)), "json"))
    told = [one for section in document["steps"][0]["sections"] for one in section.get("equations", ())]
    return {one["symbol"]: one["value"] for one in told if "alternative" not in one}


@pytest.mark.parametrize("recipe", RECIPES, ids=IDS)
def test_the_key_has_the_numbers_of_backprop_and_the_config_loads(recipe):
    for one in exercises.draw(recipe, 7, 3):
        file = yaml.safe_load(exercises.answers_text(one, "everything", 10, key=True))
        expected = told_by_backprop(spec.parse(one.text))
        assert yaml.safe_load(one.text) == file["config"]
        assert file["answers"]
        for symbol, value in file["answers"].items():
            assert math.isclose(float(value), expected[symbol], rel_tol=1e-6, abs_tol=1e-9), symbol


@pytest.mark.parametrize("recipe", RECIPES, ids=IDS)
def test_no_neuron_is_dead_or_saturated(recipe):
    for one in exercises.draw(recipe, 3, 5):
        passed = engine.forward(one.config)
        for l, z in enumerate(passed.z, start=1):
            a = passed.a[l - 1].ravel()
            name = recipe.activations[l - 1]
            slopes = {"sigmoid": a * (1 - a), "softmax": a * (1 - a), "tanh": 1 - a**2}
            slope = slopes.get(name, 1.0 * (z.ravel() > 0) if "relu" in name else a * 0 + 1)
            assert min(slope) >= (0.19 / len(a) if name == "softmax" else 0.0999), (one.text, l)
            assert min(abs(z.ravel())) > 0.0499


def test_dead_neurons_come_where_they_are_asked_for():
    texts = exercises.draw(exercises.recipe("2,3,1", "relu,sigmoid", allow_dead=True), 1, 20)
    values = [value for one in texts for name, value in one.lines.values.items() if name.startswith("a[1]")]
    assert 0 in values and max(values) > 0


def test_numbers_are_friendly_and_no_weight_of_a_layer_comes_twice():
    for one in exercises.draw(exercises.recipe("3,4,2"), 11, 10):
        for layer in one.config.layers:
            texts = [weight.text for row in layer.weights for weight in row]
            assert len(set(texts)) == len(texts)
            assert all(len(text.lstrip("-")) <= 4 for text in texts)
        assert not {x.text for x in one.config.samples[0].x} & {"0", "1", "-1"}


def test_a_seed_is_the_same_sheet_on_every_machine():
    """No digit of it is computed in float64, so the text can be pinned."""
    (one,) = exercises.draw(exercises.recipe(), 7, 1)
    assert one.text == (
        "name: exercise 7-1\n"
        "network:\n"
        "  layers:\n"
        "    - activation: sigmoid\n"
        "      weights: [[-0.4, 0.2, -0.9], [0.6, -0.2, -0.3], [0.4, -0.1, 0.5]]\n"
        "    - activation: sigmoid\n"
        "      weights: [[-0.6, -0.8, -0.7, -0.4]]\n"
        "loss: binary_cross_entropy\n"
        "sample: {x: [2.5, -1.5], y: [1]}\n"
        "training: {learning_rate: 0.5}\n"
    )


def test_every_student_has_another_network_and_keeps_it_in_a_larger_class():
    recipe = exercises.recipe("1,1", "linear")
    small, large = exercises.draw(recipe, 5, 10), exercises.draw(recipe, 5, 80)
    assert [one.text for one in small] == [one.text for one in large[:10]]
    bodies = {one.text.split("\n", 1)[1] for one in large}
    assert len(bodies) == 80
    assert exercises.draw(recipe, 6, 1)[0].text != small[0].text.replace("5-1", "6-1")


def test_each_level_asks_all_that_the_one_before_asks():
    step = lines(spec.load("softmax"))
    names = [[one.symbol.name for one in exercises.asked(step, level)] for level in exercises.LEVELS]
    assert set(names[0]) < set(names[1]) < set(names[2])
    assert names[0][:2] == ["z[1]_1", "a[1]_1"] and names[0][-1] == "L"
    assert "dL/dw[1]_01" in names[1] and "w[1]_01'" not in names[1]
    assert names[2][-1].endswith("'")
    assert all(len(set(one)) == len(one) for one in names)
    assert "da/dz[2]_11" not in names[2]  # of the long way alone
    assert tuple(exercises.LEVELS) == get_args(Level)


@pytest.mark.parametrize("level", exercises.LEVELS)
def test_a_sheet_has_a_blank_for_each_question_and_no_result(level):
    drawn = exercises.draw(exercises.recipe("2,2,1", "tanh"), 2, 1)
    text = render(exercises.sheets(drawn, level, View(), seed=2, key=False), "plain")
    key = render(exercises.sheets(drawn, level, View(), seed=2, key=True), "plain")
    questions = exercises.asked(drawn[0].lines, level)
    assert text.count("........") == len(questions)
    results = [one.text for one in questions if len(one.text) > 5]
    assert results and all(result in key and result not in text for result in results)
    assert "........" not in key


@pytest.mark.parametrize("format", [name for name in RENDERERS if name not in PICTURES | TABLES | SHEETS])
@pytest.mark.parametrize("key", [False, True])
def test_every_format_has_every_sheet(format, key):
    drawn = exercises.draw(exercises.recipe(), 1, 3)
    text = render(exercises.sheets(drawn, "gradients", View(), seed=1, key=key), format)
    if format.startswith("json"):
        data = json.loads(text.splitlines()[-1])  # of jsonl, the result
        if format == "json":
            jsonschema.validate(data, output_schema())
        assert ["answers" in one for one in data["exercises"]] == [key] * 3
        assert all(spec.parse(one["config"]).sizes == (2, 3, 1) for one in data["exercises"])
    else:
        assert all(f"Exercise {number}" in text for number in (1, 2, 3))
    if format == "latex":
        assert text.count(r"\clearpage") == 2


def test_a_folder_has_sheets_keys_and_the_files_for_check(tmp_path):
    done = run("exercise", "--count", "2", "--seed", "4", "-o", "class", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    names = sorted(str(one.relative_to(tmp_path / "class")) for one in tmp_path.rglob("*.*"))
    each = [f"exercise-0{number}" for number in (1, 2)]
    assert names == sorted(
        ["sheets.md", "keys.md"]
        + [f"sheets/{one}.{ending}" for one in each for ending in ("md", "yaml")]
        + [f"keys/{one}{ending}" for one in each for ending in (".md", ".yaml", "-config.yaml")]
    )
    blank = yaml.safe_load((tmp_path / "class/sheets/exercise-02.yaml").read_text())
    filled = yaml.safe_load((tmp_path / "class/keys/exercise-02.yaml").read_text())
    assert blank["config"] == filled["config"]
    assert set(blank["answers"].values()) == {None} and blank["answers"].keys() == filled["answers"].keys()
    config = str(tmp_path / "class/keys/exercise-02-config.yaml")
    assert run("backprop", config, "--brief").returncode == 0


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "b").write_text("mine")
    (tmp_path / "class" / "other").write_text("theirs")
    with pytest.raises(InputError, match="exists"):
        write_folder(str(tmp_path / "class"), {"a": "1", "b": "2"}, force=False)
    assert not (tmp_path / "class" / "a").exists()
    write_folder(str(tmp_path / "class"), {"a": "1", "b": "2"}, force=True)
    found = {one.name: one.read_text() for one in (tmp_path / "class").iterdir()}
    assert found == {"a": "1", "b": "2", "other": "theirs"}
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(str(tmp_path / "class" / "new"), {"a": "1", "a/b": "2"}, force=False)
    assert {one.name for one in (tmp_path / "class").iterdir()} == set(found)


def test_one_exercise_as_yaml_goes_to_stdout_or_to_a_file(tmp_path):
    config = run("exercise", "--yaml", "config").stdout
    assert spec.parse(config).sizes == (2, 3, 1)
    assert run("exercise", "-o", "one.yaml", cwd=tmp_path).returncode == 0
    assert yaml.safe_load((tmp_path / "one.yaml").read_text())["config"] == yaml.safe_load(config)
    again = run("exercise", "-o", "one.yaml", cwd=tmp_path)
    assert (again.returncode, "--force" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--layers", "2"], "1 to 5 layers"),
        (["--layers", "2,x"], "got '2,x'"),
        (["--layers", "2,0,1"], "each of 1 to 9"),
        (["--layers", "2,10"], "each of 1 to 9"),
        (["--layers", "1,1,1,1,1,1,1"], "1 to 5 layers"),
        (["--layers", "9" * 5000], "1 to 5 layers"),
        (["--layers", "2,1", "--activation", "softmax"], "softmax needs a layer of 2"),
        (["--activation", "sigmiod"], "did you mean 'sigmoid'?"),
        (["--activation", "unit_step"], "unknown name 'unit_step'"),
        (["--activation", "relu,relu,relu"], "expected one name, or 2"),
        (["--activation", "relu", "--loss", "binary_cross_entropy"], "sigmoid or softmax, got relu"),
        (["--loss", "squared_eror"], "squared_error"),
        (["--lr", "0"], "--lr"),
        (["--lr", "x"], "--lr"),
        (["--count", "0"], "0"),
        (["--seed=-1"], "-1"),
        (["--level", "all"], "activations"),
        (["--count", "2", "--yaml", "config"], "-o FOLDER"),
        (["-o", "class.svg"], "expected a file that ends in"),
        (["-o", "/dev/null/x"], "/dev/null/x"),
    ],
)
def test_a_mistake_is_told_with_code_2(arguments, words):
    done = run("exercise", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr
