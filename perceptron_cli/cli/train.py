"""`nnstep train`: epochs of steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from perceptron_cli.cli.interrupt import Asked, asking
from perceptron_cli.cli.options import (
    ClipNorm,
    Config,
    Data,
    Output,
    Overrides,
    Rate,
    Truncate,
    clipping,
    shared,
)
from perceptron_cli.cli.progress import reporting
from perceptron_cli.cli.save import require_savable, saved_text
from perceptron_cli.cli.stream import is_same_file, require_apart, say
from perceptron_cli.errors import InputError
from perceptron_cli.render import PICTURES, SHEETS
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.cli.checkpoint import Keeper
    from perceptron_cli.document import Document
    from perceptron_cli.engine import Progress
    from perceptron_cli.spec import config as records

Epochs = Annotated[
    str | None,
    typer.Option("--epochs", metavar="N", help="Go through all samples this many times.", show_default=False),
]
Narrate = Annotated[
    str | None,
    typer.Option(
        "--narrate", metavar="1,50", help="Show these epochs in full: numbers, or 'last'.", show_default=False
    ),
]
Patience = Annotated[
    str | None,
    typer.Option(
        "--patience",
        metavar="N",
        help="End after N epochs without a smaller loss: the held-out one, if any.",
        show_default=False,
    ),
]
KeepBest = Annotated[
    bool, typer.Option("--keep-best", help="Leave the best epoch's weights, not the last one's.")
]
UntilLoss = Annotated[
    str | None,
    typer.Option("--until-loss", metavar="L", help="End once the loss is at most L.", show_default=False),
]
Save = Annotated[
    str | None,
    typer.Option(
        "--save", metavar="FILE", help="Write a config that has the trained weights.", show_default=False
    ),
]
Checkpoint = Annotated[
    str | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="Write the state of the run there, for --resume.",
        show_default=False,
    ),
]
Every = Annotated[
    int | None,
    typer.Option(
        "--checkpoint-every",
        min=1,
        metavar="N",
        help="Also write the checkpoint after every N epochs.",
        show_default=False,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="FILE",
        help="Continue a run from its checkpoint. The result is the same as without a break.",
        show_default=False,
    ),
]
Plot = Annotated[
    str | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Also draw the loss and the accuracy as a .svg or .png file.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep train xor --epochs 500 --narrate 1,last")(train)


@shared(pictures=PICTURES | SHEETS)
def train(
    config: Config = "lecture",
    epochs: Epochs = None,
    lr: Rate = None,
    clip_norm: ClipNorm = None,
    truncate: Truncate = None,
    narrate: Narrate = None,
    patience: Patience = None,
    keep_best: KeepBest = False,
    until_loss: UntilLoss = None,
    data: Data = None,
    save: Save = None,
    checkpoint: Checkpoint = None,
    every: Every = None,
    resume: Resume = None,
    plot: Plot = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Train a network for a number of epochs.

    Shows the loss over the epochs, the final weights, and the predictions before and after. Ctrl-C
    ends the run after the current step and shows the result so far; a second Ctrl-C ends it at once.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.checkpoint import Keeper, read_checkpoint
    from perceptron_cli.cli.show import load, require_picture, require_shown

    flags = {
        "--lr training.learning_rate": lr,
        "--epochs training.epochs": epochs,
        "--patience training.patience": patience,
        "--until-loss training.until_loss": until_loss,
        "--keep-best training.keep_best": "true" if keep_best else None,
        "--truncate training.truncate": truncate,
        **clipping(clip_norm),
    }
    loaded = load(config, overrides, flags, data=spec.DataSet(data))
    spec.require_trainable(loaded)
    goes_on = bool(resume and checkpoint) and is_same_file(resume or "", checkpoint or "")
    read = {"--data": data, "--resume": None if goes_on else resume}
    written = {"--save": save, "--checkpoint": checkpoint, "--plot": plot}
    require_apart({**read, **written, "--output": _file_of(output)})
    if save is not None:
        require_savable(save, loaded, force=output.force)
    require_shown(output)
    if plot is not None:
        require_picture(plot, force=output.force)
    start = read_checkpoint(resume, loaded) if resume is not None else None
    keeper = Keeper(checkpoint, loaded, start if goes_on else None, force=output.force)
    told = _told(loaded, narrate, start, resume)
    with asking() as asked:
        with reporting(loaded.training.epochs, output, asked) as report, keeper.standing():
            from perceptron_cli import trace
            from perceptron_cli.cli.show import view_of

            document = trace.train(
                loaded,
                view_of(output),
                narrate=told,
                on_epoch=report,
                stop=asked.stop,
                keeping=keeper.keeping(every),
                resume=start,
                network=output.output is not None and not output.is_data,
            )
        _leave(loaded, document, written, keeper, asked, output)


def _file_of(output: Output) -> str | None:
    """Return the file that the answer goes to, None for stdout."""
    return output.output if output.output != "-" else None


def _told(
    config: records.Config, narrate: str | None, start: Progress | None, resume: str | None
) -> set[int]:
    """Return the epochs to narrate; say so where the checkpoint has all that were asked for."""
    from perceptron_cli.engine.trainer import updates_per_epoch

    done = start.snapshot.t // updates_per_epoch(config) if start is not None else 0
    told = epochs_to_narrate(narrate, config.training.epochs, done + 1)
    if done >= config.training.epochs:
        asked_for = config.training.epochs
        say(f"{resume}: it has {counted(done, 'epoch')}, and {asked_for} were asked for: none is added")
    return told


def _leave(
    config: records.Config,
    document: Document,
    written: Mapping[str, str | None],
    keeper: Keeper,
    asked: Asked,
    output: Output,
) -> None:
    """Write what a run leaves in files, then show its answer. Raises Exit where the run was stopped."""
    from perceptron_cli.cli.leave import Leaving
    from perceptron_cli.cli.show import picture, show

    leaving, force, to_file = Leaving(), output.force, _file_of(output)
    save, plot, ended = written["--save"], written["--plot"], document.data["ended"]
    stopped = ended["reason"] == "stopped"
    if stopped and asked.failure is None:
        say(f"{asked.word}: stopped after update {ended['update']}; this is what it has")
    elif stopped and any(written.values()):
        say(f"stdout takes no more: stopped after update {ended['update']}")
    is_saved = leaving.file(save, lambda: saved_text(save or "", config, document), force=force)
    leaving.file(plot, lambda: picture(document, plot or "", output), force=force)
    leaving.file(keeper.missed, keeper.content, force=True)
    leaving.file(to_file, lambda: _answer(config, document, output), force=force)
    with leaving.then():
        if asked.failure is not None:
            raise asked.failure
        if to_file is None:
            show(document, output)
        if is_saved and not output.quiet:
            say(f"wrote {save}; next: nnstep evaluate {save}")
    if stopped:
        raise typer.Exit(asked.code)


def _answer(config: records.Config, document: Document, output: Output) -> str | bytes:
    """Return the answer for a file: of a workbook, every update as a row."""
    from perceptron_cli.cli.show import layout_of, view_of
    from perceptron_cli.render import render

    if output.chosen not in SHEETS:
        return render(document, output.chosen, layout_of(output))
    from perceptron_cli.workbooks import training_workbook

    return training_workbook(config, view_of(output))


def epochs_to_narrate(text: str | None, last: int, first: int = 1) -> set[int]:
    """Read `1,10,last`. Raises InputError for what is no epoch from `first` to `last`."""
    found: set[int] = set()
    if text is not None and first > last:
        raise InputError(f"--narrate: expected epochs that are still to come, got '{text}': none is")
    for word in (text or "").split(",") if text is not None else []:
        epoch = last if word.strip() == "last" else int(word) if word.strip().isdecimal() else 0
        if not first <= epoch <= last:
            raise InputError(
                f"--narrate: expected epochs from {first} to {last}, got '{word.strip()}'",
                hint="separate them by commas: --narrate 1,10,last",
            )
        found.add(epoch)
    return found
