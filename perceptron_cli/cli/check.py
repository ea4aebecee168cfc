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
from perceptron_cli.render import TABLES

if TYPE_CHECKING:
    from perceptron_cli.answers.grading import Grader

MOST_STEPS = 1_000_000
Layout = Literal["rows", "columns"]
Repeated = Literal["once", "each"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep check answers.yaml lecture")(check)


@shared(*REPORT, "all", "names", pictures=TABLES)
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
    repeated: Annotated[
        Repeated,
        typer.Option("--repeated", help="Blame a mistake that is made again once, or in each line."),
    ] = "once",
    points: Annotated[
        str | None,
        typer.Option(
            "--points",
            metavar="FILE",
            help="Points for each verdict, as YAML: 'truncated: 1'.",
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

    from perceptron_cli.answers.grading import Grader, read_points
    from perceptron_cli.answers.reading import read_sheet
    from perceptron_cli.answers.report import report
    from perceptron_cli.cli.show import show, view_of

    require_one_stdin(answers, config)
    changes = [("--set", override) for override in overrides or ()]
    worth = None if points is None else read_points(points)
    grader = Grader(config, changes, step, output.names, layout, repeated, worth)
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
    from perceptron_cli.answers.report import class_report, row_of
    from perceptron_cli.cli.progress import counting
    from perceptron_cli.cli.show import show

    watched = counting("sheet", output)
    rows = [row_of(name, one, whole=output.is_data) for name, one in read_class(folder, grader, watched)]
    show(class_report(rows), output)
    if not all(row.right for row in rows):
        raise typer.Exit(1)
