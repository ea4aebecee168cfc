"""Networks from other files and links: read whole, or refused with one clear error; nothing is run."""

import json
import math
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from perceptron_cli import load, narrate
from perceptron_cli.cli.app import make_app
from perceptron_cli.engine import Trainer
from perceptron_cli.errors import InputError
from perceptron_cli.export import export
from perceptron_cli.imports import FORMATS, read
from perceptron_cli.imports.playground import Random
from perceptron_cli.imports.stack import Stack, shortest
from perceptron_cli.spec.source import bundled
from perceptron_cli.spec.write import written

runner = CliRunner()


def told(config):
    """Return a config's first step."""
    trainer = Trainer(config)
    return trainer.record(next(iter(trainer.batches(1))))


def require_same(config, other):
    one, two = told(config), told(other)
    assert (one.before.loss, one.after.loss) == (two.before.loss, two.after.loss)
    for a, b in zip(one.new_weights, two.new_weights, strict=True):
        assert (a == b).all()


# nnstep's own ------------------------------------------------------------------------------------

DENSE = [name for name in bundled() if load(name).is_dense]


@pytest.mark.parametrize("target", ["numpy", "pytorch"])
@pytest.mark.parametrize("name", DENSE)
def test_a_script_brings_its_network_back_to_the_bit(name, target, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(export(load(name), target, str(tmp_path)))
    require_same(load(name), read(str(path)).config())


@pytest.mark.parametrize("name", ["lecture", "mazur", "softmax", "xor"])
def test_the_json_of_a_step_brings_its_network_back(name, tmp_path):
    path = tmp_path / "step.json"
    done = runner.invoke(make_app(), ["backprop", name, "--json"])
    path.write_text(done.stdout)
    stack = read(str(path))
    was, now = told(load(name)), told(stack.config())
    assert math.isclose(was.before.loss, now.before.loss, rel_tol=1e-15)
    for a, b in zip(was.new_weights, now.new_weights, strict=True):
        assert np.allclose(a, b, rtol=1e-14, atol=0)
    assert stack.notes == []


def test_the_json_says_where_it_does_not_say_enough(tmp_path):
    path = tmp_path / "step.json"
    for argv, note in (
        (["backprop", "--json", "--set", "training.optimizer=adam"], "does not say the optimizer"),
        (["backprop", "moons", "--json"], "does not say the optimizer"),  # a shuffled batch of 16
    ):
        path.write_text(runner.invoke(make_app(), argv).stdout)
        stack = read(str(path))
        stack.config()
        assert note in stack.notes[0]
    slope = ["backprop", "relu", "--json", "--set", "network.layers[0].activation=leaky_relu"]
    path.write_text(runner.invoke(make_app(), [*slope, "--set", "network.layers[0].slope=0.3"]).stdout)
    with pytest.raises(InputError, match="does not say the options of an activation"):
        read(str(path))
    path.write_text(runner.invoke(make_app(), ["backprop", "conv", "--json"]).stdout)
    with pytest.raises(InputError, match="layers other than dense"):
        read(str(path))


def test_an_import_is_a_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner.invoke(make_app(), ["export", "mazur", "--to", "numpy", "-o", "mazur.py"])
    done = runner.invoke(make_app(), ["import", "mazur.py", "-o", "net.yaml"])
    assert done.exit_code == 0
    assert done.stderr == "wrote net.yaml; next: nnstep backprop net.yaml\n"
    require_same(load("mazur"), load("net.yaml"))
    again = runner.invoke(make_app(), ["import", "mazur.py", "-o", "net.yaml"])
    assert (again.exit_code, "exists" in again.stderr) == (2, True)
    shown = runner.invoke(make_app(), ["import", "mazur.py"])
    assert shown.stdout.startswith("# mazur, imported from mazur.py\nname: mazur\n")


# TensorFlow Playground -----------------------------------------------------------------------------

LINK = "https://playground.tensorflow.org/#activation=relu&seed=0.15&networkShape=3&"


def test_random_numbers_are_seedrandoms():
    # node: require('seedrandom'); Math.seedrandom("0.15"); three numbers of Math.random()
    random = Random("0.15")
    assert [random() for _ in range(3)] == [0.7747897282948705, 0.6425036561602477, 0.43313866000629997]
    random, total = Random("0.123456789x"), 0.0
    for _ in range(100000):
        total += random()
    assert (total, random()) == (49886.98851873153, 0.2765417024933102)


def test_a_link_is_a_network_with_the_data_and_the_weights_of_its_page():
    config = read(LINK + "x=true&xTimesY=true&sinY=true&y=false&learningRate=0.3&batchSize=5").config()
    assert config.sizes == (3, 3, 1)
    assert [layer.activation for layer in config.layers] == ["relu", "tanh"]
    assert (config.loss, config.training.batch_size, config.training.learning_rate) == (
        "half_squared_error",
        5,
        0.3,
    )
    assert len(config.samples) == 250
    x = np.array([one.x for one in config.samples])
    labels = np.array([one.y[0] for one in config.samples])
    radius = np.hypot(x[:, 0], x[:, 1] / x[:, 0])  # x and xy
    assert ((radius < 2.5) == (labels == 1)).all()
    weights = np.concatenate([np.array(layer.weights).ravel() for layer in config.layers])
    assert abs(weights).max() <= 0.5
    assert [row[0] for layer in config.layers for row in layer.weights] == [0.1] * 4


@pytest.mark.parametrize("data", ["circle", "xor", "gauss", "spiral"])
def test_every_data_set_can_be_learnt(data):
    config = read(
        LINK + f"dataset={data}&networkShape=8&xSquared=true&ySquared=true&xTimesY=true&learningRate=0.1"
    ).config()
    from perceptron_cli import train

    first = told(config).before.loss
    run = replace(config, training=replace(config.training, epochs=60))
    assert train(run).loss < first * (0.9 if data == "spiral" else 0.3)


def test_a_link_of_a_regression():
    config = read(
        LINK + "problem=regression&regDataset=reg-gauss&regularization=L2&regularizationRate=0.01"
    ).config()
    assert config.layers[-1].activation == "linear"
    assert len(config.samples) == 600
    assert (config.penalty.l2, config.penalty.biases) == (0.01, False)
    assert max(abs(one.y[0]) for one in config.samples) <= 1


@pytest.mark.parametrize(
    "link, message",
    [
        ("https://example.org/#seed=1", "expected a link to playground.tensorflow.org"),
        (LINK + "activation=mish", "activation: expected one of relu, tanh, sigmoid, linear, got mish"),
        (LINK + "networkShape=4,99", "networkShape: expected a whole number from 1 to 8, got 99"),
        (LINK + "learningRate=nan", "learningRate: expected a number from 0 to"),
        (LINK + "x=false&y=false", "expected one input or more"),
        (LINK + "dataset=byod", "dataset: expected one of circle"),
    ],
)
def test_a_wrong_link_is_one_error(link, message):
    with pytest.raises(InputError, match=message):
        read(link)


# numbers and names -----------------------------------------------------------------------------------


def test_float32_keeps_its_shortest_text():
    given = np.array([0.1, -1 / 3, 1e-20, 16777216.0, 0.30000001192092896], dtype=np.float32)
    found = shortest(given)
    assert (found.astype(np.float32) == given).all()
    assert [repr(one) for one in found.tolist()] == ["0.1", "-0.33333334", "1e-20", "16777216.0", "0.3"]


def test_activations_and_the_loss_are_named():
    stack = Stack("net")
    stack.says_activations = False
    stack.dense("fc1", np.ones((2, 3)), np.zeros(2))
    stack.dense("fc2", np.ones((2, 2)), None)
    with pytest.raises(InputError, match="does not say the activations of fc1, fc2"):
        stack.config()
    with pytest.raises(InputError, match="expected 2 names, one for each of fc1 .dense., fc2 .dense.; got 1"):
        stack.name_activations(["relu"])
    with pytest.raises(InputError, match="nnstep has no mish"):
        stack.name_activations(["relu", "mish"])
    stack.name_activations(["LeakyReLU", "softmax"])
    config = stack.config()
    assert (config.layers[0].activation, config.loss) == ("leaky_relu", "categorical_cross_entropy")
    assert not config.layers[1].has_bias
    assert [note.partition(";")[0] for note in stack.notes] == [
        "the file says no loss", "the file has no sample: x is 1 for each input",
    ]  # fmt: skip
    assert narrate(config).arrays["loss"] > 0


def test_numbers_that_are_none_are_refused_by_their_place():
    stack = Stack("net", "net.pt")
    with pytest.raises(InputError, match="net.pt: fc1: expected finite numbers"):
        stack.dense("fc1", np.array([[np.nan]]), None)


# hostile files ---------------------------------------------------------------------------------------


class Evil:
    """Unpickled, it would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_is_refused_by_its_ending(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Evil(tmp_path / "run")))
    with pytest.raises(InputError) as raised:
        read(str(path))
    assert "skops" in raised.value.problems[0].hint
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("suffix", [".keras", ".skops", ".pt", ".pth"])
def test_a_zip_bomb_is_not_unpacked(suffix, tmp_path):
    path = tmp_path / f"bomb{suffix}"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("config.json", "w") as inside,
    ):
        for _ in range(100):
            inside.write(b" " * 2**20)
    assert path.stat().st_size < 2**20
    with pytest.raises(InputError, match="expected at most 64 MB, got 100 MB"):
        read(str(path))


def test_a_script_is_read_and_not_run(tmp_path):
    path, run = tmp_path / "script.py", tmp_path / "run"
    path.write_text(f"open({str(run)!r}, 'w')\n")
    with pytest.raises(InputError, match="expected a script that 'nnstep export' wrote"):
        read(str(path))
    path.write_text(f"open({str(run)!r}, 'w')\n" + export(load("mazur"), "numpy"))
    require_same(load("mazur"), read(str(path)).config())
    assert not run.exists()


@pytest.mark.parametrize("suffix", [*FORMATS, ".h5", ".txt", ""])
def test_junk_is_one_error(suffix, tmp_path):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(bytes(range(256)) * 3)
    done = subprocess.run(
        [sys.executable, "-m", "perceptron_cli", "import", str(path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") <= 2
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read(str(tmp_path / "none.onnx"))


def test_json_of_something_else_is_one_error(tmp_path):
    path = tmp_path / "other.json"
    for text in ("[]", '{"steps": [{"layers": 3}]}', "[" * 100000, json.dumps({"network": {}})):
        path.write_text(text)
        with pytest.raises(InputError, match="expected the JSON of a step"):
            read(str(path))


def test_every_number_of_biases_is_written_and_read_back():
    for biases in ("one", "two", "none"):
        document = {
            "network": {"layers": [{"kind": "gru", "units": 2, "biases": biases}]},
            "loss": "half_squared_error", "sample": {"x": [[1.0, 2.0], [0.5, 1.0]], "y": [0.5, 0.1]},
        }  # fmt: skip
        config = load(document)
        from perceptron_cli.engine.network import initial_weights

        weights = initial_weights(config)
        from perceptron_cli.spec import parse

        require_same(parse(written(config, weights, "", "x"), "x"), config)
        assert len(config.layers[0].bias_columns) == {"one": 3, "two": 6, "none": 0}[biases]
