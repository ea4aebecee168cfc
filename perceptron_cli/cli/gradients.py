"""`nnstep gradients`: whether the gradient vanishes, explodes or comes through."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import DRAWN, REPORT, Config, Output, Overrides, shared

MOST_EPOCHS = 10_000_000
KIND = "gradients"  # the folder of its lessons


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep gradients vanishing --epochs 200")(gradients)


@shared(*REPORT, "all", pictures=DRAWN)
def gradients(
    config: Config = "lecture",
    epochs: Annotated[
        int | None,
        typer.Option(
            "--epochs",
            min=1,
            max=MOST_EPOCHS,
            metavar="N",
            help="Follow the gradient over this many epochs of training.",
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Show how large the gradient is in each layer.

    Also shows the factors that shrank it, the weights and the slopes, and whether it vanishes, explodes
    or comes through. Lessons: vanishing, relu, exploding.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.lessons import flow

    loaded = load(config, overrides, kind=KIND)
    spec.require_trainable(loaded)
    show(flow.gradients(loaded, view_of(output), epochs), output)
