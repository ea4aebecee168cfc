"""No line of any command's answer is wider than the window, however narrow that is."""

import json

import pytest
import typer
from rich.cells import cell_len
from test_cli import call

from perceptron_cli import spec
from perceptron_cli.cli.app import make_app
from perceptron_cli.derivations import TOPICS
from perceptron_cli.errors import InputError
from perceptron_cli.render import Layout, render
from perceptron_cli.trace.lessons.derive import derive
from perceptron_cli.trace.questions.why import why
from perceptron_cli.trace.step.lines import lines

app = make_app()

NOT_PROSE = {
    "walk",
    "quiz",
    "schema",
    "export",
    "init",
}  # screens of their own, and code
CASES = {
    "forward": ["softmax", "deep --all"],
    "backprop": ["lecture", "softmax", "xor --arithmetic both", "deep --view matrix"],
    "train": ["xor --set training.epochs=3", "iris --set training.epochs=2"],
    "what-if": ["--set w[2]_11=0.5 --set x_1=3", "softmax --set training.seed=7", "--sweep eta=0.1:1:5"],
    "exercise": ["--key", "--formulas --layers 2,3,2 --activation tanh,softmax"],
    "draw": ["deep", "--after", "softmax --gradients"],
    "derive": ["softmax", "shortcut --config lecture"],
    "activations": ["sigmoid", "softmax"],
    "gradients": ["deep"],
    "perceptron": ["and", "xor"],
    "why": ["dL/dw[1]_01 deep", "L' softmax"],
    "check": ["planted.json mazur --all", "planted.json mazur"],
}
COMMANDS = sorted(typer.main.get_command(app).commands.keys() - NOT_PROSE)  # type: ignore[attr-defined]


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A file of answers of which many numbers are wrong, so that many others only follow."""
    told = json.loads(call("backprop", "mazur", "--json").stdout)
    made = [one for section in told["steps"][0]["sections"] for one in section.get("equations", ())]
    for place, one in enumerate(made):
        if one["value"] is not None and (place % 3 == 2 or place % 5 == 4):
            one["value"] = 123.456 if place % 5 == 4 else -1.1 * one["value"]
    (tmp_path / "planted.json").write_text(json.dumps(told))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("width", [40, 60])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("planted")
def test_no_command_overflows_a_narrow_window(command, width):
    for case in CASES.get(command, [""]):
        for format in ("plain", "table"):
            for more in ([], ["--ascii"]):
                asked = [command, *case.split(), "--format", format, "--width", str(width), *more]
                done = call(*asked)
                assert done.exit_code in (0, 1) or command not in CASES, done.output
                assert [line for line in done.stdout.split("\n") if cell_len(line) > width] == [], asked


def documents():
    for name in ("deep", "softmax", "regression"):
        config = spec.load(name)
        names = list(lines(config).equations)
        yield from (why(config, one) for one in names[:: len(names) // 20])
        for topic in TOPICS:
            try:
                yield derive([topic], config)
            except InputError:
                continue  # the network has no place for it
    yield from (derive([topic]) for topic in TOPICS)


@pytest.mark.parametrize("unicode", [True, False])
def test_where_a_number_comes_from_and_every_derivation_fit(unicode):
    """In plain ASCII a product has no spaces, and is broken all the same."""
    for document in documents():
        for width in (40, 60):
            shown = render(document, "plain", Layout(width, unicode=unicode))
            assert max(map(cell_len, shown.split("\n"))) <= width, shown
