"""The magics of a notebook: `%nnstep backprop mazur --lr 0.2`, and `%%nnstep forward -` with the YAML below.

`%load_ext perceptron_cli` brings them.
"""

from __future__ import annotations

import io
import shlex
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from perceptron_cli.cli import show
from perceptron_cli.cli.app import COMMANDS, UsageError, make_app
from perceptron_cli.library.narration import Answer, as_answer

if TYPE_CHECKING:
    from perceptron_cli.document import Document


def load_ipython_extension(shell: Any) -> None:
    """Make `%nnstep` and `%%nnstep` known to IPython."""
    shell.register_magic_function(nnstep, "line_cell", "nnstep")


def nnstep(line: str, cell: str | None = None) -> Answer | None:
    """Run a command as on a command line, and return its answer, which a notebook shows.

    What a cell holds is the command's stdin. Without an answer to show, as for `check`, the text is printed.
    """
    answers: list[Document] = []
    arguments = shlex.split(line)
    chosen = any(one.split("=")[0] in ("--json", "--format", "-o", "--output") for one in arguments)
    show.display = None if chosen else answers.append
    out, stdin = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), sys.stdin
    if cell is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(cell.encode()), encoding="utf-8")
    try:
        with redirect_stdout(out):
            make_app(*(one for one in arguments[:1] if one in COMMANDS))(arguments, standalone_mode=False)
    except UsageError as error:
        print(error.format_message(), file=sys.stderr)
    except SystemExit:
        pass  # what was wrong is told on stderr already
    finally:
        show.display, sys.stdin = None, stdin
    out.flush()
    sys.stdout.write(out.buffer.getvalue().decode())
    return as_answer(answers[-1]) if answers else None
