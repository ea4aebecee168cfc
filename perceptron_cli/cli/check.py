"""`nnstep check`: which line of somebody's numbers is wrong, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from perceptron_cli.cli.options import (
    REPORT,
    Output,
    Overrides,
    config_names,
    require_one_stdin,
    shared,
)

if TYPE_CHECKING:
    from perceptron_cli.answers.grading import Grader

MOST_STEPS = 1_000_000
Layout = Literal["rows", "columns"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep check answers.yaml lecture")(check)


@shared(*REPORT, "all", "names")
def check(
    answers: Annotated[
        str, typer.Argument(metavar="ANSWERS", help="YAML, JSON or CSV of symbols and values, - or a folder.")
    ],
    config: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONFIG]",
            help="The network. By default the one that the answers name, else the lecture's.",
            autocompletion=config_names,
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        int,
        typer.Option(
            "--step", min=1, max=MOST_STEPS, metavar="N", help="Check the answers against the N-th update."
        ),
    ] = 1,
    layout: Annotated[
        Layout | None,
        typer.Option(
            "--layout",
            help="How matrices of weights stand: a row per neuron, or a column per neuron as for x @ W.",
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Check the numbers of an answer sheet, and name the first mistake.

    Each answer is right, right but rounded by hand, cut off instead of rounded, right working from an
    earlier mistake, a mistake with a name, or unexplained. The exit code is 1 if something is wrong.
    """
    import os

    from perceptron_cli.answers.grading import Grader
    from perceptron_cli.answers.reading import read_sheet
    from perceptron_cli.answers.report import report
    from perceptron_cli.cli.show import show, view_of

    require_one_stdin(answers, config)
    changes = [("--set", override) for override in overrides or ()]
    grader = Grader(config, changes, step, output.names, layout)
    if os.path.isdir(answers):
        _check_class(answers, grader, output)
        return
    marked = grader.marked(read_sheet(answers))
    show(report(marked, view_of(output)), output)
    if not marked.is_right:
        raise typer.Exit(1)


def _check_class(folder: str, grader: Grader, output: Output) -> None:
    """Check every file; one that cannot be read is shown with the others."""
    from perceptron_cli.answers.grading import read_class
    from perceptron_cli.answers.report import Marked, class_report
    from perceptron_cli.cli.show import show

    found = read_class(folder, grader)
    show(class_report(found), output)
    if not all(isinstance(one, Marked) and one.is_right for one in found.values()):
        raise typer.Exit(1)
