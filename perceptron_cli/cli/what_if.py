"""`nnstep what-if`: the same step with other numbers."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from perceptron_cli.cli.options import DRAWN, REPORT, Config, Output, shared
from perceptron_cli.cli.stream import say
from perceptron_cli.errors import InputError, Problem

if TYPE_CHECKING:
    from perceptron_cli.spec import config as records

MOST_POINTS = 10_000
SET, SWEEP = "--set", "--sweep"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="what-if", epilog="Example: nnstep what-if --set 'w[2]_11=0.5' --set x_1=3")(what_if)


@shared(*REPORT, "all", "names", pictures=DRAWN)
def what_if(
    config: Config = "lecture",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            SET,
            metavar="NAME=VALUE",
            help="A number of the step, or a place in the config: training.seed=7.",
            show_default=False,
        ),
    ] = None,
    sweeps: Annotated[
        list[str] | None,
        typer.Option(
            SWEEP,
            metavar="NAME=FROM:TO:COUNT",
            help="Show the loss for COUNT values between FROM and TO. ':log' steps evenly by factors.",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        int,
        typer.Option(
            "--step", min=1, max=1_000_000, metavar="K", help="Change the K-th update instead of the first."
        ),
    ] = 1,
    *,
    output: Output,
) -> None:
    """Show the same step with other numbers beside the original.

    Only the numbers that change are shown, and whether the loss becomes smaller. The number may be a
    given one (w[2]_11, x_1, y_1, eta) or a result (z[1]_1). All that depends on it is computed again.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import show, view_of
    from perceptron_cli.spec.source import read
    from perceptron_cli.trace.questions import changes as told
    from perceptron_cli.trace.questions import what_if as trace

    if not changes and not sweeps:
        raise InputError("expected a change: --set or --sweep", hint="for example --set 'w[2]_11=0.5'")
    symbols, paths = _sorted(changes or ())
    text, name, folder = read(config)

    def load(given: dict[str, str], flag: str) -> records.Config:
        overrides = [(flag, f"{path}={value}") for path, value in given.items()]
        loaded = spec.parse(text, name, overrides, folder=folder)
        if not loaded.is_neuron:
            spec.require_trainable(loaded)
        elif sweeps:
            message = "--sweep shows the loss, and a learning rule has none"
            raise InputError(message, hint="--set eta=0.5 shows what becomes of the table")
        return loaded

    original = load({}, SET)
    other = load(paths, SET) if paths else None
    if not sweeps:
        outcome = trace.what_if(original, symbols, other=other, step=step)
        show(told.narrate(original, outcome, paths, view_of(output), other), output)
        return
    swept, values = _range(sweeps, {*symbols, *paths})
    if _is_path(swept):
        configs = (load({**paths, swept: f"{value:.15g}"}, SWEEP) for value in values)
        found = [trace.losses_of(one, step, symbols) for one in configs]
    else:
        found = trace.sweep(other or original, swept, values, symbols, step)
    show(told.narrate_sweep(other or original, swept, values, found, view_of(output)), output)


def _is_path(name: str) -> bool:
    """Whether a name is a place in the config, and no symbol."""
    from perceptron_cli.spec.check import KEYS

    return name.split(".")[0].split("[")[0] in KEYS


def _sorted(changes: list[str] | tuple[str, ...]) -> tuple[dict[str, float], dict[str, str]]:
    """Return the changes of symbols, and of places in the config. Raises InputError for what is neither."""
    from perceptron_cli.cli.show import numbers

    symbols: dict[str, float] = {}
    paths: dict[str, str] = {}
    for change in changes:
        name, equals, value = (piece.strip() for piece in change.rpartition("="))
        if not equals or not name or not value:
            hint = "for example 'w[2]_11=0.5', x_1=3, eta=1 or training.learning_rate=0.5"
            raise InputError(Problem(f"expected name=value, got '{change}'", file=SET, hint=hint))
        if name in symbols or name in paths:
            raise InputError(Problem(f"{name} is set twice", file=SET))
        if _is_path(name):
            paths[name] = value
        else:
            symbols[name] = float(numbers(SET, [value])[0])
    return symbols, paths


def _range(sweeps: Sequence[str], others: Container[str]) -> tuple[str, list[float]]:
    """Return the sweep's name and its values; `others` are set to one value already.

    Raises InputError for what is no range, and for more than one.
    """
    from perceptron_cli.cli.show import numbers

    text, *more = sweeps
    if more:
        raise InputError(Problem(f"expected one sweep, got {len(sweeps)}", file=SWEEP))
    name, _, rest = (piece.strip() for piece in text.partition("="))
    if name in others:
        raise InputError(Problem(f"{name} is swept, and set to one value by --set", file=SWEEP))
    pieces = rest.split(":")
    decades = len(pieces) == 4 and pieces[3].strip() == "log"
    pieces = pieces[:3] if decades else pieces
    if not name or len(pieces) != 3:
        hint = "for example eta=0.01:1:20, which is 20 values from 0.01 to 1"
        raise InputError(Problem(f"expected name=from:to:count, got '{text}'", file=SWEEP, hint=hint))
    start, stop, count = (float(one) for one in numbers(SWEEP, pieces))
    if not count.is_integer() or not 2 <= count <= MOST_POINTS:
        raise InputError(
            Problem(f"expected a count from 2 to {MOST_POINTS}, got {pieces[2].strip()}", file=SWEEP)
        )
    if start == stop:
        raise InputError(Problem(f"expected two different ends, got {pieces[0]} twice", file=SWEEP))
    if not math.isfinite(stop - start):
        raise InputError(
            Problem(f"expected ends less far apart, got {pieces[0]} and {pieces[1]}", file=SWEEP)
        )
    last = int(count) - 1
    if decades and not (start > 0 and stop > 0):
        raise InputError(
            Problem(f"expected ends above 0 for log, got {pieces[0]} and {pieces[1]}", file=SWEEP)
        )
    if decades:
        steps = (start * (stop / start) ** (place / last) for place in range(last))
        return name, [*steps, stop]
    if start > 0 and stop > 0 and max(start, stop) >= 100 * min(start, stop):
        say(f"hint: the range spans two decades or more; {text}:log spreads the values over them evenly")
    return name, [
        start + (stop - start) * place / last if place < last else stop for place in range(last + 1)
    ]
