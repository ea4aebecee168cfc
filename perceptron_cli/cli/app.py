"""The commands put together, and the one place where a process ends."""

import errno
import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from perceptron_cli import __version__
from perceptron_cli.cli.options import as_json_text
from perceptron_cli.cli.stream import discard_stdout, say
from perceptron_cli.errors import InputError, did_you_mean

BUG = "This is a bug in nnstep; please report it with the command and the config."

# as help lists them, each in the module of its name
GROUPS = {
    "See a step": ("forward", "backprop", "walk", "why", "what-if", "perceptron", "activations", "derive"),
    "Train": ("train", "predict", "evaluate", "gradients"),
    "Check and practise": ("check", "quiz", "exercise"),
    "Write and draw": ("draw", "page", "export"),
    "Set up": ("configs", "names", "new", "import", "init", "schema"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
UsageError: type[Any] = next(
    one for one in typer.BadParameter.__mro__ if one.__name__ == "UsageError"
)  # Typer keeps its copy of Click to itself, but for BadParameter


class Group(TyperGroup):
    """The command line: its help lists the commands by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each group under its name, every summary whole."""
        for title, names in GROUPS.items():
            rows = [(name, _summary(self.commands[name])) for name in names if name in self.commands]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _summary(command: Any) -> str:
    """Return the first sentence of a command's help."""
    return (command.help or "").strip().split("\n\n")[0].replace("\n", " ")


def make_app(*names: str) -> typer.Typer:
    """Return the command line with these commands, all of them without a name."""
    app = typer.Typer(
        name="nnstep",
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode=None,  # Rich's help takes twice the time and says the same
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog="Example: nnstep backprop lecture --lr 0.5")(nnstep)
    for name in names or COMMANDS:
        module = name.replace("-", "_") + "_" * (name == "import")  # a word of Python's
        import_module(f"perceptron_cli.cli.{module}").register(app)
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

    Exit codes: 0 success; 1 finished, but the check failed (a number left the finite range, no
    convergence, a wrong answer); 2 could not run (a flag, a file, the YAML); 130 interrupted; 143 terminated.
    """


def run() -> int:
    """Run the command that the process was asked for and return its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]  # loading all is a tenth of a command's time
    try:
        code = make_app(*asked)(standalone_mode=False)
        return _flushed(code if isinstance(code, int) else 0)
    except UsageError as error:
        return _misused(error)
    except typer.Abort:
        say("aborted")
        return 1
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


def _misused(error: Any) -> int:
    """Report a command line that cannot be read: in JSON where that was asked for, else as Typer does."""
    wrong = getattr(error, "option_name", None)
    if wrong and hasattr(error, "possibilities"):
        known = [name for one in error.ctx.command.params for name in one.opts] if error.ctx else []
        nearest = did_you_mean(wrong, known)
        error.possibilities = None
        if nearest:
            error.message = f"{error.message} ({nearest})"
    words = sys.argv[1:]
    asked = os.environ.get("NNSTEP_FORMAT", "")
    for place, word in enumerate(words):
        asked = word.removeprefix("--format=") if word.startswith("--format=") else asked
        asked = words[place + 1] if word == "--format" and place + 1 < len(words) else asked
    if "--json" in words or asked in ("json", "jsonl"):
        say(as_json_text(InputError(error.format_message()), error.exit_code))
    else:
        error.show()
    return _flushed(error.exit_code)


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
