"""`nnstep init`: a config to start from."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import Output, shared


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep init my.yaml")(init)


@shared("force", "quiet")
def init(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write, or - for stdout.")],
    *,
    output: Output,
) -> None:
    """Write a config to start from.

    The config has comments. A file that exists is kept, unless --force is given.
    """
    from perceptron_cli.cli.stream import put, say, write_whole
    from perceptron_cli.spec import starter

    if file == "-":
        put(starter())
        return
    write_whole(file, starter(), force=output.force)
    if not output.quiet:
        say(f"wrote {file}; next: nnstep backprop {file}")
