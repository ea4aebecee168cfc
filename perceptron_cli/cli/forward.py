"""`nnstep forward`: the forward pass, layer by layer."""

import typer

from perceptron_cli.cli.options import Config, Output, Overrides, shared
from perceptron_cli.render import PICTURES, SHEETS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep forward mazur --decimals 6")(forward)


@shared(pictures=PICTURES | SHEETS)
def forward(config: Config = "lecture", overrides: Overrides = None, *, output: Output) -> None:
    """Show the forward pass, layer by layer.

    Where the sample has a target, the loss follows.
    """
    from perceptron_cli import trace
    from perceptron_cli.cli.show import load, show, view_of

    document = trace.forward(load(config, overrides), view_of(output))
    show(document, output, f"nnstep backprop {config}")
