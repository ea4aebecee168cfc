"""`nnstep predict`: what a trained network makes of new rows."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import Data, Output, Overrides, choices, config_names, shared
from perceptron_cli.errors import InputError
from perceptron_cli.render import RENDERERS, render

Format = choices("PredictFormat", tuple(RENDERERS))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep predict net.yaml --data new.csv > predicted.csv")(predict)


Net = Annotated[
    str,
    typer.Argument(
        metavar="NET",
        help="A config with weights, such as 'nnstep train --save' writes.",
        autocompletion=config_names,
    ),
]


@shared("json", "output", "force", "decimals", "ascii", "width", "color", "all", "quiet", "verbose")
def predict(
    config: Net,
    data: Data = None,
    format: Annotated[
        Format | None,  # type: ignore[valid-type]
        typer.Option("--format", help="csv unless -o or --json says another.", show_default=False),
    ] = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Predict the rows of a data set.

    Writes CSV, one line for each row: the class, if the network has classes, then each output in full.
    The data set needs the columns of x as they were before normalizing. A target column is ignored.
    """
    from dataclasses import replace

    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.cli.stream import put, write_whole
    from perceptron_cli.spec import DataSet
    from perceptron_cli.trace.run.predict import predict as told

    loaded = load(config, overrides, data=DataSet(data, whole=True, target=False))
    if any(layer.weights is None for layer in loaded.layers):
        raise InputError(
            f"{config}: expected a trained network, got weights that are to be drawn",
            hint=f"'nnstep train {config} --save net.yaml' writes one",
        )
    chosen = _chosen(format, output)
    if chosen != "csv":
        show(told(loaded, view_of(replace(output, format=chosen))), replace(output, format=chosen))
        return
    text = render(told(loaded, exact=True), "csv")
    assert isinstance(text, str)
    if output.output in (None, "-"):
        put(text)
    else:
        write_whole(output.output or "", text, force=output.force)


def _chosen(format: str | None, output: Output) -> str:
    if format is not None or output.json:
        return format or "json"
    named = output.chosen if output.output not in (None, "-") else "csv"
    return "csv" if named == "plain" else named
