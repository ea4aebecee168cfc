"""Answers to a step: what is right is called right, and a planted mistake is named."""

import random
from collections import Counter
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import config as network_of
from networks import layer, networks, row
from planted import by_hand, figures, on_the_way, plant, rounded, some_networks

from perceptron_cli import spec
from perceptron_cli.answers import MISTAKES, answer, diagnose, sheet
from perceptron_cli.answers.mistakes import Line
from perceptron_cli.answers.mistakes.kinds import KINDS
from perceptron_cli.answers.mistakes.library import LIBRARY
from perceptron_cli.answers.mistakes.rule import RULE
from perceptron_cli.answers.mistakes.steps import STEPS
from perceptron_cli.answers.numerals import usual_decimals
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Number
from perceptron_cli.notation import show
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize(
    "text, value, decimals",
    [
        ("0.2563", 0.2563, 4),
        (" -.5 ", -0.5, 1),
        ("+1.50", 1.5, 2),
        ("-2.14e-2", -0.0214, 4),
        ("2e3", 2000.0, -3),
        ("−0.25", -0.25, 2),  # a typeset minus
        ("2", 2.0, None),
        ("-1/3", -1 / 3, None),
    ],
)
def test_a_number_keeps_the_precision_it_was_written_with(text, value, decimals):
    found = answer(text)
    assert (found.value, found.decimals) == (value, decimals)


@pytest.mark.parametrize("text", ["", "abc", "1/0", "1,500", "1e999", "nan", "0x1F", "1 2", "--1"])
def test_what_is_no_number_is_none(text):
    assert answer(text) is None


def test_a_whole_number_is_held_to_the_decimals_of_its_sheet():
    """0 is no answer to -0.0214 on a sheet of four decimals."""
    sheet = [answer(text) for text in ("0.12", "0.1234", "0.5678", "2")]
    assert usual_decimals(sheet) == 4
    assert answer("2").half(4) == answer("0.1234").half(4)


def judged(config, texts, step=1):
    answers = {name: answer(text) for name, text in texts.items()}
    return {one.name: one for one in diagnose(config, lines(config, step), answers)}


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(1, 8))
def test_numbers_as_nnstep_shows_them_are_right(network, decimals):
    try:
        step = lines(network)
    except NumberError:
        return
    shown = {
        name: show(value, decimals)
        for name, value in step.values.items()
        if value is not None and step.equations[name].body is not None
    }
    assert {one.kind for one in judged(network, shown).values()} <= {"right"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [1.0, 0.4])
def test_no_answer_that_is_rounded_by_hand_is_called_wrong(seed, share):
    """To 2 to 6 decimals, half-up or half-even, from the first line on or any other, and some left out."""
    kinds = rounded(seed, 10, [share])
    assert kinds["rounding"] > 0
    assert set(kinds) == {"right", "rounding"}, kinds


@pytest.mark.parametrize("seed", range(3))
def test_products_may_be_rounded_on_the_way(seed):
    """Each by itself, and then their sum: it may come out as if its digits were cut off."""
    chance, kinds = random.Random(seed), Counter()
    for config, step in some_networks(seed, 10):
        try:
            answers = on_the_way(step, chance.randint(3, 6), "half-up")
        except (ArithmeticError, ValueError):
            continue  # a number rounds to 0, and is divided by
        kinds.update(one.kind for one in diagnose(config, step, answers))
    assert kinds["rounding"] > 100
    assert set(kinds) <= {"right", "rounding", "truncated"}
    assert kinds["truncated"] <= 0.002 * sum(kinds.values())  # on a sheet of a few numbers


def test_who_cuts_off_every_number_is_told_so():
    step = lines(spec.load("mazur"))
    cut = {name: cut_off(value, 5) for name, value in step.values.items() if step.equations[name].body}
    kinds = Counter(one.kind for one in judged(spec.load("mazur"), cut).values())
    assert set(kinds) <= {"right", "rounding", "truncated"}
    assert kinds["truncated"] > 0.15 * len(cut)


def cut_off(value, decimals):
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN))


@pytest.fixture(scope="module", params=[(1, 4, True), (2, 4, False), (3, 6, True)])
def planted(request):
    seed, decimals, carried = request.param
    return figures(seed, 8, decimals, carried)


@pytest.mark.xdist_group("planted")  # in one worker, so that the sheets are made once
def test_planted_mistakes_are_named(planted):
    """Each in several networks, with all that follows from it; what follows is no fault of its own."""
    count, named, missed, blamed = planted
    assert sum(named.values()) >= 0.95 * sum(count.values()), missed
    assert blamed == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("carried", [True, False])
def test_what_follows_from_a_number_that_nothing_explains_is_not_blamed(seed, carried):
    """Of a wrong number that no mistake gives only the rounded one is known; the unrounded may go on."""
    chance, kinds = random.Random(seed), Counter()
    for config, step in some_networks(seed, 6):
        results = [name for name, one in step.equations.items() if one.body is not None]
        for name in chance.sample(results, min(8, len(results))):
            try:
                one = plant(config, step, "", name, Number(chance.uniform(-2, 2)), 4, carried)
            except (ArithmeticError, ValueError):
                continue  # a number that has no logarithm
            if name in one.verdicts:
                kinds[one.verdicts[name].kind] += 1
                assert one.blamed == []
    assert kinds["unexplained"] > 20


@pytest.mark.xdist_group("planted")
def test_there_is_room_for_nearly_every_mistake(planted):
    assert (
        len(planted[0]) >= len(MISTAKES) - len(RULE) - len(KINDS) - len(STEPS) - len(LIBRARY) - 14
    )  # momentum, Adam and the like have sheets of their own


# one by one -----------------------------------------------------------------------------------


def test_a_mistake_is_named_and_what_follows_from_it_is_not_punished():
    wrong = judged(spec.load("lecture"), {"z[1]_1": "0.2", "a[1]_1": "0.5498", "z[2]_1": "0.4698"})
    assert wrong["z[1]_1"].mistakes == ("bias left out",)
    assert [one.kind for one in wrong.values()] == ["mistake", "follows", "follows"]
    assert wrong["z[2]_1"].because == ("z[1]_1",)
    assert [one.points for one in wrong.values()] == [0, 1, 1]


def test_a_mistake_is_named_where_its_line_is_not_answered():
    wrong = judged(spec.load("lecture"), {"a[1]_1": "0.5498", "a[2]_1": "0.6153"})
    assert (wrong["a[1]_1"].mistakes, wrong["a[1]_1"].made_in) == (("bias left out",), "z[1]_1")


def test_what_follows_from_a_mistake_that_was_found_later_is_not_punished():
    """z[2]_1 was taken as right already when z[2]_2 told of the bias left out in z[1]_1."""
    config = spec.load("lecture")
    values = lines(config).recalculated({"z[1]_1": 0.2})
    wrong = judged(config, {name: f"{values[name]:.6f}" for name in ("z[2]_2", "z[3]_1", "L")})
    assert (wrong["z[2]_2"].mistakes, wrong["z[2]_2"].made_in) == (("bias left out",), "z[1]_1")
    assert [one.kind for one in wrong.values()] == ["mistake", "follows", "follows"]


def test_two_mistakes_of_one_number_are_both_named():
    """Where the network has one sample and one output, z = 0.3 is both weights that were not added."""
    relu = spec.load("relu")
    step = lines(relu)
    closed = next(
        name
        for name, one in step.values.items()
        if name.startswith("z[1]") and "'" not in name and one is not None and one < 0
    )
    name = closed.replace("z", "a")
    wrong = judged(relu, {name: show(step.values[closed], 6)})
    assert set(wrong[name].mistakes) >= {"z for a", "ReLU gate left out"}


def test_a_cut_number_is_told_from_a_rounded_one():
    config = spec.load("lecture")  # a[1]_1 is 0.57444251...
    kinds = [
        judged(config, {"z[1]_1": "0.3", "a[1]_1": text})["a[1]_1"].kind
        for text in ("0.57444252", "0.57444251")
    ]
    assert kinds == ["right", "truncated"]


def test_fewer_digits_of_one_number_do_not_excuse_the_next():
    """0.3 is exact, whatever its one digit may stand for."""
    wrong = judged(spec.load("lecture"), {"z[1]_1": "0.3", "a[1]_1": "0.5700", "z[1]_2": "0.4"})
    assert wrong["a[1]_1"].kind == "unexplained"


def test_a_number_that_nothing_explains_is_unexplained():
    wrong = judged(spec.load("lecture"), {"z[1]_1": "7.77", "a[1]_1": "0.9996"})
    assert [one.kind for one in wrong.values()] == ["unexplained", "follows"]


def test_a_given_number_that_was_copied_wrongly_is_the_first_fault():
    wrong = judged(spec.load("lecture"), {"w[1]_11": "0.01", "z[1]_1": "0.12"})
    assert [one.kind for one in wrong.values()] == ["unexplained", "follows"]


@pytest.mark.parametrize("mistake", ["learning rate left out", "division in the update"])
def test_a_root_that_may_be_0_does_not_hide_a_mistake(mistake):
    """v' is 0.0000 when written, so rounding may have made anything of w'; but this the mistake gives."""
    config = network_of([layer("sigmoid", [[0.1, 0.2]])], "squared_error", [([0.5], [0.9])], optimizer="adam")
    step = lines(config)
    name = "w[1]_11'"
    line = Line(config, step.equations[name].symbol, step.equations[name].body)
    body = next(MISTAKES[mistake].changes(line))
    one = plant(config, step, mistake, name, body, 4, carried=False)
    assert one.is_named
    assert one.blamed == []
    by_rounding = diagnose(config, step, by_hand(step, 4, "half-up", 0))
    assert {verdict.kind for verdict in by_rounding} == {"right", "rounding"}


def test_an_unanswered_sum_was_rounded_too():
    """-0.256 was put down as -0.26 somewhere else, and carried on."""
    config = network_of([layer("linear", [[0.0, -0.256]])], "squared_error", [([100.0], [-25.6])])
    wrong = judged(config, {"dL/dw[1]_11": "0.00", "w[1]_01'": "0.00", "z[1]_1'": "-26.00"})
    assert wrong["z[1]_1'"].kind == "rounding"


@pytest.mark.parametrize("z", ["12.3400", "12.0000"])
def test_a_given_number_that_was_shortened_is_still_known_as_it_is_given(z):
    """0.12 is the given 0.1234, rightly rounded: what is worked out from either is no fault."""
    config = network_of(
        [layer("linear", [[0.5, 1.0]]), layer("linear", [[0.0, 0.1234]])],
        "squared_error",
        [([10.0], [1.0])],
    )
    wrong = judged(config, {"w[2]_11": "0.12", "a[1]_1": "100.0000", "z[2]_1": z})
    assert [one.kind for one in wrong.values()] == ["right", "unexplained", "follows"]


@pytest.mark.parametrize("z", ["700.0000", "700.0100"])
def test_where_two_changes_give_a_number_what_follows_from_either_is_right(z):
    """0.7000 comes from the second neuron's weights or from the third's, and is 0.7 or 0.70001."""
    config = network_of(
        [
            layer("linear", [[0.1, 0.9], [0.5, 0.2], [0.50001, 0.2]]),
            layer("linear", [[0.0, 1000.0, 0.0, 0.0]]),
        ],
        "squared_error",
        [([1.0], [1.0])],
    )
    wrong = judged(config, {"z[1]_1": "0.7000", "a[1]_1": "0.7000", "z[2]_1": z})
    assert wrong["z[1]_1"].mistakes == ("wrong index",)
    assert [one.kind for one in wrong.values()] == ["mistake", "follows", "follows"]


def test_hidden_gradients_through_updated_weights_are_named():
    """Mazur's figure and some printed notes go back through w' instead of w."""
    config = spec.load("mazur")
    step = lines(config)
    values = dict(step.values)
    through = sum(values[f"dL/dz[2]_{k}"] * values[f"w[2]_1{k}'"] for k in (1, 2))
    wrong = judged(config, {"dL/da[1]_1": f"{through:.8f}"})
    assert wrong["dL/da[1]_1"].mistakes == ("updated weights",)


def test_a_later_update_has_its_own_numbers():
    config = spec.load("xor")
    value = lines(config, 2).values["w[1]_11'"]
    assert judged(config, {"w[1]_11'": f"{value:.9f}"}, 2)["w[1]_11'"].is_right
    assert not judged(config, {"w[1]_11'": f"{value:.9f}"}, 1)["w[1]_11'"].is_right


def test_the_sign_of_zero_and_the_last_bits_are_no_mistakes():
    config = spec.load("lecture")
    exact = {name: repr(value * (1 + 1e-15)) for name, value in lines(config).values.items()}
    assert {one.kind for one in judged(config, exact).values()} == {"right"}
    linear = replace(
        config, layers=(replace(config.layers[0], weights=(row([0, 0]), row([0, 0]))), *config.layers[1:])
    )
    assert judged(linear, {"z[1]_1": "-0.0"})["z[1]_1"].is_right


def test_what_comes_after_the_last_answer_is_not_worked_out(monkeypatch):
    """A quiz judges each answer as it comes, and most of the step lies behind it."""
    config = spec.load("deep")
    step = lines(config)
    worked = []
    monkeypatch.setattr(sheet, "bounds", lambda *arguments: worked.append(arguments))
    (verdict,) = diagnose(config, step, {"z[1]_2": answer(step.equations["z[1]_2"].text)})
    assert verdict.kind == "right"
    assert len(worked) < 10 < len(step.equations)
