"""Sheets by students with arithmetic of their own: honest ones are never accused, mistakes are named."""

from collections import Counter

import pytest
from students import honest, wrong

from perceptron_cli import spec
from perceptron_cli.answers import MISTAKES, answer, diagnose
from perceptron_cli.spec.check import check
from perceptron_cli.spec.nodes import compose
from perceptron_cli.trace.step.lines import lines

FAULTS = ("mistake", "unexplained")


def judged(homework, answers):
    config = check(compose(homework.config, "net.yaml"), "net.yaml", ".", spec.OWN_DATA)
    return diagnose(config, lines(config), {name: answer(text) for name, text in answers.items()})


@pytest.mark.parametrize("seed", range(8))
def test_an_honest_sheet_is_never_accused(seed):
    for homework, answers in honest(seed):
        assert {one.kind for one in judged(homework, answers)} <= {"right", "rounding"}


@pytest.mark.parametrize("seeds", [range(100, 104), range(104, 108), range(108, 112)])
def test_the_first_wrong_line_is_found_and_its_mistake_named(seeds):
    count = Counter()
    missed = []
    for made in (one for seed in seeds for one in wrong(seed)):
        assert made.mistake in MISTAKES
        verdicts = judged(made.homework, made.answers)
        faults = [one for one in verdicts if one.kind in FAULTS]
        named = bool(faults) and made.mistake in faults[0].mistakes
        count["planted"] += 1
        count["found"] += bool(faults) and faults[0].name == made.line
        count["named"] += named
        count["misleading"] += bool(faults) and faults[0].kind == "mistake" and not named
        count["blamed"] += len(faults) > 1
        missed += [] if named else [(made.mistake, made.line, faults)]
    assert count["planted"] > 100
    assert count["found"] >= 0.99 * count["planted"], missed
    assert count["named"] >= 0.95 * count["planted"], missed
    assert count["misleading"] <= 0.02 * count["planted"], missed
    assert count["blamed"] <= 0.02 * count["planted"], missed
