"""Workbooks whose formulas are live: LibreOffice calculates them, and comes to the engine's numbers."""

import io
import json
import math
import random
from pathlib import Path

import pytest
from networks import TRAINABLE, losses_for, random_config
from office import calculated, require_office
from stacks import SHAPES, stack
from typer.testing import CliRunner

from perceptron_cli import load, narrate, render, train
from perceptron_cli.cli.app import make_app
from perceptron_cli.document import Equation
from perceptron_cli.engine import Trainer
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Call, Negative, Number, Power, Symbol, total
from perceptron_cli.notation.spreadsheet import spreadsheet
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.render.workbook import Workbook
from perceptron_cli.trace.neuron.lines import neuron_lines
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
app = make_app()
GIVEN = "Given"


def call(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def written(config):
    return render(narrate(config, View(limit=None)), "xlsx")


def numbers(sheets, stem):
    """The numbers of a workbook by symbol; a second way to a number comes first and is written over."""
    found = {}
    for name, rows in sheets.items():
        if name.startswith(f"{stem}-"):
            found |= {row[0]: row[2] for row in rows[1:] if len(row) > 2 and row[2]}
    return found


def differing(found, wanted):
    return {
        name: (found[name], value)
        for name, value in wanted.items()
        if value is not None and not math.isclose(float(found[name]), value, rel_tol=1e-12, abs_tol=1e-12)
    }


def drawn(seed):
    dice = random.Random(seed)
    sizes = [dice.randint(1, 3), *(dice.randint(2, 4) for _ in range(dice.randint(1, 3)))]
    activations = [dice.choice(TRAINABLE) for _ in sizes[1:]]
    return random_config(
        sizes,
        activations,
        dice.choice(losses_for(activations[-1])),
        samples=dice.randint(1, 2),
        seed=seed,
        optimizer=list(OPTIMIZERS)[seed % len(OPTIMIZERS)],
    )


def test_a_minus_before_a_power_keeps_its_place():
    x = Symbol("x", None, (1,))
    cells = {"x_1": "B2"}
    assert spreadsheet(Negative(Power(x, Number(2))), cells) == "-(B2^2)"
    assert spreadsheet(Number(1) - Power(x, Number(2)), cells) == "1-B2^2"
    assert spreadsheet((x + 1) * (x - 1) / (x * x), cells) == "(B2+1)*(B2-1)/(B2*B2)"
    assert spreadsheet(Call("sigmoid", x), cells).startswith("IF(B2>=0,")
    with pytest.raises(KeyError):
        spreadsheet(Symbol("y"), cells)


def test_a_sum_that_is_longer_than_a_cell_takes_is_of_ranges():
    x, w = ([Symbol(head, None, (i,)) for i in range(1, 801)] for head in "xw")
    cells = {one.name: f"'Given'!C{row}" for row, one in enumerate([*x, *w], start=5)}
    bias, last = Symbol("b"), Symbol("z", None, (1,))
    cells |= {"b": "'Given'!C2", "z_1": "'Forward'!C9"}
    tree = total(
        [bias, *(one * other for one, other in zip(w, x, strict=True)), last * bias, Call("exp", bias)]
    )
    assert spreadsheet(tree, cells) == (
        "'Given'!C2+SUMPRODUCT('Given'!C805:C1604,'Given'!C5:C804)+'Forward'!C9*'Given'!C2+EXP('Given'!C2)"
    )
    few = total([one * other for one, other in zip(w[:9], x[:9], strict=True)])
    assert "SUMPRODUCT" not in spreadsheet(few, cells)


def test_a_number_without_a_formula_that_fits_is_written_as_a_number():
    """Cells that do not follow each other make no range."""
    book = Workbook("wide")
    book.cells = {f"x_{i}": f"'Given'!C{3 * i}" for i in range(1, 801)}
    tree = total([Symbol("x", None, (i,)) ** 2 for i in range(1, 801)])
    assert book.formula(Equation(Symbol("z"), tree, 1.0, "1")) is None


def test_a_sheet_has_an_end(monkeypatch):
    monkeypatch.setattr("perceptron_cli.render.workbook.MOST_ROWS", 20)
    with pytest.raises(InputError, match="at most 20 rows, and 'Given' takes more"):
        written(load("lecture"))


def test_every_number_is_stored_with_its_formula():
    """So that a viewer that cannot calculate shows it."""
    told = lines(load("lecture"))
    stored = openpyxl.load_workbook(io.BytesIO(written(load("lecture"))), data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(written(load("lecture"))))
    assert formulas.sheetnames == ["Given", "Forward", "Gradients", "Updates", "Verification"]
    seen = set()
    for sheet in formulas:
        for row in range(2, sheet.max_row + 1):
            name = sheet.cell(row, 1).value
            if name not in told.equations:
                continue
            seen.add(name)
            formula, value = sheet.cell(row, 3).value, stored[sheet.title].cell(row, 3).value
            assert value == pytest.approx(told.values[name], rel=1e-12)
            assert str(formula).startswith("=") == (told.equations[name].body is not None)
    assert seen == set(told.equations)
    assert formulas.defined_names["w1_11"].attr_text == "'Given'!$C$6"
    assert "w1_11_new" in formulas.defined_names


@pytest.mark.interop
@pytest.mark.xdist_group("office")
def test_libreoffice_comes_to_the_engines_numbers_before_and_after_changes(tmp_path):
    require_office()
    configs = {f"c{seed}": drawn(seed) for seed in range(49)}
    configs["wide"] = random_config(  # its sums are longer than Excel takes, written one by one
        (700, 2, 1), ["tanh", "sigmoid"], "binary_cross_entropy", samples=1, seed=1
    )
    for seed in range(20):  # layers of any kind, some with a penalty
        made = stack(seed, SHAPES[seed % len(SHAPES)], 1 + seed % 2, samples=1 + seed % 2)
        configs[f"k{seed}"] = load(made | ({"penalty": {"l2": 0.1, "l1": 0.01}} if seed % 3 == 0 else {}))
    wanted, paths = {}, []
    for name, config in configs.items():
        told, dice = lines(config), random.Random(name)
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(written(config))
        wanted[name] = told.values
        book = openpyxl.load_workbook(path)
        changes = {}
        for row in range(2, book[GIVEN].max_row + 1):
            symbol = str(book[GIVEN].cell(row, 1).value)
            if ("w[" in symbol and ":" not in symbol) or "x_" in symbol:
                changes[symbol] = book[GIVEN].cell(row, 3).value = round(dice.uniform(-0.9, 0.9), 3)
        book.save(tmp_path / f"{name}x.xlsx")
        wanted[f"{name}x"] = told.recalculated(changes)
        paths += [path, tmp_path / f"{name}x.xlsx"]
    sheets = calculated(paths, tmp_path)
    wrong = {name: differing(numbers(sheets, name), values) for name, values in wanted.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.interop
@pytest.mark.xdist_group("office")
def test_libreoffice_trains_as_the_engine_does(tmp_path):
    require_office()
    files = {"lecture": ("lecture",), "regression": ("regression", "--epochs", "20"),
             "wave": ("wave", "--epochs", "2")}  # fmt: skip
    for name, words in files.items():
        done = call("train", *words, "-q", "-o", tmp_path / f"{name}.xlsx")
        assert done.exit_code == 0, done.output
    sheets = calculated([tmp_path / f"{name}.xlsx" for name in files], tmp_path)
    for name, words in files.items():
        epochs = [("--epochs", f"training.epochs={words[2]}")] if len(words) > 2 else []
        run = train(load(words[0], epochs))
        head, *rows = sheets[f"{name}-Training"]
        assert len(rows) == run.updates
        for layer, weights in enumerate(run.weights, start=1):
            for j, row in enumerate(weights, start=1):
                for i, weight in enumerate(row):
                    found = float(rows[-1][head.index(f"w[{layer}]_{i}{j}'")])
                    assert math.isclose(found, weight, rel_tol=1e-9, abs_tol=1e-12)


def test_a_run_is_a_row_an_update(tmp_path):
    path = tmp_path / "run.xlsx"
    assert call("train", "lecture", "--epochs", "3", "-q", "-o", path).exit_code == 0
    sheet = openpyxl.load_workbook(path)["Training"]
    heads = [cell.value for cell in sheet[1]]
    at = heads.index("w[1]_11") + 1
    after = sheet.cell(2, heads.index("w[1]_11'") + 1).coordinate
    assert sheet.cell(2, at).value == "='Given'!C6"
    assert sheet.cell(3, at).value == f"={after}"
    trainer = Trainer(load("lecture"))
    trainer.step(next(iter(trainer.batches(1))))
    stored = openpyxl.load_workbook(path, data_only=True)["Training"]
    assert stored.cell(3, at).value == pytest.approx(float(trainer.network.weights[0][0][1]))


@pytest.mark.interop
@pytest.mark.xdist_group("office")
def test_libreoffice_plays_a_rules_table(tmp_path):
    require_office()
    names = ["and", "or", "theta", "fausett", "hebb", "adaline"]
    for name in names:
        done = call("perceptron", name, "-o", tmp_path / f"{name}.xlsx")
        assert done.exit_code in (0, 1), done.output
    sheets = calculated([tmp_path / f"{name}.xlsx" for name in names], tmp_path)
    for name in names:
        head, *rows = sheets[f"{name}-Table"]
        for symbol, value in neuron_lines(load(name, kind="perceptron")).values.items():
            turn, colon, letter = symbol.partition(":")
            if colon:
                found = float(rows[int(turn[1:]) - 1][head.index(letter)])
                assert math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-12), (name, symbol)


@pytest.mark.interop
@pytest.mark.xdist_group("office")
def test_a_filled_sheet_is_judged_in_the_sheet_and_by_check(tmp_path):
    require_office()
    made, config = tmp_path / "ada.xlsx", tmp_path / "ada.yaml"
    words = ("exercise", "--layers", "1,2,1", "--seed", "4", "--level", "activations")
    assert call(*words, "-o", made).exit_code == 0
    config.write_text(call(*words, "--yaml", "config").stdout)
    numbers_of = lines(load(str(config)))
    book = openpyxl.load_workbook(made)
    assert [sheet.sheet_state for sheet in book] == ["visible", "hidden"]
    assert all(sheet.protection.sheet for sheet in book)
    sheet = book["Exercise 1"]
    blanks = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 2).value is None]
    blanks = [row for row in blanks if sheet.cell(row, 1).value in numbers_of.equations]
    kinds = ["right", "wrong", "rounding"]
    for place, row in enumerate(blanks):
        value = numbers_of.values[sheet.cell(row, 1).value]
        off = {"right": 0.0, "wrong": 0.2, "rounding": 0.0001}[kinds[place % 3]]
        sheet.cell(row, 2).value = round(value, 4) + off
    book.save(tmp_path / "filled.xlsx")
    rows = calculated([tmp_path / "filled.xlsx"], tmp_path)["filled-Exercise 1"]
    said = [row[2] for row in rows if row[0] in {sheet.cell(one, 1).value for one in blanks} and row[2]]
    assert said == [kinds[place % 3] for place in range(len(blanks))]
    done = call("check", tmp_path / "filled.xlsx", config, "--json")
    assert done.exit_code == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["first_wrong"] == sheet.cell(blanks[1], 1).value
    assert told["score"]["of"] == len(blanks)  # and none for what is given


def test_a_blank_sheet_is_told(tmp_path):
    assert call("exercise", "--layers", "1,2,1", "-o", tmp_path / "ada.xlsx").exit_code == 0
    config = tmp_path / "ada.yaml"
    config.write_text(call("exercise", "--layers", "1,2,1", "--yaml", "config").stdout)
    done = call("check", tmp_path / "ada.xlsx", config)
    assert (done.exit_code, "expected answers, got none: all 28 are blank" in done.stderr) == (2, True)


def test_a_workbook_is_a_file_and_needs_its_extra(tmp_path, monkeypatch):
    done = call("backprop", "--format", "xlsx")
    assert (done.exit_code, "is not for a screen" in done.stderr) == (2, True)
    done = call("backprop", "--arithmetic", "hand", "-o", tmp_path / "a.xlsx")
    assert (done.exit_code, "calculates unrounded" in done.stderr) == (2, True)
    done = call("why", "L", "-o", tmp_path / "a.xlsx")
    assert (done.exit_code, "expected a file that ends in" in done.stderr) == (2, True)
    monkeypatch.setattr("perceptron_cli.render.workbook.find_spec", lambda name: None)
    for words in (("backprop",), ("train",), ("perceptron",), ("exercise",)):
        done = call(*words, "-o", tmp_path / "a.xlsx")
        assert (done.exit_code, "pip install 'nnstep[xlsx]'" in done.stderr) == (2, True), words
    assert not Path(tmp_path / "a.xlsx").exists()
