"""Every format renders any document; text stays text, and no line is wider than the screen."""

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import networks, random_config
from rich.cells import cell_len

from perceptron_cli import engine, spec, trace
from perceptron_cli.document import Document, Equations, Section, Table
from perceptron_cli.errors import NumberError
from perceptron_cli.notation import Unicode
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES, Layout, render
from perceptron_cli.schemas import config_schema, output_schema
from perceptron_cli.trace import View

NAMES = list(spec.bundled())
HOSTILE = "[red]x[/red] :smile: \x1b[31m\\end{document} $x_1$ %d {}#~^&|<b> ```\n— ∂ 🙂 \u202e"


def documents():
    for name in NAMES:
        config = spec.load(name)
        for arithmetic in trace.ARITHMETICS:
            yield name, trace.backprop(config, View(arithmetic=arithmetic))
    yield "train", trace.train(spec.load("xor", [("--epochs", "training.epochs=7")]), narrate={1, 7})
    yield "forward", trace.forward(spec.load("softmax"))
    wide = random_config([20, 40, 12], ["relu", "softmax"], "categorical_cross_entropy", samples=12)
    yield "wide", trace.backprop(wide)


DOCUMENTS = list(documents())
MATRICES = [("matrix", trace.backprop(spec.load(name), View(form="matrix"))) for name in ("xor", "softmax")]
IDS = [name for name, _ in DOCUMENTS]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("format", ["table", "plain"])
@pytest.mark.parametrize("document", [one for _, one in DOCUMENTS], ids=IDS)
def test_no_line_is_wider_than_the_screen(document, format, width):
    text = render(document, format, Layout(width=width, boxes=format == "table"))
    wide = [line for line in text.split("\n") if cell_len(line) > width]
    # a single unbreakable piece (a number in brackets, e^x/...) may be wider than a narrow screen
    assert not [line for line in wide if len(line.split()) > 2 or width > 60], wide
    assert "\x1b" not in text


@pytest.mark.parametrize("document", [one for _, one in DOCUMENTS], ids=IDS)
def test_a_narrow_screen_breaks_no_number_and_no_name(document):
    """The words of a 40-column page are those of a page without an edge."""
    drawn = re.compile("[⠀-⣿─└│]")  # a plot is as wide as there is room
    words = [
        {word for word in render(document, "plain", Layout(width=w)).split() if not drawn.search(word)}
        for w in (40, 10_000)
    ]
    # where a table of given numbers has no room, they are listed by their names
    listed = {
        Unicode(outputs=document.outputs).symbol(one.symbol)
        for part in document.parts
        for section in part.sections
        for block in section.blocks
        if isinstance(block, Equations) and block.grid
        for row in block.rows
        for one in row
    }
    assert words[0] - {"(the"} - listed <= words[1] | {"(on", "paper", "off", "by"} | {
        word for word in words[0] if word.endswith((",", ")")) or word.startswith("(")
    }


@pytest.mark.parametrize("document", [one for _, one in DOCUMENTS], ids=IDS)
def test_ascii_is_ascii(document):
    for format in ("table", "plain"):
        assert render(document, format, Layout(unicode=False, boxes=True)).isascii()


@pytest.mark.parametrize("document", [one for _, one in [*DOCUMENTS, *MATRICES]])
@pytest.mark.parametrize("brief", [False, True])
def test_json_is_strict_and_fits_its_schema(document, brief):
    text = render(document, "json", Layout(brief=brief))
    data = json.loads(text, parse_constant=pytest.fail)
    jsonschema.validate(data, output_schema())
    assert ("equations" in text) is not brief
    lines = render(document, "jsonl", Layout(brief=brief)).splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["step"] * len(document.parts) + ["result"]


def test_json_has_every_number_in_full():
    data = json.loads(render(trace.backprop(spec.load("lecture"), View(decimals=2)), "json"))
    assert data["steps"][0]["loss"] == engine.forward(spec.load("lecture")).loss
    assert data["steps"][0]["layers"][0]["z"] == [[0.30000000000000004, 0.4]]
    assert data["learning_rate"] == 0.1
    assert data["network"]["sizes"] == [1, 2, 3, 1]


def test_a_value_that_does_not_exist_is_null_with_a_note():
    config = spec.load("lecture", [("--set", "sample.y=0"), ("--set", "network.layers[2].weights[0][0]=900")])
    text = render(trace.backprop(config), "json")
    equations = [
        one
        for section in json.loads(text, parse_constant=pytest.fail)["steps"][0]["sections"]
        for one in section.get("equations", ())
    ]
    missing = [one for one in equations if one["value"] is None]
    assert {one["symbol"] for one in missing} == {"dL/da[3]_1", "dL/dz[3]_1"}
    assert all(one["note"] for one in missing)
    assert "undefined" in render(trace.backprop(config), "plain")


@pytest.mark.parametrize("format", [name for name in RENDERERS if name not in PICTURES | TABLES | SHEETS])
def test_a_name_is_shown_as_text(format):
    config = spec.load("lecture")
    document = trace.forward(type(config)(HOSTILE, *list(vars(config).values())[1:]))
    text = render(document, format)
    assert "\x1b" not in text
    assert "\u202e" not in text
    if format in ("table", "plain"):
        assert "[red]x[/red]" in text
        assert ":smile:" in text
        assert r"\x1b[31m" in text
        assert "\x1b" not in render(document, "table", Layout(unicode=False))
    if format == "latex":
        assert text.count(r"\end{document}") == 1


@given(
    networks(),
    st.sampled_from(trace.ARITHMETICS),
    st.sampled_from([0, 1, 2, 4, 8, 15]),
    st.integers(20, 120),
    st.booleans(),
)
def test_any_network_is_told_in_every_format(network, arithmetic, decimals, width, unicode):
    """Far beyond what a blackboard sees: steps that diverge, numbers that have no value on paper."""
    try:
        document = trace.backprop(network, View(arithmetic=arithmetic, decimals=decimals), steps=2)
    except NumberError:
        return
    layout = Layout(width=width, unicode=unicode, boxes=unicode)
    for format in RENDERERS.keys() - PICTURES - TABLES - SHEETS:
        text = render(document, format, layout)
        assert text.endswith("\n")
        assert "nan" not in text.lower()


def test_wide_layers_are_shortened_with_their_count():
    wide = random_config([64, 64, 2], ["relu", "sigmoid"], "squared_error")
    text = render(trace.backprop(wide), "plain", Layout(width=100))
    assert "… 61 more neurons" in text
    assert "+ … 62 more" in text  # of 65 terms, the bias among them
    whole = render(trace.backprop(wide, View(limit=None)), "plain", Layout(limit=None))
    assert "more" not in re.sub("or more|more than", "", whole)


@pytest.mark.parametrize("format", ["plain", "table", "markdown", "latex"])
def test_what_is_left_out_is_counted_one_or_many(format):
    texts = [
        render(Document("train", "Counted", {}, sections=(Section("", "result", (table,)),)), format)
        for table in (
            Table("", ("a",), (("1",),), omitted=1),
            Table("", ("a",), (("1",),), omitted=2, noun="class"),
        )
    ]
    assert "1 more row" in texts[0] and "1 more rows" not in texts[0]
    assert "2 more classes" in texts[1]


def test_brief_shows_results_alone():
    text = render(trace.backprop(spec.load("lecture")), "plain", Layout(brief=True))
    assert "0.7739" in text
    assert "×" not in text.split("Given")[1]  # the head has the loss by its formula


def test_colour_carries_no_meaning():
    document = trace.backprop(spec.load("lecture"))
    coloured = render(document, "table", Layout(color=True))
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert re.sub(r" +\n", "\n", plain) == render(document, "table", Layout())


def test_markdown_keeps_its_mathematics_in_fences():
    text = render(trace.backprop(spec.load("softmax")), "markdown")
    assert text.count("```math") + text.count("```text") == text.count("\n```\n")
    assert text.count(r"\begin{aligned}") == text.count(r"\end{aligned}")
    assert r"\operatorname" not in text


# the config's schema --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_takes_every_bundled_config(name):
    import yaml

    jsonschema.validate(yaml.safe_load(spec.bundled()[name].read_text()), config_schema())


@pytest.mark.parametrize(
    "change",
    [
        {"netwrok": {}},
        {"loss": "hubris"},
        {"sample": {"x": ["a"]}},
        {"training": {"learning_rate": 0}},
        {"training": {"optimizer": {"name": "adam", "beta1": 1}}},
        {"training": {"epochs": 0}},
        {"network": {"layers": [{"activation": "sigmiod", "weights": [[1, 2]]}]}},
        {"network": {"layers": [{"activation": "sigmoid"}]}},
        {"network": {"layers": []}},
    ],
)
def test_the_schema_refuses_what_the_program_refuses(change):
    import yaml

    from perceptron_cli.errors import InputError

    data = yaml.safe_load(spec.bundled()["lecture"].read_text()) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, config_schema())
    with pytest.raises(InputError):
        spec.parse(yaml.safe_dump(data))


def test_the_schemas_are_schemas():
    for schema in (config_schema(), output_schema()):
        jsonschema.Draft7Validator.check_schema(schema)
