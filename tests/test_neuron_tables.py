"""Tables of a learning rule as students fill them in: the wrong cell, its mistake, and what only follows."""

import csv
import io
import json

import pytest
from test_cli import call

from perceptron_cli import spec
from perceptron_cli.answers.mistakes.rule import SENTENCES
from perceptron_cli.answers.neuron import judged, read_filled
from perceptron_cli.neuron import learn, neuron_of

pytestmark = pytest.mark.exhaustive

LESSONS = ("and", "or", "nand", "fausett", "hebb", "adaline", "theta")


def table(name, change=None, heads=None):
    """Return a table by arithmetic of the test's own; `change` spoils a row's cell, which is carried on."""
    neuron = neuron_of(spec.load(name, kind="perceptron"))
    rate, eta = float(neuron.rate), None
    weights = [float(one) for one in neuron.weights]
    theta = float(neuron.theta)
    n = len(weights)
    rows = []
    for number in range(len(neuron.points) * 3):
        x = [1.0, *map(float, neuron.points[number % len(neuron.points)])]
        d = float(neuron.desired[number % len(neuron.points)])
        row = {f"x{i}": x[i] for i in range(1, n)} | {"target": d}

        def put(key, value, row=row, number=number):
            spoiled = change(number, key, value, row) if change else None
            row[key] = value if spoiled is None else spoiled
            return row[key]

        learnt = neuron.theta_input is not None
        net = put("net", sum(a * b for a, b in zip(weights, x, strict=True)) - theta * learnt)
        at = 0 if learnt else theta
        high, low = float(neuron.high), float(neuron.low)
        if neuron.rule.band:
            y = 1.0 if net > at else -1.0 if net < -at else 0.0
        else:
            y = high if (net > at + 1e-9 if neuron.strict else net >= at - 1e-9) else low
        y = put("output", y)
        e = put("error", d - net if neuron.rule.name == "delta" else d - y)
        eta = {"fausett": d * (y != d), "hebb": d}.get(neuron.rule.name, e) * rate
        old = list(weights)
        for i in range(n):
            moved = old[i] + eta * x[i] if i or neuron.learn_bias else old[i]
            weights[i] = put(f"w{i}" if i else "b", moved)
        if learnt:
            theta = put("theta", theta - eta)
        rows.append(row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows([{key: f"{value:.10g}" for key, value in row.items()} for row in rows])
    return text.getvalue()


def verdicts(name, text):
    neuron = neuron_of(spec.load(name, kind="perceptron"))
    return judged(neuron, read_filled(text, "t.csv"))


@pytest.mark.parametrize("name", LESSONS)
def test_a_table_that_is_right_is_right(name):
    rows = sum(len(epoch.rows) for epoch in learn(neuron_of(spec.load(name, kind="perceptron"))).epochs)
    cells = verdicts(name, table(name))
    assert {one.kind for one in cells if int(one.symbol[1:].split(":")[0]) <= rows} == {"right"}


def spoil(row, key, work):
    """Spoil one cell of one row."""
    return lambda number, at, value, cells: work(value, cells) if (number, at) == (row, key) else None


@pytest.mark.parametrize(
    ("name", "row", "key", "work", "mistake"),
    [
        ("and", 2, "w1", lambda value, row: value - 0.9, "learning rate left out"),
        ("and", 2, "w1", lambda value, row: value + 0.2, "sign of the error"),
        ("and", 2, "error", lambda value, row: -value, "sign of the error"),
        ("and", 2, "error", lambda value, row: row["target"] - row["net"], "net for the output"),
        ("adaline", 1, "error", lambda value, row: row["target"] - row["output"], "output for the net"),
        ("hebb", 1, "w1", lambda value, row: 2.0, "sign of the target"),
        ("adaline", 1, "b", lambda value, row: 0.17, "bias not updated"),
        ("theta", 2, "theta", lambda value, row: 0.3, "threshold not learnt"),
        ("and", 3, "output", lambda value, row: 1 - value, None),
        ("and", 0, "w1", lambda value, row: value + 7, None),
    ],
)
def test_a_wrong_cell_is_named_and_what_follows_is_not_blamed(name, row, key, work, mistake):
    cells = verdicts(name, table(name, spoil(row, key, work)))
    wrong = [one for one in cells if one.kind in ("mistake", "unexplained")]
    assert len(wrong) == 1, wrong
    head = {"output": "y", "error": "e", "b": "w_0'", "theta": "theta'"}.get(key, f"w_{key[1:]}'")
    assert wrong[0].symbol == f"t{row + 1}:{head}"
    if mistake is not None:
        assert wrong[0].mistake == mistake


def test_an_update_without_an_error_is_named():
    text = "x1,x2,target,net,output,error,w1,w2\n1,1,1,0.2,1,0,0.4,0\n"
    cells = verdicts("and", text.replace("1,1,1", "0,0,0").replace("0.2,1,0,0.4,0", "0,0,0,0.3,-0.1"))
    assert {one.kind for one in cells} == {"right"}
    samples = "[{x: [1, 1], y: 1}]"
    neuron = neuron_of(spec.load("and", [("--set", f"samples={samples}")], "perceptron"))
    wrong = [one for one in judged(neuron, read_filled(text, "t.csv")) if one.kind == "mistake"]
    assert [one.mistake for one in wrong] == ["update without an error"] * 2


def test_another_order_of_the_samples_is_said():
    text = "x1,x2,target,net,output,error,w1,w2\n1,1,1,0.2,1,0,0.3,-0.1\n"
    cells = verdicts("and", text)
    assert cells[0].mistake == "samples in another order"


def test_the_command_tells_the_first_wrong_cell(tmp_path):
    (tmp_path / "t.csv").write_text(table("and", spoil(2, "error", lambda value, row: -value)))
    done = call("check", str(tmp_path / "t.csv"), "and")
    assert done.exit_code == 1
    assert "sign of the error" in done.stdout and "t3:e" in done.stdout
    data = json.loads(call("check", str(tmp_path / "t.csv"), "and", "--json").stdout)
    assert data["first_wrong"] == "t3:e"
    (tmp_path / "t.csv").write_text(table("and").replace(",", ";"))
    assert call("check", str(tmp_path / "t.csv"), "and", "--format", "csv").exit_code == 0
    (tmp_path / "t.csv").write_text("a,c\n1,2\n")
    done = call("check", str(tmp_path / "t.csv"), "and")
    assert done.exit_code == 2
    assert "expected a head that names the columns" in done.stderr


def test_every_mistake_is_a_sentence():
    assert all(one.endswith(".") for one in SENTENCES.values())
