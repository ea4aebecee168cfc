"""`nnstep perceptron`: the single neuron with a unit step."""

from typing import Annotated, Literal

import typer

from perceptron_cli.cli.options import DRAWN, REPORT, Output, Overrides, choices, shared
from perceptron_cli.errors import InputError
from perceptron_cli.render import SHEETS
from perceptron_cli.rules import RULES

Rule = choices("Rule", tuple(RULES))
KIND = "perceptron"  # the folder of its lessons


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep perceptron and --arithmetic float")(perceptron)


def _lessons(incomplete: str) -> list[str]:
    from perceptron_cli.spec.source import bundled

    return [name for name in bundled(KIND) if name.startswith(incomplete)]


@shared(*REPORT, "all", pictures=DRAWN | SHEETS)
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
    rule: Annotated[
        Rule | None,  # type: ignore[valid-type]
        typer.Option("--rule", help="The learning rule, instead of the config's.", show_default=False),
    ] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Change the weights at the end of each epoch (rule delta).")
    ] = False,
    planes: Annotated[
        bool, typer.Option("--planes", help="Show the line in the plane after each update that moves it.")
    ] = False,
    arithmetic: Annotated[
        Literal["exact", "float"],
        typer.Option("--arithmetic", help="The decimals of the config, or a program's floats."),
    ] = "exact",
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Show how a single neuron learns, row by row.

    Prints the textbook's table, says whether a line separates the classes, with a proof, and what one
    perceptron cannot do. The exit code is 1 if the rule does not converge.
    """
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.neuron import document as narration

    flags = {"--epochs training.epochs": epochs, "--rule training.rule": rule}
    loaded = load(config, overrides, flags, kind=KIND)
    if not any(sample.y for sample in loaded.samples):
        raise InputError("expected a sample with a target y, got none", hint="add 'y: 1' beside x")
    if batch and loaded.training.rule != "delta":
        raise InputError(f"--batch goes with the rule delta, got {loaded.training.rule}", hint="--rule delta")
    lines = output.is_data
    if planes and (loaded.inputs != 2 or loaded.layers[0].neurons > 1):
        raise InputError(
            f"--planes shows one neuron of 2 inputs, got {loaded.layers[0].neurons} of {loaded.inputs}"
        )
    document = narration.perceptron(
        loaded, view_of(output), arithmetic, batch=batch, lines=lines, each=planes
    )
    if output.chosen in SHEETS:
        from perceptron_cli.cli.show import require_shown
        from perceptron_cli.cli.stream import write_whole
        from perceptron_cli.workbooks import rule_workbook

        require_shown(output)
        write_whole(output.output or "", rule_workbook(loaded), force=output.force)
    else:
        show(document, output)
    if not document.data["converged"]:
        raise typer.Exit(1)
