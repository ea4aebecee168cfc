"""Bad input is told all at once, each problem with its place, what was expected, what was found, a hint."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import within

from perceptron_cli import engine, spec
from perceptron_cli.errors import InputError

GOOD = """\
network:
  layers:
    - activation: tanh
      weights: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    - activation: sigmoid
      weights: [[0.1, 0.2, 0.3]]
loss: binary_cross_entropy
sample: {x: [1.0, 2.0], y: 1}
training: {learning_rate: 0.1}
"""


def problems(text: str):
    with pytest.raises(InputError) as caught:
        spec.parse(text, "net.yaml")
    return [(one.line, one.column, str(one), one.hint or "") for one in caught.value.problems]


# What is put in place of what, where the problem is, and words of the message and of the hint.
BAD = [
    ("network:", "netwrok:", 1, 1, "netwrok: unknown key", "did you mean 'network'?"),
    ("tanh", "tahn", 3, 19, "unknown name 'tahn'", "did you mean 'tanh'?"),
    ("sigmoid", "sigmiod", 5, 19, "layer 2", "did you mean 'sigmoid'?"),
    ("[0.1, 0.2, 0.3], [", "[0.1, 0.2], [", 4, 17, "one bias and one per input", "starts with the bias"),
    ("weights: [[0.1, 0.2, 0.3]]", "weights: [[1, 2]]", 6, 17,
     "expected 3 numbers, one bias and one per neuron of layer 1, got 2", "biases apart"),
    ("[0.4, 0.5, 0.6]", "[0.4, 0.5]", 4, 34, "(layer 1, neuron 2)", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, oops, 0.6]", 4, 40, "weights[1][1]", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, '0.5', 0.6]", 4, 40, "expected a number, got the text '0.5'", "quotes"),
    ("[0.4, 0.5, 0.6]", "[0.4, 010, 0.6]", 4, 40, "octal number 8", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, no, 0.6]", 4, 40, "got no, which YAML reads as false", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, 12:30, 0.6]", 4, 40, "base-60 number 750", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, 0x1F, 0.6]", 4, 40, "hexadecimal number 31", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, .nan, 0.6]", 4, 40, "reads as not a number", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, .inf, 0.6]", 4, 40, "reads as infinity", ""),
    ("[0.4, 0.5, 0.6]", "[0.4, 1e999, 0.6]", 4, 40, "too large for float64", ""),
    ("[0.4, 0.5, 0.6]", "0.4", 4, 34, "expected a row of numbers, got 0.4", "a row per neuron"),
    ("[0.4, 0.5, 0.6]", "[0.4, 0,5, 0.6]", 4, 34, "got 4", ""),
    ("      weights: [[0.1, 0.2, 0.3]]\n", "", 5, 7, "expected weights, or the number", "neurons: 3"),
    ("weights: [[0.1, 0.2, 0.3]]", "neurons: 1000000000", 6, 16, "from 1 to 100000, got 1000000000", ""),
    ("learning_rate: 0.1", "learning_rate: 1_0", 9, 27, "got 1_0, which YAML reads as the number 10",
     "without underscores"),
    ("learning_rate: 0.1", "learning_rate: yes", 9, 27, "got yes, which YAML reads as true", ""),
    ("weights: [[0.1, 0.2, 0.3]]", "neurons: 1\n      init: xavir_uniform", 7, 13, "unknown name", "xavier"),
    ("weights: [[0.1, 0.2, 0.3]]", "neurons: 2\n      weights: [[1, 2, 3]]", 7, 16,
     "expected 2 rows, one per neuron, got 1", ""),
    ("weights: [[0.1, 0.2, 0.3]]", "biases: [1, 2]\n      weights: [[2, 3]]", 6, 15, "biases", ""),
    ("weights: [[0.1, 0.2, 0.3]]", "biases: [1]\n      weights: [[1, 2, 3]]", 7, 17,
     "expected 2 numbers, one per neuron of layer 1", "leave the first number out"),
    ("weights: [[0.1, 0.2, 0.3]]", "weights: [[1, 2, 3]]\n      slope: 1", 7, 14, "takes no slope", "leaky"),
    ("binary_cross", "binray_cross", 7, 7, "unknown name", "did you mean 'binary_cross_entropy'?"),
    ("y: 1", "y: 3", 8, 28, "expected numbers from 0 to 1 for binary_cross_entropy, got 3", ""),
    ("y: 1", "y: [1, 0]", 8, 28, "expected 1 number, one per neuron of the output layer, got 2", ""),
    ("x: [1.0, 2.0]", "x: [1.0]", 8, 13, "expected 2 numbers, one per input of the network, got 1", ""),
    ("x: [1.0, 2.0]", "x: []", 8, 13, "got 0", ""),
    (", y: 1", "", None, None, "", ""),
    ("sample: {x: [1.0, 2.0], y: 1}", "", 1, 1, "sample: expected a sample, got none", "add 'sample"),
    ("sample: {x: [1.0, 2.0], y: 1}", "samples: []", 8, 10, "empty list", ""),
    ("learning_rate: 0.1", "learning_rate: -0.1", 9, 27, "expected a number above 0, got -0.1", ""),
    ("learning_rate: 0.1", "learning_rate: .nan", 9, 27, "expected a number above 0", ""),
    ("learning_rate: 0.1", "epochs: 0", 9, 20, "from 1 to 100,000,000, got 0", ""),
    ("learning_rate: 0.1", "epochs: 1e9", 9, 20, "from 1 to 100,000,000, got 1e9", ""),
    ("learning_rate: 0.1", "epochs: 2.5", 9, 20, "whole number of epochs", ""),
    ("learning_rate: 0.1", "batch_size: some", 9, 24, "'all', or a whole number", ""),
    ("learning_rate: 0.1", "update_biases: 0", 9, 27, "expected true or false, got 0", ""),
    ("learning_rate: 0.1", "optimizer: adm", 9, 23, "unknown name 'adm'", "did you mean 'adam'?"),
    ("learning_rate: 0.1", "optimizer: {name: adam, beta: 0.9}", 9, 36, "unknown key", "beta2"),
    ("learning_rate: 0.1", "optimizer: {name: adam, beta1: 1}", 9, 43, "from 0 to below 1", ""),
    ("learning_rate: 0.1", "lerning_rate: 0.1", 9, 12, "unknown key", "did you mean 'learning_rate'?"),
    ("training: {", "version: 99\ntraining: {", 9, 10, "expected 1, got 99", "newer nnstep"),
    ("training: {", "<<: {a: 1}\ntraining: {", 9, 1, "unknown key", "merge keys"),
    ("training: {", "layers: []\ntraining: {", 9, 1, "layers: unknown key", "it belongs under 'network:'"),
    ("training: {", "epochs: 3\ntraining: {", 9, 1, "epochs: unknown key", "it belongs under 'training:'"),
    ("training: {", "loss: squared_error\ntraining: {", 9, 1, "'loss' stands here twice", ""),
    ("training: {", "training: !!python/object:os.system {", 9, 11, "got the tag", "leave the tag out"),
    ("training: {", "training: *nowhere\na: {", 9, 11, "expected a known name, got *nowhere", ""),
    ("training: {", "training: &a [*a]\nb: {", 9, 15, "contains itself", ""),
    ("training: {", "\ttraining: {", 9, 1, "expected YAML", "not with tabs"),
    ("training: {", "---\ntraining: {", 9, 1, "expected one document", ""),
    ("training: {", "? [a]\n: 1\ntraining: {", 9, 3, "expected a name as a key", ""),
]  # fmt: skip


@pytest.mark.parametrize("old, new, line, column, words, hint", BAD, ids=lambda one: str(one)[:40])
def test_a_bad_config_is_told_with_its_place(old, new, line, column, words, hint):
    text = GOOD.replace(old, new)
    assert text != GOOD
    if line is None:
        assert spec.parse(text).samples[0].y is None  # no target: a forward pass is possible
        return
    found = problems(text)
    assert any(
        (at, place) == (line, column) and words in told and hint in tip for at, place, told, tip in found
    ), found
    assert all(told.startswith("net.yaml:") for _, _, told, _ in found)


def test_a_shape_that_is_not_said_is_told():
    text = GOOD.replace("network:", "network:\n  inputs: 2").replace("[1.0, 2.0]", "[[1, 2, 3], [4, 5, 6]]")
    ((line, column, told, tip),) = problems(text)
    assert (line, column) == (9, 13)
    assert told.endswith("sample.x: expected a list of numbers, got 2 lists of 3")
    assert "write 'inputs: [2, 3]' under 'network:'" in tip


def test_all_problems_are_told_in_the_order_of_their_places():
    text = GOOD.replace("tanh", "tahn").replace("binary_cross", "binray_cross").replace("x: [1.0,", "x: [q,")
    places = [(line, column) for line, column, _, _ in problems(text)]
    assert len(places) == 3
    assert places == sorted(places)


def test_a_flood_of_problems_is_counted():
    rows = ", ".join(["[a, b, c]"] * 200)
    found = problems(GOOD.replace("[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]", f"[{rows}]"))
    assert len(found) == 101
    assert "more problems" in found[-1][2]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "[" * 1_000_000,
        "{a: " * 1_000_000,
        "- " * 1_000_000,
        "\n".join(" " * level + "a:" for level in range(10_000)),
        "a: &a [0]\n" + "\n".join(f"{b}: &{b} [*{a}{f', *{a}' * 9}]" for a, b in pairwise("abcdefghijk")),
    ],
    ids=["10,000 lists", "lists", "mappings", "dashes", "10,000 indents", "alias bomb"],
)
def test_deep_nesting_and_alias_bombs_are_refused_at_once(text):
    with within("a refusal"):
        assert problems(text)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "the config is empty"),
        (b"# nothing\n", "the config is empty"),
        (b"\x00\x01\x02", "control character"),
        (b"name: \xff\xfe\xfa", "expected text in UTF-8, got the byte 0xff"),
        (b"name: caf\xe9", "0xe9"),
        (b"just text", "expected a mapping"),
        (b"[1, 2]", "expected a mapping"),
        (b"'", "expected YAML"),
    ],
)
def test_a_file_that_is_no_config_is_told(tmp_path, content, words):
    path = tmp_path / "net.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        spec.load(path)
    assert str(path) in str(caught.value)


def test_places_that_are_no_files_are_told(tmp_path):
    for source, words in [
        (tmp_path, "got a folder"),
        (tmp_path / "no.yaml", "no such file"),
        ("\0", "cannot"),
    ]:
        with pytest.raises(InputError, match=words):
            spec.load(source)
    with pytest.raises(InputError) as caught:
        spec.load("lectur")
    assert caught.value.problems[0].hint == "did you mean 'lecture'?"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(10 * 2**30)
    with pytest.raises(InputError, match="at most 64 MB, got 10,240 MB"):
        spec.load(path)


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path, bom, end):
    path = tmp_path / "net.yaml"
    path.write_bytes(bom + GOOD.replace("\n", end).encode())
    assert spec.load(path) == spec.parse(GOOD)


def test_numbers_keep_the_text_that_they_were_written_with():
    config = spec.parse(GOOD.replace("0.1, 0.2, 0.3", "1e-3, 2.50, -0.30", 1))
    row = config.layers[0].weights[0]
    assert [one.text for one in row] == ["1e-3", "2.50", "-0.30"]
    assert list(row) == [0.001, 2.5, -0.3]


def test_biases_may_stand_apart():
    apart = GOOD.replace(
        "weights: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]",
        "biases: [0.1, 0.4]\n      weights: [[0.2, 0.3], [0.5, 0.6]]",
    )
    assert spec.parse(apart) == spec.parse(GOOD)


def test_a_class_index_becomes_a_row_of_zeros_and_a_one():
    config = spec.load("softmax")
    assert config.samples[0].label == 2
    assert list(config.samples[0].y) == [0, 0, 1]
    assert config.loss == "categorical_cross_entropy"


def test_softmax_of_one_neuron_is_refused():
    text = GOOD.replace("sigmoid", "softmax").replace("binary_cross_entropy", "cross_entropy")
    assert any("two neurons or more" in told for _, _, told, _ in problems(text))


@pytest.mark.parametrize("name", spec.bundled())
def test_every_bundled_config_says_what_it_is(name):
    assert spec.load(name).name == name
    assert 20 < len(spec.describe(name)) <= 66


def test_the_starter_loads():
    assert spec.parse(spec.starter()).sizes == (2, 2, 1)


def test_what_cannot_be_trained_says_why():
    step = GOOD.replace("tanh", "unit_step")
    with pytest.raises(InputError, match="derivative is 0 everywhere"):
        spec.require_trainable(spec.parse(step))
    with pytest.raises(InputError, match="target"):
        spec.require_trainable(spec.parse(GOOD.replace(", y: 1", "")))


def test_changes_are_checked_like_the_file():
    changed = spec.parse(
        GOOD, "net.yaml", [("--set", "training.seed=7"), ("--lr", "training.learning_rate=1e-2")]
    )
    assert changed.training.seed == 7
    assert changed.training.learning_rate.text == "1e-2"
    for change, words in [
        ("trainig.seed=1", "did you mean 'training'"),
        ("network.layers[9].activation=tanh", "expected an index below 2"),
        ("network.layers[0].activation=tahn", "did you mean 'tanh'"),
        ("nonsense", "expected path=value"),
        ("training.seed=", "got nothing"),
    ]:
        with pytest.raises(InputError) as caught:
            spec.parse(GOOD, "net.yaml", [("--set", change)])
        told = [f"{one} {one.hint}" for one in caught.value.problems]
        assert any(words in one and one.startswith("--set: ") for one in told), told


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_give_a_config_or_an_input_error(tmp_path_factory, data):
    path = Path(tmp_path_factory.getbasetemp()) / "any.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError):
        spec.load(path)


TOKENS = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#\n\t ",
        "a",
        "0.1",
        "network",
        "layers",
        "activation",
        "  ",
        "&a",
        "*a",
        "- ",
        ": ",
        "<<",
    ]
)


@given(st.lists(TOKENS, max_size=60).map("".join), st.integers(0, len(GOOD)))
def test_any_damage_gives_a_config_or_an_input_error(damage, place):
    try:
        spec.parse(GOOD[:place] + damage + GOOD[place:])
    except InputError as error:
        assert error.problems


@pytest.mark.parametrize("word, value", [("no", False), ("off", False), ("Yes", True), ("true", True)])
def test_a_switch_takes_the_words_that_yaml_has_for_true_and_false(word, value):
    config = spec.parse(GOOD.replace("learning_rate: 0.1", f"update_biases: {word}"), "net.yaml")
    assert config.training.update_biases is value


def test_weights_are_drawn_to_fit_the_activation_where_no_initializer_is_named():
    text = GOOD.replace("weights: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]", "neurons: 2").replace("tanh", "relu")
    hidden, output = spec.parse(text, "net.yaml").layers
    assert (hidden.init, hidden.init_is_chosen, output.init_is_chosen) == ("he_uniform", True, False)
    assert spec.parse(text.replace("relu", "tanh"), "net.yaml").layers[0].init == "xavier_uniform"


def test_rows_without_a_bias_are_explained_where_the_sample_does_not_fit():
    text = GOOD.replace("x: [1.0, 2.0]", "x: [1.0, 2.0, 3.0]")
    ((line, _, told, hint),) = problems(text)
    assert line == 8 and "sample.x: expected 2 numbers" in told
    assert "one bias, and one weight per input" in hint and "'biases: [...]'" in hint


def test_a_flag_does_not_hide_what_is_wrong_in_the_file():
    """`training: fast` is the file's own mistake, with its place, whatever flags set a value in it."""
    text = GOOD.replace("training: {learning_rate: 0.1}", "training: fast")
    with pytest.raises(InputError) as caught:
        spec.parse(text, "net.yaml", [("--epochs", "training.epochs=2")])
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key) == ("net.yaml", 9, "training")


def test_a_sample_without_a_target_is_told_with_its_place():
    config = spec.parse(GOOD.replace(", y: 1}", "}"), "net.yaml")
    with pytest.raises(InputError) as caught:
        spec.require_trainable(config)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column, problem.key) == ("net.yaml", 8, 9, "sample.y")


COLUMNS = """\
network:
  layers:
    - {activation: relu, layout: columns, weights: [[0.1, 0.3], [0.2, 0.4]], biases: [0.1, 0.1]}
    - {activation: sigmoid, layout: columns, weights: [[0.5], [0.6]], biases: 0.1}
loss: half_squared_error
sample: {x: [0.5, 0.8], y: 1.0}
training: {learning_rate: 0.5}
"""


def test_weights_may_stand_by_columns_as_for_x_at_W():
    """A published page's W1 for x @ W: z = (0.31, 0.57), a[2] = 0.6450, L = 0.0630."""
    passed = engine.forward(spec.parse(COLUMNS))
    assert passed.z[0][:, 0] == pytest.approx([0.31, 0.57])
    assert passed.a[1][0, 0] == pytest.approx(0.6450, abs=5e-5)
    assert passed.loss == pytest.approx(0.0630, abs=5e-5)


@given(st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_columns_are_the_same_network_as_rows(inputs, neurons, apart):
    rows = [[round(0.1 * i - 0.2 * j, 2) for i in range(inputs + (not apart))] for j in range(neurons)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    end = f"sample: {{x: {[1.0] * inputs}, y: {[0.5] * neurons}}}\nloss: squared_error\n"
    biases = f", biases: {[0.5] * neurons}" if apart else ""
    text = "network: {{layers: [{{activation: tanh, layout: {}, weights: {}{}}}]}}\n" + end.replace(
        "{", "{{"
    ).replace("}", "}}")
    one, other = (
        spec.parse(text.format(layout, weights, biases))
        for layout, weights in (("rows", rows), ("columns", columns))
    )
    assert one == other


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("[0.2, 0.4]", "[0.2]", "expected a row of 2 numbers, one per neuron, got a list of 1"),
        ("layout: columns", "layout: colums", "did you mean 'columns'?"),
        ("[0.2, 0.4]", "[0.2, x]", "expected a number"),
        ("biases: 0.1}", "biases: no}", "expected a number, got no"),
    ],
)
def test_what_is_wrong_by_columns_is_told(old, new, words):
    with pytest.raises(InputError) as caught:
        spec.parse(COLUMNS.replace(old, new, 1), "net.yaml")
    assert words in " ".join(f"{one} {one.hint}" for one in caught.value.problems)
    assert len(caught.value.problems) == 1


def test_a_layout_of_no_weights_is_told():
    text = COLUMNS.replace("weights: [[0.1, 0.3], [0.2, 0.4]], biases: [0.1, 0.1]", "neurons: 2")
    ((line, _, told, _),) = problems(text)
    assert line == 3 and "layout (layer 1): expected weights beside it, got none" in told


@pytest.mark.parametrize(
    "text, value", [("1/2", 0.5), ("-1/4", -0.25), ("1/10", 0.1), ("2 / 3", 2 / 3), ("0/5", 0.0)]
)
def test_a_fraction_is_a_number_everywhere(text, value):
    config = spec.load("lecture", [("--lr", f"training.learning_rate={text if value > 0 else '1/2'}")])
    assert float(config.training.learning_rate) == (value if value > 0 else 0.5)
    changed = spec.load("lecture", [("--set", f"network.layers[0].weights[0][1]={text}")])
    weights = changed.layers[0].weights
    assert weights is not None
    assert float(weights[0][1]) == value
    assert float(weights[0][1].text) == value


@pytest.mark.parametrize("text", ["1/0", "1/2/3", "1 / 02", "a/2", "1/", "01/2", "1/2.5"])
def test_what_is_no_fraction_is_told(text):
    with pytest.raises(InputError, match="expected a number"):
        spec.load("lecture", [("--set", f"network.layers[0].weights[0][1]={text}")])
