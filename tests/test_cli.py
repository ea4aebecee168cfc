"""The command line is polite: streams, exit codes, colours, pipes, files, and what it says of mistakes."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner
from waiting import C_LOCALE_STARTS, GENEROUS, wait_until

from perceptron_cli import __version__, load, narrate, spec, trace, train
from perceptron_cli.cli.app import GROUPS, make_app
from perceptron_cli.cli.backprop import Phase

app = make_app()

NNSTEP = str(Path(sys.executable).parent / "nnstep")
COMMANDS = [
    "forward",
    "backprop",
    "train",
    "perceptron",
    "activations",
    "derive",
    "export",
    "gradients",
    "exercise",
    "why",
    "what-if",
    "configs",
    "init",
    "schema",
]
ON_A_SCREEN = ["walk", "quiz"]  # they take no pipe; their own tests run them
ON_A_FILE = ["check"]  # their example needs a file of answers; their own tests write it
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("NNSTEP_", "LC_", "COLUMNS"))}
CLEAN = {**CLEAN, "LC_ALL": "C.UTF-8"}
for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM"):
    CLEAN.pop(name, None)


def run(*arguments, env=None, stdin=None, **more):
    """Run the real command; returns its code, stdout and stderr."""
    return subprocess.run(
        [NNSTEP, *arguments],
        capture_output=True,
        input=stdin,
        env={**CLEAN, **(env or {})},
        encoding="utf-8",
        timeout=GENEROUS,
        **more,
    )


def call(*arguments, stdin=None):
    """Run the command in this process."""
    return CliRunner().invoke(app, list(arguments), input=stdin)


def on_terminal(*arguments, env=None, width=100):
    """Run the command on a pseudo-terminal and return what it shows."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [NNSTEP, *arguments],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**CLEAN, "TERM": "xterm-256color", "COLUMNS": str(width), **(env or {})},
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(timeout=GENEROUS) == 0
    return shown.decode()


# help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], *[[one] for one in [*COMMANDS, *ON_A_FILE, *ON_A_SCREEN]]], ids=str)
def test_help_is_short_and_ends_with_an_example(command):
    long, short = run(*command, "--help", env={"COLUMNS": "80"}), run(*command, "-h", env={"COLUMNS": "80"})
    assert (long.returncode, long.stderr) == (0, "")
    assert long.stdout == short.stdout
    assert long.stdout.strip().splitlines()[-1].strip().startswith("Example: nnstep")
    assert all(cell_len(line) <= 80 for line in long.stdout.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_works(command, tmp_path):
    example = run(command, "--help").stdout.strip().splitlines()[-1].split("nnstep ", 1)[1].split(" > ")[0]
    done = run(*shlex.split(example), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_version_is_one_line():
    for flag in ("--version", "-V"):
        assert run(flag).stdout == f"nnstep {__version__}\n"
    module = subprocess.run(
        [sys.executable, "-m", "perceptron_cli", "--version"], capture_output=True, text=True
    )
    assert module.stdout == f"nnstep {__version__}\n"


def test_no_arguments_show_help():
    done = run()
    assert done.returncode == 2
    assert "Usage: nnstep" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["forwrd"], "forward"),
        (["forw"], "No such command"),
        (["train", "--epoch", "3"], "--epochs"),
        (["forward", "--decimals", "99"], "99"),
        (["backprop", "--only", "gradient"], "gradients"),
        (["backprop", "--lr", "nan"], "--lr: training.learning_rate: expected a number above 0"),
        (["backprop", "--lr", "inf"], "--lr"),
        (["backprop", "--lr", "1e999"], "too large"),
        (["backprop", "--lr=-1"], "got -1"),
        (["train", "--epochs", "0"], "--epochs: training.epochs: expected a whole number"),
        (["train", "--epochs", "1e9"], "100,000,000"),
        (["train", "--narrate", "0"], "--narrate: expected epochs from 1 to 50"),
        (["train", "--narrate", "51"], "'51'"),
        (["train", "--narrate", "x"], "'x'"),
        (["backprop", "--sample", "2"], "--sample: expected a number from 1 to 1"),
        (["backprop", "--set", "trainin.seed=1"], "did you mean 'training'?"),
        (["forward", "lectur"], "did you mean 'lecture'?"),
        (["forward", "nope.yaml"], "nope.yaml: no such file"),
        (["forward", "/"], "got a folder"),
    ],
)
def test_a_mistake_is_told_on_stderr_with_code_2(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_are_json_where_json_was_asked_for():
    for flags in (["--json"], ["--format", "json"], ["--format", "jsonl"]):
        done = run(
            "forward", "-", *flags, stdin="network: {layers: [{activation: sigmiod, weights: [[1, 2]]}]}"
        )
        error = json.loads(done.stderr)["error"]
        assert (done.returncode, done.stdout, error["exit_code"]) == (2, "", 2)
        assert error["problems"][-1] | {"message": ""} == {
            "file": "<stdin>",
            "line": 1,
            "column": 33,
            "key": "network.layers[0].activation (layer 1)",
            "message": "",
            "hint": "did you mean 'sigmoid'?",
        }


def test_a_number_that_leaves_the_range_is_code_1():
    done = run("train", "regression", "--set", "training.learning_rate=1e300")
    assert (done.returncode, done.stdout) == (1, "")
    assert "finite" in done.stderr
    assert "hint: " in done.stderr


def test_debugging_shows_where_an_error_was_raised():
    assert "Traceback" in run("forward", "nope.yaml", env={"NNSTEP_DEBUG": "1"}).stderr


def test_a_unit_step_goes_forward_only(tmp_path):
    path = tmp_path / "step.yaml"
    path.write_text(
        "network: {layers: [{activation: unit_step, theta: 0.2, weights: [[0, 0.3, -0.1]]}]}\n"
        "loss: squared_error\nsample: {x: [1, 0], y: 1}\n"
    )
    assert "step(" in run("forward", str(path)).stdout
    done = run("backprop", str(path))
    assert done.returncode == 2
    assert "derivative is 0 everywhere" in done.stderr


# sources --------------------------------------------------------------------------------------


def test_a_dash_is_stdin_and_order_does_not_matter():
    text = spec.bundled()["mazur"].read_text()
    same = [run("forward", "mazur"), run("forward", "-", stdin=text), run("forward", "--brief", "mazur")]
    assert same[0].stdout == same[1].stdout != same[2].stdout
    assert run("forward", "mazur", "--json").stdout == run("forward", "--json", "mazur").stdout


@pytest.mark.parametrize("name", ["-x.yaml", "a b.yaml", "ünï.yaml"])
def test_any_file_name_will_do(tmp_path, name):
    (tmp_path / name).write_text(spec.starter(), encoding="utf-8")
    assert run("forward", "--", name, cwd=tmp_path).returncode == 0


def test_a_flag_wins_over_the_environment_and_both_over_the_config():
    loss = "L   = "
    shown = [
        run("forward", "mazur", *flags, env=env).stdout
        for flags, env in [
            ([], {}),
            ([], {"NNSTEP_DECIMALS": "2"}),
            (["--decimals", "6"], {"NNSTEP_DECIMALS": "2"}),
        ]
    ]
    assert [re.search(r"loss ([\d.]+)$", text.strip())[1] for text in shown] == [
        "0.2984",
        "0.30",
        "0.298371",
    ], loss
    told = run("forward", "-v", "--decimals", "6", env={"NNSTEP_ROUNDING": "half-even"}).stderr
    assert "decimals: 6 (command line)" in told
    assert "rounding: half-even (environment)" in told
    assert "width: None (default)" in told
    assert "learning_rate" not in told
    assert run("backprop", "--lr", "0.5", "--json").stdout != run("backprop", "--json").stdout


def test_lr_keeps_the_text_that_it_was_given():
    assert "η = 5e-1" in run("backprop", "--lr", "5e-1").stdout


def test_completion_knows_commands_options_names_and_choices():
    def completed(words):
        env = {"_NNSTEP_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": words}
        return run(env=env).stdout

    assert "backprop" in completed("nnstep back")
    assert "--format" in completed("nnstep forward --f")
    assert "mazur" in completed("nnstep forward ma")
    assert "markdown" in completed("nnstep forward --format ma")


# output ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "markdown", "latex"])
@pytest.mark.parametrize("command", ["forward", "backprop", "train", "configs"])
def test_every_command_speaks_every_format(command, format):
    done = call(command, "--format", format)
    assert done.exit_code == 0, done.output
    if format.startswith("json"):
        for line in done.stdout.splitlines():
            json.loads(line)


def test_a_file_chooses_its_format_and_is_never_overwritten_unasked(tmp_path):
    for name, start in [
        ("a.json", '{"schema"'),
        ("a.md", "# "),
        ("a.tex", r"\documentclass"),
        ("a.txt", "lec"),
    ]:
        path = tmp_path / name
        assert run("forward", "-o", str(path)).returncode == 0
        assert path.read_text().startswith(start)
        kept = path.read_bytes()
        again = run("forward", "mazur", "-o", str(path))
        assert (again.returncode, path.read_bytes()) == (2, kept)
        assert "--force" in again.stderr
        assert run("forward", "mazur", "-o", str(path), "--force").returncode == 0
        assert path.read_bytes() != kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.md", "a.tex", "a.txt"]
    assert run("forward", "-o", "-").stdout == run("forward").stdout
    gone = run("forward", "-o", str(tmp_path / "no" / "a.txt"))
    assert gone.returncode == 2
    assert "cannot be written" in gone.stderr


def test_init_writes_a_config_that_runs(tmp_path):
    path = tmp_path / "my.yaml"
    assert run("init", str(path), stdin="").returncode == 0
    assert run("backprop", str(path)).returncode == 0
    path.write_text("mine")
    assert run("init", str(path)).returncode == 2
    assert path.read_text() == "mine"
    assert run("init", "-").stdout == spec.starter()


def test_the_same_input_gives_the_same_bytes():
    for arguments in (["train", "deep", "--json"], ["backprop", "xor"]):
        runs = {
            run(*arguments, env=env).stdout
            for env in (
                {"PYTHONHASHSEED": "1"},
                {"PYTHONHASHSEED": "2"},
                {"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"},
            )
        }
        assert len(runs) == 1


def test_colour_is_for_terminals_and_those_who_ask():
    coloured = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert "\x1b" not in run("forward").stdout
    assert coloured.search(run("forward", "--format", "table", env={"FORCE_COLOR": "1"}).stdout)
    assert coloured.search(run("forward", "--format", "table", env={"CLICOLOR_FORCE": "1"}).stdout)
    assert "\x1b" not in run("forward", "--format", "table", env={"FORCE_COLOR": "0"}).stdout
    assert coloured.search(on_terminal("forward"))
    assert coloured.search(on_terminal("forward", env={"NO_COLOR": ""}))
    assert not coloured.search(on_terminal("forward", env={"NO_COLOR": "1"}))
    assert coloured.search(on_terminal("forward", "--color", "always", env={"NO_COLOR": "1"}))
    assert not coloured.search(on_terminal("forward", "--color", "never", env={"FORCE_COLOR": "1"}))
    assert "\x1b" not in on_terminal("forward", env={"TERM": "dumb"})


def test_a_terminal_gets_tables_and_a_hint_and_a_pipe_does_not():
    shown = on_terminal("forward")
    assert "──────" in shown
    assert "next: nnstep backprop" in shown
    assert "next:" not in on_terminal("forward", "--quiet")
    done = run("forward")
    assert "──────" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_is_not_overflowed(width):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal("backprop", width=width))
    assert all(cell_len(line.rstrip("\r")) <= width for line in shown.split("\n"))


@pytest.mark.parametrize(
    "env",
    [
        *([{"LC_ALL": "C"}] if C_LOCALE_STARTS else []),
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
@pytest.mark.parametrize(
    "arguments", [["backprop"], ["train"], ["configs"], ["--help"], ["forward", "--format", "table"]]
)
def test_a_screen_without_unicode_gets_ascii(env, arguments):
    done = subprocess.run([NNSTEP, *arguments], capture_output=True, env={**CLEAN, **env}, timeout=GENEROUS)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


# how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["backprop", "xor", "--all"], ["--help"], ["train", "--format", "jsonl"]]
)
def test_a_reader_that_leaves_is_no_error(arguments):
    line = f"'{NNSTEP}' {' '.join(arguments)} | head -1 > /dev/null"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=CLEAN, timeout=GENEROUS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["forward"], ["--help"], ["schema", "config"]])
def test_a_full_disk_is_told(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([NNSTEP, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=CLEAN)
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_says_so_by_its_code_and_writes_what_it_has(tmp_path, number, code):
    target, begun = tmp_path / "out.json", tmp_path / "begun.npz"
    keeping = ["--checkpoint", str(begun), "--checkpoint-every", "1000"]
    process = subprocess.Popen(
        [NNSTEP, "train", "--epochs", "100000000", "-o", str(target), *keeping],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=CLEAN,
        text=True,
    )
    wait_until(begun.exists, "a first checkpoint")
    process.send_signal(number)
    out, errors = process.communicate(timeout=GENEROUS)
    assert process.returncode == code
    assert out == ""
    assert re.fullmatch(r"(interrupted|terminated): stopped after update \d+; this is what it has\n", errors)
    assert {*tmp_path.iterdir()} == {target, begun}
    assert json.loads(target.read_text())["ended"]["reason"] == "stopped"


def test_training_streams_each_epoch_as_it_ends():
    process = subprocess.Popen(
        [NNSTEP, "train", "--epochs", "50000000", "--format", "jsonl"], stdout=subprocess.PIPE, env=CLEAN
    )
    first = json.loads(process.stdout.readline())
    process.kill()
    process.communicate()
    assert first == {"kind": "epoch", "epoch": 0, "loss": pytest.approx(0.2563062450503906, rel=1e-12)}


def test_a_streamed_run_ends_with_the_result():
    lines = [
        json.loads(line)
        for line in run("train", "xor", "--epochs", "3", "--format", "jsonl").stdout.splitlines()
    ]
    assert [line["kind"] for line in lines] == ["epoch"] * 4 + ["result"]
    assert [line["epoch"] for line in lines[:-1]] == [0, 1, 2, 3]
    assert lines[-1]["history"]["loss"] == [line["loss"] for line in lines[:-1]]


def test_progress_is_for_terminals_alone():
    done = run("train", "xor", "--epochs", "2000")
    assert done.stderr == ""
    assert "\r" not in done.stdout


# the commands do what they say ----------------------------------------------------------------


def test_only_takes_the_phases_of_the_narration():
    assert get_args(Phase) == trace.PHASES


def test_one_sample_is_a_batch_of_one():
    alone = json.loads(call("backprop", "xor", "--sample", "2", "--json").stdout)["steps"][0]
    assert alone["prediction"] and len(alone["prediction"]) == 1
    assert not any(
        one["symbol"].startswith("s") for part in alone["sections"] for one in part.get("equations", ())
    )


def test_steps_are_those_that_training_makes():
    steps = json.loads(call("backprop", "xor", "--steps", "3", "--json").stdout)["steps"]
    history = json.loads(call("train", "xor", "--epochs", "3", "--json").stdout)["history"]["loss"]
    assert [one["loss"] for one in steps] == history[:3]
    assert steps[-1]["new_loss"] == history[3]


def test_narrated_epochs_are_told_in_full():
    data = json.loads(call("train", "--epochs", "5", "--narrate", "1,last", "--json").stdout)
    assert [one["epoch"] for one in data["narrated"]] == [1, 5]
    assert data["narrated"][0]["new_loss"] == data["history"]["loss"][1]
    assert "Epoch 5, training step 5" in call("train", "--epochs", "5", "--narrate", "last").stdout


def test_decimals_change_what_is_shown_and_not_what_is():
    few, many = (json.loads(call("backprop", "--json", "--decimals", n).stdout) for n in ("2", "9"))
    numbers = [
        [
            (one["symbol"], one["value"])
            for part in data["steps"][0]["sections"]
            for one in part.get("equations", ())
        ]
        for data in (few, many)
    ]
    assert numbers[0] == numbers[1]


def test_a_markup_name_prints_as_it_is():
    text = (
        spec.bundled()["lecture"].read_text().replace("name: lecture", 'name: "[bold]x[/bold] :x: \\e[31m"')
    )
    assert "[bold]x[/bold] :x: \\x1b[31m" in call("forward", "-", stdin=text).stdout


def test_the_table_of_epochs_ends_with_the_last_one():
    """Also where the history is thinned and ends before it."""
    text = call("train", "--epochs", "20001").stdout
    assert re.search(r"^ *20001  0\.000", text, re.MULTILINE)


# asked in another way ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, env",
    [
        (["--color", "always"], {}),
        ([], {"FORCE_COLOR": "1"}),
        ([], {"CLICOLOR_FORCE": "1"}),
        (["--color", "always"], {"NO_COLOR": "1"}),
    ],
)
def test_a_pipe_gets_colour_and_the_table_where_they_are_asked_for(arguments, env):
    shown = run("forward", *arguments, env=env).stdout
    assert "\x1b[" in shown and "──────" in shown


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "0"}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}])
def test_a_pipe_gets_no_colour_unasked(env):
    assert "\x1b" not in run("forward", env=env).stdout


@pytest.mark.parametrize("name", ["a.ipynb", "x.foo", "step.docx"])
def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path, name):
    file = tmp_path / name
    done = call("forward", "-o", str(file))
    assert (done.exit_code, file.exists()) == (2, False)
    assert "expected a file that ends in .json" in done.stderr and "--format" in done.stderr
    assert call("forward", "-o", str(file), "--format", "plain").exit_code == 0


def test_each_command_offers_the_formats_that_it_can_make():
    for command, extra, missing in [
        ("check", "markdown", "svg"), ("quiz", "markdown", "dot"), ("configs", "json", "png"),
        ("why", "dot", "svg"), ("draw", "mermaid", "exe"), ("gradients", "svg", "mermaid"),
    ]:  # fmt: skip
        told = re.sub(r"\s+", " ", call(command, "--help").stdout)
        names = re.search(r"The form of the answer: ([^.]*)\.", told)[1].split(", ")
        assert extra in names and missing not in names


def test_help_groups_the_commands_and_cuts_no_summary():
    shown = run("--help").stdout
    for title in GROUPS:
        assert f"\n{title}:\n" in shown
    assert "..." not in shown.split("See a step")[1]
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_the_learning_rate_has_its_full_name_and_a_wrong_option_the_nearest_one():
    assert call("backprop", "--learning-rate", "0.5").stdout == call("backprop", "--lr", "0.5").stdout
    done = run("backprop", "--learning-rat", "0.5")
    assert done.returncode == 2
    assert "did you mean '--learning-rate'?" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["backprop", "--nonsense", "--json"], ["forward", "--decimals", "x", "--format", "json"],
     ["nonsense", "--json"], ["why", "--json"]],
)  # fmt: skip
def test_a_command_line_that_cannot_be_read_is_told_in_json_where_that_was_asked_for(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    error = json.loads(done.stderr)["error"]
    assert (done.stdout, error["exit_code"]) == ("", 2)
    assert error["problems"][0]["message"]


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, alive = tmp_path / f"a.json.{gone.pid}.part", tmp_path / f"a.json.{os.getppid()}.part"
    left.write_text("half")
    alive.write_text("of a process that is still there")
    other = tmp_path / f"b.json.{gone.pid}.part"
    other.write_text("of another file")
    assert call("forward", "-o", str(tmp_path / "a.json")).exit_code == 0
    assert not left.exists() and alive.exists() and other.exists()


def test_a_document_and_its_parts_are_one_short_line():
    for one in (narrate(load("lecture")), load("xor"), train(load("xor"))):
        assert "\n" not in repr(one) and len(repr(one)) < 1000
