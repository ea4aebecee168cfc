"""The quiz: what is typed is read and never run, each answer is judged, and a state is its lines."""

import json
import math
import os
import pty
import signal
import subprocess
import time
from typing import get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import networks
from test_cli import CLEAN, NNSTEP, run
from waiting import GENEROUS

from perceptron_cli import quiz as quizzes
from perceptron_cli import render, spec
from perceptron_cli.answers import Answer
from perceptron_cli.cli.quiz import Order
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Call, Number, evaluate
from perceptron_cli.notation import MACHINE, show
from perceptron_cli.quiz.arithmetic import KNOWN, typed
from perceptron_cli.quiz.machine import ORDERS, WORTH, Outcome, State
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace import View
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive


def made(config="mazur", **options):
    config = spec.load(config) if isinstance(config, str) else config
    return quizzes.quiz(config, lines(config), **options)


def right(quiz, name, decimals=4):
    return show(quiz.lines.values[name], decimals)


# what is typed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, value",
    [
        ("-0.0214", -0.0214),
        ("-2.14e-2", -0.0214),
        ("\u22120.5", -0.5),
        ("3/7", 3 / 7),
        ("0.3+0.2*0.5744", 0.3 + 0.2 * 0.5744),
        ("2*(3+4)/7", 2.0),
        ("-2^2", -4.0),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("1 - -1", 2.0),
        ("8/4/2", 1.0),
        ("10-4-3", 3.0),
        ("sigmoid(0)", 0.5),
        ("1/(1+exp(-0.4))", 1 / (1 + math.exp(-0.4))),
        ("-ln(0.7739)", -math.log(0.7739)),
        ("sqrt(2)^2", math.sqrt(2) ** 2),
        (" tanh( .5 ) ", math.tanh(0.5)),
        ("2 \u00d7 3", 6.0),
    ],
)
def test_a_number_is_a_decimal_a_fraction_or_an_expression(text, value):
    assert math.isclose(typed(text).value, value, rel_tol=1e-14)


@pytest.mark.parametrize(
    "text, why",
    [
        ("abc", "unknown name 'abc'"),
        ("log(2)", "ln is the natural logarithm"),
        ("1,500", "decimals have a point"),
        ("1/0", "divides by 0"),
        ("ln(0)", "no value"),
        ("(-8)^0.5", "no value"),
        ("0^-1", "no value"),
        ("9^9^9^9", "no value"),
        ("1e999", "no value"),
        ("nan", "unknown name 'nan'"),
        ("1 2", "expected a sign"),
        ("(1", "')'"),
        ("1)", "expected a sign"),
        ("1+", "at the end"),
        ("exp", "'(' after exp"),
        ("__import__('os')", "got '_'"),
        ("(" * 50 + "1" + ")" * 50, "inside each other"),
        ("-" * 150 + "1", "inside each other"),
        ("1+" * 200 + "1", "at most 200 characters"),
    ],
)
def test_what_is_no_number_says_why(text, why):
    found = typed(text)
    assert isinstance(found, str) and why in found


@given(st.text(max_size=60) | st.text("0123456789.+-*/^()e expln", max_size=60))
def test_any_text_is_a_finite_number_or_a_sentence(text):
    found = typed(text)
    assert (isinstance(found, str) and found) or (isinstance(found, Answer) and math.isfinite(found.value))


numbers = st.integers(1, 99).map(lambda one: Number(one / 10))
trees = st.recursive(
    numbers,
    lambda below: st.one_of(
        st.tuples(below, below).map(lambda two: two[0] + two[1]),
        st.tuples(below, below).map(lambda two: two[0] - two[1]),
        st.tuples(below, below).map(lambda two: two[0] * two[1]),
        st.tuples(below, below).map(lambda two: two[0] / two[1]),
        below.map(lambda one: -one),
        below.map(lambda one: one**2),
        st.tuples(st.sampled_from(["tanh", "sigmoid"]), below).map(lambda two: Call(*two)),
    ),
    max_leaves=8,
)


@given(trees)
def test_what_the_machine_writes_is_read_back(tree):
    try:
        value = evaluate(tree, {})
    except ArithmeticError:
        return
    text = MACHINE.write(tree)
    if len(text) <= 200:
        assert math.isclose(typed(text).value, value, rel_tol=1e-9, abs_tol=1e-12), text
    assert set(KNOWN) >= {"tanh", "sigmoid"}


# the machine ------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(networks(), st.sampled_from(ORDERS), st.integers(0, 5))
def test_right_answers_in_any_order_get_every_point(network, order, seed):
    quiz = made(network, order=order, seed=seed, count=25)
    state = quizzes.replay(quiz, [right(quiz, name, 6) for name in quiz.questions])
    assert state.is_done(quiz)
    assert {one.kind for one in state.outcomes} <= {"right", "rounding"}
    assert sum(one.points for one in state.outcomes) == len(quiz.questions)


@settings(max_examples=25)
@given(
    st.lists(
        st.sampled_from(["?", "", "q", "0.3", "-1", "1/3", "x", "0.59327", "0.7", "hint"])
        | st.text(max_size=5),
        max_size=40,
    ),
    st.integers(1, 3),
)
def test_any_lines_lead_somewhere_and_never_back(typed_lines, tries):
    quiz = made(count=6, tries=tries)
    state = State()
    for line in typed_lines:
        after = quizzes.reply(quiz, state, line)
        assert after.outcomes[: len(state.outcomes)] == state.outcomes
        assert (0 <= after.hints < len(WORTH) and after.tries < tries) or after.is_done(quiz)
        assert all(0 <= one.points <= 1 for one in after.outcomes)
        state = after
    assert quizzes.replay(quiz, typed_lines) == state
    render(quizzes.report(quiz, state, View()), "plain")


def test_a_mistake_has_its_name_and_what_follows_from_it_costs_nothing():
    quiz = made("lecture", level="activations", tries=1)
    wrong = quiz.lines.recalculated({"z[1]_1": 0.2})  # without its bias
    state = quizzes.replay(quiz, [show(wrong[name], 4) for name in quiz.questions])
    first, second, *rest = state.outcomes
    assert (first.symbol, first.kind, first.mistakes) == ("z[1]_1", "mistake", ("bias left out",))
    assert (second.kind, second.because) == ("follows", ("z[1]_1",))
    assert [first.points, second.points] == [0, 1]
    assert {one.kind for one in rest} <= {"follows", "right"}
    assert sum(one.points for one in state.outcomes) == len(quiz.questions) - 1
    told = quizzes.report(quiz, state, View()).data
    assert told["practise"] == ["weighted sums", "bias left out"]


def test_a_wrong_answer_may_be_given_again_and_stands_when_the_reader_goes_on():
    quiz = made("lecture", tries=3)
    wrong = quizzes.reply(quiz, State(), "0.2")
    assert not wrong.outcomes and "bias left out" in wrong.said[1]
    again = quizzes.reply(quiz, wrong, "0.3")
    assert [one.points for one in again.outcomes] == [0.5]
    on = quizzes.reply(quiz, wrong, "")
    assert [(one.kind, one.points) for one in on.outcomes] == [("mistake", 0)]
    assert quizzes.reply(quiz, on, show(1 / (1 + math.exp(-0.2)), 4)).outcomes[1].kind == "follows"
    last = quizzes.replay(quiz, ["0.2", "0.7", "0.9"])
    assert last.outcomes[0].kind == "unexplained" and last.said[-1] == "z[1]_1 = 0.3"


def test_hints_come_in_steps_and_cost():
    quiz = made("lecture")
    state, said = State(), []
    for _ in range(4):
        state = quizzes.reply(quiz, state, "?")
        said.append(state.said[0])
    assert said == [
        "z[1]_1 = w[1]_01 + w[1]_11*x_1",
        "z[1]_1 = 0.1 + 0.1*2.0",
        "z[1]_1 = 0.3",
        "z[1]_1 = 0.3",
    ]
    costs = [quizzes.replay(quiz, ["?"] * hints + ["0.3"]).outcomes[0].points for hints in range(4)]
    assert costs == [1, 0.75, 0.5, 0]


def test_a_number_with_too_few_digits_is_not_right_and_costs_no_try():
    quiz = made("lecture")  # z is 0.3, a is 0.5744...
    state = quizzes.replay(quiz, ["0.3", "0.6"])
    assert len(state.outcomes) == 1 and state.tries == 0
    assert state.said == ("0.6 has too few digits: give 4 decimals.",)
    assert quizzes.reply(quiz, state, "0.574").outcomes[1].kind == "right"
    once = quizzes.replay(made("lecture", tries=1), ["0.3", "0.6", "0.4", "0.5"])
    assert [one.kind for one in once.outcomes] == ["right", "coarse", "right", "unexplained"]


def test_a_random_order_asks_the_same_and_brings_the_numbers_along():
    told, mixed = made(), made(order="random", seed=3)
    assert set(mixed.questions) == set(told.questions) and mixed.questions != told.questions
    assert made(order="random", seed=3).questions == mixed.questions != made(order="random", seed=4).questions
    place = mixed.questions.index("a[2]_1")
    state = State(tuple(Outcome(name, "skipped") for name in mixed.questions[:place]))
    assert quizzes.question(mixed, state)[1] == "from z[2]_1 = 1.1059"
    assert len(quizzes.question(told, State())) == 1
    assert get_args(Order) == ORDERS


# the document and the file -----------------------------------------------------------------------


@pytest.mark.parametrize("format", [name for name in RENDERERS if name not in PICTURES | TABLES | SHEETS])
def test_every_format_tells_how_it_went(format):
    quiz = made("lecture", level="activations", tries=1)
    state = quizzes.replay(quiz, ["0.2", "0.5498", "?", "0.4", ""])
    text = render(quizzes.report(quiz, state, View()), format)
    if format == "json":
        jsonschema.validate(data := json.loads(text), output_schema())
        assert data["score"] == {"points": 1.75, "of": len(quiz.questions)}
        verdicts = [one["verdict"] for one in data["questions"]]
        assert verdicts == ["mistake", "follows", "right", "skipped"]
    elif format != "jsonl":
        assert "1.75 of 13 points" in text
        assert "bias left out" in " ".join(text.split())


def test_a_saved_quiz_goes_on_and_another_is_refused():
    quiz, typed_lines = made(), ["0.3775", "?", "0.5933"]
    text = quizzes.saved_text(quiz, typed_lines)
    assert quizzes.saved_lines(text, "q.json", quiz) == typed_lines
    with pytest.raises(InputError, match="another quiz"):
        quizzes.saved_lines(text, "q.json", made(level="gradients"))
    for broken in ("", "[1]", "{}", "[" * 100_000, '{"nnstep": "quiz", "lines": [1]}', text[:-9]):
        with pytest.raises(InputError, match="this is none"):
            quizzes.saved_lines(broken, "q.json", quiz)


# the command ------------------------------------------------------------------------------------


def test_answers_come_from_a_file_and_the_rest_on_another_day(tmp_path):
    (tmp_path / "first").write_text("0.3775\n0.593269992\n")
    (tmp_path / "second").write_text("0.25+0.2*0.05+0.25*0.1+0.3*0.1-0.3*0.1\n")
    common = ("quiz", "mazur", "--level", "activations", "--resume", "kept.json", "--json")
    first = json.loads(run(*common, "--answers", "first", cwd=tmp_path).stdout)
    assert [one["verdict"] for one in first["questions"]] == ["right", "right"]
    second = json.loads(run(*common, "--answers", "second", cwd=tmp_path).stdout)
    assert [one["symbol"] for one in second["questions"]] == ["z[1]_1", "a[1]_1", "z[1]_2"]
    assert second["questions"][:2] == first["questions"]


def test_wrong_answers_are_told_and_end_with_0_as_the_help_says(tmp_path):
    (tmp_path / "wrong").write_text("9\n9\n")
    done = run("quiz", "mazur", "--count", "2", "--answers", "wrong", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["score"] == {"points": 0.0, "of": 2}
    assert "The exit code is always 0" in " ".join(run("quiz", "--help").stdout.split())


@pytest.mark.parametrize(
    "arguments, text, words",
    [
        ([], None, "--answers FILE"),
        (["--answers", "a"], "0.3\nx\n", "a:2: unknown name 'x'"),
        (["--answers", "a", "--count", "1"], "0.3\n0.4\n", "a:2: expected answers to 1 questions"),
        (["--answers", "nope"], "", "nope: no such file\n"),
        (["-", "--answers", "-"], "", "expected one input from stdin"),
        (["--answers", "mazur"], "", "mazur: no such file\n"),
        (["--answers", "a", "--resume", "a"], "0.3", "this is none"),
        (["--answers", "a", "--resume", "no/such/folder"], "0.3", "cannot be written"),
        (["--answers", "a", "--count", "0"], "0.3", "--count"),
        (["--answers", "a", "--order", "none"], "0.3", "random"),
        (["nope.yaml", "--answers", "a"], "0.3", "nope.yaml"),
    ],
)
def test_what_cannot_run_says_why_with_code_2(tmp_path, arguments, text, words):
    if text:
        (tmp_path / "a").write_text(text)
    done = run("quiz", *arguments, cwd=tmp_path, stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == (["a"] if text else [])


class Person:
    """Somebody at a pseudo-terminal, who reads up to a prompt and types a line."""

    def __init__(self, *arguments, cwd):
        self.leader, follower = pty.openpty()
        self.process = subprocess.Popen(
            [NNSTEP, "quiz", *arguments],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env={**CLEAN, "TERM": "xterm-256color", "NO_COLOR": "1", "COLUMNS": "80"},
            cwd=cwd,
            start_new_session=True,
        )
        os.close(follower)

    def reads(self, until=None):
        """Return what is shown up to some text, or to the end."""
        shown, end = b"", time.monotonic() + GENEROUS
        while time.monotonic() < end and (until is None or not shown.endswith(until.encode())):
            try:
                piece = os.read(self.leader, 1 if until else 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        return shown.decode().replace("\r\n", "\n")

    def types(self, line):
        os.write(self.leader, f"{line}\n".encode())

    def ends_with(self):
        code = self.process.wait(timeout=GENEROUS)
        os.close(self.leader)
        return code


def test_a_person_is_asked_corrected_and_told_the_score(tmp_path):
    person = Person("lecture", "--level", "activations", "--count", "2", cwd=tmp_path)
    opening = person.reads("> ")
    assert "1   0.1  0.1" in opening and "1 of 2: z[1]_1" in opening
    person.types("0.2")
    assert "bias left out: The bias w_0 is missing" in person.reads("> ")
    person.types("?")
    assert "z[1]_1 = w[1]_01 + w[1]_11*x_1" in person.reads("> ")
    person.types("0.1+0.2")
    assert "Right." in person.reads("> ")
    person.types("sigmoid(0.3)")
    rest = person.reads()
    assert "1.375 of 2 points" in rest and "weighted sums: 0.625 lost" in rest
    assert person.ends_with() == 0


def test_an_interrupt_keeps_the_quiz_and_the_next_run_goes_on(tmp_path):
    person = Person("lecture", "--count", "3", "--resume", "kept.json", cwd=tmp_path)
    person.reads("> ")
    person.types("0.3")
    person.reads("> ")
    person.process.send_signal(signal.SIGINT)
    assert "--resume kept.json" in person.reads()
    assert person.ends_with() == 130
    again = Person("lecture", "--count", "3", "--resume", "kept.json", cwd=tmp_path)
    assert "2 of 3: a[1]_1" in again.reads("> ")
    again.types("q")
    assert "1 of 3 points. 2 not asked yet." in again.reads()
    assert again.ends_with() == 0
