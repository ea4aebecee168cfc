# ruff: noqa: E501
"""Straight code and single formulas, in other languages: each agrees with the engine, on any network."""

import math
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
from stacks import SHAPES, stack
from test_export import ran
from typer.testing import CliRunner

from perceptron_cli import load
from perceptron_cli.cli.app import make_app
from perceptron_cli.engine import forward
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.export import export
from perceptron_cli.export.trees import identifier
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.source import FOLDERS, bundled

pytestmark = pytest.mark.exhaustive
COMPILER = shutil.which("cc") or shutil.which("gcc")
STRICT = ["-O2", "-Wall", "-Werror", "-std=c99"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
NAMES = sorted({name for folder in ("", *FOLDERS) if folder != "perceptron" for name in bundled(folder)})


def compiled(text, folder, *flags):
    """Compile a program strictly, run it, and return its exit code and what it printed."""
    source, program = folder / "net.c", folder / "net"
    source.write_text(text)
    subprocess.run([COMPILER, *STRICT, *flags, str(source), "-o", str(program), "-lm"], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True)
    return done.returncode, done.stdout


def any_kinds(seed):
    return stack(seed, SHAPES[seed % len(SHAPES)], 1 + seed % 4, samples=1 + seed % 3)


needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


@needs_compiler
@pytest.mark.parametrize("name", NAMES)
def test_c_of_every_lesson_compiles_strictly_and_agrees(name, tmp_path):
    assert compiled(export(load(name), "c"), tmp_path, *SANITIZED) == (0, "ok       a training step\n")


@needs_compiler
@pytest.mark.parametrize("seed", range(8))
def test_c_of_layers_of_any_kind_agrees(seed, tmp_path):
    try:
        text = export(load(any_kinds(seed)), "c")
    except (InputError, NumberError) as refused:
        assert "mask of dropout" in str(refused)
        return
    assert compiled(text, tmp_path, *SANITIZED)[0] == 0


@needs_compiler
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_c_of_every_optimizer_agrees_or_is_refused(name, tmp_path):
    config = load("lecture", (("--set", f"training.optimizer={name}"),))
    if name == "nadam":  # whose numbers are others in each step
        with pytest.raises(InputError, match="has no nadam"):
            export(config, "c")
        return
    assert compiled(export(config, "c"), tmp_path)[0] == 0


@needs_compiler
def test_c_goes_on_as_nnstep_does(tmp_path):
    """Ten steps in C leave the weights that ten updates leave here, with momentum and a changed first step."""
    from perceptron_cli import train

    given = [("--set", "training.optimizer={name: momentum, momentum: 0.8}"), ("--set", "training.epochs=10")]
    config = load("mazur", given)
    text = export(config, "c").replace("    int wrong = 0;\n", "    int wrong = 0;\n    for (int i = 0; i < 10; i++) step(x, y);\n"
                                       '    printf("%.17g\\n", w2_11); return 0;\n')  # fmt: skip
    source = tmp_path / "net.c"
    source.write_text(text)
    subprocess.run([COMPILER, "-O2", "-std=c99", str(source), "-o", str(tmp_path / "net"), "-lm"], check=True)
    found = float(subprocess.run([str(tmp_path / "net")], capture_output=True, text=True, check=True).stdout)
    assert math.isclose(found, train(config).weights[1][0, 1], rel_tol=1e-13)


@needs_compiler
def test_c_notices_a_number_that_differs(tmp_path):
    text = export(load("mazur"), "c")
    wrong = text.replace("static double w1_11 = 0.15;", "static double w1_11 = 0.16;")
    code, printed = compiled(wrong, tmp_path)
    assert code == 1
    assert "DIFFERS  loss" in printed


@pytest.mark.parametrize("name", ["conv", "pool", "time", "dropout", "batchnorm", "layernorm", "residual", "penalty",
                                  "lstm", "gru", "rnn", "attention", "hello", "block"])  # fmt: skip
def test_a_script_of_other_kinds_needs_python_alone(name):
    text = export(load(name), "numpy")
    assert "numpy" not in re.findall(r"^import (\w+)", text, re.M)
    assert ran(text) == 0
    number = re.search(r'^    "\w+": (-?\d\.\d+),$', text, re.M)
    assert ran(text.replace(number[0], number[0].replace(number[1], repr(float(number[1]) + 0.1)), 1)) == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_script_of_any_kinds_agrees(seed):
    try:
        text = export(load(any_kinds(seed)), "numpy")
    except (InputError, NumberError):
        return
    assert ran(text) == 0


def test_a_large_network_is_refused_with_what_takes_it(tmp_path):
    layers = [{"neurons": 300, "activation": "relu"}, {"neurons": 1, "activation": "sigmoid"}]
    config = load({"network": {"inputs": 200, "layers": layers}, "loss": "binary_cross_entropy",
                   "sample": {"x": [0.1] * 200, "y": 1}})  # fmt: skip
    for target in ("c", "jax"):
        with pytest.raises(
            InputError, match="writes a line for each number, and this network has 60,601 weights"
        ):
            export(config, target)


def test_names_are_identifiers():
    assert identifier("s2:dL/dw[1]_01'") == "s2_dL_dw1_01_new"
    assert identifier("m_hat:w[10]_3,12") == "m_hat_w10_3_12"


# one formula ----------------------------------------------------------------------------------------------

SHEET = {"EXP": math.exp, "TANH": math.tanh, "MAX": max, "MIN": min, "LN": math.log, "SQRT": math.sqrt,
         "ABS": abs, "COS": math.cos, "ERF": math.erf, "IF": lambda test, yes, no: yes if test else no}  # fmt: skip
TEXT = {"exp": math.exp, "tanh": math.tanh, "max": max, "min": min, "ln": math.log, "sqrt": math.sqrt,
        "abs": abs, "cos": math.cos, "erf": math.erf, "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        "step": lambda z: float(z >= 0)}  # fmt: skip


@pytest.mark.parametrize(
    "name", ["lecture", "mazur", "softmax", "regression", "conv", "pool", "lstm", "gru", "residual"]
)
def test_a_formula_is_the_prediction(name):
    config = load(name)
    expected = forward(replace(config, samples=config.samples[:1])).a[-1][:, 0]
    parts = export(config, "formula").split("\n\n")
    x = [float(one) for one in config.samples[0].x]
    indices = [",".join(map(str, config.place(0, n))) for n in range(1, len(x) + 1)]
    named = {f"x_{index}": value for index, value in zip(indices, x, strict=True)}
    text = [line.partition(" = ")[2].replace("^", "**") for line in parts[1].splitlines()[1:]]
    for key in sorted(named, key=len, reverse=True):
        text = [re.sub(rf"\b{key}\b", identifier(key), line) for line in text]
    given = {identifier(key): value for key, value in named.items()}
    assert [eval(line, TEXT, given) for line in text] == pytest.approx(expected, rel=1e-12)
    cells = [line[1:].replace("^", "**") for line in parts[3].splitlines()[1:]]
    columns = {f"{chr(65 + number)}1": value for number, value in enumerate(x)}
    assert [eval(line, SHEET, columns) for line in cells] == pytest.approx(expected, rel=1e-12)
    assert all(
        line.startswith("a_{") and line.count("{") == line.count("}") for line in parts[2].splitlines()[1:]
    )


def test_a_formula_that_nobody_could_read_is_refused():
    layers = [{"neurons": 12, "activation": "tanh"} for _ in range(6)]
    network = {"network": {"inputs": 3, "layers": layers}, "sample": {"x": [0.1, 0.2, 0.3]}}
    with pytest.raises(InputError, match="would have more than 20,000 numbers"):
        export(load(network), "formula")
    with pytest.raises(InputError, match="a token chooses a row"):
        export(load("copy"), "formula")


# other libraries -------------------------------------------------------------------------------------------


@pytest.mark.interop
@pytest.mark.parametrize("name", ["softmax", "conv", "adam", "dropout", "batchnorm", "attention", "lstm"])
def test_jax_agrees_with_its_own_gradient(name):
    pytest.importorskip("jax")
    config = load("lecture", (("--set", "training.optimizer=adam"),)) if name == "adam" else load(name)
    assert ran(export(config, "jax")) == 0


@pytest.mark.interop
@pytest.mark.parametrize("name", ["lecture", "softmax", "relu", "regression", "moons", "iris"])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_agrees(name):
    pytest.importorskip("sklearn")
    assert ran(export(load(name), "sklearn")) == 0


@pytest.mark.interop
@pytest.mark.parametrize("name", ["mazur", "iris", "layernorm", "lstm", "gru", "hello"])
@pytest.mark.filterwarnings("ignore")
def test_keras_agrees(name, tmp_path):
    pytest.importorskip("keras")
    pytest.importorskip("torch")
    script = tmp_path / "net.py"
    script.write_text(export(load(name), "keras"))
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "ok       prediction\n")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["mazur", "--to", "sklearn"], "--to sklearn knows no activation sigmoid there"),
        (["conv", "--to", "sklearn"], "its perceptrons have dense layers"),
        (["conv", "--to", "keras"], "--to keras has no layer conv2d as nnstep has it, and layer 1 is one"),
    ],
)
def test_what_a_library_has_not_is_told(arguments, message):
    done = CliRunner().invoke(make_app(), ["export", *arguments])
    assert done.exit_code == 2
    assert message in done.stderr
    assert "hint: " in done.stderr
