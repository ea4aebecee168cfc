"""Data sets: what is read, what is refused and where, and how rows become samples."""

import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from make_data import SETS, text
from typer.testing import CliRunner

from perceptron_cli import engine, spec, trace
from perceptron_cli.cli.app import make_app
from perceptron_cli.datasets import source
from perceptron_cli.datasets.split import split
from perceptron_cli.errors import InputError

app = make_app()

CONFIG = """\
data: {{file: {file}, {data}}}
network:
  layers:
    - {{neurons: 3, activation: tanh, init: xavier_uniform}}
    - {{neurons: {outputs}, activation: {activation}, init: xavier_uniform}}
loss: {loss}
"""
CSV = "a,b,kind\n1,2,no\n3,4.5,yes\n-5e-1,6,no\n"


def config(folder: Path, name: str, content: str | bytes | None, data: str = "x: [a, b], y: kind", **network):
    """The config of a data set that is written into a folder."""
    if content is not None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    settings = {"outputs": 1, "activation": "sigmoid", "loss": "binary_cross_entropy"} | network
    path = folder / "net.yaml"
    path.write_text(CONFIG.format(file=name, data=data, **settings))
    return spec.load(path)


def problems(*arguments, **settings) -> list[str]:
    with pytest.raises(InputError) as caught:
        config(*arguments, **settings)
    return [str(one) + (f" [{one.hint}]" if one.hint else "") for one in caught.value.problems]


def xs(loaded) -> list[list[float]]:
    return [list(map(float, sample.x)) for sample in loaded.samples]


SAME = [[1, 2], [3, 4.5], [-0.5, 6]]
WAYS = {
    "csv": ("d.csv", CSV),
    "tsv": ("d.tsv", CSV.replace(",", "\t")),
    "byte order mark": ("d.csv", b"\xef\xbb\xbf" + CSV.encode()),
    "CRLF": ("d.csv", CSV.replace("\n", "\r\n")),
    "blank lines": ("d.csv", CSV.replace("\n", "\n\n") + "\n\n"),
    "no last line end": ("d.csv", CSV.rstrip()),
    "quotes": ("d.csv", CSV.replace("a,b", '"a","b"').replace("no", '"no"').replace("3,4.5", '"3","4.5"')),
    "spaces": ("d.csv", CSV.replace(",", " , ")),
    "another order": ("d.csv", "kind,b,c,a\nno,2,x,1\nyes,4.5,y,3\nno,6,z,-5e-1\n"),
    "JSON Lines": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":"no"}\n\n{"b":4.5,"kind":"yes","a":3}\n{"a":-0.5,"b":6,"kind":"no"}',
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_data_set_is_read_however_it_is_written(tmp_path, way):
    loaded = config(tmp_path, *WAYS[way])
    assert xs(loaded) == SAME
    assert loaded.data.classes == ("no", "yes")
    assert [sample.y for sample in loaded.samples] == [(0,), (1,), (0,)]
    assert loaded.data.x == ("a", "b")


@pytest.mark.parametrize("data", ["x: [1, 2], y: 3", "header: false", "x: [1, 2]", "y: 3"])
def test_columns_without_names_are_taken_by_number(tmp_path, data):
    loaded = config(tmp_path, "d.csv", CSV.partition("\n")[2], data)
    assert xs(loaded) == SAME
    assert loaded.data.x == ("column 1", "column 2")


def test_a_header_of_numbers_is_one_where_the_config_says_so(tmp_path):
    loaded = config(
        tmp_path, "d.csv", CSV.replace("a,b,kind", "1990,2000,3"), "x: ['1990', '2000'], header: true"
    )
    assert xs(loaded) == SAME


def test_lists_of_json_are_rows_without_names(tmp_path):
    loaded = config(tmp_path, "d.jsonl", '[1, 2, "no"]\n[3, 4.5, "yes"]\n[-0.5, 6, "no"]\n', "y: 3")
    assert xs(loaded) == SAME


@pytest.mark.parametrize(
    "kind", [np.array(["no", "yes", "no"]), np.array([0, 1, 0]), np.array([False, True, False])]
)
def test_an_archive_gives_its_arrays(tmp_path, kind):
    np.savez(tmp_path / "d.npz", x=np.array(SAME), y=kind)
    loaded = config(tmp_path, "d.npz", None, "split: 1")
    assert xs(loaded) == SAME
    assert [sample.y for sample in loaded.samples] == [(0,), (1,), (0,)]
    assert loaded.data.x == ("x_1", "x_2")


def test_arrays_of_one_axis_are_columns(tmp_path):
    columns = np.array(SAME).T
    np.savez_compressed(tmp_path / "d.npz", a=columns[0], b=columns[1], kind=["no", "yes", "no"])
    assert xs(config(tmp_path, "d.npz", None)) == SAME


# File, what is in it, what the config says of it, and what is told.
BAD = {
    "no number": (
        "d.csv",
        CSV.replace("4.5", "n/a"),
        "x: [a, b], y: kind",
        "d.csv:3: b: expected a number, got 'n/a'",
    ),
    "nothing": (
        "d.csv",
        CSV.replace("4.5", ""),
        "x: [a, b], y: kind",
        "d.csv:3: b: expected a number, got nothing",
    ),
    "no target": (
        "d.csv",
        CSV.replace("yes", " "),
        "x: [a, b]",
        "d.csv:3: kind: expected a target, got nothing",
    ),
    "infinite": (
        "d.csv",
        CSV.replace("4.5", "inf"),
        "x: [a, b]",
        "d.csv:3: b: expected a finite number, got inf",
    ),
    "not a number": (
        "d.csv",
        CSV.replace("4.5", "nan"),
        "x: [a, b]",
        "d.csv:3: b: expected a finite number, got nan",
    ),
    "short row": ("d.csv", CSV.replace("3,4.5", "3"), "x: [a, b]", "d.csv:3: expected 3 columns, got 2"),
    "long row": ("d.csv", CSV.replace("3,4.5", "3,4,5"), "x: [a, b]", "d.csv:3: expected 3 columns, got 4"),
    "empty": ("d.csv", "", "x: [a, b]", "d.csv: expected rows of data, got an empty file"),
    "header alone": ("d.csv", "a,b,kind\n", "x: [a, b]", "d.csv: expected rows of data, got none"),
    "no such column": (
        "d.csv",
        CSV,
        "x: [a, weight]",
        "d.csv:1: expected a column 'weight', got none [columns: a, b, kind]",
    ),
    "a slip": (
        "d.csv",
        CSV,
        "x: [a, b], y: knd",
        "d.csv:1: expected a column 'knd', got none [did you mean 'kind'?]",
    ),
    "number too high": (
        "d.csv",
        CSV,
        "x: [1, 4]",
        "d.csv:1: expected a column number 4, got none [columns: 1 to 3]",
    ),
    "number 0": ("d.csv", CSV, "x: [0, 1]", "net.yaml:1:25: data.x[0]: expected a column's name"),
    "twice": (
        "d.csv",
        CSV.replace("a,b", "a,a"),
        "x: [a, 2]",
        "d.csv:1: a: two columns have this name [name the",
    ),
    "both": ("d.csv", CSV, "x: [a, kind]", "d.csv:1: kind: expected a column of x or the target, got both"),
    "semicolons": (
        "d.csv",
        CSV.replace(",", ";"),
        "x: [a, b]",
        "got none [the columns must be separated by commas]",
    ),
    "open quote": (
        "d.csv",
        CSV.replace("yes", '"yes'),
        "x: [a, b]",
        "d.csv:4: expected a table: unexpected end",
    ),
    "UTF-16": ("d.csv", CSV.encode("utf-16"), "x: [a, b]", "d.csv:1: expected text in UTF-8"),
    "Latin-1": ("d.csv", CSV.replace("yes", "jé").encode("latin-1"), "x: [a, b]", "expected text in UTF-8"),
    "three classes": (
        "d.csv",
        CSV + "1,2,maybe\n",
        "x: [a, b]",
        "d.csv: kind: expected 2 classes for an output layer of 1, got 3: maybe, no, yes",
    ),
    "unknown class": (
        "d.csv",
        CSV,
        "x: [a, b], classes: [no, ja]",
        "d.csv:3: kind: unknown class 'yes' [classes: no, ja]",
    ),
    "no classes": (
        "d.csv",
        CSV,
        "x: [a, b], classes: [no]",
        "net.yaml:1:41: data.classes: expected two different names",
    ),
    "out of range": (
        "d.csv",
        CSV.replace("no", "0").replace("yes", "3") + "1,2,1\n",
        "x: [a, b]",
        "d.csv:3: kind: expected numbers from 0 to 1 for binary_cross_entropy, got 3.0",
    ),
    "broken line": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":0}\n{"a":\n',
        "x: [a, b]",
        "d.jsonl:2:6: expected a line of JSON",
    ),
    "missing key": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":0}\n{"a":1,"kind":1}',
        "x: [a, b]",
        "d.jsonl:2: b: expected a value",
    ),
    "other key": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":0}\n{"a":1,"b":2,"kind":1,"c":3}',
        "x: [a, b]",
        "d.jsonl:2: c: unknown",
    ),
    "null": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":0}\n{"a":null,"b":2,"kind":1}',
        "x: [a, b]",
        "d.jsonl:2: a: expected a number, got nothing",
    ),
    "no row": (
        "d.jsonl",
        '{"a":1,"b":2,"kind":0}\n7\n',
        "x: [a, b]",
        "d.jsonl:2: expected an object of columns",
    ),
    "no archive": ("d.npz", b"not one", "x: [a, b]", "d.npz: expected an archive of arrays"),
    "ending": (
        "d.xlsx",
        CSV,
        "x: [a, b]",
        "d.xlsx: expected a data set, got a file that ends in '.xlsx' [known: .csv",
    ),
    "no file": (
        "measures.csv",
        None,
        "x: [a, b]",
        "net.yaml:1:14: data.file: no such file: 'measures.csv' [a path is relative",
    ),
    "too many inputs": (
        "d.csv",
        CSV,
        "x: [a, b], normalize: {name: standard, shift: [0], scale: [1]}",
        "data.normalize.shift: expected 2 numbers, one per column of x, got 1",
    ),
    "scale 0": (
        "d.csv",
        CSV,
        "x: [a, b], normalize: {name: standard, shift: [0, 0], scale: [1, 0]}",
        "other than 0",
    ),
    "unknown way": (
        "d.csv",
        CSV,
        "x: [a, b], normalize: standart",
        "unknown name 'standart' [did you mean 'standard'?]",
    ),
    "split": (
        "d.csv",
        CSV,
        "x: [a, b], split: 80",
        "data.split: expected a number above 0 and up to 1, got 80",
    ),
    "unknown key": ("d.csv", CSV, "x: [a, b], spilt: 0.8", "data.spilt: unknown key [did you mean 'split'?]"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_data_set_is_told_with_its_place(tmp_path, case):
    name, content, data, words = BAD[case]
    found = problems(tmp_path, name, content, data)
    assert any(words in one for one in found), found


def test_a_folder_is_no_data_set(tmp_path):
    for name in ("points", "points.csv"):
        (tmp_path / name).mkdir()
        (found,) = problems(tmp_path, name, None)
        assert found == f"{name}: expected a file, got a folder"


def test_a_regression_takes_no_word_for_a_class(tmp_path):
    settings = {"activation": "linear", "loss": "mean_squared_error"}
    found = problems(tmp_path, "d.csv", "a,b,y\n1,2,3.5\n3,4,n/a\n", "x: [a, b], y: y", **settings)
    assert found == ["d.csv:3: y: expected a number, got 'n/a'"]
    loaded = config(tmp_path, "d.csv", "a,b,y\n1,2,3.5\n3,4,1\n", "x: [a, b], y: y", **settings)
    assert [sample.y for sample in loaded.samples] == [(3.5,), (1,)]
    assert loaded.data.classes == ()


def test_all_problems_are_told_at_once_and_a_flood_is_cut(tmp_path):
    rows = "".join(f"{n},oops,no\n" for n in range(1000))
    found = problems(tmp_path, "d.csv", f"a,b,kind\n1,x,no\nx,2,no\n{rows}")
    assert found[:2] == ["d.csv:2: b: expected a number, got 'x'", "d.csv:3: a: expected a number, got 'x'"]
    assert len(found) == 21
    assert "the rest was not read" in found[-1]


CLASSES = {
    "words": (["b", "c", "a"], ("a", "b", "c"), [1, 2, 0]),
    "indices": (["2", "0", "1"], ("0", "1", "2"), [2, 0, 1]),
    "indices, one missing": (["2", "0", "2.0"], ("0", "1", "2"), [2, 0, 2]),
    "numbers": (["10", "2", "30"], ("2", "10", "30"), [1, 0, 2]),
}


@pytest.mark.parametrize("case", CLASSES)
def test_class_labels_become_indices_and_keep_their_names(tmp_path, case):
    words, classes, indices = CLASSES[case]
    content = "a,b,kind\n" + "".join(f"1,2,{word}\n" for word in words)
    loaded = config(tmp_path, "d.csv", content, outputs=3, activation="softmax", loss="cross_entropy")
    assert loaded.data.classes == classes
    assert [sample.label for sample in loaded.samples] == indices
    assert [sample.y.index(1) for sample in loaded.samples] == indices


def test_several_columns_of_y_are_a_target_each(tmp_path):
    settings = {"outputs": 2, "activation": "linear", "loss": "squared_error"}
    loaded = config(tmp_path, "d.csv", "a,b,c,d\n1,2,3,4\n5,6,7,8\n", "x: [a, b], y: [d, c]", **settings)
    assert [sample.y for sample in loaded.samples] == [(4, 3), (8, 7)]


def test_what_would_not_fit_is_refused_before_it_is_read_with_its_size(tmp_path):
    """A file of 16 TB with nothing in it: reading it would not end."""
    with (tmp_path / "d.csv").open("wb") as stream:
        try:
            os.truncate(stream.fileno(), 2**44 - 2**20)
        except OSError:
            pytest.skip("this file system takes no large file")
    (found,) = problems(tmp_path, "d.csv", None)
    assert "a quarter of this machine's memory, got 16,384.0 GB" in found


def test_an_archive_is_measured_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((100_000, 2)), y=np.zeros(100_000))
    monkeypatch.setattr(source, "memory", lambda: 2**22)
    (found,) = problems(tmp_path, "d.npz", None, "split: 1")
    assert "expected at most 1.0 MB" in found and "got 2.3 MB" in found


def test_the_constants_are_those_of_the_training_part_alone(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(5, 3, (50, 2))
    content = "a,b,kind\n" + "".join(f"{a!r},{b!r},{n % 2}\n" for n, (a, b) in enumerate(x.tolist()))
    for name in ("standard", "minmax"):
        loaded = config(tmp_path, "d.csv", content, f"x: [a, b], normalize: {name}, split: 0.7")
        kept, rest = split(50, 0.7, 0)
        assert (len(kept), len(rest)) == (35, 15)
        assert sorted([*kept, *rest]) == list(range(50))
        shift, scale = np.array(loaded.data.shift), np.array(loaded.data.scale)
        np.testing.assert_allclose(xs(loaded), (x[kept] - shift) / scale, rtol=1e-12)
        np.testing.assert_allclose(loaded.data.held_out.x, (x[rest] - shift) / scale, rtol=1e-12)
        if name == "standard":
            np.testing.assert_allclose(shift, x[kept].mean(axis=0))
            np.testing.assert_allclose(np.std(xs(loaded), axis=0), 1)
        else:
            assert np.min(xs(loaded)) == 0 and np.max(xs(loaded)) == 1


@pytest.mark.parametrize("way", ["standard", "minmax"])
@pytest.mark.parametrize("same", [7, 0.1, -123.456])
def test_a_column_that_is_the_same_everywhere_becomes_0(tmp_path, same, way):
    """The mean of eleven 0.1 is not 0.1, and their deviation not 0: another number must not become huge."""
    content = "a,b,kind\n" + "".join(f"{n},{same},{n % 2}\n" for n in range(11))
    loaded = config(tmp_path, "d.csv", content, f"x: [a, b], normalize: {way}")
    assert [x[1] for x in xs(loaded)] == [0] * 11
    assert (loaded.data.shift[1], loaded.data.scale[1]) == (same, 1)


@pytest.mark.parametrize("way, largest", [("standard", "1e200"), ("minmax", "1.5e308")])
def test_numbers_too_large_to_be_normalized_are_told(tmp_path, way, largest):
    content = f"a,b,kind\n1,{largest},0\n2,-{largest},1\n"
    (found,) = problems(tmp_path, "d.csv", content, f"x: [a, b], normalize: {way}")
    told = f"got one as large as {float(largest):.3g}"
    assert found == f"d.csv: b: expected numbers that '{way}' can normalize, {told}"


def test_the_seed_draws_the_split(tmp_path):
    content = "a,b,kind\n" + "".join(f"{n},0,{n % 2}\n" for n in range(30))
    config(tmp_path, "d.csv", content, "x: [a, b], split: 0.5")
    first, again, other = (
        xs(spec.load(tmp_path / "net.yaml", [("--set", f"training.seed={seed}")])) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_samples_of_a_data_set_train_like_those_of_a_config(tmp_path):
    """The same numbers, written in the config and in a file, give the same bits."""
    loaded = config(tmp_path, "d.csv", CSV)
    (tmp_path / "own.yaml").write_text(
        CONFIG.partition("\n")[2].format(outputs=1, activation="sigmoid", loss="binary_cross_entropy")
        + "samples: [{x: [1, 2], y: 0}, {x: [3, 4.5], y: 1}, {x: [-0.5, 6], y: 0}]\n"
    )
    own = engine.train(spec.load(tmp_path / "own.yaml"))
    mine = engine.train(loaded)
    assert mine.history.losses == own.history.losses
    assert all(np.array_equal(one, other) for one, other in zip(mine.weights, own.weights, strict=True))
    told = [trace.backprop(one).parts for one in (loaded, spec.load(tmp_path / "own.yaml"))]
    assert [s.title for s in told[0][0].sections] == [s.title for s in told[1][0].sections]


def test_a_large_data_set_makes_no_sample_of_a_row(tmp_path, monkeypatch):
    np.savez(tmp_path / "d.npz", x=np.ones((2000, 2)), y=np.arange(2000) % 2)
    loaded = config(tmp_path, "d.npz", None, "split: 0.9")
    monkeypatch.setattr(type(loaded.samples), "__getitem__", lambda *_: pytest.fail("a sample was made"))
    spec.require_trainable(loaded)
    assert len(engine.train(loaded).prediction) == 1800


@pytest.mark.parametrize("name", SETS)
def test_the_bundled_sets_are_those_that_the_script_draws(name):
    rows, made = ([line.split(",") for line in one.splitlines()] for one in (_bundled(name), text(name)))
    assert rows[0] == made[0] and len(rows) == len(made)
    for row, other in zip(rows[1:], made[1:], strict=True):
        for cell, drawn in zip(row, other, strict=True):
            assert cell == drawn or float(cell) == pytest.approx(float(drawn), abs=2e-3)


def _bundled(name: str) -> str:
    from perceptron_cli.spec.source import bundled_data

    return bundled_data()[f"{name}.csv"].read_text()


def test_iris_is_fishers():
    """150 flowers, 50 of each; the means are those that Fisher printed (1936, table II)."""
    rows = [line.split(",") for line in _bundled("iris").splitlines()[1:]]
    for species, means in [
        ("setosa", (5.006, 3.428, 1.462, 0.246)),
        ("versicolor", (5.936, 2.770, 4.260, 1.326)),
    ]:
        flowers = [list(map(float, row[:4])) for row in rows if row[4] == species]
        assert len(flowers) == 50
        assert np.mean(flowers, axis=0) == pytest.approx(means)
    assert len(rows) == 150


def run(*arguments: str):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.parametrize("name", spec.bundled("data"))
def test_every_command_takes_a_config_with_a_data_set(name):
    for command in (["forward"], ["backprop"], ["train", "--epochs", "2"], ["gradients"]):
        done = run(*command, name, "--json")
        assert done.exit_code == 0, done.output
        json.loads(done.stdout)


def test_data_takes_the_place_of_the_samples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("x1,x2,y\n0,0,0\n0,1,1\n1,1,0\n")
    done = run("train", "xor", "--epochs", "1", "--data", "points.csv", "--json")
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["prediction"]) == 3
    missing = run("train", "xor", "--data", "point.csv")
    assert missing.exit_code == 2
    assert "--data: data.file: no such file: 'point.csv'" in missing.stderr


@pytest.mark.parametrize(
    "network, columns, told, hint",
    [
        ("lecture", "a,b", "expected 1 column of x, one per input of the network, got 2: a, b", "data.x=[1]"),
        ("xor", "a,b,c", "expected 2 columns of x, one per input of the network, got 3: a, b, c", "x=[1,2]"),
        ("xor", "a", "expected 2 columns of x, one per input of the network, got 1: a", None),
    ],
)
def test_data_of_another_width_than_the_weights_is_told_of_the_data(tmp_path, network, columns, told, hint):
    row = "1," * (columns.count(",") + 1)
    (tmp_path / "d.csv").write_text(f"{columns},y\n{row}0\n{row}1\n")
    done = run("train", network, "--data", tmp_path / "d.csv")
    assert done.exit_code == 2
    assert f"{tmp_path / 'd.csv'}: {told}\n" in done.stderr
    assert ("--set" in done.stderr) == bool(hint) and (hint or "") in done.stderr
    if hint:
        choice = done.stderr.split("--set ")[1].strip()
        assert run("train", network, "--data", tmp_path / "d.csv", "--set", choice).exit_code == 0


def test_a_bundled_set_is_found_by_its_name(tmp_path):
    assert len(config(tmp_path, "xor.csv", None, "y: y").samples) == 4
    assert run("train", "xor", "--epochs", "1", "--data", "xor.csv").exit_code == 0


def test_sample_and_data_are_not_taken_together():
    with pytest.raises(InputError, match="expected sample or data, got both"):
        spec.parse("sample: {x: 1}\ndata: {file: xor.csv}\nnetwork: {layers: []}")


# from stdin -----------------------------------------------------------------------------------

NET = """\
network:
  layers: [{neurons: 1, activation: sigmoid, init: xavier_uniform}]
loss: cross_entropy
"""


def piped(content: str, *arguments, code: int = 0):
    done = CliRunner().invoke(make_app(), list(map(str, arguments)), input=content)
    assert done.exit_code == code, done.output
    return done


def test_data_comes_from_stdin_as_from_a_file(tmp_path):
    """The columns are not named: the first row is read for them, and then all rows."""
    (tmp_path / "d.csv").write_text(CSV)
    (tmp_path / "net.yaml").write_text(f"data: {{file: d.csv, normalize: standard}}\n{NET}")
    files = {name: tmp_path / f"{name}.yaml" for name in ("net", "own", "other")}
    run("train", files["net"], "--save", files["own"])
    told = piped(CSV, "train", files["net"], "--data", "-", "--save", files["other"]).stdout
    assert "Data: <stdin>; x normalized" in told
    for command in ("evaluate", "predict"):
        own = run(command, files["own"], "--data", tmp_path / "d.csv", "--json").stdout
        other = piped(CSV, command, files["own"], "--data", "-", "--json").stdout
        assert json.loads(own) == json.loads(other)
        assert piped(CSV, command, files["other"], "--json").stdout == other


def test_what_is_wrong_on_stdin_is_told_with_its_place(tmp_path):
    (tmp_path / "net.yaml").write_text(f"data: {{file: '-'}}\n{NET}")
    done = piped("a,b,kind\n1,2,no\n1,n/a,yes\n", "train", tmp_path / "net.yaml", code=2)
    assert done.stderr == "<stdin>:3: b: expected a number, got 'n/a'\n"
    done = piped("", "train", tmp_path / "net.yaml", code=2)
    assert done.stderr == "<stdin>: expected rows of data, got an empty file\n"


def test_stdin_is_either_the_config_or_the_data():
    config = f"data: {{file: xor.csv}}\n{NET}"
    done = piped(config, "train", "-", "--data", "-", code=2)
    told = "data.file: expected a file, got stdin, from which the config is read"
    assert done.stderr == f"--data: {told}\n"
    done = piped(config.replace("xor.csv", "'-'"), "train", "-", code=2)
    assert done.stderr == f"<stdin>:1:14: {told}\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["63", "d.tsv"])
def test_a_pipe_is_read_once_and_is_csv_unless_it_is_called_otherwise(tmp_path, name):
    """As <(command) of a shell is: without an ending, and its columns' names are looked at first."""
    os.mkfifo(tmp_path / name)
    (tmp_path / "net.yaml").write_text(f"data: {{file: d.csv}}\n{NET}")
    text = CSV.replace(",", "\t") if name.endswith(".tsv") else CSV
    writer = threading.Thread(target=(tmp_path / name).write_text, args=(text,), daemon=True)
    writer.start()
    loaded = spec.load(tmp_path / "net.yaml", data=spec.DataSet(str(tmp_path / name)))
    assert (xs(loaded), loaded.data.path) == (SAME, None)


@pytest.mark.parametrize("config, data", [("-", None), ("xor", "-")])
def test_a_stdin_that_is_closed_is_told(monkeypatch, config, data):
    """As by <&- in a shell."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError) as caught:
        spec.load(config, data=spec.DataSet(data))
    assert str(caught.value) == "<stdin>: cannot be read: it is closed"


def test_what_would_not_fit_is_refused_from_stdin_too(tmp_path, monkeypatch):
    (tmp_path / "net.yaml").write_text(f"data: {{file: '-'}}\n{NET}")
    monkeypatch.setattr(source, "memory", lambda: 4096)
    done = piped(CSV + "1,2,no\n" * 200, "train", tmp_path / "net.yaml", code=2)
    assert done.stderr.startswith("<stdin>: expected at most 1.0 kB, a quarter of this machine's memory, got")
    assert piped(CSV, "train", tmp_path / "net.yaml").stdout


def test_an_archive_is_refused_by_its_headers_before_it_is_unpacked(tmp_path, monkeypatch):
    """Objects, three axes or more numbers than there is room for: no array is read."""
    import zipfile

    from numpy.lib import format as npy

    file = tmp_path / "big.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as stream:
        npy.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 2)})
    monkeypatch.setattr(npy, "read_array", lambda *arguments, **named: pytest.fail("an array was unpacked"))
    (told,) = problems(tmp_path, "big.npz", None, "split: 1")
    assert "expected at most 200,000,000 numbers, got 1000000000 by 2" in told


@pytest.mark.parametrize("place", ["x", "y"])
def test_numbers_with_underscores_are_no_numbers_in_a_data_file(tmp_path, place):
    row = {"x": "1_0,2,1", "y": "1,2,1_0"}[place]
    table = f"a,b,kind\n0,1,0.5\n{row}\n"
    numbers = {"activation": "linear", "loss": "squared_error"}
    assert "1_0" in problems(tmp_path, "d.csv", table, **numbers)[0]


def test_one_array_under_an_archives_name_is_refused(tmp_path):
    np.save(tmp_path / "d.npy", np.ones((3, 2)))
    (told,) = problems(tmp_path, "d.npz", (tmp_path / "d.npy").read_bytes(), "split: 1")
    assert "expected an archive of arrays, as numpy.savez writes one" in told


def test_arrays_of_different_lengths_are_refused_by_their_headers(tmp_path, monkeypatch):
    from numpy.lib import format as npy

    np.savez(tmp_path / "d.npz", x=np.ones((3, 2)), y=np.ones(4))
    monkeypatch.setattr(npy, "read_array", lambda *arguments, **named: pytest.fail("an array was unpacked"))
    (told,) = problems(tmp_path, "d.npz", None, "split: 1")
    assert "x has 3, y has 4" in told
