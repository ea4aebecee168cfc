"""An exported network computes what nnstep computes, and its script would notice if it did not."""

import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from networks import CHANGED, TRAINABLE, config, layer, losses_for, networks, random_config
from stacks import SHAPES, stack
from typer.testing import CliRunner

from perceptron_cli import spec
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.cli.app import make_app
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.engine import forward, train
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.export import TARGETS, export
from perceptron_cli.export.example import MOST_SAMPLES, trained
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Given, Training
from perceptron_cli.spec.source import FOLDERS

pytestmark = pytest.mark.exhaustive

app = make_app()

SCRIPTS = ["numpy", pytest.param("pytorch", marks=pytest.mark.interop)]


def ran(script: str) -> int:
    """Run an exported script in this process; returns its exit code."""
    if "import torch" in script:
        pytest.importorskip("torch", reason="PyTorch is not installed")
    names = {"__name__": "exported"}
    exec(compile(script, "exported.py", "exec"), names)
    with np.errstate(over="ignore"):
        return names["main"]()


def call(*arguments):
    return CliRunner().invoke(app, ["export", *arguments])


def one_of(activation: str, loss: str, **training):
    sizes = [2, 3, 3 if activation == "softmax" else 2]
    return random_config(sizes, ["tanh", activation], loss, samples=3, seed=4, **training)


@pytest.mark.parametrize("target", SCRIPTS)
@settings(max_examples=40, deadline=None)
@given(network=networks())
def test_a_script_agrees_with_nnstep_on_any_network(target, network):
    try:
        script = export(network, target)
    except (InputError, NumberError):
        assume(False)
    assert ran(script) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize(
    "kind, name", [(kind, name) for kind in ("", *FOLDERS) for name in spec.bundled(kind)]
)
def test_every_lesson_exports(target, kind, name):
    assert ran(export(spec.load(name, kind=kind), target)) == 0


def test_a_data_set_says_how_its_numbers_were_normalized():
    names: dict = {"__name__": "exported"}
    iris = spec.load("iris")
    exec(export(iris, "numpy"), names)
    assert (names["SHIFT"], names["SCALE"]) == (list(iris.data.shift), list(iris.data.scale))
    assert "SHIFT" not in export(spec.load("xor"), "numpy")


@pytest.mark.parametrize("target", SCRIPTS)
def test_every_setting_of_training_changes_no_step_or_is_exported(target):
    """A setting that is added must not make a script that differs, nor one that is refused."""
    assert CHANGED.keys() == vars(Training()).keys()
    assert ran(export(replace(spec.load("xor"), training=Training(**CHANGED)), target)) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "constant"])
def test_a_schedule_is_named_beside_the_rate_that_it_begins_with(target, schedule):
    changes = [("--set", "training.epochs=9"), ("--set", f"training.schedule={schedule}")]
    script = export(spec.load("xor", changes), target)
    assert f"LEARNING_RATE = 1.0  # in epoch 1; then {schedule}: {SCHEDULES[schedule].summary}\n" in script
    assert ran(script) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize(
    "activation, loss", [(one, loss) for one in TRAINABLE for loss in losses_for(one)], ids=str
)
def test_every_activation_with_every_loss_exports_or_is_refused(target, activation, loss):
    try:
        script = export(one_of(activation, loss), target)
    except InputError as error:
        assert f"--to {target}" in str(error)
    else:
        assert ran(script) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize(
    "z, y",
    [([800.0, 0.0], [1.0, 0.0]), ([50.0, 0.0], [1.0, 0.0]), ([-120.0, 0.0, 0.0], [1.0, 0.5, 0.0])],
    ids=str,
)
def test_a_saturated_softmax_has_its_binary_cross_entropy(target, z, y):
    """a is 1 or 0 to the last digit, and the loss and its gradient are numbers all the same."""
    made = config([layer("softmax", [[0.0, one] for one in z])], "binary_cross_entropy", [([1.0], y)])
    assert ran(export(made, target)) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("update_biases", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_every_optimizer_exports_or_is_refused(target, optimizer, decay, update_biases):
    how = {"optimizer": optimizer, "options": {"weight_decay": decay}, "update_biases": update_biases}
    made = one_of("sigmoid", "binary_cross_entropy", **how)
    try:
        script = export(made, target)
    except InputError as error:
        assert f"--to {target}" in str(error)
    else:
        assert ran(script) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("update_biases", [True, False])
@pytest.mark.parametrize("limit", [0.05, 5.0])
@pytest.mark.parametrize("clip", [name for name in CLIPPINGS if name != "none"])
def test_every_clipping_exports(target, clip, limit, update_biases):
    how = {"optimizer": "rmsprop", "options": {"weight_decay": 0.1}, "update_biases": update_biases}
    made = one_of("sigmoid", "half_squared_error", clip=clip, clip_options={"limit": limit}, **how)
    script = export(made, target)
    assert ran(script) == 0
    if limit < 1:
        assert ran(script.replace(f"LIMIT = {limit}", f"LIMIT = {2 * limit}")) == 1


def step_network(**options):
    return config(
        [layer("unit_step", [[-0.3, 0.2, 0.4]], **options)], None, [([1.0, 1.0], None), ([0.0, 0.5], None)]
    )


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("options", [{}, {"theta": 0.3, "strict": 1.0}, {"low": -1.0}], ids=str)
def test_a_network_without_a_loss_exports_its_forward_pass(target, options):
    script = export(step_network(**options), target)
    assert "def step" not in script
    assert ran(script) == 0


@pytest.mark.parametrize("target", SCRIPTS)
@pytest.mark.parametrize("name", ["LOSS", "NEW_LOSS", "PREDICTION", "GRADIENTS", "NEW_WEIGHTS", "NEW_BIASES"])
def test_a_number_that_differs_is_noticed(target, name):
    """The first number that is said to be nnstep's is changed in its eighth digit."""
    script = export(spec.load("mazur"), target)
    changed = re.sub(
        rf"(?m)^({name} = \D*)(\d+\.\d+)",
        lambda found: f"{found[1]}{float(found[2]) + 1e-8!r}",
        script,
    )
    assert changed != script
    assert ran(changed) == 1


@pytest.mark.parametrize("target", SCRIPTS)
def test_a_script_has_few_samples_and_says_which(target):
    many = random_config([2, 3, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=300, batch_size=7)
    script = export(many, target)
    assert script.count("# The numbers: samples ") == 1
    assert ran(script) == 0
    whole = replace(many, training=replace(many.training, batch_size=None))
    assert f"samples 1 to {MOST_SAMPLES}." in export(whole, target)
    assert ran(export(whole, target)) == 0


@pytest.mark.parametrize("target", SCRIPTS)
def test_names_cannot_break_out_of_the_script(target):
    hostile = replace(spec.load("lecture"), name='"""\nraise SystemExit(3)\n\\ $title')
    assert ran(export(hostile, target)) == 0


def test_what_a_step_cannot_be_told_of_is_refused():
    made = random_config([1, 1], ["linear"], "squared_error", learning_rate=1e300)
    huge = replace(made, samples=(replace(made.samples[0], x=(Given(1e200),)),))
    with pytest.raises(NumberError, match="finite"):
        export(huge, "numpy")


def test_pytorch_refuses_a_nesterov_that_it_does_not_have():
    made = one_of("sigmoid", "half_squared_error", optimizer="nesterov", options={"dampening": 0.5})
    with pytest.raises(InputError, match="Nesterov"):
        export(made, "pytorch")
    assert ran(export(made, "numpy")) == 0


def test_trained_exports_the_weights_that_training_leaves():
    network = spec.load("xor", [("--set", "training.epochs=40")])
    left = trained(network)
    np.testing.assert_array_equal(forward(left).a[-1].T, train(network).prediction)
    assert ran(export(left, "numpy")) == 0
    assert call("xor", "--to", "numpy", "--trained", "--set", "training.epochs=40").stdout == export(
        left, "numpy"
    )


def test_the_numpy_script_needs_numpy_alone(tmp_path):
    """Run as a user runs it, where nnstep is not installed."""
    path = tmp_path / "net.py"
    assert call("softmax", "--to", "numpy", "-o", str(path)).exit_code == 0
    hidden = "import sys, runpy; sys.modules['perceptron_cli'] = None; "
    hidden += f"runpy.run_path({str(path)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("ok ") == len(done.stdout.splitlines()) > 5


def test_a_file_that_exists_is_kept(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("mine")
    refused = call("--to", "numpy", "-o", str(path))
    assert (refused.exit_code, path.read_text()) == (2, "mine")
    assert "--force" in refused.stderr
    assert call("--to", "numpy", "-o", str(path), "--force").exit_code == 0
    assert path.read_text() == export(spec.load("lecture"), "numpy")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "--to: expected a library"),
        (["--to", "caffe"], "caffe"),
        (["--to", "numpy", "nowhere.yaml"], "no such file"),
        (["--to", "numpy", "--set", "training.epochs=0"], "training.epochs"),
    ],
    ids=str,
)
def test_what_cannot_be_exported_is_told(arguments, message):
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout


def test_onnx_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = call("--to", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert result.exit_code == 2
    assert "nnstep[onnx]" in result.stderr
    assert not list(tmp_path.iterdir())


# ONNX, in onnxruntime -------------------------------------------------------------------------


def in_onnxruntime(data: bytes, x: np.ndarray) -> np.ndarray:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    (prediction,) = runtime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": x})
    return prediction


def assert_onnx_agrees(network):
    pytest.importorskip("onnx", reason="onnx is not installed")
    x = np.array([sample.x for sample in network.samples], dtype=np.float64)
    found = in_onnxruntime(export(network, "onnx"), x)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, forward(network).a[-1].T, rtol=1e-12, atol=1e-12)


@pytest.mark.interop
@settings(max_examples=60, deadline=None)
@given(network=networks(optimizers=False))
def test_onnxruntime_agrees_on_any_network(network):
    assert_onnx_agrees(network)


@pytest.mark.interop
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_onnxruntime_has_every_activation(activation):
    made = random_config([3, 5, 4], [activation, activation], "squared_error", samples=6, seed=2)
    assert_onnx_agrees(made)


@pytest.mark.interop
@pytest.mark.parametrize("seed", range(24))
def test_onnxruntime_agrees_on_layers_of_any_kind(seed):
    config = spec.load(stack(seed, SHAPES[seed % len(SHAPES)], 1 + seed % 4, samples=3))
    if any(layer.kind == "batch_norm" for layer in config.layers):
        with pytest.raises(InputError, match="running statistics"):
            export(config, "onnx")
        config = trained(replace(config, training=replace(config.training, epochs=1)))
        config = replace(config, layers=tuple(map(with_statistics, config.layers)))
    assert_onnx_agrees(config)


def with_statistics(layer):
    """The layer with its running statistics as if the config had given them."""
    return replace(layer, settings={**layer.settings, "given": ("running_mean", "running_var")})


@pytest.mark.interop
@pytest.mark.parametrize("seed", range(24))
def test_a_pytorch_script_agrees_on_layers_of_any_kind(seed):
    loss = ["half_squared_error", "binary_cross_entropy", "categorical_cross_entropy"][seed % 3]
    made = stack(seed, SHAPES[seed % len(SHAPES)], 1 + seed % 5, loss, 3, optimizer="momentum")
    config = spec.load(made | ({"penalty": {"l2": 0.1, "l1": 0.01}} if seed % 2 else {}))
    try:
        script = export(config, "pytorch")
    except InputError as error:
        assert "another mask" in str(error)
    else:
        assert ran(script) == 0


@pytest.mark.interop
@pytest.mark.parametrize("options", [{}, {"theta": 0.3, "strict": 1.0}, {"low": -1.0}], ids=str)
def test_onnxruntime_has_every_unit_step(options):
    assert_onnx_agrees(step_network(**options))


@pytest.mark.interop
def test_an_onnx_file_takes_any_number_of_samples_and_is_the_same_twice(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    path = tmp_path / "net.onnx"
    assert call("mazur", "--to", "onnx", "-o", str(path)).exit_code == 0
    assert path.read_bytes() == export(spec.load("mazur"), "onnx")
    assert in_onnxruntime(path.read_bytes(), np.zeros((17, 2))).shape == (17, 2)


def test_every_target_is_a_module():
    own = {name: one.module.rpartition(".")[2] for name, one in TARGETS.items()}
    assert {name for name, module in own.items() if name != module} == {"jax"}  # which is Python, too
