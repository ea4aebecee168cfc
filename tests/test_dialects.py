"""The names of books and libraries: what is printed can be read back, and what is doubtful is asked."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import random_config
from test_cli import call

from perceptron_cli import spec, trace
from perceptron_cli.answers.naming import HEADS, Naming
from perceptron_cli.dialects import DIALECTS, naming_of
from perceptron_cli.dialects.plain import plain, squashed
from perceptron_cli.errors import InputError
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES, Layout, render
from perceptron_cli.trace import View
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive

MAZUR = """\
net_h1: 0.3775
out_h1: 0.593269992
out_h2: 0.596884378
net_o1: 1.105905967
out_o1: 0.75136507
out_o2: 0.772928465
E_o1: 0.274811083
E_total: 0.298371109
dE_total/dout_o1: 0.74136507
dout_o1/dnet_o1: 0.186815602
dE_total/dw5: 0.082167041
w5+: 0.35891648
w8+: 0.561370121
dE/dw1: 0.000438568
w1+: 0.149780716
"""  # from the page, digit by digit


def checked(tmp_path, text, config, *options, name="sheet.yaml"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return call("check", str(tmp_path / name), str(config), *options)


def read(config, names, dialect=None):
    told = lines(config, view=View(input_gradients=True))
    return Naming(config, told, dict.fromkeys(names, ""), dialect)


# what is written is read -------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name != "nnstep"])
@settings(max_examples=6)
@given(st.lists(st.integers(1, 11), min_size=2, max_size=4))
def test_every_name_that_a_dialect_writes_is_read_as_its_symbol(dialect, sizes):
    config = random_config(sizes, ["sigmoid"] * (len(sizes) - 1), "half_squared_error")
    told = lines(config)
    naming = naming_of(dialect, {}, config.sizes)
    reading = read(config, [], dialect)
    written = {}
    for symbol in (one.symbol for one in told.equations.values()):
        name = naming(symbol) if symbol.head in HEADS else None
        if name is None:
            continue
        assert written.setdefault(name, symbol.name) == symbol.name, "two symbols of one name"
        assert [one.symbol for one in reading.read(name)] == [symbol.name]
        assert reading.read(name)[0].sign == 1
    assert dialect == "fausett" or len(written) > 10


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("z₁", "z1"),
        ("ŷ", "y_hat"),
        ("∂L/∂w₁₁", "dL/dw11"),
        (r"\frac{\partial L}{\partial w_{11}}", "dL/dw_11"),
        (r"$\frac{\partial E_{total}}{\partial w_{5}}$", "dL/dw_5"),
        (r"\hat{y}", "y_hat"),
        ("z_1^{[1]}", "z_1^[1]"),
        ("w5 (new)", "w5'"),
        ("w_{5}^{+}", "w_5'"),
        ("new w5", "w5'"),
        ("0.weight.grad[1,0]", "dL/d0.weight[1,0]"),
        ("dense/kernel:0[0,1]", "dense/kernel[0,1]"),
        ("δ_1", "delta_1"),
    ],
)
def test_unicode_and_latex_are_plain_names(written, bare):
    assert plain(written) == bare


def test_a_layer_is_a_layer_wherever_it_stands():
    assert squashed(plain("z_1^{[2]}")) == squashed("z[2]_1") == squashed(plain("z^{(2)}_1"))
    assert squashed("z^2_1") != squashed("z[2]_1")  # that is another book's


# which dialect ------------------------------------------------------------------------------------


def test_the_published_numbers_of_a_page_are_right_in_its_own_names(tmp_path):
    done = checked(tmp_path, MAZUR, "mazur")
    assert done.exit_code == 0
    assert "All 15 answers are right" in done.stdout
    assert "Read with the names of mazur" in done.stdout
    assert "∂E_total/∂w5" in done.stdout


@pytest.mark.parametrize("name", ["sheet-letters.csv", "sheet-own-names.yaml"])
def test_sheets_from_outside_are_read(name):
    sheets = "tests/data/sheets"
    done = call("check", f"{sheets}/{name}", f"{sheets}/columns.yaml")
    assert done.exit_code == 0
    assert "are right" in done.stdout


@pytest.mark.parametrize(
    ("names", "dialect"),
    [
        (["net_h1", "out_o1", "w5+"], "mazur"),
        (["z1", "z2", "h1", "o1"], "numbered"),
        (["z1", "a3", "w6"], "numbered"),
        (["z^2_1", "a^3_1", "delta^2_1"], "nielsen"),
        (["z_in1", "y_in1", "v11", "w01"], "fausett"),
        (["v_1^(1)", "y_1^(2)"], "haykin"),
        (["W1[0,1]", "dW1[1,0]", "Z2[0]"], "arrays"),
        (["0.weight[0,1]", "2.bias[0]", "0.weight.grad[1,1]"], "pytorch"),
        (["dense/kernel[0,1]", "dense_1/bias[0]"], "keras"),
        (["z[1]_1", "a[2]_1", "y_hat"], "nnstep"),
        (["z_1^{[1]}", r"\hat{y}", "δ[1]_2"], "nnstep"),
    ],
)
def test_the_dialect_is_found_from_all_names(names, dialect):
    config = random_config([2, 2, 1], ["sigmoid", "sigmoid"], "half_squared_error")
    reading = read(config, names)
    assert reading.dialect.name == dialect
    assert all(len(reading.read(name)) == 1 for name in names)


def test_fausetts_delta_is_the_negative_of_the_gradient(tmp_path):
    (value,) = (lines(spec.load("lecture")).values["dL/dz[3]_1"],)
    config = tmp_path / "net.yaml"
    config.write_text(
        "network:\n  layers:\n    - {activation: sigmoid, weights: [[0.4, 0.6, -0.1], [-0.3, 0.1, 0.4]]}\n"
        "    - {activation: sigmoid, weights: [[-0.2, 0.4, 0.1]]}\nloss: half_squared_error\n"
        "sample: {x: [0, 1], y: 1}\ntraining: {learning_rate: 0.25}\n"
    )
    assert value is not None
    told = lines(spec.load(str(config))).values
    delta = f"{-told['dL/dz[1]_2']:.6f}"
    sheet = f"z_in1: 0.3\nz_in2: 0.1\ndelta_2: {delta}\n"
    done = checked(tmp_path, sheet, config)
    assert done.exit_code == 0
    assert "delta_2 is read as -dL/dz[1]_2." in done.stdout


def test_what_could_be_two_things_is_asked(tmp_path):
    layer = "{activation: sigmoid, biases: [0.1, 0.2], weights: [[0.15, 0.2], [0.25, 0.3]]}"
    for number, code in (("0.60", 0), ("0.70", 2)):  # the bias of layer 2, and no bias
        done = checked(tmp_path, f"w5: 0.40\nb2: {number}\n", "mazur", "--set", f"network.layers[0]={layer}")
        assert done.exit_code == code, done.stderr
    assert "can be read in two ways: b2 is w[2]_01 in the names of mazur, and w[1]_02" in done.stderr
    assert "--names mazur or --names numbered decides" in done.stderr
    done = checked(tmp_path, "z_in1: 0.3775\ndelta_1: 0.1\n", "mazur")
    assert done.exit_code == 2
    assert "this could be -dL/dz[2]_1 or -dL/dz[1]_1" in done.stderr


def test_an_unknown_name_gets_the_nearest_of_its_dialect(tmp_path):
    done = checked(tmp_path, "net_h1: 0.3775\nout_o1: 0.7514\nnet_h9: 1\n", "mazur")
    assert done.exit_code == 2
    assert "sheet.yaml:3:9: net_h9: this step has no such symbol" in done.stderr
    assert "net_h" in done.stderr.splitlines()[-1]


def test_an_unknown_dialect_is_refused():
    done = call("backprop", "--names", "mazurr")
    assert done.exit_code == 2
    assert "did you mean 'mazur'?" in done.stderr


# one's own names ----------------------------------------------------------------------------------


def test_own_names_are_read_and_printed(tmp_path):
    config = tmp_path / "net.yaml"
    config.write_text(
        "network: {layers: [{activation: sigmoid, weights: [[0, 1]]}]}\nloss: squared_error\n"
        'sample: {x: 2, y: 1}\nnames: {summe: "z[1]_1", "g\'": "dL/dw[1]_11"}\n'
    )
    done = checked(tmp_path, "summe: 2\n", config)
    assert done.exit_code == 0
    assert "summe = 0 + 1 × 2" in " ".join(
        call("forward", str(config)).stdout.replace("summe  =", "summe =").split()
    )
    assert call("why", "summe", str(config)).exit_code == 0
    done = checked(tmp_path, "names: {h: 'z[1]_1'}\nanswers: {h: 2}\n", config)
    assert done.exit_code == 0


@pytest.mark.parametrize("symbol", ["z[2]_1", "z[1]_2", "nonsense", "w[1]_1", "[1]"])
def test_an_own_name_of_no_symbol_is_told(tmp_path, symbol):
    text = "network: {layers: [{activation: sigmoid, weights: [[0, 1]]}]}\nloss: squared_error\n"
    (tmp_path / "net.yaml").write_text(f"{text}sample: {{x: 2, y: 1}}\nnames:\n  h: '{symbol}'\n")
    with pytest.raises(InputError, match=r"net\.yaml:5:6: names\.h: expected a symbol of this network"):
        spec.load(str(tmp_path / "net.yaml"))


# how it is printed --------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("format", sorted(RENDERERS.keys() - PICTURES - TABLES - SHEETS))
def test_every_format_prints_in_every_dialect(dialect, format):
    text = render(trace.backprop(spec.load("mazur"), View(names=dialect)), format, Layout(width=100))
    assert text.strip()
    if format in ("plain", "table") and dialect not in ("nnstep", "numbered"):
        assert "∂L/∂w₁₁" not in text


def test_a_narration_is_in_the_letters_of_the_book():
    told = " ".join(call("backprop", "mazur", "--names", "mazur").stdout.split())
    assert "net_o1 = 0.60 + 0.40 × 0.5933 + 0.45 × 0.5969 = 1.1059" in told
    assert "w5+ = 0.40 - 0.5 × 0.0822 = 0.40 - 0.0411 = 0.3589" in told
    assert "Largest step: w6 by -0.0413" in told
    data = json.loads(call("backprop", "mazur", "--names", "mazur", "--json").stdout)
    assert data["names"]["w[2]_11'"] == "w5+"
    assert (
        r"\mathrm{net}_{\mathrm" in call("backprop", "mazur", "--names", "mazur", "--format", "latex").stdout
    )


def test_why_takes_the_names_that_it_prints():
    told = call("why", "w5+", "mazur", "--names", "mazur").stdout
    assert "w5+ = w5 - η × ∂E_total/∂w5 = 0.40 - 0.5 × 0.0822 = 0.3589" in told


def test_a_quiz_and_a_worksheet_ask_in_the_names_of_the_book(tmp_path):
    (tmp_path / "a.txt").write_text("?\n0.3775\n")
    told = call(
        "quiz", "mazur", "--names", "mazur", "--count", "1", "--answers", str(tmp_path / "a.txt")
    ).stdout
    assert "net_h1" in told
    assert "z₁ = ........" not in call("exercise", "--names", "mazur").stdout
    assert "net_h1 = ........" in call("exercise", "--names", "mazur").stdout
    assert "out_h1" in call("draw", "mazur", "--names", "mazur").stdout


def test_all_symbols_are_listed_in_all_dialects():
    rows = json.loads(call("names", "mazur", "--json").stdout)["symbols"]
    row = next(one for one in rows if one["nnstep"] == "w[2]_21")
    assert row == {
        "nnstep": "w[2]_21", "mazur": "w6", "numbered": "w6", "arrays": "W2[0,1]", "nielsen": "w^3_12",
        "fausett": "w21", "haykin": "w_12^(2)", "pytorch": "2.weight[0,1]", "keras": "dense_1/kernel[1,0]",
    }  # fmt: skip
    assert "nielsen" not in call("names", "mazur", "--names", "mazur").stdout


# files --------------------------------------------------------------------------------------------

NETWORK = """\
network:
  layers:
    - {activation: relu, weights: [[0.1, 0.2], [0.3, 0.4]], biases: [0.1, 0.1]}
    - {activation: sigmoid, weights: [[0.5, 0.6]], biases: [0.1]}
loss: half_squared_error
sample: {x: [0.5, 0.8], y: 1.0}
training: {learning_rate: 0.5}
"""


@pytest.mark.parametrize(
    "text",
    [
        "z1;0,31\nz2;0,57\no1;0,6450\n",
        "\ufeffName;Value\nz1;0,31\n",
        "z1\t0,31\nz2\t0.57\n",
        "Z1,0.31,0.57\nA2,0.6450\n",
        "W1\n0.1,0.3\n0.2,0.4\n\nZ1\n0.31,0.57\n",
        "W1;;\n0,1;0,3\n0,2;0,4\n",
        'z1,"0,31"\n',
        "Neuron;z;a\nh1;0,31;0,31\nh2;0,57;0,57\no1;0,597;0,6450\n",
        "z1,z2,h1,o1\n0.31,0.57,0.31,0.645\n",
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(tmp_path, text):
    (tmp_path / "net.yaml").write_text(NETWORK)
    done = checked(tmp_path, text, tmp_path / "net.yaml", name="sheet.csv")
    assert done.exit_code == 0, done.stderr + done.stdout


def test_numpys_files_are_read(tmp_path):
    (tmp_path / "net.yaml").write_text(NETWORK)
    step = lines(spec.load(str(tmp_path / "net.yaml"))).values
    right = np.array([step["dL/dz[1]_1"], step["dL/dz[1]_2"]])
    for dtype in (np.float64, np.float32):
        np.savez(
            tmp_path / "s.npz",
            Z1=np.array([0.31, 0.57], dtype),
            dZ1=right.astype(dtype),
            loss=dtype(step["L"]),
        )
        done = call("check", str(tmp_path / "s.npz"), str(tmp_path / "net.yaml"))
        assert done.exit_code == 0, done.stdout
    np.savez(tmp_path / "s.npz", dZ1=right * (1 + 1e-6))
    assert call("check", str(tmp_path / "s.npz"), str(tmp_path / "net.yaml")).exit_code == 1
    np.save(tmp_path / "Z1.npy", np.array([[0.31], [0.57]]))
    assert call("check", str(tmp_path / "Z1.npy"), str(tmp_path / "net.yaml")).exit_code == 0
    np.save(tmp_path / "Z1.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = call("check", str(tmp_path / "Z1.npy"), str(tmp_path / "net.yaml"))
    assert done.exit_code == 2
    assert "expected NumPy's arrays of numbers" in done.stderr


def test_the_arrays_of_libraries_are_read(tmp_path):
    (tmp_path / "net.yaml").write_text(NETWORK)
    for sheet in (
        {"0.weight": [[0.1, 0.2], [0.3, 0.4]], "0.bias": [0.1, 0.1], "2.weight": [[0.5, 0.6]]},
        {"fc1.weight": [[0.1, 0.2], [0.3, 0.4]], "fc2.weight": [[0.5, 0.6]]},
        {
            "dense/kernel": [[0.1, 0.3], [0.2, 0.4]],
            "dense_1/kernel": [[0.5], [0.6]],
            "dense/bias": [0.1, 0.1],
        },
    ):
        done = checked(tmp_path, json.dumps(sheet), tmp_path / "net.yaml", name="sheet.json")
        assert done.exit_code == 0, done.stdout + done.stderr


# configs ------------------------------------------------------------------------------------------


def test_a_kernel_is_read_by_columns(tmp_path):
    text = NETWORK.replace("weights: [[0.1, 0.2], [0.3, 0.4]]", "kernel: [[0.1, 0.3], [0.2, 0.4]]")
    (tmp_path / "net.yaml").write_text(text.replace("weights: [[0.5, 0.6]]", "kernel: [[0.5], [0.6]]"))
    config = spec.load(str(tmp_path / "net.yaml"))
    (tmp_path / "rows.yaml").write_text(NETWORK)
    assert config.layers == spec.load(str(tmp_path / "rows.yaml")).layers


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("{kernel: [[0.1, 0.3]]}", "kernel (layer 1): expected biases beside it, got none"),
        (
            "{kernel: [[1]], weights: [[1]], biases: 0}",
            "weights (layer 1): expected a kernel or weights, got both",
        ),
    ],
)
def test_a_kernel_that_does_not_fit_is_told(tmp_path, layer, message):
    layer = layer.replace("{", "{activation: tanh, ")
    (tmp_path / "net.yaml").write_text(f"network: {{layers: [{layer}]}}\nsample: {{x: 1}}\n")
    done = call("forward", str(tmp_path / "net.yaml"))
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_config_whose_weights_were_pasted_the_other_way_round_is_told_so(tmp_path):
    (tmp_path / "net.yaml").write_text(
        NETWORK.replace("[[0.1, 0.2], [0.3, 0.4]]", "[[0.1, 0.3], [0.2, 0.4]]")
    )
    done = checked(tmp_path, "z[1]_1: 0.31\nz[1]_2: 0.57\ny_hat: 0.6450\n", tmp_path / "net.yaml")
    assert done.exit_code == 1
    assert "Your numbers come out if the weights of layer 1 are read by columns" in " ".join(
        done.stdout.split()
    )
    done = checked(tmp_path, "z[1]_1: 0.32\nz[1]_2: 0.57\ny_hat: 0.6450\n", tmp_path / "net.yaml")
    assert "by columns" not in done.stdout
