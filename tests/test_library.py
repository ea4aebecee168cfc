"""The library's door: every function of it, as a notebook uses it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import perceptron_cli
from perceptron_cli import (
    check,
    draw,
    exercise,
    forward,
    load,
    narrate,
    page,
    perceptron,
    render,
    train,
    what_if,
    why,
)
from perceptron_cli.errors import InputError
from perceptron_cli.notebook import nnstep

NETWORK = {
    "network": {"layers": [{"activation": "tanh", "weights": np.array([[0.1, 0.2, 0.3]])}]},
    "loss": "half_squared_error",
    "sample": {"x": np.array([1.0, 2.0]), "y": 1},
}


def test_every_public_name_is_there():
    for name in perceptron_cli.__all__:
        assert getattr(perceptron_cli, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = perceptron_cli.nothing


def test_a_config_is_a_name_a_path_a_dict_or_loaded(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(json.dumps(NETWORK, default=np.ndarray.tolist))
    z = 0.1 + 0.2 * 1 + 0.3 * 2
    for config in (NETWORK, path, str(path), load(NETWORK)):
        told = forward(config)
        assert told.numbers["z[1]_1"] == pytest.approx(z)
        assert told.numbers["a[1]_1"] == pytest.approx(np.tanh(z))
    assert forward().numbers == forward("lecture").numbers


def test_what_is_wrong_with_a_dict_is_told():
    with pytest.raises(InputError, match="got the unknown name 'tanhh'"):
        load({**NETWORK, "network": {"layers": [{"activation": "tanhh", "weights": [[1, 2]]}]}})


def test_a_narration_has_numbers_and_arrays():
    told = narrate("mazur")
    layers = told.arrays["layers"]
    assert np.shape(layers[0]["weights"]) == (2, 3)
    assert told.numbers["dL/dw[1]_11"] == pytest.approx(0.000438567727)
    assert told.arrays["loss"] == pytest.approx(0.298371109)
    assert narrate("mazur", names="mazur").naming is not None
    assert [one.phase for one in narrate("mazur", only="loss").parts[0].sections] == ["given", "loss"]
    assert len(narrate("mazur", steps=3).parts) == 3


def test_a_narration_is_what_the_command_prints():
    done = subprocess.run(
        [sys.executable, "-m", "perceptron_cli", "backprop", "mazur", "--width", "80"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert str(narrate("mazur")) == done.stdout
    assert render(narrate("mazur"), "plain") == done.stdout


ANSWERS = {
    "forward": lambda: forward("mazur"),
    "narrate": lambda: narrate("xor"),
    "why": lambda: why("dL/dw[1]_11"),
    "what_if": lambda: what_if({"w[1]_11": 0.5}, "lecture"),
    "draw": lambda: draw("softmax", shows="gradients"),
    "exercise": lambda: exercise("2,2,1", seed=3, key=True),
    "perceptron": lambda: perceptron("or", rule="delta"),
    "perceptron without a name": perceptron,
}


@pytest.mark.parametrize("make", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_shows_itself(make):
    answer = make()
    assert repr(answer).startswith(f"<nnstep {answer.command}: ")
    assert len(repr(answer)) < 200
    html = answer._repr_html_()
    assert html.startswith('<div class="nnstep"><style>')
    assert "<script" not in html
    assert " id=" not in html.replace(' id="clip', "")
    assert len(str(answer).splitlines()) > 3


def test_mathematics_is_for_mathjax():
    latex = narrate("lecture")._repr_latex_()
    assert latex.count("$$") == 2 * latex.count(r"\begin{aligned}")
    assert r"\frac{\partial L}{\partial w_{11}^{[1]}}" in latex
    assert draw("lecture")._repr_latex_() is None


def test_a_run_shows_its_curves():
    run = train("xor")
    assert repr(run).startswith("<nnstep train: xor, 2000 epochs, loss 0.698777 -> 0.0065")
    assert "<svg" in run._repr_html_()
    assert [one.shape for one in run.weights] == [(2, 3), (1, 3)]
    assert run.prediction.shape == (4, 1)


def test_a_page_is_saved_and_framed(tmp_path):
    made = page("mazur")
    assert repr(made).startswith("<nnstep page: ")
    path = made.save(tmp_path / "lesson.html")
    assert path.read_text(encoding="utf-8") == made
    assert 'sandbox="allow-scripts"' in made._repr_html_()
    assert "<script" not in made._repr_html_()  # the page is the frame's text
    assert page(load("and", kind="perceptron")).startswith("<!DOCTYPE html>")


def test_check_shows_itself():
    assert "<table>" in check({"z[1]_1": 0.3})._repr_html_()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: perceptron(rule="adam"), "rule: expected one of perceptron"),
        (lambda: exercise(level="hard"), "level: expected one of"),
        (lambda: narrate(names="nobody"), "nobody"),
        (lambda: why("q[1]_1"), "q"),
        (lambda: what_if({"w[9]_11": 1}), "w"),
    ],
)
def test_what_is_wrong_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_magic_returns_the_answer(capsys):
    answer = nnstep("backprop mazur --lr 0.2")
    assert answer.command == "backprop"
    assert answer.about["learning_rate"] == 0.2
    assert nnstep("forward -", json.dumps(NETWORK, default=np.ndarray.tolist)).numbers[
        "z[1]_1"
    ] == pytest.approx(0.9)
    assert capsys.readouterr().out == ""


def test_a_magic_prints_what_is_no_answer(capsys, tmp_path):
    assert nnstep("backprop mazur --json") is None
    assert json.loads(capsys.readouterr().out)["command"] == "backprop"
    assert nnstep(f"backprop -o '{tmp_path / 'a.md'}'") is None
    assert (tmp_path / "a.md").exists()
    assert nnstep("backprop nobody") is None
    assert "no such file" in capsys.readouterr().err
    assert nnstep("backprop --nothing") is None
    assert "No such option" in capsys.readouterr().err
    assert nnstep("--version") is None
    assert capsys.readouterr().out == f"nnstep {perceptron_cli.__version__}\n"


NOTEBOOK = [
    "%load_ext perceptron_cli",
    "%nnstep backprop mazur --lr 0.2",
    "%%nnstep forward -\n" + json.dumps(NETWORK, default=np.ndarray.tolist),
    "from perceptron_cli import narrate, page, train, why\nwhy('L')",
    "train('xor')",
    "page('mazur')",
]


@pytest.mark.interop
def test_a_notebook_runs_and_shows_each_answer():
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in NOTEBOOK])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    shown = [[one for one in cell.outputs if "data" in one] for cell in notebook.cells]
    assert shown[0] == []
    for (output,) in shown[1:]:
        assert output["data"]["text/html"].strip()
    assert "\\begin{aligned}" in shown[1][0]["data"]["text/latex"]
