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
    rules = {name: describe(name, "perceptron") for name in bundled("perceptron")}
    tables = [Table("", ("name", "what it is"), tuple(one.items())) for one in (lines, rules)]
    document = Document(
        "configs",
        "Bundled configs",
        about={},
        sections=(
            Section("Use a name in place of a file: nnstep forward mazur", "result", (tables[0],)),
            Section("For the perceptron: nnstep perceptron xor", "result", (tables[1],)),
        ),
        parts_key="",
        data={"configs": _listed(lines), "perceptron_configs": _listed(rules)},
    )
    show(document, output)


def _listed(lines: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "description": line} for name, line in lines.items()]
