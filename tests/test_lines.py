"""The lines of a step: they stand in order, and a changed number carried on is the engine's own."""

import math
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import networks, row

from perceptron_cli import spec
from perceptron_cli.trace.step.lines import lines


@settings(max_examples=60, deadline=None)
@given(networks())
def test_no_number_stands_before_what_it_is_made_from(network):
    step = lines(network)
    seen = set()
    for name in step.equations:
        assert seen.issuperset(step.uses[name]), name
        seen.add(name)
    assert step.recalculated() == step.values


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_a_changed_weight_carried_on_is_the_step_of_the_changed_network(network, data):
    """Every line recalculated is what the engine computes for the network with that weight."""
    l = data.draw(st.integers(1, len(network.layers)))
    j = data.draw(st.integers(1, network.sizes[l]))
    i = data.draw(st.integers(0, network.sizes[l - 1]))
    layer = network.layers[l - 1]
    rows = [list(one) for one in layer.weights]
    rows[j - 1][i] = round(rows[j - 1][i] + 0.25, 3)
    changed = replace(layer, weights=tuple(map(row, rows)))
    other = replace(network, layers=(*network.layers[: l - 1], changed, *network.layers[l:]))
    told, expected = lines(network).recalculated({f"w[{l}]_{i}{j}": rows[j - 1][i]}), lines(other).values
    assume(None not in told.values() and None not in expected.values())
    for name, value in expected.items():
        if name.startswith("improvement"):
            continue  # 0/0 where nothing is lost
        assert math.isclose(told[name], value, rel_tol=1e-7, abs_tol=1e-9), name


def test_the_step_asked_for_is_the_one_that_training_makes():
    first, second = lines(spec.load("xor"), 1), lines(spec.load("xor"), 2)
    assert second.values["w[1]_11"] == first.values["w[1]_11'"]
