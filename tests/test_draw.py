"""The network as a picture: no two labels overlap, every number of it is the engine's, any format has it."""

import itertools
import json
import random
import re
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import networks, random_config
from typer.testing import CliRunner

from perceptron_cli import engine, spec, trace
from perceptron_cli.cli.app import make_app
from perceptron_cli.document import SHOWS, Column, Drawing, Edge, Equations, Neuron, Quantity
from perceptron_cli.drawing import Lettering, layout, marked
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.expr import Symbol
from perceptron_cli.render import PICTURES, Layout, drawing_svg, drawing_text, render
from perceptron_cli.render.drawing_text import picture_lines
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace.step.drawing import draw

pytestmark = pytest.mark.exhaustive

app = make_app()

METRICS = {"pixels": drawing_svg.PIXELS, "cells": drawing_text.CELLS, "roomy": drawing_text.ROOMY}


def made(sizes, shows, texts):
    """A drawing of any sizes whose numbers are texts of many lengths."""

    def number():
        return Quantity(0.5, next(texts))

    columns = tuple(
        Column(
            "leaky_relu" if l else "",
            count,
            tuple(
                Neuron(Symbol("a", l, (j,)), number(), number() if shows == "update" else None)
                for j in range(1, count + 1)
            ),
        )
        for l, count in enumerate(sizes)
    )
    edges = tuple(
        Edge(Symbol("w", l, (i, j)), number(), number(), number())
        for l in range(1, len(sizes))
        for j in range(1, sizes[l] + 1)
        for i in range(sizes[l - 1] + 1)
    )
    return Drawing("", columns, edges, shows)


def many_texts():
    numbers = random.Random(1)
    while True:
        yield numbers.choice(["0", "-0.1234", "0.00263", "12345.6789", "-1.23e-10", "+1"])


def overlapping(picture):
    """The pairs of boxes that share some room."""
    boxes = picture.boxes()
    x, y, w, h = np.array([(one.x, one.y, one.width, one.height) for one in boxes]).T
    across = 2 * abs(x[:, None] - x) < w[:, None] + w - 1e-6
    down = 2 * abs(y[:, None] - y) < h[:, None] + h - 1e-6
    pairs = np.argwhere(np.triu(across & down, k=1))
    return [(boxes[one].lines, boxes[other].lines) for one, other in pairs]


@pytest.mark.parametrize("metrics", METRICS)
def test_no_two_labels_overlap(metrics):
    """For every shape of four layers of up to six neurons: labels, names, biases, circles."""
    texts = many_texts()
    for place, sizes in enumerate(itertools.product(range(1, 7), repeat=4)):
        shows = SHOWS[place % 3]
        for stacked in (False, True) if shows == "update" else (False,):
            picture = layout(made(sizes, shows, texts), METRICS[metrics], Lettering(stacked=stacked))
            assert overlapping(picture) == [], sizes
            for box in picture.boxes():
                assert box.x - box.width / 2 + 1e-6 >= 0 and box.x + box.width / 2 <= picture.width + 1e-6
                assert box.y - box.height / 2 + 1e-6 >= 0 and box.y + box.height / 2 <= picture.height + 1e-6


@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("sizes", [(6, 6, 6, 6), (1, 6, 1, 6), (3, 6, 2, 1), (6, 5), (4,) * 7])
@pytest.mark.parametrize("metrics", METRICS)
def test_no_two_labels_overlap_whatever_they_show(metrics, sizes, shows):
    picture = layout(made(sizes, shows, many_texts()), METRICS[metrics], Lettering())
    assert overlapping(picture) == []


@pytest.mark.parametrize("sizes", [(1, 2, 3, 1), (6, 6, 6, 6), (2, 6, 1, 5), (5, 4)])
@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("unicode", [False, True])
def test_a_terminal_picture_covers_no_number(sizes, shows, unicode):
    texts = (f"{number}.{number:03}" for number in itertools.count(100))
    drawing = made(sizes, shows, texts)
    shown = "\n".join(picture_lines(drawing, 1000, unicode=unicode))
    which = {"weights": "number", "update": "new", "gradients": "gradient"}[shows]
    for edge in drawing.edges:
        assert getattr(edge, which).text in shown
    for column in drawing.columns:
        for neuron in column.neurons:
            assert f"({neuron.number.text})" in shown
    assert unicode or shown.isascii()


@settings(max_examples=60, deadline=None)
@given(networks(), st.sampled_from(SHOWS))
def test_every_number_of_a_drawing_is_the_engines(network, shows):
    drawing = draw(network, shows=shows).sections[0].blocks[0]
    trainer = engine.Trainer(network)
    step = trainer.record(next(iter(trainer.batches(1))))
    before = engine.forward(network) if shows == "weights" else step.before
    numbers = range(1, len(network.samples) + 1) if shows == "weights" else step.numbers
    column = list(numbers).index(min(numbers))
    for edge in drawing.edges:
        l, (i, j) = edge.symbol.layer - 1, edge.symbol.indices
        assert edge.number.value == step.weights[l][j - 1, i]
        if edge.new:
            assert edge.new.value == step.new_weights[l][j - 1, i]
        if edge.gradient:
            assert edge.gradient.value == step.dL_dw[l][j - 1, i]
    for l, layer in enumerate(drawing.columns[1:]):
        for j, neuron in enumerate(layer.neurons):
            assert neuron.number.value == before.a[l][j, column]
            if neuron.new:
                assert neuron.new.value == step.after.a[l][j, column]


@settings(max_examples=30, deadline=None)
@given(networks(), st.integers(1, 4))
def test_a_later_step_is_drawn_from_what_the_one_before_left(network, step):
    """The weights after update K are the new ones of update K, and the old ones of the next."""
    try:
        left, update, following = (
            {
                edge.symbol.name: edge
                for edge in draw(network, shows=shows, step=k).sections[0].blocks[0].edges
            }
            for shows, k in (("weights", step), ("update", step), ("update", step + 1))
        )
    except NumberError:
        assume(False)
    for name, edge in left.items():
        assert edge.number.value == (update[name].new or update[name].number).value
        assert edge.number == following[name].number


def test_json_says_of_which_step_the_drawing_is():
    drawn = json.loads(call("--step", "3", "--json").stdout)
    assert drawn["step"] == 3
    jsonschema.validate(drawn, output_schema())
    assert "step" not in json.loads(call("--json").stdout)


def test_a_network_that_left_the_finite_range_is_not_drawn():
    done = call("regression", "--step", "5", "--lr", "1e200")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "update 5: a weight left the finite range" in done.stderr


def test_a_wide_layer_is_drawn_by_some_of_its_neurons_and_their_number():
    wide = random_config([20, 12, 3], ["relu", "softmax"], "categorical_cross_entropy")
    (drawing,) = draw(wide, highlight=["w[1]_15,9"]).sections[0].blocks
    shown = [[neuron.symbol.indices[0] for neuron in column.neurons] for column in drawing.columns]
    assert shown == [[1, 2, 3, 15, 20], [1, 2, 3, 9, 12], [1, 2, 3]]
    lines = "\n".join(picture_lines(drawing, 200))
    for count in (11, 4, 5, 2):  # between 3 and 15, 15 and 20; 3 and 9, 9 and 12
        assert f"{count} more" in lines
    assert overlapping(layout(drawing, drawing_text.CELLS, Lettering())) == []


@pytest.mark.parametrize(
    "name, expected",
    [
        ("w[2]_11", {"w[2]_11"}),
        ("dL/dw[2]_01'", {"w[2]_01"}),
        ("m:w[1]_12", {"w[1]_12"}),
        ("s2:z[2]_3", {"a[2]_3", "w[2]_03", "w[2]_13", "w[2]_23"}),
        ("dL/da[1]_2", {"a[1]_2"}),
        ("x_1", {"x_1"}),
        ("y_1", {"a[3]_1"}),
        ("w[2]_41", set()),
        ("w[4]_11", set()),
        ("a[9]_1", set()),
        ("a[1]_0", set()),
        ("eta", set()),
        ("nonsense", set()),
        ("", set()),
    ],
)
def test_a_symbol_marks_its_edge_or_its_neuron_with_its_edges(name, expected):
    assert marked(name, (1, 2, 3, 1)) == expected


def test_a_marked_weight_is_seen_without_colour():
    (plain,) = draw(spec.load("lecture")).sections[0].blocks
    (drawing,) = draw(spec.load("lecture"), highlight=["w[2]_12"]).sections[0].blocks
    assert "[0.3]" in "\n".join(picture_lines(drawing, 80))
    assert picture_lines(plain, 80, highlight={"w[2]_12"}) == picture_lines(drawing, 80)
    assert picture_lines(plain, 80) != picture_lines(drawing, 80)


def test_what_is_not_there_cannot_be_marked():
    with pytest.raises(InputError, match=r"there is no 'w\[2\]_19'"):
        draw(spec.load("lecture"), highlight=["w[2]_19"])


def call(*arguments):
    return CliRunner().invoke(app, ["draw", *arguments])


def test_a_picture_that_is_too_wide_is_told_in_lines_that_fit():
    done = call("deep", "--width", "50")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 50
    assert "-o FILE.svg" in done.stdout


def test_json_carries_the_drawing():
    data = json.loads(call("mazur", "--after", "--json").stdout)
    (drawing,) = data["sections"][0]["drawings"]
    edge = next(one for one in drawing["edges"] if one["symbol"] == "w[2]_11")
    assert edge["text"] == "0.40"
    assert edge["new_value"] == pytest.approx(0.35891648)
    assert [layer["neurons"] for layer in drawing["layers"]] == [2, 2, 2]


@pytest.mark.parametrize(
    "arguments, exit_code, said",
    [
        (["--after", "--gradients"], 2, "expected one of them"),
        (["--highlight", "q"], 2, "there is no 'q'"),
        (["--highlight", "w[1]_1"], 2, "there is no 'w[1]_1'"),
        (["perceptron/and"], 2, ""),
        (["--sample", "3"], 2, "from 1 to 1"),
        (["--sample", "1", "--step", "2"], 2, "expected one of them"),
        (["--step", "0"], 2, "0 is not in the range"),
    ],
)
def test_what_cannot_be_drawn_says_why(arguments, exit_code, said):
    done = call(*arguments)
    assert done.exit_code == exit_code
    assert said in done.stderr


def test_a_network_without_a_target_is_drawn():
    assert "y =" not in call("lecture", "--set", "sample={x: [1]}").stdout


@settings(max_examples=40, deadline=None)
@given(networks(), st.sampled_from(trace.ARITHMETICS))
def test_forward_and_backprop_end_with_the_picture_where_there_is_room(network, arithmetic):
    view = trace.View(arithmetic=arithmetic)
    try:
        documents = trace.forward(network, view), trace.backprop(network, view)
    except NumberError:
        return
    for document in documents:
        ((drawing,),) = (section.blocks for section in document.sections)
        told = render(document, "plain", Layout(width=40))
        assert (picture_lines(drawing, 40) is not None) == ("\nThe network" in told)
        shown = picture_lines(drawing, 100)
        if shown is not None:
            assert "\n".join(shown) + "\n\n" in render(document, "plain", Layout(width=100))


def test_by_hand_the_picture_has_the_numbers_of_the_paper():
    document = trace.backprop(spec.load("lecture"), trace.View(decimals=2, arithmetic="hand"))
    (drawing,) = document.sections[0].blocks
    told = {
        equation.symbol.name: equation.text
        for section in document.parts[0].sections
        for block in section.blocks
        if isinstance(block, Equations)
        for row in block.rows
        for equation in row
    }
    for edge in drawing.edges:
        assert edge.new.text == told[f"{edge.symbol.name}'"]
    for column in drawing.columns[1:]:
        for neuron in column.neurons:
            assert neuron.number.text == told[neuron.symbol.name]


def test_one_phase_alone_has_no_picture():
    assert trace.backprop(spec.load("lecture"), only="loss").sections == ()


def test_a_training_document_has_the_picture_before_and_after():
    config = spec.load("xor", [("--epochs", "training.epochs=20")])
    run = engine.train(config)
    before, after = trace.train(config, network=True).sections[-1].blocks
    for drawing, weights in ((before, run.first_weights), (after, run.weights)):
        for edge in drawing.edges:
            l, (i, j) = edge.symbol.layer - 1, edge.symbol.indices
            assert edge.number.value == weights[l][j - 1, i]
    (output,) = after.columns[-1].neurons
    assert output.number.value == pytest.approx(run.prediction[0][0])


NETWORKS = {
    "lecture": spec.load("lecture"),
    "mazur": spec.load("mazur"),
    "softmax": random_config([4, 6, 6, 3], ["relu", "tanh", "softmax"], "categorical_cross_entropy"),
    "wide": random_config([784, 128, 10], ["relu", "softmax"], "categorical_cross_entropy"),
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_svg_has_every_number_as_text_and_needs_nothing_from_elsewhere(name, shows):
    document = draw(NETWORKS[name], shows=shows)
    text = render(document, "svg")
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == document.title
    assert "from left to right" in "".join(one.text or "" for one in root.iter(f"{SVG}desc"))
    assert set(re.findall(r"https?://[^\"' )<]+", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<image|@import|@font-face|url\(", text)
    assert "prefers-color-scheme: dark" in text
    written = " ".join(one.text or "" for one in root.iter(f"{SVG}text")).split()
    (drawing,) = document.sections[0].blocks
    which = {"weights": "number", "update": "new", "gradients": "gradient"}[shows]
    for edge in drawing.edges:
        assert (getattr(edge, which) or edge.number).text in written
    if name == "wide":
        assert {"780", "124", "784", "128"} <= set(written)


def test_the_svg_is_as_wide_as_what_is_in_it():
    """Legend and heading are no wider than the picture's frame, and the circles lie within it."""
    for name, shows in itertools.product(NETWORKS, SHOWS):
        root = ElementTree.fromstring(render(draw(NETWORKS[name], shows=shows), "svg"))
        width, height = float(root.get("width")), float(root.get("height"))
        for text in root.iter(f"{SVG}text"):
            if text.get("text-anchor") is None:
                assert float(text.get("x")) + 6.5 * len(text.text) < width
                assert float(text.get("y")) < height


def test_the_sign_of_a_gradient_is_told_without_colour():
    text = render(draw(NETWORKS["softmax"], shows="gradients"), "svg")
    (drawing,) = draw(NETWORKS["softmax"], shows="gradients").sections[0].blocks
    values = [edge.gradient.value for edge in drawing.edges if edge.symbol.indices[0]]
    in_the_legend = 1
    assert text.count('class="minus" stroke-width') == sum(value < 0 for value in values) + in_the_legend
    assert text.count('class="plus" stroke-width') == sum(value > 0 for value in values) + in_the_legend
    assert re.search(r"\.minus \{[^}]*stroke-dasharray", text)


def test_a_marked_weight_is_thicker_and_framed_in_the_svg():
    text = render(draw(spec.load("lecture"), highlight=["w[2]_12"]), "svg")
    assert text.count('class="edge hot" stroke-width="4.0"') == 1
    assert text.count('class="page framed"') == 1


@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("name", NETWORKS)
def test_dot_and_mermaid_have_every_neuron_and_edge(name, shows):
    document = draw(NETWORKS[name], shows=shows, highlight=["a[1]_1"])
    (drawing,) = document.sections[0].blocks
    edges = [one.symbol for one in drawing.edges if one.symbol.indices[0]]
    ends = [(f"n{one.layer - 1}_{one.indices[0]}", f"n{one.layer}_{one.indices[1]}") for one in edges]
    dot, mermaid = render(document, "dot"), render(document, "mermaid")
    assert re.findall(r"(n\d+_\d+) -> (n\d+_\d+) \[label=", dot) == ends
    assert re.findall(r"(n\d+_\d+) -->\|.*\| (n\d+_\d+)", mermaid) == ends
    for node in {one for pair in ends for one in pair}:
        assert dot.count(f"    {node} [label=") == mermaid.count(f'    {node}(("') == 1
    assert dot.count("{") == dot.count("}") and dot.count('"') % 2 == 0
    assert render(document, "dot", Layout(unicode=False)).isascii()


@pytest.mark.parametrize("format", ["svg", "dot", "mermaid"])
def test_a_hostile_name_stays_text_in_a_picture(format):
    config = replace(spec.load("lecture"), name='"]; evil <script>\\ \x1b[31m --> %%{init}%%\n#quot;')
    text = render(draw(config), format)
    assert "\x1b" not in text
    if format == "svg":
        assert "<script" not in text
        assert ElementTree.fromstring(text).findtext(f"{SVG}title").startswith('"]; evil <script>')
    if format == "dot":
        assert len(re.findall(r'(?<!\\)"', text)) % 2 == 0


@pytest.mark.parametrize("format", ["dot", "mermaid"])
def test_a_document_without_a_network_cannot_be_a_graph(format):
    with pytest.raises(InputError, match="no network drawn here"):
        render(trace.train(spec.load("xor", [("--epochs", "training.epochs=2")])), format)


@pytest.mark.interop
@pytest.mark.parametrize("format, start", [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_matplotlib_draws_the_same_bytes_twice(format, start):
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
    document = draw(NETWORKS["softmax"], shows="gradients", highlight=["z[2]_1"])
    data = render(document, format)
    assert data.startswith(start)
    assert data == render(document, format)


@pytest.mark.interop
@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
@pytest.mark.parametrize("shows", SHOWS)
def test_graphviz_takes_the_graph(shows):
    text = render(draw(NETWORKS["wide"], shows=shows, highlight=["w[1]_12"]), "dot")
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and "Error" not in done.stderr, done.stderr
    assert "784" in done.stdout


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_a_command_without_a_picture_says_which_formats_it_has(tmp_path, suffix):
    """Not that Matplotlib is missing, which would help nobody."""
    for arguments, graphs in ((["why", "L"], ", .dot, .mmd"), (["derive", "shortcut"], "")):
        done = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / f"it.{suffix}")])
        assert done.exit_code == 2
        assert "expected a file that ends in .json" in done.stderr
        assert f"ends in .json, .jsonl, .md, .tex, .html, .txt{graphs}, got .{suffix}\n" in done.stderr


def test_every_picture_format_is_chosen_by_a_files_name(tmp_path):
    for suffix in (".svg", ".dot", ".mmd"):
        done = call("lecture", "-o", str(tmp_path / f"net{suffix}"))
        assert done.exit_code == 0
        assert "0.7739" in (tmp_path / f"net{suffix}").read_text(encoding="utf-8")
    assert {"svg", "png", "pdf", "dot", "mermaid"} == PICTURES
