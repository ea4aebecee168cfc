"""`nnstep names`: the symbols of a network, as books and libraries write them."""

import typer

from perceptron_cli.cli.options import REPORT, Config, Output, Overrides, shared


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep names mazur --names mazur")(names)


@shared(*REPORT, "all", "names")
def names(config: Config = "lecture", overrides: Overrides = None, *, output: Output) -> None:
    """Show every symbol of a network as books and libraries write it.

    With --names only one of them. The other commands take --names to print with these names, and
    'nnstep check' reads them.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.questions.dialects import names as narrate

    loaded = load(config, overrides)
    spec.require_trainable(loaded)
    chosen = [output.names] if output.names else []
    show(narrate(loaded, view_of(output), chosen), output)
