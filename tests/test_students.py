"""Sheets by students with arithmetic of their own: honest ones are never accused, mistakes are named."""

from collections import Counter
from itertools import islice

import pytest
from students import honest, wrong

from perceptron_cli import spec
from perceptron_cli.answers import MISTAKES, answer, diagnose, library
from perceptron_cli.dialects import DIALECTS, naming_of
from perceptron_cli.spec.check import check
from perceptron_cli.spec.nodes import compose
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive

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


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name != "nnstep"])
def test_a_sheet_is_judged_alike_in_every_dialect(dialect):
    for made in islice(wrong(7), 6):
        config = check(compose(made.homework.config, "net.yaml"), "net.yaml", ".", spec.OWN_DATA)
        naming = naming_of(dialect, {}, config.sizes)
        told = lines(config).equations
        names = {name: naming(told[name].symbol) or name for name in made.answers}
        plain = library.check(made.answers, config)
        sheet = {names[name]: text for name, text in made.answers.items()}
        other = library.check(sheet, config, names=dialect)
        assert [(one.name, one.kind, one.mistakes) for one in other.verdicts] == [
            (one.name, one.kind, one.mistakes) for one in plain.verdicts
        ]


@pytest.mark.parametrize("layout", ["rows", "columns"])
def test_a_sheet_of_arrays_is_judged_as_one_of_numbers(layout):
    for made in islice(wrong(11), 8):
        config = check(compose(made.homework.config, "net.yaml"), "net.yaml", ".", spec.OWN_DATA)
        plain = library.check(made.answers, config)
        if made.line not in made.answers or len(made.answers) < len(lines(config).equations) / 2:
            continue
        other = library.check(as_arrays(made.answers, config.sizes, layout), config, layout=layout)
        known = {one.name: one.kind for one in other.verdicts}
        assert {one.name: one.kind for one in plain.verdicts if one.name in known} == known


def as_arrays(answers, sizes, layout):
    found = {}
    for l in range(1, len(sizes)):
        js, inputs = range(1, sizes[l] + 1), range(1, sizes[l - 1] + 1)
        for name, start in ((f"Z{l}", f"z[{l}]_"), (f"A{l}", f"a[{l}]_"), (f"dZ{l}", f"dL/dz[{l}]_")):
            found[name] = [answers[f"{start}{j}"] for j in js]
        for name, start, end in ((f"dW{l}", f"dL/dw[{l}]_", ""), (f"W{l}_new", f"w[{l}]_", "'")):
            rows = [[answers[f"{start}{i}{j}{end}"] for i in inputs] for j in js]
            found[name] = rows if layout == "rows" else [list(column) for column in zip(*rows, strict=True)]
        found[f"db{l}"] = [answers[f"dL/dw[{l}]_0{j}"] for j in js]
    return found
