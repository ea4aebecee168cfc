"""A network from questions: weights as books write them, and what does not fit explained in place."""

import os
import pty
import subprocess

import pytest
from test_cli import CLEAN, NNSTEP, call
from waiting import GENEROUS

from perceptron_cli import spec
from perceptron_cli.interview import Interview, config_text
from perceptron_cli.interview.numbers import Misfit

MAZUR = [
    "mazur", "0.05, 0.10", "2, 2", "sigmoid", "[[0.15, 0.20], [0.25, 0.30]]", "neuron", "0.35",
    "w5 = 0.40, w6 = 0.45, w7 = 0.50, w8 = 0.55", "0.60", "0.01, 0.99", "half squared error", "0.5",
]  # fmt: skip


def asked(answers):
    interview = Interview()
    for text in answers:
        interview = interview.answered(text)
    return interview


def rows(config):
    return [[[float(one) for one in row] for row in layer.weights] for layer in config.layers]


def test_the_answers_make_the_network_of_the_book():
    done = asked(MAZUR)
    assert done.question is None
    made, book = spec.parse(config_text(done.found)), spec.load("mazur")
    assert rows(made) == rows(book)
    assert (made.samples, made.loss, made.training.learning_rate) == (
        book.samples, book.loss, book.training.learning_rate,
    )  # fmt: skip
    assert config_text(done.found).startswith("# Made by 'nnstep new'")


@pytest.mark.parametrize(
    ("weights", "more"),
    [
        ("[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]", ["0"]),
        ("[[0.1, 0.4], [0.2, 0.5], [0.3, 0.6]]", ["0"]),
        ("0.1 0.2 0.3; 0.4 0.5 0.6", ["0, 0"]),
        ("0.1 0.2 0.3\n0.4 0.5 0.6", ["none"]),
        ("0.1, 0.2, 0.3, 0.4, 0.5, 0.6", ["0"]),
        ("w1=0.1, w2=0.2, w3=0.3, w4=0.4, w5=0.5, w6=0.6", ["0"]),
        ("[[0, 0.1, 0.2, 0.3], [0, 0.4, 0.5, 0.6]]", []),
        ("0 0.1 0.2 0.3 0 0.4 0.5 0.6", []),
        ("1/10 2/10 3/10 4/10 5/10 6/10", ["0"]),
    ],
)
def test_weights_are_taken_as_a_book_has_them(weights, more):
    done = asked(["n", "3", "2", "tanh", weights, *more, "1 2 3", "1 0", "", ""])
    config = spec.parse(config_text(done.found))
    assert rows(config)[0] == [[0, 0.1, 0.2, 0.3], [0, 0.4, 0.5, 0.6]]


def test_a_square_matrix_is_asked_about():
    start = ["n", "2", "2", "tanh", "[[0.1, 0.2], [0.3, 0.4]]"]
    assert "one neuron, or those of one input" in asked(start).question.text
    by_input = asked([*start, "input", "0.5", "1 2", "1 0", "", ""])
    config = spec.parse(config_text(by_input.found))
    assert rows(config)[0] == [[0.5, 0.1, 0.3], [0.5, 0.2, 0.4]]


@pytest.mark.parametrize(
    ("answers", "text", "message"),
    [
        (["n"], "many", "is no number"),
        (["n"], "99", "1 to 12 inputs"),
        (["n", "2"], "2, none", "whole numbers"),
        (["n", "2", "2,1"], "sigmiod", "did you mean 'sigmoid'?"),
        (["n", "2", "2,1"], "softmax", "needs two neurons"),
        (["n", "2", "2,1"], "tanh tanh tanh", "one for each layer. Got 3"),
        (["n", "2", "2,1", "tanh"], "0.1, 0.2", "Expected 4 numbers, 2 for each neuron, got 2"),
        (["n", "3", "2,1", "tanh"], "[[1, 2], [3, 4]]", "Expected 2 rows of 3 numbers"),
        (["n", "3", "2,1", "tanh"], "[[1, 2, 3], [3, 4]]", "different lengths: 3, 2"),
        (["n", "2", "2,1", "tanh"], "w2=1, w1=2, w3=3, w4=4", "not in order"),
        (["n", "1", "1", "tanh", "0.5"], "1, 2", "Expected 1 number, or 1"),
        (
            ["n", "1", "1", "tanh", "0.5", "0", "1", "1"],
            "binary cross-entropy",
            "takes an output layer of sigmoid",
        ),
        (["n", "1", "1", "tanh", "0.5", "0", "1", "1", ""], "-1", "above 0"),
        (["n"], "", "An answer is needed"),
    ],
)
def test_what_does_not_fit_is_explained_in_place(answers, text, message):
    with pytest.raises(Misfit) as found:
        asked(answers).answered(text)
    assert message in str(found.value)


def test_back_takes_the_last_answer_back():
    before = asked(["n", "2"])
    assert asked(["n", "2", "2,1"]).back() == before
    assert Interview().back() == Interview()


def test_drawn_weights_need_no_numbers():
    done = asked(["n", "2", "3, 1", "relu, sigmoid", "drawn", "drawn", "1, 2", "1", "", ""])
    config = spec.parse(config_text(done.found))
    assert config.sizes == (2, 3, 1)
    assert config.loss == "binary_cross_entropy"


# the commands -------------------------------------------------------------------------------------


def test_answers_come_from_a_file(tmp_path):
    (tmp_path / "answers.txt").write_text("\n".join(MAZUR))
    done = call("new", str(tmp_path / "net.yaml"), "--answers", str(tmp_path / "answers.txt"))
    assert done.exit_code == 0
    assert "next: nnstep backprop" in done.stderr
    assert spec.load(str(tmp_path / "net.yaml")).sizes == (2, 2, 2)
    again = call("new", str(tmp_path / "net.yaml"), "--answers", str(tmp_path / "answers.txt"))
    assert again.exit_code == 2


def test_a_file_of_answers_that_does_not_fit_is_told_by_its_line(tmp_path):
    (tmp_path / "answers.txt").write_text("n\n2\nmany\n")
    done = call("new", "-", "--answers", str(tmp_path / "answers.txt"))
    assert done.exit_code == 2
    assert "answers.txt:3: Write 1 to 6 whole numbers" in done.stderr
    (tmp_path / "answers.txt").write_text("n\n2\n")
    done = call("new", "-", "--answers", str(tmp_path / "answers.txt"))
    assert "expected one more answer" in done.stderr


def test_a_person_is_asked_and_sees_the_network_grow(tmp_path):
    texts = ["homework", "two", "2", "1", "sigmoid", "0.5", "0.7", "0.1", "back", "0.25", "1 2", "1", "", ""]
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [NNSTEP, "new", str(tmp_path / "net.yaml")], stdin=follower, stderr=subprocess.PIPE, env=CLEAN
    )
    os.write(leader, "".join(f"{text}\n" for text in texts).encode())
    told = process.communicate(timeout=GENEROUS)[1].decode()
    os.close(leader)
    os.close(follower)
    assert process.returncode == 0
    assert "'two' is no number" in told
    assert told.count("What are the biases of layer 1?") == 2
    assert "layer 1" in told and "(1)" in told
    assert rows(spec.load(str(tmp_path / "net.yaml"))) == [[[0.25, 0.5, 0.7]]]


def test_a_network_of_a_shape_is_one_line(tmp_path):
    words = ("--layers", "2,2,1", "--activation", "tanh,sigmoid", "--x", "0.5,0.8", "--y", "1")
    text = call("init", *words).stdout
    config = spec.parse(text)
    assert config.sizes == (2, 2, 1)
    assert [layer.activation for layer in config.layers] == ["tanh", "sigmoid"]
    assert [float(one) for one in config.samples[0].x] == [0.5, 0.8]
    assert call("init", str(tmp_path / "n.yaml"), *words, "--seed", "3").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--x", "1"], "--x: expected --layers beside it"),
        (["--layers", "2,1", "--x", "1"], "--x: expected 2 numbers, got 1"),
        (["--layers", "2,1", "--activation", "sigmiod"], "did you mean 'sigmoid'?"),
        (["--layers", "2"], "expected the inputs and 1 to"),
    ],
)
def test_what_makes_no_network_is_refused(words, message):
    done = call("init", *words)
    assert done.exit_code == 2
    assert message in done.stderr
