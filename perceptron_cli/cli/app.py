"""The commands put together, and the one place where a process ends."""

import errno
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated

import typer

from perceptron_cli import __version__
from perceptron_cli.cli.stream import discard_stdout, say

BUG = "This is a bug in nnstep; please report it with the command and the config."

# in the order in which help lists them, each in the module of its name
COMMANDS = (
    "forward", "backprop", "train", "predict", "evaluate", "walk", "why", "what-if", "gradients", "check",
    "draw", "perceptron", "activations", "derive", "export", "exercise", "quiz", "configs", "init", "schema",
)  # fmt: skip


def make_app(*names: str) -> typer.Typer:
    """Return the command line with these commands, all of them without a name."""
    app = typer.Typer(
        name="nnstep",
        no_args_is_help=True,
        rich_markup_mode=None,  # Rich's help takes twice the time and says the same
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog="Example: nnstep backprop lecture --lr 0.5")(nnstep)
    for name in names or COMMANDS:
        import_module(f"perceptron_cli.cli.{name.replace('-', '_')}").register(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"nnstep {__version__}")
        raise typer.Exit


def nnstep(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Narrate how a neural network trains, number by number.

    CONFIG is a YAML file, the name of a bundled lesson (see 'nnstep configs'), or - for stdin;
    without one it is the lecture's network.

    Exit codes: 0 fine; 1 ran, and the answer is no (a number left the finite range, no convergence,
    a wrong answer); 2 could not run (a flag, a file, the YAML); 130 interrupted; 143 terminated.
    """


def run() -> int:
    """Run the command that the process was asked for and return its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]  # loading all is a tenth of a command's time
    try:
        make_app(*asked)()
    except SystemExit as end:
        return _flushed(end.code if isinstance(end.code, int) else int(end.code is not None))
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except BrokenPipeError:
        discard_stdout()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        say(f"cannot write to stdout: {error.strerror}")
        discard_stdout()
        return 2
    except Exception:
        say(BUG)
        raise
    return 0


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _flushed(code: int) -> int:
    """Flush what Typer printed (a help text, say); a pipe that is closed by then is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    except OSError as error:
        say(f"cannot write: {os.strerror(error.errno or 0)}")
        discard_stdout()
        return code or 2
    return code
