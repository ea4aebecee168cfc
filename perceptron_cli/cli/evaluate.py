"""`nnstep evaluate`: how right a network is."""

import typer

from perceptron_cli.cli.options import REPORT, Data, Output, Overrides, shared
from perceptron_cli.cli.predict import Net


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep evaluate net.yaml --data test.csv")(evaluate)


@shared(*REPORT, "all")
def evaluate(config: Net, data: Data = None, overrides: Overrides = None, *, output: Output) -> None:
    """Report a network's accuracy, or its error, on a data set.

    Shows the loss, and either the accuracy with a table of the confused classes or the mean absolute
    error. Without     --data it takes the config's own samples, those held out apart.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.run.predict import evaluate as told

    loaded = load(config, overrides, data=spec.DataSet(data, whole=data is not None))
    spec.require_trainable(loaded)
    show(told(loaded, view_of(output)), output)
