"""`nnstep perceptron`: the single neuron with a unit step."""

from typing import Annotated, Literal

import typer

from perceptron_cli.cli.options import DRAWN, REPORT, Output, Overrides, shared
from perceptron_cli.errors import InputError

KIND = "perceptron"  # the folder of its lessons


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep perceptron and --arithmetic float")(perceptron)


def _lessons(incomplete: str) -> list[str]:
    from perceptron_cli.spec.source import bundled

    return [name for name in bundled(KIND) if name.startswith(incomplete)]


@shared(*REPORT, "all", pictures=DRAWN)
def perceptron(
    config: Annotated[
        str,
        typer.Argument(
            metavar="[CONFIG]", help="A YAML file, and, or, nand, xor, or -.", autocompletion=_lessons
        ),
    ] = "and",
    epochs: Annotated[
        str | None,
        typer.Option("--epochs", metavar="N", help="Stop after this many epochs.", show_default=False),
    ] = None,
    arithmetic: Annotated[
        Literal["exact", "float"],
        typer.Option("--arithmetic", help="The decimals of the config, or a program's floats."),
    ] = "exact",
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Show the perceptron learning rule.

    Prints the textbook's table, says whether a line separates the classes, with a proof, and what one
    perceptron cannot do. The exit code is 1 if the rule does not converge.
    """
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.neuron import document as narration

    loaded = load(config, overrides, {"--epochs training.epochs": epochs}, kind=KIND)
    if not all(sample.y for sample in loaded.samples):
        raise InputError("expected a target y for every sample", hint="add 'y: 1' beside x")
    document = narration.perceptron(loaded, view_of(output), arithmetic)
    show(document, output)
    if not document.data["converged"]:
        raise typer.Exit(1)
