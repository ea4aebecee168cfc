"""A whole round in the shell: an exercise, a student with three mistakes, and check names them."""

import json

import pytest
from test_cli import run

from perceptron_cli import exercises
from perceptron_cli.notation import show

PLANTED = {"z[1]_2": "bias left out", "dL/dz[1]_1": "derivative left out", "w[2]_11'": "sign of the update"}


def student(exercise):
    """A student's numbers: without a bias, without a slope, uphill; what follows is carried on."""
    right, wrong = exercise.lines.values, {}
    wrong["z[1]_2"] = right["z[1]_2"] - right["w[1]_02"]
    wrong["dL/dz[1]_1"] = exercise.lines.recalculated(wrong)["dL/da[1]_1"]
    carried = exercise.lines.recalculated(wrong)
    wrong["w[2]_11'"] = carried["w[2]_11"] + carried["eta"] * carried["dL/dw[2]_11"]
    return exercise.lines.recalculated(wrong)


@pytest.mark.parametrize("seed", [7, 8])
def test_three_planted_mistakes_are_named_and_nothing_else_is_blamed(tmp_path, seed):
    assert run("exercise", "--seed", str(seed), "--count", "2", "-o", "class", cwd=tmp_path).returncode == 0
    (exercise, _) = exercises.draw(exercises.recipe(), seed, 2)
    numbers = student(exercise)
    sheet = tmp_path / "class" / "sheets" / "exercise-01.yaml"
    config, blanks = sheet.read_text().split("answers:\n")
    names = [line.strip().removesuffix(":") for line in blanks.splitlines()]
    filled = "".join(f"  {name}: {show(numbers[name], 4)}\n" for name in names)
    sheet.write_text(f"{config}answers:\n{filled}")
    done = run("check", str(sheet), "--json")
    assert done.returncode == 1, done.stderr
    answers = json.loads(done.stdout)["answers"]
    assert {one["symbol"] for one in answers} == set(names)
    named = {one["symbol"]: one["mistakes"] for one in answers if one.get("mistakes")}
    assert named.keys() == PLANTED.keys()
    assert all(mistake in named[symbol] for symbol, mistake in PLANTED.items())
    kinds = {one["verdict"] for one in answers if one["symbol"] not in PLANTED}
    assert kinds <= {"right", "rounding", "follows"} and "follows" in kinds


def test_the_key_is_all_right_and_the_blank_sheet_has_nothing_to_check(tmp_path):
    run("exercise", "--seed", "3", "-o", "class", cwd=tmp_path)
    key = run("check", str(tmp_path / "class" / "keys" / "exercise-01.yaml"), "--json")
    assert key.returncode == 0, key.stderr
    assert {one["verdict"] for one in json.loads(key.stdout)["answers"]} == {"right"}
    blank = run("check", str(tmp_path / "class" / "sheets" / "exercise-01.yaml"))
    assert (blank.returncode, blank.stdout) == (2, "")
    assert "got none" in blank.stderr
