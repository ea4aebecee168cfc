"""Where a number comes from: the tree goes down to what is given, and the paths add up to the gradient."""

import json
import math
import re
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import networks, random_config
from rich.cells import cell_len
from stacks import stacks

from perceptron_cli import render, spec
from perceptron_cli.document import Tree
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.expr import evaluate, symbols
from perceptron_cli.notation import MACHINE
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES, Layout
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace.questions.asked import asked_for
from perceptron_cli.trace.questions.paths import paths
from perceptron_cli.trace.questions.why import line_of, tree, why
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

pytestmark = pytest.mark.exhaustive

GRADIENTS = ("dL/dw", "dL/dz", "dL/da")


def near(one, other):
    return math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-9)


def told(network):
    """The lines of a network's first step, or nothing where a number leaves the finite range."""
    try:
        return lines(network)
    except NumberError:
        return None


# the tree -------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_the_tree_of_any_number_goes_down_to_what_is_given(network, data):
    """What stands under a line is what the line uses, and only given numbers have nothing under them."""
    step = lines(network)
    name = data.draw(st.sampled_from(list(step.equations)))
    grown = tree(step, step.equations[name], View(limit=None))
    under = {}
    for above, below in grown.edges:
        under.setdefault(above, set()).add(below)
    for equation in grown.equations:
        assert under.get(equation.symbol.name, set()) == set(step.uses[equation.symbol.name])


@settings(max_examples=30, deadline=None)
@given(networks(), st.data())
def test_a_value_that_is_used_twice_is_taken_apart_once(network, data):
    step = lines(network)
    name = data.draw(st.sampled_from([one for one in step.equations if step.uses[one]]))
    made = [one for one in tree(step, step.equations[name], View()).origins if one.equation.body is not None]
    names = [one.equation.symbol.name for one in made if not one.again]
    assert len(names) == len(set(names))
    assert {one.equation.symbol.name for one in made} == set(names)


def test_depth_says_how_far_back_and_counts_what_is_left_out():
    step = lines(spec.load("lecture"))
    root = step.equations["z[2]_1"]
    cut = tree(step, root, View(), depth=1)
    assert max(one.level for one in cut.origins) == 1
    assert {one.equation.symbol.name: one.omitted for one in cut.origins if one.omitted} == {
        "a[1]_1": 1,
        "a[1]_2": 1,
    }
    assert tree(step, root, View(), depth=99) == tree(step, root, View())


def test_a_wide_network_shows_a_few_and_counts_the_rest():
    network = random_config([30, 20, 1], ["tanh", "sigmoid"], "binary_cross_entropy")
    step = lines(network)
    grown = tree(step, step.equations["z[2]_1"], View())
    assert grown.origins[0].omitted == 41 - 3
    assert len(grown.origins) < 60


# the paths ------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(networks(), st.data())
def test_the_paths_add_up_to_the_engines_gradient(network, data):
    """Of any gradient of any network: in a batch, through softmax, to a sample's own and to an input."""
    step = told(network)
    if step is None:
        return
    names = [one for one, line in step.equations.items() if line.symbol.head in GRADIENTS]
    names += [f"dL/da[0]_{i}" for i in range(1, network.inputs + 1) if len(step.samples) == 1]
    name = data.draw(st.sampled_from(names))
    root = line_of(network, step, name)
    if root.value is None:
        return
    most = data.draw(st.sampled_from([1, 3, 100_000]))
    found = paths(network, step, root.symbol, most)
    assert near(found.sum, root.value)
    assert len(found.shown) == min(most, found.count)
    assert near(sum(one.value for one in found.shown) + found.rest, root.value)
    for path in found.shown:
        assert near(evaluate(path.body, step.values), path.value)
        assert {one.name for one in symbols(path.body)} <= set(step.values)
    if most == 100_000:
        assert len({tuple(map(id_of, path.factors)) for path in found.shown}) == found.count
        largest = sorted((abs(one.value) for one in found.shown), reverse=True)
        few = paths(network, step, root.symbol, 3)
        assert all(map(near, sorted((abs(one.value) for one in few.shown), reverse=True), largest))


def id_of(factor):
    return getattr(factor, "name", "1")


@settings(max_examples=60, deadline=None)
@given(stacks(), st.data())
def test_the_paths_of_any_kind_of_layer_add_up(network, data):
    """Over time there is a path for every way through the steps, in a picture for every window."""
    step = told(network)
    if step is None:
        return
    gradients = [line for line in step.equations.values() if line.symbol.head.startswith("dL/d")]
    root = data.draw(st.sampled_from(gradients))
    few = paths(network, step, root.symbol, 3)
    assert few is not None
    if root.value is None:
        return
    assert near(few.sum, root.value)
    assert len(few.shown) == min(3, few.count)
    assert near(sum(one.value for one in few.shown) + few.rest, root.value)
    if few.count <= 2_000:
        every = paths(network, step, root.symbol, 2_000)
        assert len(every.shown) == every.count == few.count
        assert near(sum(one.value for one in every.shown), root.value)
        for path in every.shown:
            assert near(evaluate(path.body, step.values), path.value)


def test_a_recurrent_weights_paths_lead_through_time():
    """Worked by hand: h_1 comes to the loss by both units of step 3, and h_2 by the first alone."""
    network = spec.load("rnn")
    step = lines(network)
    found = paths(network, step, step.equations["dL/du[1]_11"].symbol)
    assert [MACHINE.write(one.body) for one in found.shown] == [
        "dL/dz[2]_1*w[2]_11*(1 - h[1]_3,1^2)*h[1]_2,1",
        "dL/dz[2]_1*w[2]_11*(1 - h[1]_3,1^2)*u[1]_11*(1 - h[1]_2,1^2)*h[1]_1,1",
        "dL/dz[2]_1*w[2]_21*(1 - h[1]_3,2^2)*u[1]_12*(1 - h[1]_2,1^2)*h[1]_1,1",
    ]


def test_the_paths_over_many_steps_are_counted_and_never_listed():
    network = spec.load("copy")
    step = lines(network)
    root = next(line for name, line in step.equations.items() if name.startswith("dL/dE"))
    found = paths(network, step, root.symbol, 8)
    assert found.count > 10_000
    assert len(found.shown) == 8
    assert near(found.sum, root.value)


def test_there_are_as_many_paths_as_ways_through_the_neurons():
    step = lines(spec.load("lecture"))
    assert paths(spec.load("lecture"), step, step.equations["dL/dw[1]_11"].symbol).count == 3
    batch = random_config(
        [2, 3, 4, 2], ["tanh", "softmax", "sigmoid"], "binary_cross_entropy", samples=5, reduction="sum"
    )
    step = lines(batch)
    # 2 outputs, 4 x 4 slopes of softmax, 5 samples
    assert paths(batch, step, step.equations["dL/dw[1]_11"].symbol).count == 2 * 4 * 4 * 5
    assert paths(batch, step, step.equations["s2:dL/dw[1]_11"].symbol).count == 2 * 4 * 4


def test_millions_of_paths_are_counted_and_never_listed():
    network = random_config([1, *[20] * 8, 1], [*["tanh"] * 8, "sigmoid"], "binary_cross_entropy")
    step = lines(network)
    root = step.equations["dL/dw[1]_11"]
    found = paths(network, step, root.symbol, 8)
    assert found.count == 20**7
    assert near(found.sum, root.value)
    sizes = [abs(one.value) for one in found.shown]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 8


def test_what_is_no_gradient_has_no_paths():
    network = spec.load("lecture")
    step = lines(network)
    assert all(
        paths(network, step, line.symbol) is None
        for line in step.equations.values()
        if line.symbol.head not in GRADIENTS
    )


# asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config, text, name",
    [
        ("lecture", "y_hat", "a[3]_1"),
        ("lecture", "y_hat'", "a[3]_1'"),
        ("lecture", "dL/dy_hat", "dL/da[3]_1"),
        ("lecture", "∂L/∂w[1]₁₁", "dL/dw[1]_11"),
        ("lecture", "ŷ′", "a[3]_1'"),
        ("lecture", " dL/dw[1]_1,1 ", "dL/dw[1]_11"),
        ("lecture", "x", "x_1"),
        ("lecture", "a[0]_1", "x_1"),
        ("lecture", "dL/dx_1", "dL/da[0]_1"),
        ("lecture", "b[2]_3", "w[2]_03"),
        ("lecture", "dL/db[2]_3", "dL/dw[2]_03"),
        ("lecture", "loss", "L"),
        ("lecture", "η", "eta"),
        ("lecture", "s1:z[1]_1", "z[1]_1"),
        ("xor", "s2:y_hat", "s2:a[2]_1"),
        ("xor", "z[1]₁⁽²⁾", "s2:z[1]_1"),
        ("xor", "s3:dL/da[0]_2", "s3:dL/da[0]_2"),
        ("softmax", "y_hat_2", "a[2]_2"),
        ("softmax", "da/dz[2]_12", "da/dz[2]_12"),
    ],
)
def test_a_number_is_asked_for_in_many_ways(config, text, name):
    network = spec.load(config)
    assert asked_for(network, lines(network), text) == name


@settings(max_examples=30, deadline=None)
@given(networks(), st.data())
def test_every_name_means_itself(network, data):
    step = lines(network)
    name = data.draw(st.sampled_from(list(step.equations)))
    assert asked_for(network, step, name) == name


@pytest.mark.parametrize(
    "config, text, hint",
    [
        ("lecture", "w[4]_11", "w["),
        ("lecture", "dl/dw[1]_11", "dL/dw[1]_11"),
        ("lecture", "dL/da[0]_2", "dL/d"),
        ("xor", "z[1]_1", "z[1]_1"),
        ("lecture", "what", "for example"),
        ("lecture", "", "for example"),
        ("lecture", "a[1]", "did you mean a[1]_1 or a[1]_2?"),
        ("lecture", "a[1]'", "did you mean a[1]_1' or a[1]_2'?"),
        ("softmax", "y_hat", "did you mean a[2]_1, a[2]_2 or a[2]_3?"),
        ("xor", "a[1]", "did you mean s1:a[1]_1 or s1:a[1]_2? (the samples are s1, s2, s3, s4)"),
        ("xor", "y_hat", "did you mean s1:a[2]_1? (the samples"),
        ("xor", "s3:a[1]", "did you mean s3:a[1]_1 or s3:a[1]_2?"),
        ("xor", "s9:z[2]_1", "did you mean s1:z[2]_1? (the samples"),
        ("xor", "dL/dw[2]", "did you mean dL/dw[2]_01, dL/dw[2]_11 or dL/dw[2]_21?"),
        (
            "xor",
            "s2:dL/dw[1]",
            "did you mean s2:dL/dw[1]_01, s2:dL/dw[1]_11, s2:dL/dw[1]_21 or one of 3 more?",
        ),
        ("xor", "what", "for example s1:a[1]_1, dL/dw[1]_11, L;"),
        ("xor", "z[2]_3", "did you mean s1:z[2]_1?"),
    ],
)
def test_a_wrong_name_gets_the_nearest(config, text, hint):
    network = spec.load(config)
    with pytest.raises(InputError, match="no number") as caught:
        asked_for(network, lines(network), text)
    assert hint in caught.value.problems[0].hint


def test_a_wrong_name_in_a_wide_network_gets_the_nearest_of_all():
    network = random_config([60, 90, 2], ["tanh", "softmax"], "categorical_cross_entropy")
    step = lines(network)
    for text, hint in (("what", "for example a[1]_1, dL/dw[1]_11, L;"), ("a[2]", "a[2]_1 or a[2]_2?")):
        with pytest.raises(InputError) as caught:
            asked_for(network, step, text)
        assert hint in caught.value.problems[0].hint


def test_a_later_step_starts_from_what_the_one_before_left():
    first, second = (why(spec.load("xor"), "w[1]_11'", step=step) for step in (1, 2))
    left = first.data["value"]
    roots = [one for one in second.sections[0].blocks[0].equations if one.symbol.name == "w[1]_11"]
    assert [one.value for one in roots] == [left]


# formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config, text",
    [
        ("lecture", "dL/dw[1]_11"),
        ("xor", "dL/dw[1]_11"),
        ("softmax", "dL/dz[2]_1"),
        ("lecture", "L"),
        ("lecture", "x_1"),
        ("lecture", "dL/da[0]_1"),
    ],
)
@pytest.mark.parametrize("format", sorted(RENDERERS.keys() - PICTURES - TABLES - SHEETS))
@pytest.mark.parametrize("depth", [None, 2])
def test_every_format(config, text, format, depth):
    document = why(spec.load(config), text, depth=depth)
    for brief in (False, True):
        shown = render(document, format, Layout(44, brief=brief))
        if format == "json":
            jsonschema.validate(json.loads(shown, parse_constant=pytest.fail), output_schema())
        if format in ("table", "plain"):
            assert max(map(cell_len, shown.split("\n"))) <= 44
            assert render(document, format, Layout(44, unicode=False)).isascii()


def test_the_json_is_a_graph_that_can_be_computed():
    data = json.loads(render(why(spec.load("lecture"), "dL/dw[1]_11"), "json"))
    (graph,) = data["sections"][0]["trees"]
    values = {one["symbol"]: one["value"] for one in graph["numbers"]}
    assert graph["root"] == "dL/dw[1]_11"
    assert {name for edge in graph["edges"] for name in edge} == set(values)
    for one in graph["numbers"]:
        assert {below for above, below in graph["edges"] if above == one["symbol"]} == set(
            one.get("uses", ())
        )
    assert near(sum(one["value"] for one in data["paths"]["shown"]), values["dL/dw[1]_11"])


def test_no_number_stands_below_a_line_that_does_not_use_it():
    """The branches on the screen say the same as the tree: a line's place is its level."""
    text = render(why(spec.load("lecture"), "z[2]_1"), "plain", Layout(200))
    lines_shown = text.split("Where it comes from\n")[1].split("\n")[:7]
    assert [len(line) - len(line.lstrip("├└│ ")) for line in lines_shown] == [0, 2, 2, 4, 6, 2, 4]


# the graph ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format, arrow", [("dot", r"(\w+) -> (\w+)"), ("mermaid", r"(\w+) -->\s*(\w+)")])
@pytest.mark.parametrize("config, text", [("lecture", "dL/dw[1]_11"), ("xor", "L"), ("lecture", "x_1")])
def test_the_graph_has_an_arrow_for_each_use(format, arrow, config, text):
    document = why(spec.load(config), text)
    (graph,) = [block for block in document.sections[0].blocks if isinstance(block, Tree)]
    shown = render(document, format)
    names = [one.symbol.name for one in graph.equations]
    drawn = {(int(below[1:]), int(above[1:])) for below, above in re.findall(arrow, shown)}
    assert drawn == {(names.index(below), names.index(above)) for above, below in graph.edges}
    assert render(document, format, Layout(unicode=False)).isascii()


@pytest.mark.parametrize("format", ["dot", "mermaid"])
def test_the_graph_counts_what_is_left_out(format):
    shown = render(why(spec.load("lecture"), "z[2]_1", depth=1), format, Layout(unicode=False))
    assert shown.count("... 1 more") == 2


def test_a_name_in_a_graph_is_text():
    network = replace(spec.load("lecture"), name='a "b" \\ <c>')
    shown = render(why(network, "x_1"), "dot")
    assert r'label="a \"b\" \\ <c>' in shown
