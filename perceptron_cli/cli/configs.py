"""`nnstep configs`: the bundled lessons."""

import typer

from perceptron_cli.cli.options import Output, shared


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep configs --json")(configs)


@shared("format", "json", "output", "force", "ascii", "width", "color", "quiet", "verbose")
def configs(*, output: Output) -> None:
    """List the bundled configs, with a line each."""
    from perceptron_cli.cli.show import show
    from perceptron_cli.document import Document, Section, Table
    from perceptron_cli.spec.source import bundled, describe

    lines = {name: describe(name) for name in bundled()}
    table = Table("", ("name", "what it is"), tuple(lines.items()))
    document = Document(
        "configs",
        "Bundled configs",
        about={},
        sections=(Section("Use a name in place of a file: nnstep forward mazur", "result", (table,)),),
        parts_key="",
        data={"configs": [{"name": name, "description": line} for name, line in lines.items()]},
    )
    show(document, output)
