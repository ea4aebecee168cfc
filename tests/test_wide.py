"""What is written column by column for a wide network is what is written line by line, to the byte."""

import json

import pytest
from hypothesis import given, settings
from networks import config, layer, networks, random_config

from perceptron_cli import load, render, trace
from perceptron_cli.answers.trees import of_json, of_nnstep
from perceptron_cli.document import Equations, Family
from perceptron_cli.notation import MACHINE
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.render import Layout, pieces
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.nodes import compose
from perceptron_cli.trace.step import wide
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

pytestmark = pytest.mark.exhaustive
WHOLE = View(limit=None, input_gradients=True)


def told(network: Config, least: int, format: str = "json", steps: int = 1) -> tuple[str, int]:
    """Return a narration, and how many of its blocks are families."""
    before, wide.LEAST = wide.LEAST, least
    try:
        documents = [trace.backprop(network, WHOLE, steps=steps), trace.forward(network, WHOLE)]
        texts = ["".join(pieces(one, format, Layout())) for one in documents]
    finally:
        wide.LEAST = before
    blocks = [
        block
        for document in documents
        for part in document.parts
        for section in part.sections
        for block in section.blocks
    ]
    families = [one for one in blocks if isinstance(one, Equations) and isinstance(one.rows, Family)]
    return "".join(texts), len(families)


def same(network: Config, steps: int = 1, format: str = "json") -> None:
    by_line, none = told(network, 10**9, format, steps)
    by_column, some = told(network, 0, format, steps)
    assert none == 0 < some
    assert by_column == by_line


@pytest.mark.parametrize("lesson", ["lecture", "xor", "deep"])
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_a_lesson(lesson, format):
    same(load(lesson), steps=2, format=format)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(optimizer):
    network = random_config(
        (11, 12, 3), ["tanh", "softmax"], "categorical_cross_entropy", samples=2, seed=5, optimizer=optimizer,
        options={"weight_decay": 0.1}, clip="norm", clip_options={"limit": 0.5}, update_biases=False,
    )  # fmt: skip
    same(network, steps=2)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_any_network(network):
    try:
        by_line, _ = told(network, 10**9, steps=2)
    except ArithmeticError:
        return
    assert told(network, 0, steps=2)[0] == by_line


@pytest.mark.parametrize("name", ["cnn", "lstm"])
def test_dense_layers_among_others(name, tmp_path):
    changes = {"cnn": "{kind: flatten}", "lstm": "{kind: flatten}"}
    first = {
        "cnn": "{kind: conv2d, filters: 2, kernel_size: 2, init: xavier_uniform, activation: relu}",
        "lstm": "{kind: rnn, units: 3, init: xavier_uniform}",
    }[name]
    x = {"cnn": "[[[1, 2, 3], [4, -5, 6], [7, 8, 0]]]", "lstm": "[[1, -2], [0.5, 3]]"}[name]
    shape = {"cnn": "[1, 3, 3]", "lstm": "[2, 2]"}[name]
    file = tmp_path / "net.yaml"
    file.write_text(
        f"network:\n  inputs: {shape}\n  layers:\n    - {first}\n    - {changes[name]}\n"
        "    - {activation: tanh, neurons: 4, init: xavier_uniform}\n"
        "    - {activation: sigmoid, neurons: 1, init: xavier_uniform}\n"
        f"loss: binary_cross_entropy\nsamples:\n  - {{x: {x}, y: 1}}\n  - {{x: {x}, y: 0}}\n"
    )
    same(load(file))


def test_weights_are_shown_as_they_were_written():
    network = config(
        [layer("sigmoid", [[0.5, 0.25, -1.0]]), layer("sigmoid", [[0.1, 0.2]])],
        "binary_cross_entropy",
        [((1.0, 2.0), (1.0,))],
    )
    same(network)
    assert '"0.50"' not in told(network, 0)[0]


def test_rows_of_a_family_are_those_of_a_list():
    network = load("xor")
    before, wide.LEAST = wide.LEAST, 0
    try:
        document = trace.backprop(network, WHOLE)
    finally:
        wide.LEAST = before
    for section in document.parts[0].sections:
        for block in section.blocks:
            if isinstance(block, Equations) and isinstance(block.rows, Family):
                rows = [tuple(one.symbol.name for one in row) for row in block.rows]
                assert len(rows) == len(block.rows)
                assert rows[:2] == [tuple(one.symbol.name for one in row) for row in block.rows[:2]]
    assert render(document, "markdown") == render(trace.backprop(network, WHOLE), "markdown")


def test_a_number_that_is_none_is_told_line_by_line():
    """What is not finite has no place in a column."""
    network = config([layer("sigmoid", [[0.0, 1.0, 1.0]])], "binary_cross_entropy", [((900.0, 1.0), (0.0,))])
    by_line, _ = told(network, 10**9)
    assert told(network, 0)[0] == by_line
    assert json.loads(by_line.splitlines()[0])


# lines by name ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", ["lecture", "xor", "softmax", "deep"])
def test_lines_that_are_made_one_by_one_are_the_lines(lesson, monkeypatch):
    usual = lines(load(lesson))
    monkeypatch.setattr(wide, "LEAST", 0)
    others = lines(load(lesson))
    assert isinstance(others.equations, wide.Made)
    assert list(others.equations) == list(usual.equations)
    assert others.values == usual.values
    for name, equation in usual.equations.items():
        other = others.equations[name]
        assert others.symbol(name).name == name == other.symbol.name
        assert (other.value, other.text) == (equation.value, equation.text)
        assert (other.body is None) == (equation.body is None)
        if equation.body is not None:
            assert MACHINE.write(other.body, others.numbers) == MACHINE.write(equation.body, usual.numbers)
        assert tuple(others.uses[name]) == tuple(usual.uses[name])
        assert others.users(name) == usual.users(name)
    with pytest.raises(KeyError):
        others.equations["w[9]_11"]
    with pytest.raises(KeyError):
        others.symbol("w[9]_11")


@pytest.mark.parametrize("lesson", ["lecture", "xor", "mazur"])
def test_a_printed_narration_reads_as_any_other_json(lesson):
    text = "".join(pieces(trace.backprop(load(lesson), WHOLE), "json", Layout()))
    root = compose(text, "told.json")
    keys = {key.value: value for key, value in root.value}
    printed = of_json(text, "told.json")
    assert printed is not None
    assert printed[1] == list(of_nnstep(keys["steps"]))
    assert {"command", "network"} == set(printed[0])
    for other in (json.dumps(json.loads(text), indent=1), text.replace(": ", ":"), text[:-5], "{}", ""):
        assert of_json(other, "told.json") is None
