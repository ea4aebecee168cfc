"""`nnstep exercise`: worksheets with answer keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from perceptron_cli.cli.options import REPORT, SUFFIXES, Jobs, Output, choices, shared
from perceptron_cli.render import SHEETS
from perceptron_cli.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perceptron_cli.document import Document
    from perceptron_cli.exercises import Exercise, NeuronExercise, Recipe

# exercises.LEVELS; a test compares them, since importing that here would load NumPy.
Level = Literal["activations", "gradients", "everything"]

Neuron = Literal["and", "or", "nand", "xor", "random"]  # exercises.neuron.KINDS
Rule = choices("Rule", tuple(RULES))
MOST = 999
MOST_EPOCHS = 50
MOST_SEED = 2**32 - 1
YAML = (".yaml", ".yml")
QUIZZES = ("moodle", "gift", "qti")  # for where a course lives
PAPER = "pdf"  # the sheets, or with --key the keys, by pdflatex


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep exercise --layers 2,2,1 --seed 7 --level gradients")(exercise)


@shared(*REPORT, "names", pictures=SHEETS, more=(*QUIZZES, PAPER))
def exercise(
    layers: Annotated[
        str,
        typer.Option(
            "--layers", metavar="N,N,...", help="The number of inputs, then the neurons of each layer."
        ),
    ] = "2,3,1",
    seed: Annotated[
        int,
        typer.Option(
            "--seed", min=0, max=MOST_SEED, help="The seed. The same seed always gives the same sheets."
        ),
    ] = 0,
    count: Annotated[
        int,
        typer.Option("--count", min=1, max=MOST, help="Make this many sheets, each with its own network."),
    ] = 1,
    level: Annotated[Level, typer.Option("--level", help="How much of the step is asked.")] = "everything",
    activation: Annotated[
        str,
        typer.Option(
            "--activation",
            metavar="NAME",
            help="The activation of all layers, or one for each layer: relu,sigmoid.",
        ),
    ] = "sigmoid",
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss",
            metavar="NAME",
            help="The loss. By default the one that fits the output layer.",
            show_default=False,
        ),
    ] = None,
    lr: Annotated[
        str | None,
        typer.Option(
            "--lr",
            metavar="RATE",
            help="The learning rate. 0.5 by default; of a rule as its book has it.",
            show_default=False,
        ),
    ] = None,
    neuron: Annotated[
        Neuron | None,
        typer.Option("--neuron", help="A neuron's table instead of a network.", show_default=False),
    ] = None,
    rule: Annotated[
        Rule,  # type: ignore[valid-type]
        typer.Option("--rule", help="The learning rule of --neuron."),
    ] = "perceptron",
    epochs: Annotated[
        int,
        typer.Option("--epochs", min=1, max=MOST_EPOCHS, help="The rule of --neuron ends within so many."),
    ] = 6,
    key: Annotated[
        bool, typer.Option("--key", help="Show the answers with their working instead of blanks.")
    ] = False,
    formulas: Annotated[
        bool, typer.Option("--formulas", help="Print the general formulas above the blanks.")
    ] = False,
    single: Annotated[
        bool,
        typer.Option("--single", help="With --format moodle: a question for each line."),
    ] = False,
    letter: Annotated[bool, typer.Option("--letter", help="With -o FILE.pdf: letter paper, not A4.")] = False,
    allow_dead: Annotated[
        bool, typer.Option("--allow-dead", help="Allow networks with dead or saturated neurons.")
    ] = False,
    yaml: Annotated[
        Literal["answers", "config"] | None,
        typer.Option(
            "--yaml",
            help="Write one network as YAML: answers to fill in for 'nnstep check', or the config alone.",
            show_default=False,
        ),
    ] = None,
    jobs: Jobs = 0,
    *,
    output: Output,
) -> None:
    """Make worksheets with answer keys, a different network for each student.

    With -o FOLDER it writes the sheets and the keys, together and one by one, and YAML for 'nnstep check'.
    """
    from perceptron_cli import exercises
    from perceptron_cli.cli.show import show
    from perceptron_cli.cli.stream import put, write_whole
    from perceptron_cli.errors import InputError
    from perceptron_cli.trace import View

    course = _for_a_course(output)
    if single and course != "moodle":
        raise InputError("--single goes with --format moodle")
    if neuron is not None:
        made = exercises.draw_neurons(neuron, rule, lr, epochs, seed, count)
        if course == PAPER:
            raise InputError("--format pdf is for networks", hint="--format latex prints a neuron's tables")
        if course:
            _write_for_course(made, course, level, output, seed=seed, single=single)
            return
        _show_neurons(made, yaml, output, seed=seed, key=key)
        return
    recipe = exercises.recipe(layers, activation, loss, lr or "0.5", allow_dead=allow_dead)
    drawn = exercises.draw(recipe, seed, count)
    if course == PAPER:
        _print(drawn, recipe, level, output, seed=seed, key=key, formulas=formulas, letter=letter)
        return
    if course:
        _write_for_course(drawn, course, level, output, seed=seed, single=single)
        return
    target = output.output if output.output != "-" else None
    suffix = Path(target).suffix if target else ""
    if yaml or suffix in YAML:
        if count > 1:
            raise InputError(
                f"--yaml writes one exercise, and --count asks for {count}",
                hint="-o FOLDER writes all of them",
            )
        text = _yaml(drawn[0], yaml or "answers", level, output.decimals, key=key)
        write_whole(target, text, force=output.force) if target else put(text)
    elif target and suffix not in SUFFIXES and not Path(target).is_file():
        from perceptron_cli.jobs import chosen

        jobs = chosen(jobs, len(drawn))
        _write_folder(drawn, recipe, level, output, seed=seed, formulas=formulas, jobs=jobs)
    else:
        view = View(output.decimals, limit=None, names=output.names)
        show(exercises.sheets(drawn, level, view, seed=seed, key=key, formulas=formulas), output)


def _for_a_course(output: Output) -> str | None:
    """Return the format, if it is one of those that are no document: a quiz, a workbook, paper."""
    wanted = output.format or SUFFIXES.get(Path(output.output or "").suffix)
    return wanted if wanted in (*QUIZZES, *SHEETS, PAPER) and not output.json else None


def _print(
    drawn: tuple[Exercise, ...],
    recipe: Recipe,
    level: str,
    output: Output,
    *,
    seed: int,
    key: bool,
    formulas: bool,
    letter: bool,
) -> None:
    """Write the sheets, or the keys, as one PDF."""
    from perceptron_cli import courses
    from perceptron_cli.cli.stream import require_writable, write_whole
    from perceptron_cli.errors import InputError

    target = output.output
    if target in (None, "-"):
        raise InputError("--format pdf is not for a screen", hint="write it with -o FILE")
    require_writable(target or "", force=output.force)
    source = courses.paper(
        drawn, recipe, level, seed=seed, key=key, decimals=output.decimals, formulas=formulas, letter=letter
    )
    write_whole(target or "", courses.pdf_of(source), force=output.force)


def _write_for_course(
    drawn: Sequence[Exercise] | Sequence[NeuronExercise],
    format: str,
    level: str,
    output: Output,
    *,
    seed: int,
    single: bool,
) -> None:
    """Write a file for a course: a quiz to import there, or a workbook to fill in."""
    from perceptron_cli import courses
    from perceptron_cli.cli.stream import put, write_whole
    from perceptron_cli.errors import InputError

    config = drawn[0].config
    tasks = courses.tasks(drawn, level, output.decimals)
    kind = f"rule {config.training.rule}" if config.is_neuron else "-".join(map(str, config.sizes))
    title = f"nnstep {kind}, {level}, seed {seed}"
    target = output.output if output.output != "-" else None
    text: str | bytes
    if format in SHEETS:
        from perceptron_cli.cli.show import require_shown
        from perceptron_cli.workbooks import class_workbook

        require_shown(output)
        text = class_workbook(drawn, level, output.decimals)
    elif format == "qti":
        if target is None:
            raise InputError("--format qti writes a zip file", hint="write it with -o quiz.zip")
        text = courses.qti(tasks, title)
    elif format == "gift":
        text = courses.gift(tasks, title)
    else:
        text = courses.moodle(tasks, title, single=single)
    if target:
        write_whole(target, text, force=output.force)
    else:
        put(str(text))


def _show_neurons(
    drawn: tuple[NeuronExercise, ...], yaml: str | None, output: Output, *, seed: int, key: bool
) -> None:
    """Write the tables of a learning rule, as one document or as a folder with a CSV for each student."""
    from perceptron_cli import exercises
    from perceptron_cli.cli.show import show
    from perceptron_cli.cli.stream import put, write_whole
    from perceptron_cli.trace import View

    view = View(output.decimals, limit=None)
    target = output.output if output.output != "-" else None
    suffix = Path(target).suffix if target else ""
    if yaml or suffix in (*YAML, ".csv"):
        first = drawn[0]
        text = exercises.table_text(first, key=key) if suffix == ".csv" else first.text
        write_whole(target, text, force=output.force) if target else put(text)
    elif target and suffix not in SUFFIXES and not Path(target).is_file():
        folders = (("sheets", False), ("keys", True))
        pages = {key: exercises.neuron_sheets(drawn, view, seed=seed, key=key) for _, key in folders}
        more = {
            f"{folder}/exercise-{_padded(one.number, drawn)}{ending}": text
            for folder, key in folders
            for one in drawn
            for ending, text in ((".csv", exercises.table_text(one, key=key)), ("-config.yaml", one.text))
        }
        _write_pages(pages, more, output)
    else:
        show(exercises.neuron_sheets(drawn, view, seed=seed, key=key), output)


def _padded(number: int, drawn: Sequence[object]) -> str:
    return f"{number:0{max(2, len(str(len(drawn))))}}"


def _write_pages(pages: Mapping[bool, Document], more: Mapping[str, str], output: Output) -> None:
    """Write all sheets and all keys as pages, and other files beside them."""
    from dataclasses import replace

    from perceptron_cli.cli.folder import write_folder
    from perceptron_cli.cli.show import layout_of
    from perceptron_cli.render import render

    chosen = "json" if output.json else output.format or "markdown"
    ending = next(suffix for suffix, name in [*SUFFIXES.items(), (".txt", "table")] if name == chosen)
    layout = layout_of(replace(output, format=chosen))
    files: dict[str, str | bytes] = dict(more)
    for folder, key in (("sheets", False), ("keys", True)):
        files[f"{folder}{ending}"] = render(pages[key], chosen, layout)
        for part in pages[key].parts:
            name = f"{folder}/exercise-{_padded(part.step, pages[key].parts)}{ending}"
            files[name] = render(replace(pages[key], parts=(part,)), chosen, layout)
    write_folder(output.output or "", files, force=output.force)


def _yaml(drawn: Exercise, what: str, level: str, decimals: int, *, key: bool) -> str:
    from perceptron_cli.exercises import answers_text

    return drawn.text if what == "config" else answers_text(drawn, level, decimals, key=key)


def _write_folder(
    drawn: tuple[Exercise, ...],
    recipe: Recipe,
    level: str,
    output: Output,
    *,
    seed: int,
    formulas: bool,
    jobs: int,
) -> None:
    """Write all sheets and all keys, each student's own, and the YAML of each."""
    from dataclasses import replace

    from perceptron_cli import exercises
    from perceptron_cli.cli.folder import write_folder
    from perceptron_cli.cli.show import layout_of
    from perceptron_cli.cli.worksheets import Paper, files_of, prepare, student
    from perceptron_cli.jobs import mapped
    from perceptron_cli.render import render
    from perceptron_cli.trace import View

    chosen = "json" if output.json else output.format or "markdown"
    ending = next(suffix for suffix, name in [*SUFFIXES.items(), (".txt", "table")] if name == chosen)
    layout, view = (
        layout_of(replace(output, format=chosen)),
        View(output.decimals, limit=None, names=output.names),
    )
    files: dict[str, str | bytes] = {}
    digits = max(2, len(str(len(drawn))))
    paper = Paper(recipe, chosen, ending, layout, view, level, seed, formulas, digits, output.decimals)
    if jobs == 1:
        own = [files_of(paper, one) for one in drawn]
    else:
        texts = [(one.number, one.text) for one in drawn]
        own = list(mapped(student, texts, jobs, prepare, (paper,)))
    for folder, key in (("sheets", False), ("keys", True)):
        whole = exercises.sheets(drawn, level, view, seed=seed, key=key, formulas=formulas)
        files[f"{folder}{ending}"] = render(whole, chosen, layout)
    for some in own:
        files |= some
    write_folder(output.output or "", files, force=output.force)
