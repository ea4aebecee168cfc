"""Results for grading programs: every verdict of `check` is in them, and a sheet that is none is told."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from perceptron_cli.cli.app import make_app

ROOT = Path(__file__).parent.parent
ADA = ROOT / "docs" / "answers" / "ada.yaml"
AND = ROOT / "docs" / "homework" / "and.csv"
app = make_app()


def call(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def verdicts(*arguments):
    return json.loads(call(*arguments, "--json").stdout)


def test_gradescope_gets_a_test_for_every_answer():
    done = call(ADA, "--format", "gradescope")
    assert done.exit_code == 1
    data, told = json.loads(done.stdout), verdicts(ADA)
    assert data["score"] == told["score"]["points"] == 8
    assert [one["name"] for one in data["tests"]] == [one["symbol"] for one in told["answers"]]
    assert sum(one["score"] for one in data["tests"]) == data["score"]
    first = data["tests"][0]
    assert (first["status"], first["max_score"], first["visibility"]) == ("failed", 1, "visible")
    assert first["output"].startswith("0.2 is wrong: 0.3 is right. bias left out: The bias w_0")
    assert data["tests"][1]["status"] == "passed"
    assert "Right working from z[1]_1" in data["tests"][1]["output"]
    assert data["output"] == "The first wrong line is `z[1]_1`."


def test_blank_lines_count_for_gradescope(tmp_path):
    sheet = tmp_path / "a.yaml"
    sheet.write_text("z[1]_1: 0.3\nz[1]_2:\na[1]_1:\n")
    data = json.loads(call(sheet, "--format", "gradescope").stdout)
    assert [(one["name"], one["max_score"], one["score"]) for one in data["tests"]] == [
        ("z[1]_1", 1, 1),
        ("blank lines", 2, 0),
    ]


def test_a_rules_table_is_graded():
    data = json.loads(call(AND, "and", "--format", "gradescope").stdout)
    assert [one["name"] for one in data["tests"]][:2] == ["t1:net", "t1:y"]


def test_junit_has_a_case_for_every_answer_and_a_suite_for_every_sheet(tmp_path):
    done = call(ADA, "--format", "junit")
    assert done.exit_code == 1
    root = ElementTree.fromstring(done.stdout)
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("10", "2", "0")
    assert [one.get("name") for one in root.iter("testcase") if one.find("failure") is not None] == [
        "z[1]_1",
        "L",
    ]
    for name in ("ada.yaml", "ben.csv", "cleo.yaml"):
        (tmp_path / name).write_text((ROOT / "docs" / "answers" / name).read_text())
    (tmp_path / "dan.yaml").write_text("z[1]_1: [")
    root = ElementTree.fromstring(call(tmp_path, "--format", "junit").stdout)
    assert [one.get("name") for one in root] == ["ada.yaml", "ben.csv", "cleo.yaml", "dan.yaml"]
    assert [one.get("errors") for one in root] == ["0", "0", "0", "1"]


HOSTILE = {
    "empty.yaml": b"",
    "binary.yaml": bytes(range(256)) * 64,
    "huge.yaml": b"a: 1\n" * 100_000,
    "deep.yaml": b"[" * 100_000,
    "control.yaml": "z[1]_1: 0.3\n\u0007".encode(),
    "strange.yaml": b"<b>: 1\n",
}


@pytest.mark.parametrize("format", ["gradescope", "junit"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_sheet_that_is_none_is_told_in_the_results(tmp_path, name, format):
    sheet, out = tmp_path / name, tmp_path / "results"
    sheet.write_bytes(HOSTILE[name])
    done = call(sheet, "lecture", "--format", format, "-o", out)
    assert done.exit_code == 2
    assert done.stderr
    if format == "gradescope":
        data = json.loads(out.read_text())
        assert data["score"] == 0
        assert data["output"].startswith("The answers cannot be read.")
    else:
        assert ElementTree.parse(out).getroot().get("errors") == "1"


def test_a_folder_is_no_sheet_for_gradescope(tmp_path):
    done = call(tmp_path, "--format", "gradescope")
    assert (done.exit_code, "is for one sheet" in done.stderr) == (2, True)


def test_links_to_nowhere_and_thousands_of_files_are_told(tmp_path):
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for number in range(1_000):
        (tmp_path / f"{number}.yaml").write_text("z[1]_1: 0.3\n")
    root = ElementTree.fromstring(call(tmp_path, "--format", "junit").stdout)
    assert len(root) >= 1_000
    assert root.get("failures") == "0"


RUN_AUTOGRADER = """#!/bin/sh
cd "$AUTOGRADER"
nnstep() { "$PYTHON" -m perceptron_cli "$@"; }
nnstep check submission/answers.yaml source/network.yaml --format gradescope -fo results/results.json || true
"""


@pytest.mark.parametrize("sheet", ["z[1]_1: 0.3\n", "z[1]_1: 0.2\n", "nonsense"])
def test_the_autograder_of_the_recipe_always_leaves_results(tmp_path, sheet):
    """As Gradescope runs it: the folders submission, source and results beside each other."""
    for name in ("submission", "source", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "submission" / "answers.yaml").write_text(sheet)
    (tmp_path / "source" / "network.yaml").write_text((ROOT / "configs" / "lecture.yaml").read_text())
    script = tmp_path / "run_autograder"
    script.write_text(RUN_AUTOGRADER)
    environment = {"AUTOGRADER": str(tmp_path), "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True)
    assert done.returncode == 0
    data = json.loads((tmp_path / "results" / "results.json").read_text())
    assert data["score"] == (1 if "0.3" in sheet else 0)
