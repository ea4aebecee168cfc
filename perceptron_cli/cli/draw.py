"""`nnstep draw`: the network as a picture."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import REPORT, Config, Output, Overrides, Rate, shared
from perceptron_cli.errors import InputError
from perceptron_cli.render import PICTURES

MOST_STEPS = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep draw lecture --after -o lecture.svg")(draw)


@shared(*REPORT, "names", pictures=PICTURES)
def draw(
    config: Config = "lecture",
    after: Annotated[
        bool, typer.Option("--after", help="Show each weight before and after the first update.")
    ] = False,
    gradients: Annotated[
        bool,
        typer.Option(
            "--gradients", help="Draw the gradients: size and sign as the width and colour of the edges."
        ),
    ] = False,
    highlight: Annotated[
        list[str] | None,
        typer.Option(
            "--highlight",
            metavar="SYMBOL",
            help="Mark a weight or a neuron: w[2]_11, a[2]_1.",
            show_default=False,
        ),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(
            "--step",
            min=1,
            max=MOST_STEPS,
            metavar="K",
            help="After the K-th update; with --after or --gradients: that update.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="K", help="Draw the K-th sample alone.", show_default=False),
    ] = None,
    lr: Rate = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Draw the network.

    A circle is a neuron with its activation, an edge is a weight, and the bias stands under the circle.
    Of a wide layer only the first neurons and the last one are drawn, with the number of the others.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, one_sample, show, view_of
    from perceptron_cli.trace.step import drawing

    if after and gradients:
        raise InputError("--after and --gradients: expected one of them", hint="draw two pictures")
    if step is not None and sample is not None:
        raise InputError("--step and --sample: expected one of them", hint="a batch draws its first sample")
    loaded = one_sample(load(config, overrides, {"--lr training.learning_rate": lr}), sample)
    if after or gradients or step is not None:
        spec.require_trainable(loaded)
    shows = "update" if after else "gradients" if gradients else "weights"
    document = drawing.draw(loaded, view_of(output), shows=shows, highlight=highlight or (), step=step)
    show(document, output)
