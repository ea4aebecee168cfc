"""Mistakes in layers of other kinds than dense are named, each in a sheet of its own."""

from itertools import islice

import pytest
from stacks import stack

from perceptron_cli import check, spec
from perceptron_cli.answers import MISTAKES
from perceptron_cli.answers.mistakes import Line
from perceptron_cli.answers.mistakes.kinds import KINDS
from perceptron_cli.answers.mistakes.steps import STEPS
from perceptron_cli.trace.step.lines import finite_value, lines

pytestmark = pytest.mark.exhaustive

# the kinds that have a line for each mistake
WHERE = {
    "kernel turned round": ("conv1d", "conv2d"),
    "window shifted": ("conv1d", "conv2d", "max_pool", "average_pool"),
    "gradient to the loser of a max": ("max_pool",),
    "mean not shared out": ("average_pool", "global_average_pool"),
    "one window alone": ("conv1d", "conv2d"),
    "n - 1 for n": ("batch_norm", "layer_norm"),
    "mean and variance held constant": ("batch_norm", "layer_norm"),
    "mask left out": ("dropout",),
    "dropout not scaled": ("dropout",),
    "one way of a residual": ("residual",),
    "state before left out": ("rnn", "lstm", "gru"),
    "gates mixed up": ("lstm", "gru"),
    "tanh of the cell left out": ("lstm",),
    "one time step alone": ("rnn", "lstm", "gru"),
    "later steps left out": ("rnn", "lstm"),
    "scores not scaled": ("attention",),
    "mask after softmax": ("attention",),
    "softmax over the wrong axis": ("attention",),
}


def some(kinds, count):
    """Yield networks that have one of these kinds."""
    found = 0
    for seed in range(100_000):
        made = stack(seed, [(2, 4, 3), (5, 2)][seed % 2], 2, samples=2)
        if any(one.get("kind") in kinds for one in made["network"]["layers"][1:]):
            yield spec.load(made)
            found += 1
            if found == count:
                return


def test_every_mistake_of_a_kind_is_tried():
    assert set(WHERE) == {one.name for one in (*KINDS, *STEPS)}


@pytest.mark.parametrize("name", WHERE)
def test_a_mistake_is_named(name):
    """Its number, to nine digits, alone in a sheet: nothing else is closer."""
    tried = named = 0
    for config in some(WHERE[name], 6):
        step = lines(config)
        for symbol, equation in step.equations.items():
            if equation.body is None or equation.value is None:
                continue
            trees = MISTAKES[name].trees(Line(config, equation.symbol, equation.body))
            for tree in islice(trees, 3):
                wrong = finite_value(tree, step.values)
                if wrong is None or abs(wrong - equation.value) < 1e-3 or tried >= 20:
                    continue
                found = check({symbol: f"{wrong:.9g}"}, config).verdicts[0]
                assert found.kind == "mistake", (symbol, wrong, equation.value, found)
                tried += 1
                named += name in found.mistakes
    assert tried >= 8
    assert named >= 0.8 * tried, (named, tried)
