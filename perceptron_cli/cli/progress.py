"""Tells the epochs of a run as they end: lines of JSON on stdout, or a bar on a terminal's stderr."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from perceptron_cli.cli.interrupt import Asked
from perceptron_cli.cli.options import Output
from perceptron_cli.errors import InputError

T = TypeVar("T")
FEW = 50  # things that are done before anybody asks how many

Report = Callable[[int, float, Mapping[str, float]], object] | None


@contextmanager
def reporting(epochs: int, output: Output, asked: Asked) -> Iterator[Report]:
    """Report epochs as they end, as the answer is wanted and where somebody sees it."""
    import gc

    gc.enable()  # a long run is no short-lived process
    if output.chosen == "jsonl" and output.output in (None, "-"):
        yield _lines(asked)
    elif output.quiet or not sys.stderr.isatty():
        yield None
    else:
        with _bar(epochs) as report:
            yield report


def counting(noun: str, output: Output) -> Callable[[Sequence[T]], Iterator[T]]:
    """Return what passes things on and shows on a terminal's stderr how many are done."""

    def watched(things: Sequence[T]) -> Iterator[T]:
        if output.quiet or not sys.stderr.isatty() or len(things) < FEW:
            yield from things
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn(f"{noun} {{task.completed}}/{{task.total}}"),
            BarColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield from bar.track(things)

    return watched


def _lines(asked: Asked) -> Report:
    """Write a line for each epoch; where stdout takes no more, the run ends, and leaves its files."""
    from perceptron_cli.cli.stream import put
    from perceptron_cli.render.jsonl import epoch_line

    def report(epoch: int, loss: float, measures: Mapping[str, float]) -> None:
        if asked.failure is not None:
            return
        try:
            put(epoch_line(epoch, loss, measures))
        except (InputError, SystemExit) as failure:
            asked.give_up(failure)

    return report


@contextmanager
def _bar(epochs: int) -> Iterator[Report]:
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

    texts = ("epoch {task.completed}/{task.total}", "{task.fields[told]}", "{task.fields[rate]}")
    columns: list[ProgressColumn] = [*map(TextColumn, texts), BarColumn()]
    console = Console(stderr=True)
    # What the two texts may take, beside the count of epochs, a bar that can be seen, and the time.
    room = console.width - len(f"epoch {epochs}/{epochs}") - 9
    if room >= len("loss 1.234e-05 ") + len(" 0:00:00"):
        room -= len(" 0:00:00")
        columns.append(TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=epochs, told="", rate="")
        start: tuple[int, float] | None = None
        last = 0.0

        def report(epoch: int, loss: float, measures: Mapping[str, float]) -> None:
            nonlocal start, last
            now = monotonic()
            if now - last < 0.1:  # the bar must not cost more than the epochs
                return
            last, start = now, start or (epoch, now)
            rate = f"{(epoch - start[0]) / (now - start[1]):.4g} epochs/s" if now > start[1] else ""
            rate = rate if len(rate) + len("loss 0.1234 ") <= room else ""
            told = _told(loss, measures, room - len(rate) - 1)
            bar.update(task, completed=epoch, told=told, rate=rate)

        yield report


def _told(loss: float, measures: Mapping[str, float], room: int) -> str:
    """Say how an epoch did, on what is held out where something is, as far as there is room for it."""
    told = f"loss {loss:.4g}"
    if "validation_accuracy" in measures:
        more = f"{told}, held out {100 * measures['validation_accuracy']:.1f}%"
    elif "validation_loss" in measures:
        more = f"{told}, held out {measures['validation_loss']:.4g}"
    elif "accuracy" in measures:
        more = f"{told}, accuracy {100 * measures['accuracy']:.1f}%"
    else:
        return told
    return more if len(more) <= room else told
