"""What a run that grows worse is told to try follows from its config, and helps."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import config, layer, random_config

from perceptron_cli import engine, load, trace
from perceptron_cli.errors import NumberError
from perceptron_cli.spec.config import Config, Given

NETWORK = """\
network:
  layers:
    - {{neurons: 6, activation: {hidden}, init: {init}}}
    - {{neurons: 1, activation: linear, init: he_normal}}
loss: mean_squared_error
data: {{file: d.csv, y: y}}
training: {{learning_rate: {rate}, epochs: 200}}
"""

# By what is wrong: the factors of x and of y, what else the config says, and the words.
WRONG = {
    "far inputs": ((300, 1), {}, "normalized inputs (--set data.normalize=standard; the largest is"),
    "far targets": ((1, 3e6), {}, "targets in a larger unit (the largest is"),
    "large weights": (
        (1, 1),
        {"init": "{name: normal, std: 300}"},
        "smaller first weights (a neuron starts at",
    ),
    "a large rate": ((1, 1), {"rate": 20}, "a smaller learning rate (--lr 2 for 20)"),
}


def wrong(folder: Path, factors: tuple[float, float], **changes: object) -> Path:
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, (40, 2))
    y = (x[:, 0] + 0.5 * x[:, 1]) * factors[1]
    rows = "".join(f"{a},{b},{c}\n" for (a, b), c in zip(x * factors[0], y, strict=True))
    (folder / "d.csv").write_text(f"a,b,y\n{rows}")
    settings = {"hidden": "leaky_relu", "init": "he_normal", "rate": 0.1} | changes
    (folder / "net.yaml").write_text(NETWORK.format(**settings))
    return folder / "net.yaml"


def told(network: Config) -> str:
    """What a run is told to try, whether its numbers leave the finite range or only grow."""
    try:
        blocks = trace.train(network).sections[0].blocks
    except NumberError as error:
        return error.problems[0].hint
    (text,) = (one.text for one in blocks if "larger than before" in getattr(one, "text", ""))
    return text.partition(": ")[2]


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_first(tmp_path, case):
    factors, changes, words = WRONG[case]
    hint = told(load(wrong(tmp_path, factors, **changes)))
    assert hint.startswith(f"try {words}"), hint
    assert len(hint) < 160 and hint.count(", or ") <= 1


def helped(network: Config) -> bool:
    run = engine.train(network)
    return run.loss < run.first_loss


def test_the_advice_helps(tmp_path):
    far = wrong(tmp_path, WRONG["far inputs"][0])
    assert helped(load(far, [("--set", "data.normalize=standard")]))
    fast = load(wrong(tmp_path, (1, 1), rate=2))
    hint = re.search(r"--lr (\S+) for 2", told(fast))
    assert hint and helped(
        replace(fast, training=replace(fast.training, learning_rate=Given(float(hint[1]))))
    )
    assert helped(load(wrong(tmp_path, (1, 1))))


def test_clipping_is_told_where_it_is_not_there_yet(tmp_path):
    fast = wrong(tmp_path, (1, 1), rate=20)
    assert told(load(fast)).endswith(", or a clipped gradient (--clip-norm 1)")
    assert "clip" not in told(load(fast, [("--clip-norm", "training.clip=norm")]))


def test_both_far_inputs_and_far_targets_are_told(tmp_path):
    hint = told(load(wrong(tmp_path, (300, 3000))))
    assert "normalized inputs" in hint and "targets in a larger unit" in hint and "--lr" not in hint


def test_inputs_of_a_config_itself_are_told_by_their_size():
    network = config(
        [layer("linear", [[0.0, 1.0]])],
        "half_squared_error",
        [([-70.0], [0.0])],
        learning_rate=0.1,
        epochs=999,
    )
    assert told(network).startswith(
        "try inputs that are nearer to 1 (the largest is 70), or a smaller learning"
    )


def test_a_rate_is_not_blamed_for_what_stands_before_the_first_update():
    network = config(
        [layer("linear", [[0.0, 1e200]]), layer("linear", [[0.0, 1e200]])], "squared_error", [([1.0], [0.0])]
    )  # fmt: skip
    assert told(network) == "try smaller first weights (a neuron starts at z = inf)"
    large = config([layer("linear", [[0.0, 1.0]])], "squared_error", [([1e200], [0.0])])
    assert told(large) == "try inputs that are nearer to 1 (the largest is 1e+200)"


def test_a_run_that_gets_better_is_told_nothing():
    network = random_config([2, 3, 1], ["tanh", "linear"], "squared_error", samples=5, learning_rate=0.01)
    assert helped(network)
    notes = (getattr(one, "text", "") for one in trace.train(network).sections[0].blocks)
    assert not any("larger than before" in one for one in notes)
