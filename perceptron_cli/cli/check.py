"""`nnstep check`: which line of somebody's numbers is wrong, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from perceptron_cli.cli.options import (
    REPORT,
    Jobs,
    Output,
    Overrides,
    config_names,
    require_one_stdin,
    shared,
)
from perceptron_cli.render import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from perceptron_cli.answers.grading import Grader
    from perceptron_cli.answers.report import Row
    from perceptron_cli.document import Document
    from perceptron_cli.spec import config as records

MOST_STEPS = 1_000_000
KIND = "perceptron"  # the folder of the lessons with a table
GRADERS = ("gradescope", "junit")
Layout = Literal["rows", "columns"]
Repeated = Literal["once", "each"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep check answers.yaml lecture")(check)


@shared(*REPORT, "all", "names", pictures=TABLES, more=GRADERS)
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
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet",
            metavar="CODE",
            help="The network of a printed sheet, by the code on it.",
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
    jobs: Jobs = 0,
    log: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="FILE",
            help="Keep a folder's results in FILE.jsonl as they come; sheets in it are not checked again.",
            show_default=False,
        ),
    ] = None,
    merge: Annotated[
        bool,
        typer.Option("--merge", help="ANSWERS are such logs, one or a folder: report them as one class."),
    ] = False,
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
    from perceptron_cli.errors import InputError

    if merge:
        _merge(answers, output)
        return
    require_one_stdin(answers, config)
    if log is not None and not (log.endswith(".jsonl") and os.path.isdir(answers)):
        raise InputError(f"--log: expected a folder to check and a file that ends in .jsonl, got {log}")
    changes = [("--set", override) for override in overrides or ()]
    worth = None if points is None else read_points(points)
    printed = _of_sheet(sheet, config, changes)
    grader = Grader(config, changes, step, output.names, layout, repeated, worth, printed)
    if output.chosen in GRADERS:
        _grade(answers, grader, overrides or (), output)
        return
    table = _table(answers, config, overrides or ())
    if table is not None:
        show(table, output)
        if table.data["first_wrong"] is not None:
            raise typer.Exit(1)
        return
    if os.path.isdir(answers):
        _check_class(answers, grader, output, jobs=jobs, log=log)
        return
    if answers.endswith(".jsonl") and os.path.isfile(answers):
        _check_run(answers, config, grader, output)
        return
    marked = grader.marked(read_sheet(answers))
    show(report(marked, view_of(output)), output)
    if not marked.is_right:
        raise typer.Exit(1)


def _of_sheet(
    code: str | None, config: str | None, changes: Sequence[tuple[str, str]]
) -> records.Config | None:
    """Return the network of a printed sheet. Raises InputError for what is no code."""
    if code is None:
        return None
    from perceptron_cli.errors import InputError
    from perceptron_cli.exercises import sheet_of

    if config is not None or changes:
        raise InputError(f"--sheet and {'a config' if config else '--set'}: expected one of them")
    return sheet_of(code).config


def _grade(answers: str, grader: Grader, overrides: Sequence[str], output: Output) -> None:
    """Write the results for a grading program; it is told of a sheet that cannot be read, too."""
    import os

    from perceptron_cli.answers import graders
    from perceptron_cli.answers.grading import read_class
    from perceptron_cli.answers.reading import read_sheet
    from perceptron_cli.answers.report import row_of
    from perceptron_cli.cli.stream import put, require_writable, write_whole
    from perceptron_cli.errors import InputError, NnstepError

    if output.output not in (None, "-"):
        require_writable(output.output or "", force=output.force)
    failed: NnstepError | None = None
    name = "answers" if answers == "-" else os.path.basename(answers)
    sheets: list[Mapping[str, Any]] = []
    if os.path.isdir(answers):
        if output.chosen == "gradescope":
            raise InputError("--format gradescope is for one sheet, got a folder", hint="take --format junit")
        sheets = [row_of(one, marked, whole=True).data or {} for one, marked in read_class(answers, grader)]
    else:
        try:
            table = _table(answers, grader.config, overrides)
            told = table.data if table is not None else grader.marked(read_sheet(answers)).data()
            sheets = [{"file": name, **told}]
        except NnstepError as error:
            sheets, failed = [{"file": name, "error": str(error)}], error
    text = graders.junit(sheets) if output.chosen == "junit" else graders.gradescope(sheets[0])
    if output.output in (None, "-"):
        put(text)
    else:
        write_whole(output.output or "", text, force=output.force)
    if failed is not None:
        raise failed
    if not all(one.get("answers") and one["first_wrong"] is None for one in sheets):
        raise typer.Exit(1)


def _table(answers: str, config: str | None, overrides: Sequence[str]) -> Document | None:
    """Return the report on a learning rule's table; None where the config is no single neuron with a step."""
    from perceptron_cli import spec
    from perceptron_cli.errors import InputError

    if config is None or config == "-":
        return None
    changes = [("--set", override) for override in overrides]
    loaded = None
    for kind in ("", KIND):  # xor is a network first
        try:
            loaded = loaded or spec.load(config, changes, kind)
        except InputError:
            continue  # it is told where the answers are checked
    if loaded is None or not loaded.is_neuron:
        return None
    from perceptron_cli.answers.neuron import judged, read_filled
    from perceptron_cli.answers.neuron_report import table_report
    from perceptron_cli.neuron import neuron_of
    from perceptron_cli.spec.source import read_file

    text, file, _ = read_file(answers, "the table is CSV, and its head names the columns")
    neuron = neuron_of(loaded)
    return table_report(loaded, judged(neuron, read_filled(text, file)), neuron.rule.name)


def _check_run(answers: str, config: str | None, grader: Grader, output: Output) -> None:
    """Check every step of a recorded run, and the chain between them."""
    from pathlib import Path

    from perceptron_cli.answers.runs import check_run, run_report
    from perceptron_cli.cli.show import show, view_of

    steps = list(check_run(Path(answers), config, grader))
    show(run_report(steps, view_of(output), whole=output.is_data), output)
    if not all(one.is_right for one in steps):
        raise typer.Exit(1)


def _check_class(folder: str, grader: Grader, output: Output, *, jobs: int, log: str | None) -> None:
    """Check every file; one that cannot be read is shown with the others."""
    from perceptron_cli.answers.classes import class_rows
    from perceptron_cli.answers.reading import files_in
    from perceptron_cli.cli.progress import counting
    from perceptron_cli.jobs import chosen

    jobs = chosen(jobs, len(files_in(folder)))
    rows = class_rows(folder, grader, jobs=jobs, whole=output.is_data, log=log)
    watched = counting("sheet", output)
    found = []
    for _ in watched(files_in(folder)):
        row = next(rows, None)
        if row is None:
            break
        found.append(row)
    _report_class([*found, *rows], output)


def _merge(source: str, output: Output) -> None:
    """Report the sheets of several logs as one class."""
    from dataclasses import replace

    from perceptron_cli.answers.classes import merged

    rows = merged(source)
    _report_class(rows if output.is_data else [replace(one, data=None) for one in rows], output)


def _report_class(rows: Sequence[Row], output: Output) -> None:
    from perceptron_cli.answers.report import class_report
    from perceptron_cli.cli.show import show

    show(class_report(rows), output)
    if not all(row.right for row in rows):
        raise typer.Exit(1)
