"""`nnstep configs`: the bundled lessons."""

import typer

from perceptron_cli.cli.options import Output, shared

USES = {
    "": "Use a name in place of a file: nnstep forward mazur",
    "data": "With a data set: nnstep train iris",
    "perceptron": "For the perceptron: nnstep perceptron xor",
    "layers": "Layers of other kinds, penalties, formulas: nnstep backprop conv",
    "sequences": "Recurrent cells and attention: nnstep backprop lstm",
    "gradients": "For the gradients' size: nnstep gradients vanishing",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep configs --json")(configs)


@shared("format", "json", "output", "force", "ascii", "width", "color", "quiet", "verbose")
def configs(*, output: Output) -> None:
    """List the bundled configs, one line each."""
    from perceptron_cli.cli.show import show
    from perceptron_cli.document import Document, Section, Table
    from perceptron_cli.spec.source import bundled, describe

    found = {kind: {name: describe(name, kind) for name in bundled(kind)} for kind in USES}
    document = Document(
        "configs",
        "Bundled configs",
        about={},
        sections=tuple(
            Section(USES[kind], "result", (Table("", ("name", "what it is"), tuple(lines.items())),))
            for kind, lines in found.items()
        ),
        parts_key="",
        data={f"{kind}_configs".lstrip("_"): _listed(lines) for kind, lines in found.items()},
    )
    show(document, output)


def _listed(lines: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "description": line} for name, line in lines.items()]
