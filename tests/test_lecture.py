"""The lecture's worked example: all 81 numbers that it prints."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import yaml
from equations import texts, values
from networks import config, layer

from perceptron_cli import trace
from perceptron_cli.notation import decimals_of

pytestmark = pytest.mark.exhaustive

LECTURE = config(
    [
        layer("sigmoid", [[0.1, 0.1], [0.2, 0.1]]),
        layer("sigmoid", [[0.3, 0.2, 0.1], [0.1, 0.3, 0.2], [0.2, 0.1, 0.3]]),
        layer("sigmoid", [[0.5, 0.4, 0.2, 0.6]]),
    ],
    "binary_cross_entropy",
    [([2.0], [1])],
)
NAMES = {
    "y_hat": "a[3]_1",
    "y_hat'": "a[3]_1'",
    "dL/dy_hat": "dL/da[3]_1",
    "L - L'": "improvement",
    "(L - L') / L in percent": "improvement_percent",
}
SLIDES = yaml.safe_load((Path(__file__).parent / "data" / "lecture_numbers.yaml").read_text())
NUMBERS = [number for slide in SLIDES for number in slide["numbers"]]
PART = trace.backprop(LECTURE).parts[0]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number["symbol"])
def test_a_number_agrees_with_unrounded_arithmetic(number):
    """The value is the unrounded one to 1e-12, and the text is the slide's, with its decimals or more."""
    name = NAMES.get(number["symbol"], number["symbol"])
    assert math.isclose(values(PART)[name], number["unrounded"], rel_tol=1e-12)
    shown, printed = texts(PART)[name], number["printed"]
    exact = math.isclose(float(shown), number["unrounded"], rel_tol=1e-13)
    assert exact or decimals_of(shown) >= decimals_of(printed)
    if number["last_digit_off"] == 0:
        place = Decimal(1).scaleb(-decimals_of(printed))
        assert Decimal(shown).quantize(place, ROUND_HALF_UP) == Decimal(printed)


def test_there_are_81_numbers():
    assert len(NUMBERS) == 81


def test_none_of_the_misprints_appears():
    """What the slides misprint (7740, 0.6147, 0.7862, ...) stands nowhere among the results."""
    misprints = {
        "0.7740",
        "0.6075",
        "-1.2922",
        "-0.1356",
        "-0.1393",
        "-0.1373",
        "-0.0193",
        "0.6147",
        "0.7862",
    }
    assert not misprints & set(texts(PART).values())


def test_three_layers_make_eight_steps():
    titles = [section.title for section in PART.sections if section.title.startswith("Step ")]
    assert [title.partition(":")[2].strip() for title in titles] == [
        "output layer gradient",
        "layer 3 weight gradients",
        "backpropagate to layer 2",
        "layer 2 neuron gradients",
        "layer 2 weight gradients",
        "backpropagate to layer 1",
        "layer 1 neuron gradients",
        "layer 1 weight gradients",
    ]


def test_observations_are_those_of_the_slides():
    notes = " ".join(block.text for s in PART.sections if s.title == "Observations" for block in s.blocks)
    assert "Every weight grew" in notes
    assert "Largest step: w[3]_01" in notes
    assert "Smallest step that is not 0: w[1]_01" in notes
    assert "vanishing gradient" in notes
    assert "The loss fell from 0.2563 to 0.2455" in notes


def test_the_documented_misprints_are_none_of_ours():
    """Each row of the documentation's table: the right number is the engine's, the misprint is not."""
    page = (Path(__file__).parent.parent / "docs" / "lecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (-?\d\.\d+) \| (-?\d\.\d+) \| `([^`]+)` \|$", page, re.MULTILINE)
    assert len(rows) == 9
    for printed, right, name in rows:
        assert texts(PART)[name] == right != printed
