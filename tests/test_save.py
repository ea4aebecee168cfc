"""What a run leaves: the saved config, and predict and evaluate, which take it."""

import csv
import io
import json
import math
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import jsonschema
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from networks import CHANGED, networks
from typer.testing import CliRunner

from perceptron_cli import engine, spec
from perceptron_cli.cli.app import make_app
from perceptron_cli.cli.save import saved_text
from perceptron_cli.document import Document
from perceptron_cli.engine.network import Network
from perceptron_cli.schemas import config_schema, output_schema
from perceptron_cli.spec.config import Given, Training
from perceptron_cli.spec.write import written

app = make_app()

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def run(*arguments, code: int = 0):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done


def answer(*arguments):
    data = json.loads(run(*arguments, "--json").stdout)
    jsonschema.validate(data, output_schema())
    return data


@pytest.fixture(scope="module")
def iris(tmp_path_factory) -> Path:
    """The network that `nnstep train iris --save` leaves."""
    path = tmp_path_factory.mktemp("iris") / "net.yaml"
    run("train", "iris", "--save", path)
    return path


def bits(weights) -> list[bytes]:
    return [np.asarray(one).tobytes() for one in weights]


# the saved config -----------------------------------------------------------------------------


@given(networks(), st.data())
def test_a_network_reads_back_to_the_bit(config, data):
    """Any weights, the smallest and largest of float64 and -0.0 among them; and all its settings."""
    weights = [
        np.array(data.draw(st.lists(NUMBERS, min_size=one.size, max_size=one.size))).reshape(one.shape)
        for one in Network(config).weights
    ]
    again = spec.parse(written(config, weights, "", "a comment"))
    assert bits(Network(again).weights) == bits(weights)
    assert (again.name, again.loss, again.training) == (config.name, config.loss, config.training)
    assert again.sizes == config.sizes
    assert [layer.options for layer in again.layers] == [layer.options for layer in config.layers]
    assert [(one.x, one.y) for one in again.samples] == [(one.x, one.y) for one in config.samples]


def test_every_setting_of_training_is_written():
    """A setting that is added has to be saved, too."""
    assert [name for name, value in vars(Training()).items() if CHANGED[name] == value] == []
    config = replace(spec.load("rnn"), training=Training(**CHANGED))
    again = spec.parse(written(config, Network(config).weights, "", "a comment"))
    assert again.training == config.training


def test_an_optimizer_that_has_no_number_in_force_is_written_by_its_name():
    xor = spec.load("xor")
    text = written(xor, Network(xor).weights, "", "a comment")
    assert "  optimizer: gradient_descent\n" in text
    decaying = replace(xor, training=replace(xor.training, options={"weight_decay": 0.01}))
    assert "weight_decay: 0.01" in written(decaying, Network(xor).weights, "", "a comment")


@pytest.mark.parametrize(
    "name", ["a: b", "no", "yes", "'", '"', "é ß", "1.5", "# x", "[a]", " a", "null", "a\tb", "\\n", "{0}"]
)
def test_any_name_reads_back(name):
    config = replace(spec.load("xor"), name=name)
    assert spec.parse(written(config, Network(config).weights, "", "a")).name == name


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
@example(name="\U0001f98a")
@example(name="\x1b[31m\x85\u2028\ufeff\uffff")
def test_a_saved_network_reads_back_whatever_it_is_called(tmp_path_factory, name):
    """In the comment above it, too."""
    config = replace(spec.load("xor"), name=name)
    data = {"ended": {"epoch": 1, "update": 1}, "loss": 0.5}
    data["layers"] = [{"weights": weights} for weights in Network(config).weights]
    path = tmp_path_factory.getbasetemp() / "named.yaml"
    path.write_bytes(saved_text(str(path), config, Document("train", "", {}, data=data)).encode())
    assert spec.load(path).name == name


def test_one_of_a_thing_is_counted_as_one(tmp_path):
    path = tmp_path / "net.yaml"
    text = run("train", "wave", "--epochs", "1", "--set", "data.split=0.99", "--save", path).stdout
    assert text.startswith("wave: a 1-8-1 network, 1 epoch\n")
    assert "; 1 row held out; " in text
    assert path.read_text().startswith("# wave after 1 epoch, 13 updates, by nnstep ")


@pytest.mark.parametrize("words, told", [("no yes", "0 no, 1 yes"), ("0 1", "0, 1"), ("1 2", "0 1, 1 2")])
def test_a_class_is_told_with_its_index_where_that_is_not_its_name(tmp_path, words, told):
    first, second = words.split()
    (tmp_path / "d.csv").write_text(f"a,b,y\n1,2,{first}\n2,1,{second}\n")
    shown = run("train", "xor", "--data", tmp_path / "d.csv", "--epochs", "1", "--width", "1000").stdout
    assert f"; classes {told}.\n" in shown


def test_a_saved_network_is_the_one_that_was_trained(iris):
    trained = engine.train(spec.load("iris"))
    saved = spec.load(iris)
    assert bits(Network(saved).weights) == bits(trained.weights)
    assert saved.samples.x.tobytes() == spec.load("iris").samples.x.tobytes()
    assert saved.data.classes == ("setosa", "versicolor", "virginica")
    jsonschema.validate(_yaml(iris), config_schema())


def _yaml(path: Path):
    import yaml

    return yaml.safe_load(path.read_text())


def test_every_command_takes_a_saved_network(iris, tmp_path):
    for command in (["forward"], ["backprop"], ["train", "--epochs", "1"], ["gradients"], ["evaluate"]):
        answer(*command, iris)
    run("export", iris, "--to", "numpy", "-o", tmp_path / "net.py")


def test_a_saved_network_finds_its_data_from_another_folder(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "d.csv").write_text("a,b\n1,2\n2,3\n")
    (tmp_path / "in" / "c.yaml").write_text(
        "data: {file: d.csv}\nloss: squared_error\n"
        "network: {layers: [{neurons: 1, activation: linear, init: zeros}]}\n"
    )
    run("train", tmp_path / "in" / "c.yaml", "--save", tmp_path / "out" / "net.yaml")
    monkeypatch.chdir(tmp_path / "out")
    assert _yaml(Path("net.yaml"))["data"]["file"] == os.path.join("..", "in", "d.csv")
    assert answer("evaluate", "net.yaml")["scores"]["all"]["samples"] == 2


def test_a_file_that_exists_is_kept_unless_forced(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("mine")
    done = run("train", "xor", "--epochs", "1", "--save", path, code=2)
    assert "exists and was left as it is" in done.stderr
    assert not done.stdout and path.read_text() == "mine"
    run("train", "xor", "--epochs", "1", "--save", path, "--force")
    assert len(spec.load(path).samples) == 4


def test_a_file_that_cannot_be_written_is_told_before_training(tmp_path):
    for path, words in [
        (tmp_path / "no" / "net.yaml", "its folder is not there"),
        (tmp_path, "it is a folder"),
    ]:
        done = run("train", "xor", "--epochs", "100000000", "--save", path, code=2)
        assert words in done.stderr


def test_a_full_disk_loses_neither_the_answer_nor_another_file(tmp_path, monkeypatch):
    """The answer is shown, the exit code says that the file was not written, and nothing is left of it."""
    path = tmp_path / "net.yaml"
    path.write_text("mine")
    monkeypatch.setattr(os, "fsync", _full)
    done = run("train", "xor", "--epochs", "1", "--save", path, "--force", code=2)
    assert "cannot be written: No space left on device" in done.stderr
    assert "Final weights" in done.stdout
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["net.yaml"]


def _full(_: int) -> None:
    raise OSError(28, os.strerror(28))


def test_a_reader_that_leaves_takes_nothing_from_the_file(tmp_path):
    path = tmp_path / "net.yaml"
    command = f"'{sys.executable}' -m perceptron_cli train iris --epochs 2 --save '{path}' | head -1"
    subprocess.run(command, shell=True, check=True, capture_output=True)
    assert spec.load(path).data.classes[0] == "setosa"
    assert stat.S_ISREG(path.stat().st_mode)


def test_a_network_that_would_not_be_read_back_is_not_trained(tmp_path):
    sizes = ((90_000, "tanh"), (50, "tanh"), (1, "sigmoid"))
    layers = [f"{{neurons: {n}, activation: {name}, init: zeros}}" for n, name in sizes]
    wide = f"network.layers=[{', '.join(layers)}]"
    done = run("train", "xor", "--set", wide, "--save", tmp_path / "net.yaml", code=2)
    assert "expected a network whose config has at most 64 MB" in done.stderr


# scores ---------------------------------------------------------------------------------------


def test_iris_is_learnt_with_one_command():
    scores = answer("train", "iris")["scores"]
    assert scores["held_out"]["accuracy"] >= 0.95
    assert scores["training"]["accuracy"] >= 0.95
    assert (scores["training"]["samples"], scores["held_out"]["samples"]) == (120, 30)


def test_the_other_bundled_sets_are_learnt_too():
    assert answer("train", "moons")["scores"]["held_out"]["accuracy"] >= 0.95
    wave = answer("train", "wave")["scores"]["held_out"]
    assert wave["mean_absolute_error"] < 0.2
    assert "accuracy" not in wave


def test_scores_are_those_that_the_predictions_give(iris):
    """Recounted one by one: accuracy, each cell of the confusion table, the loss."""
    config = spec.load(iris)
    for name, samples in (("training", config.samples), ("held_out", config.data.held_out)):
        found = answer("evaluate", iris)["scores"][name]
        confusion = [[0] * 3 for _ in range(3)]
        loss = 0.0
        for sample in samples:
            a = engine.forward(replace(config, samples=(sample,))).a[-1][:, 0].tolist()
            confusion[sample.label][a.index(max(a))] += 1
            loss -= math.log(a[sample.label])
        assert found["confusion"] == confusion
        assert found["accuracy"] == pytest.approx(sum(confusion[k][k] for k in range(3)) / len(samples))
        assert found["loss"] == pytest.approx(loss / len(samples))


def test_the_mean_absolute_error_is_that_of_the_predictions(tmp_path):
    path = tmp_path / "net.yaml"
    run("train", "wave", "--save", path)
    config = spec.load(path)
    found = answer("evaluate", path)["scores"]["held_out"]["mean_absolute_error"]
    errors = [
        abs(engine.forward(replace(config, samples=(one,))).a[-1].item() - one.y[0])
        for one in config.data.held_out
    ]
    assert found == pytest.approx(np.mean(errors))


def test_a_config_of_samples_is_evaluated_too():
    found = answer("evaluate", "xor")["scores"]["all"]
    assert found["classes"] == ["0", "1"]
    assert np.sum(found["confusion"]) == 4


def test_the_classes_have_their_names_in_every_table():
    text = run("train", "iris", "--epochs", "1").stdout
    assert "as versicolor" in text
    assert "classes 0 setosa, 1 versicolor, 2 virginica" in " ".join(text.split())
    assert "y setosa" in text or "setosa" in text.partition("Predictions")[2]


@pytest.mark.parametrize("count, shown", [(10, 10), (13, 3)])
def test_the_confusion_of_ten_digits_is_shown_whole(tmp_path, count, shown):
    rows = "".join(f"{n},{n % count}\n" for n in range(2 * count))
    (tmp_path / "d.csv").write_text(f"x,digit\n{rows}")
    layers = f"network.layers=[{{neurons: {count}, activation: softmax, init: zeros}}]"
    words = ("train", "iris", "--data", tmp_path / "d.csv", "--set", layers, "--epochs", "1")
    text = run(*words, "--set", "data={file: d.csv}", "--width", "120").stdout
    header = text.partition("Confusion, training\n")[2].partition("\n")[0]
    assert header.split("  ")[0] == "class" and header.count(" as ") == shown
    assert (f"{count - shown} more classes" in text) == (shown < count)


def test_what_is_held_out_is_measured_after_each_epoch():
    """Each value is that of the weights that a run of so many epochs leaves, whole batches or not."""
    for batch in ("10", "all"):
        batch_size = f"training.batch_size={batch}"
        history = answer("train", "iris", "--epochs", "4", "--set", batch_size)["history"]
        assert history["epoch"] == [0, 1, 2, 3, 4]
        for epoch in (1, 4):
            scores = answer("train", "iris", "--epochs", epoch, "--set", batch_size)["scores"]
            assert history["validation_loss"][epoch] == scores["held_out"]["loss"]
            assert history["loss"][epoch] == scores["training"]["loss"]
            assert history["accuracy"][epoch] == scores["training"]["accuracy"]
            assert history["validation_accuracy"][epoch] == scores["held_out"]["accuracy"]


@pytest.mark.parametrize("rows", [40, 700])
@pytest.mark.parametrize("batch", ["all", "9"])
def test_the_accuracy_is_counted_where_nothing_is_held_out_too(tmp_path, batch, rows):
    """In the passes that a run makes anyway, of one tile or of several, told in full or not."""
    numbers = np.random.default_rng(rows).normal(size=(rows, 2))
    lines = "".join(f"{a},{b},{int(a * b > 0)}\n" for a, b in numbers)
    (tmp_path / "d.csv").write_text(f"a,b,kind\n{lines}")
    words = (
        "train",
        "xor",
        "--data",
        tmp_path / "d.csv",
        "--lr",
        "2",
        "--set",
        f"training.batch_size={batch}",
        "--brief",
    )
    history = answer(*words, "--epochs", "6", "--narrate", "3")["history"]
    assert list(history) == ["epoch", "loss", "accuracy"]
    for epoch in (1, 2, 3, 4, 6):
        scores = answer(*words, "--epochs", epoch)["scores"]["training"]
        assert (history["loss"][epoch], history["accuracy"][epoch]) == (scores["loss"], scores["accuracy"])
    loaded = spec.load("xor", [("--set", "training.epochs=6")], "", spec.DataSet(str(tmp_path / "d.csv")))
    assert history["accuracy"][0] == engine.scores(loaded).accuracy


def test_what_has_no_classes_has_no_accuracy():
    """Nor have the samples that a config holds itself: theirs are shown one by one."""
    for name in ("wave", "xor", "lecture"):
        assert list(answer("train", name, "--epochs", "2")["history"])[:2] == ["epoch", "loss"]
        assert "accuracy" not in run("train", name, "--epochs", "2").stdout


def test_the_table_of_epochs_has_the_accuracy_of_both_parts():
    text = run("train", "iris", "--epochs", "2", "--decimals", "3").stdout
    table = text.partition("Epochs\n")[2].partition("\n\n")[0].splitlines()
    assert re.split("  +", table[0]) == [
        "epoch", "loss", "change", "accuracy", "held-out loss", "held-out accuracy",
    ]  # fmt: skip
    scores = answer("train", "iris", "--epochs", "2")["scores"]
    shares = [f"{100 * scores[part]['accuracy']:.2f}%" for part in ("training", "held_out")]
    assert [word for word in table[-1].split() if word.endswith("%")] == shares


def test_a_stream_has_what_was_held_out_too():
    lines = [
        json.loads(line)
        for line in run("train", "iris", "--epochs", "2", "--format", "jsonl").stdout.splitlines()
    ]
    for name in ("validation_loss", "accuracy", "validation_accuracy"):
        assert [line[name] for line in lines[:3]] == lines[-1]["history"][name]
    assert "validation_loss" not in run("train", "xor", "--epochs", "2", "--format", "jsonl").stdout


def test_held_out_rows_change_no_weight(tmp_path):
    """Training on the rows that are kept is to the bit what a file of these rows alone gives."""
    config = spec.load("iris", [("--set", "data.normalize=none"), ("--set", "training.epochs=3")])
    alone = replace(config, data=replace(config.data, held_out=()))
    assert bits(engine.train(config).weights) == bits(engine.train(alone).weights)
    whole = [replace(one, training=replace(one.training, batch_size=None)) for one in (config, alone)]
    assert bits(engine.train(whole[0]).weights) == bits(engine.train(whole[1]).weights)
    assert engine.train(whole[0]).history.losses == engine.train(whole[1]).history.losses


def test_a_run_that_goes_on_has_the_validation_of_one_that_never_stopped(tmp_path):
    whole = answer("train", "iris", "--epochs", "6")
    run("train", "iris", "--epochs", "3", "--checkpoint", tmp_path / "c.npz")
    parts = answer("train", "iris", "--epochs", "6", "--resume", tmp_path / "c.npz")
    assert parts["history"] == whole["history"]
    assert parts["layers"] == whole["layers"]


def test_a_loss_that_leaves_the_finite_range_on_new_rows_is_told(tmp_path):
    (tmp_path / "far.csv").write_text("x,y\n1e200,1\n2,1\n")
    run("train", "regression", "--epochs", "1", "--save", tmp_path / "net.yaml")
    path = tmp_path / "net.yaml"
    linear = "network.layers=[{activation: linear, weights: [[0, 1]]}]"
    done = run("evaluate", path, "--data", tmp_path / "far.csv", "--set", linear)
    assert "undefined" in done.stdout
    scores = answer("evaluate", path, "--data", tmp_path / "far.csv", "--set", linear)["scores"]["all"]
    assert scores["loss"] is None and scores["mean_absolute_error"] == pytest.approx(5e199)


# predict and evaluate -------------------------------------------------------------------------

ROWS = "petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n2.5,6.0,3.3,6.3\n"


def test_raw_rows_are_predicted_in_full(iris, tmp_path):
    """Columns are found by name; the training part's constants are applied; a line for a row."""
    (tmp_path / "new.csv").write_text(ROWS)
    lines = list(csv.reader(io.StringIO(run("predict", iris, "--data", tmp_path / "new.csv").stdout)))
    assert lines[0] == ["species", "output setosa", "output versicolor", "output virginica"]
    assert [line[0] for line in lines[1:]] == ["setosa", "virginica"]
    config = spec.load(iris)
    x = (np.array([5.1, 3.5, 1.4, 0.2]) - config.data.shift) / config.data.scale
    own = replace(config, samples=(replace(config.samples[0], x=tuple(map(Given, x.tolist()))),))
    expected = engine.forward(own).a[-1][:, 0].tolist()
    assert list(map(float, lines[1][1:])) == pytest.approx(expected, rel=1e-12)
    data = answer("predict", iris, "--data", tmp_path / "new.csv")
    assert data["prediction"][0] == list(map(float, lines[1][1:]))
    assert data["predicted_class"] == ["setosa", "virginica"]


def test_predictions_go_to_a_file_whole(iris, tmp_path):
    (tmp_path / "new.csv").write_text(ROWS)
    run("predict", iris, "--data", tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    run("predict", iris, "--data", tmp_path / "new.csv", "-o", tmp_path / "out.csv", code=2)
    run("predict", iris, "--data", tmp_path / "new.csv", "-o", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["command"] == "predict"


def test_the_rows_that_were_trained_on_are_predicted_the_same(iris):
    lines = run("predict", iris).stdout.splitlines()
    assert len(lines) == 151
    assert lines == run("predict", iris, "--data", "iris.csv").stdout.splitlines()


@pytest.mark.parametrize("target", ["", "?", "null", "someflower"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "npz"])
def test_a_target_is_not_read_where_it_is_to_be_predicted(iris, tmp_path, target, ending):
    path, rows = tmp_path / f"d.{ending}", list(csv.DictReader(ROWS.splitlines()))
    if ending == "csv":
        path.write_text(
            "".join(
                f"{line},{more}\n"
                for line, more in zip(ROWS.split(), ["species", target, target], strict=True)
            )
        )
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row | {"species": target}) + "\n" for row in rows))
    else:
        columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
        np.savez(path, **columns, species=np.array([target] * 2))
    (tmp_path / "without.csv").write_text(ROWS)
    expected = run("predict", iris, "--data", tmp_path / "without.csv").stdout
    assert run("predict", iris, "--data", path).stdout == expected


@pytest.mark.parametrize("format", ["table", "markdown", "json", "csv"])
def test_a_prediction_that_leaves_the_finite_range_is_told(tmp_path, format):
    net = tmp_path / "net.yaml"
    net.write_text("network: {layers: [{activation: linear, weights: [[0, 3]]}]}\nsample: {x: 1}\n")
    (tmp_path / "new.csv").write_text("x\n1e308\n2\n")
    done = run("predict", net, "--data", tmp_path / "new.csv", "--format", format)
    if format == "json":
        assert json.loads(done.stdout)["prediction"] == [[None], [6.0]]
    else:
        assert ("inf" if format == "csv" else "undefined") in done.stdout


def test_outputs_that_are_no_numbers_are_no_class(tmp_path):
    (tmp_path / "new.csv").write_text("x\n1e308\n1\n")
    net = tmp_path / "net.yaml"
    layers = "[{activation: softmax, weights: [[0, 3], [0, -3]]}]"
    net.write_text(
        f"network: {{layers: {layers}}}\nloss: cross_entropy\n"
        "data: {file: new.csv, x: x, y: k, classes: [no, yes]}\n"
    )
    assert [line.split(",")[0] for line in run("predict", net).stdout.splitlines()] == ["k", "", "no"]
    assert answer("predict", net)["predicted_class"] == [None, "no"]
    assert "undefined  undefined" in run("predict", net, "--format", "plain").stdout


def test_a_number_that_is_not_known_is_predicted(tmp_path):
    run("train", "wave", "--epochs", "3", "--save", tmp_path / "net.yaml")
    told = []
    for name, text in (("with", "y,x\nn/a,1\n,2\n"), ("without", "x\n1\n2\n")):
        (tmp_path / f"{name}.csv").write_text(text)
        told.append(run("predict", tmp_path / "net.yaml", "--data", tmp_path / f"{name}.csv").stdout)
    assert told[0] == told[1] != ""


def test_columns_without_names_are_predicted_without_a_target(tmp_path):
    (tmp_path / "d.csv").write_text("1,2,0\n2,1,1\n3,0,1\n")
    run("train", "xor", "--data", tmp_path / "d.csv", "--save", tmp_path / "net.yaml")
    (tmp_path / "new.csv").write_text("1,2\n3,0\n")
    with_names = run("predict", tmp_path / "net.yaml", "--data", tmp_path / "new.csv").stdout
    assert len(with_names.splitlines()) == 3
    run("train", "xor", "--save", tmp_path / "xor.yaml")
    assert len(run("predict", tmp_path / "xor.yaml", "--data", tmp_path / "new.csv").stdout.splitlines()) == 3


def test_a_test_set_is_evaluated_whole(iris, tmp_path):
    (tmp_path / "test.csv").write_text(
        f"{LABELLED}5.1,3.5,1.4,0.2,setosa\n6.3,3.3,6.0,2.5,virginica\n5.1,3.5,1.4,0.2,virginica\n"
    )
    found = answer("evaluate", iris, "--data", tmp_path / "test.csv")["scores"]
    assert list(found) == ["all"]
    assert found["all"]["confusion"] == [[1, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert found["all"]["accuracy"] == pytest.approx(2 / 3)


LABELLED = "sepal_length,sepal_width,petal_length,petal_width,species\n"
SLIP = f"{LABELLED}5.1,3.5,1.4,0.2,setossa\n"
BAD = {
    "no target": ("evaluate", ROWS, "test.csv:1: expected a column 'species', got none"),
    "a slip": ("evaluate", SLIP, "species: unknown class 'setossa'\nhint: did you mean 'setosa'?"),
    "another name": (
        "predict",
        ROWS.replace("petal_width", "petal"),
        "test.csv:1: expected a column 'petal_",
    ),
    "no number": (
        "predict",
        ROWS.replace("6.0", "n/a"),
        "test.csv:3: petal_length: expected a number, got 'n/a'",
    ),
    "short row": ("predict", f"{ROWS}1,2\n", "test.csv:4: expected 4 columns, got 2"),
    "empty": ("predict", "", "test.csv: expected rows of data, got an empty file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_test_set_is_told_with_its_place(iris, tmp_path, monkeypatch, case):
    command, text, words = BAD[case]
    monkeypatch.chdir(tmp_path)
    Path("test.csv").write_text(text)
    assert words in run(command, iris, "--data", "test.csv", code=2).stderr


def test_what_is_not_trained_is_told_so():
    assert "expected a trained network" in run("predict", "moons", code=2).stderr
    assert (
        "data.normalize: expected a trained network"
        in run("evaluate", "iris", "--data", "iris.csv", code=2).stderr
    )


# what could not be written --------------------------------------------------------------------


@pytest.fixture
def spare(tmp_path, monkeypatch):
    """The folder for temporary files."""
    import tempfile

    folder = tmp_path / "spare"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")


@full
@pytest.mark.parametrize("option", ["--save", "--checkpoint", "-o"])
def test_a_full_disk_loses_nothing_of_a_run(spare, option):
    """What was to be written is kept elsewhere, and the message says where."""
    done = run("train", "moons", "--epochs", "3", option, "/dev/full", code=2)
    (kept,) = spare.iterdir()
    assert "/dev/full: cannot be written: No space left on device" in done.stderr
    assert done.stderr.endswith(f"hint: it is kept as {kept}\n")
    text = run("train", "moons", "--epochs", "3").stdout
    assert done.stdout == ("" if option == "-o" else text)
    if option == "-o":
        assert kept.read_text().startswith(text.splitlines()[0])
    if option == "--save":
        kept = kept.rename(kept.with_suffix(".yaml"))
        assert answer("evaluate", kept)["scores"] == answer("train", "moons", "--epochs", "3")["scores"]
    if option == "--checkpoint":
        whole = answer("train", "moons", "--epochs", "5")
        assert answer("train", "moons", "--epochs", "5", "--resume", kept)["layers"] == whole["layers"]


@full
def test_a_file_that_cannot_be_written_costs_none_of_the_others(spare, tmp_path):
    files = {"--checkpoint": "c.npz", "--plot": "p.svg", "-o": "a.json"}
    words = [word for option, name in files.items() for word in (option, tmp_path / name)]
    done = run("train", "moons", "--epochs", "2", "--save", "/dev/full", *words, code=2)
    assert done.stderr.count("cannot be written") == 1
    assert all((tmp_path / name).exists() for name in files.values())


@full
def test_a_full_disk_everywhere_is_told_for_each_file(tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    done = run("train", "moons", "--epochs", "2", "--save", "/dev/full", "-o", "/dev/full", code=2)
    assert done.stderr.count("/dev/full: cannot be written") == 2
    assert "it is kept as" not in done.stderr


def test_a_file_that_came_up_while_it_trained_is_left_as_it_is(spare, tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    train = engine.train

    def meanwhile(*arguments, **named):
        path.write_text("mine")
        return train(*arguments, **named)

    monkeypatch.setattr(engine, "train", meanwhile)
    done = run("train", "xor", "--epochs", "2", "--save", path, code=2)
    (kept,) = spare.iterdir()
    assert path.read_text() == "mine" and kept.read_text().startswith("# xor after 2 epochs")
    assert f"hint: it is kept as {kept}" in done.stderr


def test_a_signal_while_the_files_are_written_takes_none_of_them(tmp_path, monkeypatch):
    """The run is over then: a second one alone ends it."""

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return saved_text(*arguments)

    monkeypatch.setattr("perceptron_cli.cli.train.saved_text", interrupted)
    words = ("--save", tmp_path / "net.yaml", "--plot", tmp_path / "loss.svg")
    assert "2 epochs" in run("train", "xor", "--epochs", "2", *words).stdout
    assert sorted(one.name for one in tmp_path.iterdir()) == ["loss.svg", "net.yaml"]


@pytest.mark.parametrize("option", ["--save", "--plot", "-o"])
def test_a_reader_that_leaves_early_takes_nothing_from_the_files(tmp_path, option):
    path = tmp_path / "x.svg"
    other = ("--save", tmp_path / "y.yaml") if option == "-o" else ()
    words = [
        sys.executable,
        "-m",
        "perceptron_cli",
        "train",
        "xor",
        "--epochs",
        "5",
        "--all",
        option,
        path,
        *other,
    ]
    with subprocess.Popen(list(map(str, words)), stdout=PIPE) as process:
        process.stdout.close()
    assert path.stat().st_size > 100


@pytest.mark.parametrize("reader", ["leaves", pytest.param("is full", marks=full)])
def test_a_stream_that_no_one_takes_ends_the_run_and_leaves_its_files(tmp_path, reader):
    """The run can go on from there, to the bit."""
    words = [sys.executable, "-m", "perceptron_cli", "train", "moons", "--format", "jsonl"]
    words += ["--checkpoint", str(tmp_path / "c.npz"), "--save", str(tmp_path / "n.yaml")]
    shell = f"exec {shlex.join(words)} > /dev/full" if reader == "is full" else f"exec {shlex.join(words)}"
    with subprocess.Popen(shell, shell=True, stdout=PIPE, stderr=PIPE, text=True) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == (2 if reader == "is full" else 0)
    assert told.startswith("stdout takes no more: stopped after update ")
    assert ("No space left on device" in told) == (reader == "is full")
    assert (tmp_path / "n.yaml").read_text().startswith("# moons after ")
    whole, rest = answer("train", "moons"), answer("train", "moons", "--resume", tmp_path / "c.npz")
    assert (rest["layers"], rest["history"]) == (whole["layers"], whole["history"])


def test_a_limit_on_the_size_of_files_leaves_what_was_there(spare, tmp_path):
    """As a quota does: the write fails in the middle."""
    (tmp_path / "net.yaml").write_text("mine")
    words = f"train iris --epochs 1 --save {tmp_path}/net.yaml --force -o {tmp_path}/a.json"
    shell = f"ulimit -f 1; exec {sys.executable} -m perceptron_cli {words}"  # blocks, of 512 or 1024 bytes
    environment = {**os.environ, "TMPDIR": str(spare)}
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.count("cannot be written: File too large") == 2
    assert (tmp_path / "net.yaml").read_text() == "mine"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["net.yaml", "spare"]
