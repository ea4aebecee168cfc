"""Pages of working: every slip at its place, none invented, and what only follows is not blamed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import STYLES, page
from test_cli import call

from perceptron_cli.answers.grading import Grader
from perceptron_cli.answers.reading import is_working, read_sheet
from perceptron_cli.answers.working import chains_of, slips_of

pytestmark = pytest.mark.exhaustive

SHEETS = "tests/data/sheets"


def checked(folder, config, text, ending=".md"):
    (folder / "net.yaml").write_text(config)
    (folder / f"work{ending}").write_text(text)
    return Grader(str(folder / "net.yaml")).marked(read_sheet(folder / f"work{ending}"))


# whole pages --------------------------------------------------------------------------------------


def test_a_page_from_outside():
    """The slip at its place; what follows from it is right working."""
    done = call("check", f"{SHEETS}/working.md", f"{SHEETS}/columns.yaml")
    assert done.exit_code == 1
    told = " ".join(done.stdout.split())
    assert "working.md:6:39: 0.8*0.4 is 0.32, not 0.36." in told
    assert "4 later answers only follow from it" in told
    data = json.loads(call("check", f"{SHEETS}/working.md", f"{SHEETS}/columns.yaml", "--json").stdout)
    verdicts = {one["symbol"]: one["verdict"] for one in data["answers"]}
    assert verdicts == {
        "z[1]_1": "right", "a[1]_1": "right", "z[1]_2": "slip", "a[1]_2": "follows",
        "z[2]_1": "follows", "a[2]_1": "follows", "L": "follows",
    }  # fmt: skip
    slip = next(one for one in data["answers"] if one["verdict"] == "slip")
    assert (slip["at"], slip["written"]) == ({"line": 6, "column": 39}, "0.36")
    assert abs(slip["is"] - 0.32) < 1e-12


@pytest.mark.parametrize("style", STYLES)
def test_slips_are_found_at_their_place_and_none_is_invented(tmp_path, style):
    found = planted = 0
    for seed in range(12):
        config, text, name = page(seed, style, 3 + seed % 3)
        marked = checked(tmp_path, config, text)
        slips = [one for one in marked.verdicts if one.kind == "slip"]
        assert marked.slips == (), text
        planted += 1
        found += len(slips) == 1 and is_line(slips[0].name, name)
        blamed = [one for one in marked.verdicts if one.kind in ("mistake", "unexplained")]
        assert blamed == [], text
        config, text, _ = page(seed, style, 3 + seed % 3, slip=False)
        marked = checked(tmp_path, config, text)
        assert marked.is_right, (text, [(one.name, one.kind) for one in marked.verdicts])
        assert len(marked.verdicts) == 10
    assert found >= 0.9 * planted


def is_line(symbol, name):
    return symbol == {
        "z1": "z[1]_1", "z2": "z[1]_2", "z3": "z[2]_1", "a1": "a[1]_1", "a2": "a[1]_2", "a3": "a[2]_1",
        "E": "L", "dE/dz3": "dL/dz[2]_1", "dE/dw5": "dL/dw[2]_11", "w5'": "w[2]_11'",
    }[name]  # fmt: skip


def test_an_operand_that_does_not_belong_is_named(tmp_path):
    config = (
        "network: {layers: [{activation: sigmoid, weights: [[0.1, 0.1, 0.2], [0.1, 0.3, 0.4]]},"
        " {activation: sigmoid, weights: [[0.1, 0.5, 0.6]]}]}\n"
        "loss: half_squared_error\nsample: {x: [0.5, 0.8], y: 1}\n"
    )
    text = "z1 = 0.1*0.5 + 0.3*0.8 + 0.1 = 0.39\na1 = 1/(1 + e^-0.39) = 0.5963\n"
    marked = checked(tmp_path, config, text)
    assert marked.operands == {"z[1]_1": "0.3 is w[1]_12; here w[1]_21 = 0.2 belongs."}
    assert [one.kind for one in marked.verdicts] == ["mistake", "follows"]


def test_another_way_that_is_right_is_right(tmp_path):
    config = "network: {layers: [{activation: sigmoid, weights: [[0.1, 0.2]]}]}\nloss: squared_error\n"
    text = "z1 = 0.2*(0.5 + 0.5) + 0.1*1 = 0.2 + 0.1 = 0.3\na1 = e^0.3/(1 + e^0.3) = 0.5744\n"
    marked = checked(tmp_path, f"{config}sample: {{x: 1, y: 1}}\n", text)
    assert [one.kind for one in marked.verdicts] == ["right", "right"]


def test_slips_in_what_is_no_number_of_the_step_are_told_too(tmp_path):
    config = "network: {layers: [{activation: linear, weights: [[0.1, 0.2]]}]}\nloss: squared_error\n"
    marked = checked(tmp_path, f"{config}sample: {{x: 1, y: 1}}\n", "z1 = 0.3\nhelp = 2*3 = 7\n")
    assert [slip.sentence for slip in marked.slips] == ["2*3 is 6, not 7."]
    assert not marked.is_right


def test_a_second_pass_is_the_one_after_the_update(tmp_path):
    config = "network: {layers: [{activation: linear, weights: [[0, 1]]}]}\nloss: half_squared_error\n"
    text = "z1 = 0 + 1*2 = 2\ndL/dw1 = (2 - 1)*2 = 2\nw1' = 1 - 0.1*2 = 0.8\n"
    text += "b1' = 0 - 0.1*1 = -0.1\nz1 = -0.1 + 0.8*2 = 1.5\n"
    marked = checked(tmp_path, f"{config}sample: {{x: 2, y: 1}}\ntraining: {{learning_rate: 0.1}}\n", text)
    assert {one.name: one.kind for one in marked.verdicts}["z[1]_1'"] == "right"
    assert marked.is_right


# reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        ("z1 = 0.1*0.5 + 0.2 = 0.25", ("z1",), [0.25, 0.25]),
        ("z1 = 0,1·0,5 + 0,2 = 0,25", ("z1",), [0.25, 0.25]),
        (r"$z_1^{[1]} = 0.1 \cdot 0.5$", ("z_1^{[1]}",), [0.05]),
        (r"\frac{1}{1+e^{-0.39}} = 0.5963", (), [0.5963, 0.5963]),
        ("E = ½(1 − 0.6504)² = 0.0611", ("E",), [0.0611, 0.0611]),
        ("L = -ln(0.77) ≈ 0.2614 (rounded)", ("L",), [0.2614, 0.2614]),
        ("a = σ(0.3) = 0.5744", ("a",), [0.5744, 0.5744]),
        ("h1 = max(0, 0.31) = 0.31", ("h1",), [0.31, 0.31]),
        ("w = √4 ÷ 2 = 1", ("w",), [1, 1]),
        ("v = 0.5**2 = 0.25", ("v",), [0.25, 0.25]),
        ("z1 = w11 x1 + b = 0.1*2 + 0.1 = 0.3", ("z1",), [0.3, 0.3]),
        ("| z1 | 0.31 |", ("z1",), [0.31]),
        ("q = 2(3 + 4) = 14", ("q",), [14, 14]),
        ("q = 0.2 - rounding", ("q",), []),
    ],
)
def test_an_equation_is_read_in_many_forms(text, names, values):
    chains = chains_of(text)
    assert [round(part.value, 4) for chain in chains for part in chain.parts] == pytest.approx(values)
    if values:
        assert chains[0].names[-1:] == names[-1:]


def test_several_equations_stand_on_one_line_and_one_on_several():
    chains = chains_of("Hidden layer: h1 = 0.31, h2 = 0.57 and o = 0.6\nz = 1*2\n  = 3\n")
    assert [chain.names[-1] for chain in chains] == ["h1", "h2", "o", "z"]
    assert [part.line for part in chains[-1].parts] == [4 - 2, 3]
    assert len(slips_of(chains, ())) == 1


def test_a_table_has_a_number_under_each_head():
    chains = chains_of("| h1 | o1 |\n|----|----|\n| 0.31 | 0.6450 |\n")
    assert [(chain.names, chain.parts[0].number) for chain in chains] == [
        (("h1",), "0.31"),
        (("o1",), "0.6450"),
    ]


def test_rounding_on_the_way_is_no_slip():
    for text in (
        "z = 0.5933*0.4 + 0.5969*0.45 + 0.6 = 1.1059",
        "z = 0.5933*0.4 + 0.5969*0.45 + 0.6 = 0.2373 + 0.2686 + 0.6 = 1.1059",
        "a = 1/(1 + e^-0.3775) = 0.5933",
        "L = -log(0.77) = 0.1135",
        "q = 2/3 = 0.66",
        "z = 0.24 + 0.05 + 0.1 = 0.05 + 0.24 + 0.1 = 0.39",
    ):
        assert slips_of(chains_of(text), (0.4, 0.45, 0.6)) == {}, text


@given(st.text(max_size=80) | st.text("z12 =+-*/^(){}\\frac.,|$", max_size=80))
def test_any_text_is_read_to_its_end(text):
    chains = chains_of(text)
    slips_of(chains, ())
    for chain in chains:
        for part in chain.parts:
            assert 1 <= part.column <= max(map(len, text.splitlines()))


def test_what_is_working_is_seen():
    assert is_working("z1 = 0.1*0.5 = 0.05\n")
    assert not is_working("z[1]_1: 0.3\ny_hat: 0.7739\n")
    assert not is_working('{"z[1]_1": 0.3}')


def test_working_comes_from_a_pipe_too():
    text = "z1 = 0.1 + 0.1*2 = 0.3\n"
    done = call("check", "-", "lecture", stdin=text)
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "z_1: 0.31\nz_2: 0.57\na_out: .645\nE = 0.063\n",
        "h1 0.31\nh2 0.57\n",
        "My homework\nz1=0.31 z2=0.57\nout=0.645\n",
    ],
)
def test_lines_of_names_and_numbers_in_any_form(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    done = call("check", str(tmp_path / "a.txt"), f"{SHEETS}/columns.yaml")
    assert done.exit_code == 0, done.stdout + done.stderr


def test_a_page_without_equations_says_so(tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n\nNothing here.\n")
    done = call("check", str(tmp_path / "notes.md"))
    assert done.exit_code == 2
    assert "expected equations such as" in done.stderr
