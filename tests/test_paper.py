"""Sheets and slides by pdflatex, and the code by which a printed sheet is checked."""

import re
import shutil
import subprocess

import pytest
from typer.testing import CliRunner

from perceptron_cli import exercises, load, narrate, render
from perceptron_cli.cli.app import make_app
from perceptron_cli.courses import paper, pdf_of
from perceptron_cli.errors import InputError
from perceptron_cli.trace.step.drawing import draw

app = make_app()
needs_latex = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on the PATH"),
    pytest.mark.xdist_group("latex"),
]
RECIPES = [
    ("2,3,1", "sigmoid", None, "0.5", False),
    ("2,2,3", "tanh,softmax", None, "0.1", False),
    ("1,2,1", "relu,linear", "squared_error", "0.5", True),
]


def call(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.parametrize("layers, activations, loss, rate, dead", RECIPES)
def test_a_code_leads_back_to_its_network(layers, activations, loss, rate, dead):
    recipe = exercises.recipe(layers, activations, loss, rate, allow_dead=dead)
    for one in exercises.draw(recipe, 7, 3):
        again = exercises.sheet_of(exercises.code_of(recipe, 7, one.number))
        assert (again.text, again.number) == (one.text, one.number)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "nonsense",
        "2.3.1-sigmoid-7",
        "2.3.1-sigmoid-x-1",
        "2.3.1-sigmoid-7-0",
        "2.3.1-sigmoid-Q-7-1",
        "2.3.1-sigmoidd-7-1",
        "0.1-sigmoid-7-1",
        "2.3.1-sigmoid-7-1000000",
    ],
)
def test_what_is_no_code_is_told(code, tmp_path):
    sheet = tmp_path / "a.yaml"
    sheet.write_text("z[1]_1: 0.3\n")
    done = call("check", sheet, "--sheet", code)
    assert (done.exit_code, bool(done.stderr)) == (2, True)


def test_a_printed_sheet_is_checked_by_its_code(tmp_path):
    recipe = exercises.recipe("2,2,1")
    exercise = exercises.draw(recipe, 3, 2)[1]
    code = exercises.code_of(recipe, 3, 2)
    assert code == "2.2.1-sigmoid-3-2"
    sheet = tmp_path / "ada.yaml"
    sheet.write_text(f"z[1]_1: {exercise.lines.values['z[1]_1']:.4f}\n")
    done = call("check", sheet, "--sheet", code)
    assert (done.exit_code, "1 of 1 points" in done.stdout or "answer is right" in done.stdout) == (0, True)
    assert call("check", sheet, "--sheet", "2.2.1-sigmoid-3-1").exit_code == 1
    done = call("check", sheet, "lecture", "--sheet", code)
    assert (done.exit_code, "expected one of them" in done.stderr) == (2, True)
    done = call("check", sheet, "--sheet", code, "--set", "training.learning_rate=1")
    assert (done.exit_code, "--sheet and --set" in done.stderr) == (2, True)
    done = call("check", sheet, "--sheet", code, "--format", "gradescope")
    assert (done.exit_code, '"score": 1' in done.stdout) == (0, True)


def test_a_sheet_has_its_code_and_no_answer():
    recipe = exercises.recipe("2,3,1")
    drawn = exercises.draw(recipe, 7, 2)
    text = paper(drawn, recipe, "everything", seed=7, key=False)
    assert re.findall(r"\\sheet\{(\d)\}\{(.*?)\}", text) == [
        ("1", "2.3.1-sigmoid-7-1"),
        ("2", "2.3.1-sigmoid-7-2"),
    ]
    asked = exercises.asked(drawn[0].lines, "everything")
    assert text.count(r"\blank") - 1 == 2 * len(asked)
    assert all(one.text not in text for one in asked if len(one.text) > 5)
    key = paper(drawn, recipe, "everything", seed=7, key=True)
    assert all(one.text in key for one in asked)


def pages(data, folder):
    (folder / "it.pdf").write_bytes(data)
    done = subprocess.run(["pdfinfo", folder / "it.pdf"], capture_output=True, encoding="utf-8")
    return done.stdout if not done.returncode else ""


class TestPdf:
    pytestmark = needs_latex

    @pytest.mark.parametrize("letter, size", [(False, "595"), (True, "612")])
    def test_a_class_set_is_one_pdf(self, tmp_path, letter, size):
        words = ["exercise", "--count", "2", "--layers", "1,2,1", *(["--letter"] if letter else [])]
        assert call(*words, "-o", tmp_path / "class.pdf").exit_code == 0
        data = (tmp_path / "class.pdf").read_bytes()
        assert data.startswith(b"%PDF")
        told = pages(data, tmp_path)
        assert not told or size in told
        assert call(*words, "--key", "-o", tmp_path / "keys.pdf").exit_code == 0

    @pytest.mark.parametrize("name", ["lecture", "softmax", "xor"])
    def test_slides_compile(self, name):
        text = render(narrate(load(name)), "beamer")
        assert pdf_of(text).startswith(b"%PDF")

    def test_what_pdflatex_says_is_told(self):
        with pytest.raises(InputError, match="pdflatex: !"):
            pdf_of(r"\documentclass{article}\begin{document}\nothing\end{document}")


def test_slides_have_each_line_in_stages():
    text = render(narrate(load("lecture")), "beamer")
    assert text.count(r"\begin{frame}") == text.count(r"\end{frame}")
    assert text.count(r"\begin{tikzpicture}") == text.count(r"\end{tikzpicture}")
    assert r"\uncover<1->{= \frac{\partial L}{\partial z_{1}^{[1]}} \times x_{1}}" in text
    assert r"\uncover<3->{= -0.00527}" in text
    assert "very thick" in text
    assert render(draw(load("lecture")), "beamer").startswith(r"\documentclass")


def test_without_pdflatex_the_way_out_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("perceptron_cli.courses.printed.shutil.which", lambda name: None)
    done = call("exercise", "-o", tmp_path / "a.pdf")
    assert (done.exit_code, "--format latex" in done.stderr) == (2, True)
    assert not (tmp_path / "a.pdf").exists()
    done = call("exercise", "--format", "pdf")
    assert (done.exit_code, "is not for a screen" in done.stderr) == (2, True)
    done = call("exercise", "--neuron", "and", "-o", tmp_path / "a.pdf")
    assert done.exit_code == 2
