"""Arithmetic as on paper: every number is its own text, and every line follows from shown numbers."""

from decimal import Decimal

import pytest
from equations import calculate, equations, texts, values
from hypothesis import given, settings
from networks import networks
from test_lecture import LECTURE

from perceptron_cli import trace
from perceptron_cli.expr import symbols
from perceptron_cli.notation import MACHINE, decimals_of
from perceptron_cli.trace import View


def by_hand(network, **view):
    return trace.backprop(network, View(arithmetic="hand", limit=None, **view))


@given(networks())
@settings(max_examples=25)
def test_a_number_is_exactly_what_is_shown(network):
    for one in equations(by_hand(network).parts[0]):
        assert one.value is None or one.value == float(one.text)


@pytest.mark.parametrize("rounding", ["half-up", "half-even"])
def test_every_line_follows_from_the_shown_numbers(rounding):
    """Each formula, with the shown numbers in, is within a unit of the shown result's last digit."""
    document = by_hand(LECTURE, rounding=rounding)
    shown = {name: float(text) for name, text in texts(document.parts[0]).items()}
    checked = 0
    for one in equations(document.parts[0]):
        if one.body is None:
            continue
        used = {symbol.name: shown[symbol.name] for symbol in symbols(one.body)}
        unit = 10.0 ** -max(decimals_of(one.text), 1)
        loose = 2.5 if one.stages else 0.5000001  # a later line is made of rounded parts
        assert abs(calculate(MACHINE.write(one.body), used) - float(one.text)) <= loose * unit
        checked += 1
    assert checked > 60


def test_hand_arithmetic_is_that_of_the_slides_where_they_round():
    """dL/dz[1]_1 = -0.01079 x 0.2445 = -0.00264, which the slide has and unrounded arithmetic has not."""
    hand, exact = texts(by_hand(LECTURE).parts[0]), texts(trace.backprop(LECTURE).parts[0])
    assert exact["dL/dz[1]_1"] == "-0.00263"
    assert hand["a[2]_3"] == "0.6076"
    assert hand["dL/dz[1]_1"] == "-0.00264"


def test_ties_go_where_the_view_says():
    """0.5 x 0.25 = 0.125: up to 0.13, or to the even 0.12."""
    from networks import config, layer

    network = config([layer("linear", [[0.0, 0.5]])], "squared_error", [([0.25], [0])])
    for rounding, text in (("half-up", "0.13"), ("half-even", "0.12")):
        assert texts(by_hand(network, decimals=2, rounding=rounding).parts[0])["z[1]_1"] == text


def test_both_show_the_difference_in_units_of_the_last_digit():
    document = trace.backprop(LECTURE, View(arithmetic="both"))
    exact, hand = values(trace.backprop(LECTURE).parts[0]), texts(by_hand(LECTURE).parts[0])
    off = 0
    for one in equations(document.parts[0]):
        if one.body is None or one.alternative:
            continue
        assert one.value == exact[one.symbol.name]
        assert one.hand.text == hand[one.symbol.name]
        unit = Decimal(1).scaleb(-max(decimals_of(one.text), decimals_of(one.hand.text)))
        assert one.hand.units == (Decimal(one.hand.text) - Decimal(one.text)) / unit
        off += one.hand.units != 0
    assert 3 <= off <= 30


def test_a_wide_network_on_paper_is_worked_whole_and_shown_in_part():
    """What is left out is what the unrounded narration leaves out, and sums are made of all terms."""
    from networks import random_config

    network = random_config([20, 12, 11], ["tanh", "softmax"], "categorical_cross_entropy", samples=10)
    both = trace.backprop(network, View(arithmetic="both")).parts[0]
    plain = trace.backprop(network).parts[0]
    assert [one.symbol.name for one in equations(both)] == [one.symbol.name for one in equations(plain)]
    assert [one.title for one in both.sections] == [one.title for one in plain.sections]
    for mine, other in zip(both.sections, plain.sections, strict=True):
        counts = [[getattr(block, "omitted", 0) for block in one.blocks] for one in (mine, other)]
        assert counts[0] == counts[1], mine.title
    assert all(one.hand.value is not None for one in equations(both) if one.hand)


def test_paper_carries_its_own_weights_to_the_next_step():
    first, second = trace.backprop(LECTURE, View(arithmetic="hand"), steps=2).parts
    before, after = texts(first), texts(second)
    for name, text in before.items():
        if name.startswith("w[") and name.endswith("'"):
            assert after[name[:-1]] == text


def test_the_arrays_are_those_of_the_paper():
    part = by_hand(LECTURE).parts[0]
    known = values(part)
    assert part.data["layers"][1]["z"] == [[known["z[2]_1"], known["z[2]_2"], known["z[2]_3"]]]
    assert part.data["layers"][2]["new_weights"][0][0] == known["w[3]_01'"]
    assert part.data["new_loss"] == known["L'"]
