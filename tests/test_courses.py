"""Quizzes for Moodle and Canvas, read as their importers read them: every number is checked by `check`."""

import io
import re
import zipfile
from base64 import b64decode
from html import unescape
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from perceptron_cli import check, courses, exercises, spec
from perceptron_cli.answers import answer, diagnose
from perceptron_cli.cli.app import make_app
from perceptron_cli.notation import show
from perceptron_cli.trace.neuron.lines import neuron_lines

pytestmark = pytest.mark.exhaustive

app = make_app()
LEVEL = "gradients"
RECIPES = {
    "sigmoid": exercises.recipe("2,2,1"),
    "softmax": exercises.recipe("2,2,3", "tanh,softmax"),
    "relu": exercises.recipe("2,3,1", "relu,linear"),
}

# The rules of Moodle's importer: question/type/multianswer/questiontype.php.
FRACTION = r"=|%(-?[0-9]+(?:[.,][0-9]*)?)%"
ANSWER = r".+?(?<!\\|&)(?=[~#}]|$)"
FEEDBACK = r".*?(?<!\\)(?=[~}]|$)"
ALTERNATIVE = rf"({FRACTION})?({ANSWER})(?:#({FEEDBACK}))?"
FIELD = re.compile(rf"\{{([0-9]*):(NUMERICAL|NM):(~?{ALTERNATIVE}(?:~{ALTERNATIVE})*)\}}".replace("(?P", "("))
NUMBER = r"-?(?:(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)"
NUMERICAL = re.compile(rf"^({NUMBER})(?::({NUMBER}))?$")


def fields(text):
    """Each cloze field of a question as Moodle reads it: (fraction, number or "*", tolerance, feedback)."""
    found = []
    for field in FIELD.finditer(text):
        read = []
        for one in re.finditer(rf"(?:^|~){ALTERNATIVE}", field[3]):
            fraction = 100 if one[1] == "=" else int(one[2])
            number = NUMERICAL.match(one[3])
            assert number or one[3] == "*"
            value = float(number[1]) if number else "*"
            read.append((fraction, value, float(number[2]) if number else 0, unescape(one[4] or "")))
        found.append(read)
    return found


@pytest.fixture(scope="module", params=RECIPES)
def drawn(request):
    return exercises.draw(RECIPES[request.param], seed=5, count=2)


@pytest.fixture(scope="module")
def tasks(drawn):
    return list(courses.tasks(drawn, LEVEL))


def questions_of(root, kind):
    return [one for one in root.iter("question") if one.get("type") == kind]


def test_a_cloze_question_has_every_line_that_is_asked(drawn, tasks):
    root = ElementTree.fromstring(courses.moodle(tasks, "nnstep"))
    found = questions_of(root, "cloze")
    assert len(found) == len(drawn)
    for exercise, question in zip(drawn, found, strict=True):
        read = fields(question.findtext("questiontext/text"))
        asked = exercises.asked(exercise.lines, LEVEL)
        assert [one[0][1] for one in read] == pytest.approx([one.value for one in asked], rel=1e-9)
        assert all([alternative[0] for alternative in one] == [100] + [0] * (len(one) - 1) for one in read)
        assert all(one[-1][1] == "*" for one in read)
        picture = question.find("questiontext/file")
        assert b64decode(picture.text).startswith(b"<svg")
        assert "@@PLUGINFILE@@/network.svg" in question.findtext("questiontext/text")
        assert r"\begin{aligned}" in question.findtext("generalfeedback/text")


def test_the_drawing_tells_no_answer(tasks, drawn):
    for task, exercise in zip(tasks, drawn, strict=True):
        for one in exercises.asked(exercise.lines, "activations"):
            if one.symbol.head == "a":
                assert f">{one.text}<" not in task.drawing


def test_the_right_numbers_are_right_and_rounding_is_allowed_for(drawn, tasks):
    for exercise, task in zip(drawn, tasks, strict=True):
        numbers = {one.name: show(one.value, 4) for one in task.questions}
        checked = check(numbers, exercise.config)
        assert checked.is_right
        assert checked.points == checked.of
        for one in task.questions:
            assert abs(float(numbers[one.name]) - one.value) <= one.tolerance


def test_each_mistake_is_named_as_that_mistake(drawn, tasks):
    count = 0
    for exercise, task in zip(drawn, tasks, strict=True):
        right = {one.name: answer(show(one.value, 4)) for one in task.questions}
        for question in task.questions:
            for one in question.wrong:
                count += 1
                sheet = {**right, question.name: answer(show(one.value, 4))}
                verdicts = {found.name: found for found in diagnose(exercise.config, exercise.lines, sheet)}
                found = verdicts[question.name]
                assert found.kind == "mistake", (question.name, one)
                assert one.mistake in found.mistakes
                assert one.sentence.startswith(f"{one.mistake}: ")
                assert abs(one.value - question.value) > question.tolerance
    assert count > 50


def test_single_questions_have_the_same_numbers(tasks):
    root = ElementTree.fromstring(courses.moodle(tasks, "nnstep", single=True))
    found = questions_of(root, "numerical")
    wanted = [one for task in tasks for one in task.questions]
    assert len(found) == len(wanted)
    for question, one in zip(found, wanted, strict=True):
        answers = question.findall("answer")
        assert float(answers[0].findtext("text")) == pytest.approx(one.value, rel=1e-9)
        assert float(answers[0].findtext("tolerance")) >= one.tolerance
        assert [each.get("fraction") for each in answers] == ["100"] + ["0"] * (len(one.wrong) + 1)
        assert [float(each.findtext("text")) for each in answers[1:-1]] == pytest.approx(
            [each.value for each in one.wrong]
        )
        assert question.findtext("name/text").endswith(one.name)


NAMES = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2", "c": courses.qti.__globals__["PACKAGE"]}


def test_the_package_is_what_canvas_imports(tasks):
    """Every file is in the manifest, every identifier is there once, every feedback is linked."""
    package = zipfile.ZipFile(io.BytesIO(courses.qti(tasks, "A & B")))
    assert package.testzip() is None
    manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
    listed = [one.get("href") for one in manifest.iterfind(".//c:file", NAMES)]
    assert sorted([*listed, "imsmanifest.xml"]) == sorted(package.namelist())
    (path,) = [one for one in listed if one.endswith(".xml")]
    root = ElementTree.fromstring(package.read(path))
    items = root.findall(".//q:item", NAMES)
    assert len({one.get("ident") for one in items}) == len(items)
    numerical = [one for one in items if "numerical_question" in ElementTree.tostring(one, "unicode")]
    wanted = [one for task in tasks for one in task.questions]
    assert len(numerical) == len(wanted)
    for item, one in zip(numerical, wanted, strict=True):
        linked = [each.get("linkrefid") for each in item.iterfind(".//q:displayfeedback", NAMES)]
        assert sorted(linked) == sorted(each.get("ident") for each in item.iterfind("q:itemfeedback", NAMES))
        (score,) = [
            each
            for each in item.iterfind(".//q:respcondition", NAMES)
            if each.find("q:setvar", NAMES) is not None
        ]
        low, high = (float(score.find(f".//q:{name}", NAMES).text) for name in ("vargte", "varlte"))
        assert low < one.value < high
        assert high - low == pytest.approx(2 * one.tolerance, rel=1e-3)
        assert float(score.find(".//q:varequal", NAMES).text) == pytest.approx(one.value)
        assert r"\(" in item.findtext(".//q:presentation//q:mattext", namespaces=NAMES)
    for name in listed:
        if name.endswith(".svg"):
            ElementTree.fromstring(package.read(name))


def test_the_same_exercises_are_the_same_bytes(tasks):
    assert courses.qti(tasks, "A") == courses.qti(tasks, "A")


def test_gift_has_every_question(tasks):
    text = courses.gift(tasks, "nnstep")
    starts = re.findall(r"^::(.*?)::", text, re.MULTILINE)
    wanted = [one for task in tasks for one in task.questions]
    assert len(starts) == len(wanted)
    rights = re.findall(rf"^=({NUMBER}):({NUMBER})#Right", text, re.MULTILINE)
    assert [float(one) for one, _ in rights] == pytest.approx([one.value for one in wanted], rel=1e-9)
    wrongs = re.findall(rf"^=%0%({NUMBER}):", text, re.MULTILINE)
    assert len(wrongs) == sum(len(one.wrong) for one in wanted)


@pytest.mark.parametrize("rule", ["perceptron", "fausett", "delta"])
def test_a_rules_table_is_a_quiz_too(rule):
    drawn = exercises.draw_neurons("and", rule, None, 6, seed=1, count=1)
    (task,) = courses.tasks(drawn, "everything")
    told = neuron_lines(drawn[0].config)
    assert [one.name for one in task.questions] == [
        one.symbol.name for one in exercises.asked(told, "everything")
    ]
    right = {one.name: answer(show(one.value, 10)) for one in task.questions}
    count = 0
    for question in task.questions:
        for one in question.wrong:
            count += 1
            sheet = {**right, question.name: answer(show(one.value, 10))}
            (found,) = [each for each in diagnose(drawn[0].config, told, sheet) if each.name == question.name]
            assert (found.kind, one.mistake in found.mistakes) == ("mistake", True), (question.name, one)
    assert count > 10
    root = ElementTree.fromstring(courses.moodle([task], "nnstep"))
    (question,) = questions_of(root, "cloze")
    assert len(fields(question.findtext("questiontext/text"))) == len(task.questions)
    assert "threshold" in question.findtext("questiontext/text") or "θ" in question.findtext(
        "questiontext/text"
    )


def test_the_command_writes_each(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(app, ["exercise", "--layers", "1,2,1", "--count", "2", *arguments])

    for name in ("a.xml", "a.gift", "a.zip"):
        done = run("-o", str(tmp_path / name))
        assert done.exit_code == 0, done.output
    assert zipfile.is_zipfile(tmp_path / "a.zip")
    root = ElementTree.parse(tmp_path / "a.xml").getroot()
    assert len(questions_of(root, "cloze")) == 2
    assert run("--format", "moodle").stdout == (tmp_path / "a.xml").read_text()
    done = run("--format", "qti")
    assert (done.exit_code, "write it with -o" in done.stderr) == (2, True)
    done = run("--single")
    assert (done.exit_code, "--single goes with --format moodle" in done.stderr) == (2, True)
    done = run("-o", str(tmp_path / "a.xml"))
    assert (done.exit_code, "the file exists" in done.stderr) == (2, True)
    done = run("--neuron", "or", "-o", str(tmp_path / "b.xml"))
    assert done.exit_code == 0, done.output


def test_a_class_goes_round():
    """Thirty students: most of them right, each of the others with one mistake that the quiz names."""
    drawn = exercises.draw(exercises.recipe("1,2,1"), seed=9, count=30)
    tasks = list(courses.tasks(drawn, "activations"))
    root = ElementTree.fromstring(courses.moodle(tasks, "class"))
    graded = named = 0
    for place, (question, task) in enumerate(zip(questions_of(root, "cloze"), tasks, strict=True)):
        typed = [show(one.value, 4) for one in task.questions]
        wrong = task.questions[place % len(task.questions)]
        if place % 3 == 0 and wrong.wrong:
            typed[place % len(task.questions)] = show(wrong.wrong[0].value, 4)
        for text, one in zip(typed, fields(question.findtext("questiontext/text")), strict=True):
            reached = next(each for each in one if each[1] == "*" or abs(float(text) - each[1]) <= each[2])
            graded += reached[0] == 100
            named += reached[0] == 0 and reached[1] != "*"
            if reached[1] != "*" and reached[0] == 0:
                assert reached[3].startswith(f"{wrong.wrong[0].mistake}: ")
    assert named == len([place for place in range(0, 30, 3) if tasks[place].questions[place % 5].wrong])
    assert graded == sum(len(task.questions) for task in tasks) - named
    assert spec.parse(tasks[0].config).sizes == (1, 2, 1)
