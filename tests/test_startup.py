"""A command loads what it uses and nothing else: start-up is what users wait for."""

import json
import subprocess
import sys

import numpy as np
import pytest

HEAVY = ["numpy", "rich", "yaml", "typer", "click", "pydantic", "importlib.metadata", "pygments", "decimal"]
PROBE = """
import json, sys
sys.argv = ["nnstep", *sys.argv[1:]]
import perceptron_cli.__main__ as entry
try:
    entry.main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


OLD_NUMPY = (
    {"numpy.random._generator", "hashlib", "tempfile", "zipfile", "logging", "decimal"}
    if int(np.__version__.partition(".")[0]) < 2
    else set()
)


@pytest.mark.parametrize(
    "arguments, never",
    [
        (["--version"], [*HEAVY, "argparse", "dataclasses"]),
        (["--help"], ["numpy", "yaml", "rich", "perceptron_cli.engine", "perceptron_cli.trace"]),
        (["backprop", "--help"], ["numpy", "yaml", "rich", "perceptron_cli.trace"]),
        (["walk", "--help"], ["numpy", "yaml", "rich", "perceptron_cli.trace", "perceptron_cli.walk"]),
        (["check", "--help"], ["numpy", "yaml", "rich", "perceptron_cli.trace", "perceptron_cli.answers"]),
        (["exercise", "--help"], ["numpy", "yaml", "rich", "random", "perceptron_cli.trace"]),
        (["quiz", "--help"], ["numpy", "yaml", "rich", "perceptron_cli.trace", "perceptron_cli.answers"]),
        (["configs", "--json"], ["numpy", "rich", "yaml"]),
        (["init", "-"], ["numpy", "rich"]),
        (["forward", "--json"], ["rich", "decimal", "numpy.random", "tempfile", "logging"]),
        (["forward"], ["rich.progress", "rich.markdown", "rich.traceback", "pygments", "hashlib", "zipfile"]),
        (["backprop"], ["rich.progress", "rich.markdown", "pygments", "numpy.random"]),
        (["backprop", "--format", "markdown"], ["rich", "decimal"]),
        (["derive"], ["rich.progress", "pygments", "numpy.random"]),
        (["gradients", "lecture"], ["rich.progress", "pygments", "numpy.random"]),
        (["backprop", "--view", "matrix"], ["rich.progress", "pygments", "numpy.random"]),
        (["train", "--epochs", "2"], ["rich.progress", "pygments", "numpy.random"]),
        (["what-if", "--help"], ["numpy", "yaml", "rich", "perceptron_cli.trace"]),
        (["why", "L"], ["rich.progress", "pygments", "numpy.random"]),
        (["export", "--to", "numpy"], ["rich", "pygments", "onnx", "torch"]),
    ],
    ids=lambda one: " ".join(one)[:30],
)
def test_a_command_never_loads(arguments, never):
    modules = loaded(*arguments)
    # numpy itself names its random generators in a stub module; what counts is the compiled part
    never = [name if name != "numpy.random" else "numpy.random._generator" for name in never]
    if OLD_NUMPY:  # it loads its random numbers, and what they need, whatever is asked for
        never = [name for name in never if name not in OLD_NUMPY]
    assert not modules & {*never, "click", "pydantic"}


def test_the_version_is_written_once():
    from importlib.metadata import version

    import perceptron_cli

    assert version("nnstep") == perceptron_cli.__version__


INTERRUPTED = """
import sys
class Interrupted:
    def __getattr__(self, name):
        raise KeyboardInterrupt
sys.modules["perceptron_cli.cli.app"] = Interrupted()
from perceptron_cli.__main__ import main
main()
"""


def test_an_interruption_of_the_start_is_no_traceback():
    """Loading the command line takes a tenth of a second: some Ctrl-C comes in it."""
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
