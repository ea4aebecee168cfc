"""`nnstep activations`: the activation functions, one by one."""

from typing import Annotated

import typer

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.cli.options import DRAWN, REPORT, Output, config_names, shared
from perceptron_cli.errors import InputError, did_you_mean


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep activations sigmoid relu --at -2 --at 0.5 --config relu")(activations)


def _activation_names(incomplete: str) -> list[str]:
    return [name for name in ACTIVATIONS if name.startswith(incomplete)]


@shared(*REPORT, "all", pictures=DRAWN)
def activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="The functions to show. Without a name, all of them.",
            autocompletion=_activation_names,
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="Z",
            help="Add this z to the table of values. May be repeated.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="CONFIG",
            help="Mark the values of z that occur in this network.",
            autocompletion=config_names,
            show_default=False,
        ),
    ] = None,
    *,
    output: Output,
) -> None:
    """Show activation functions: formula, slope, curve.

    Each function is shown with its range, its use, its weakness and a table of values. With --config
    the saturated and dead neurons of a network are named.
    """
    from perceptron_cli.cli.show import load, numbers, show, view_of
    from perceptron_cli.trace.lessons import curves

    for name in names or ():
        if name not in ACTIVATIONS:
            raise InputError(
                f"expected an activation, got '{name}'",
                hint=did_you_mean(name, ACTIVATIONS) or f"known: {', '.join(ACTIVATIONS)}",
            )
    network = load(config, None) if config else None
    show(curves.activations(names or (), numbers("--at", at or ()), network, view_of(output)), output)
