"""`nnstep why`: where a number comes from."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import REPORT, Config, Output, Overrides, shared
from perceptron_cli.render import GRAPHS

MOST_STEPS = 1_000_000


KIND = "perceptron"  # the folder of the lessons whose numbers are called t3:net


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep why 'dL/dw[1]_11' --depth 2")(why)


@shared(*REPORT, "all", "brief", "names", pictures=GRAPHS)
def why(
    symbol: Annotated[
        str, typer.Argument(metavar="SYMBOL", help="A number of the step: y_hat, z[2]_1, dL/dw[1]_11.")
    ],
    config: Config = "lecture",
    depth: Annotated[
        int | None,
        typer.Option("--depth", min=0, metavar="N", help="Go back at most N lines.", show_default=False),
    ] = None,
    step: Annotated[
        int,
        typer.Option(
            "--step", min=1, max=MOST_STEPS, metavar="K", help="Explain the number in the K-th update."
        ),
    ] = 1,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Show where a number comes from, down to what is given.

    A tree shows the numbers that it is computed from, each with its equation. For a gradient, the
    paths from the loss to it follow, each with its product, and their sum.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.questions.why import why as narrate

    loaded = load(config, overrides, kind=KIND if ":" in symbol and symbol.startswith("t") else "")
    if not loaded.is_neuron:
        spec.require_trainable(loaded)
    show(narrate(loaded, symbol, view_of(output), depth=depth, step=step), output)
