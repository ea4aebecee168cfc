"""`nnstep schema`: the JSON Schemas of what goes in and what comes out."""

from typing import Annotated, Literal

import typer

from perceptron_cli.cli.options import Output, shared


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep schema config > nnstep.schema.json")(schema)


@shared("output", "force")
def schema(
    which: Annotated[
        Literal["config", "output"], typer.Argument(help="The config, or the output of --json.")
    ],
    *,
    output: Output,
) -> None:
    """Print a JSON Schema (draft-07).

    The schema of the config helps an editor, that of the output helps programs that read --json.
    """
    import json

    from perceptron_cli.cli.stream import put, write_whole
    from perceptron_cli.schemas import SCHEMAS

    text = json.dumps(SCHEMAS[which](), indent=2) + "\n"
    if output.output in (None, "-"):
        put(text)
    else:
        write_whole(output.output or "", text, force=output.force)
