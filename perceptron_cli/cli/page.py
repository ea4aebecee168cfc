"""`nnstep page`: a step as a page that a reader plays, changes and fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from perceptron_cli.cli.options import Config, Output, Overrides, Rate, shared
from perceptron_cli.errors import InputError

if TYPE_CHECKING:
    from perceptron_cli.spec.config import Config as Loaded
    from perceptron_cli.trace.view import View


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep page mazur -o lesson.html")(page)


@shared("output", "force", "decimals", "names", "quiet", "verbose")
def page(
    config: Config = "lecture",
    lr: Rate = None,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Show the page in the browser, and renew it when the config is saved."),
    ] = False,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Write a training step as one HTML page that a reader can play, change and fill in.

    The page needs no network: it opens from the disk, and works its numbers out by itself. For the
    perceptron's lessons it plays the table of the learning rule.
    """
    from perceptron_cli.cli.show import load, require_shown, view_of
    from perceptron_cli.cli.stream import is_terminal, put, write_whole

    flags = {"--lr training.learning_rate": lr}
    if serve:
        from perceptron_cli.cli.serve import serve_page

        if output.output is not None:
            raise InputError("--serve and -o: expected one of them", hint="-o writes a file")
        serve_page(config, lambda: _made(load(config, overrides, flags), view_of(output), served=True))
        return
    if output.output in (None, "-") and is_terminal():
        raise InputError("a page is not for a terminal", hint="write it with -o lesson.html, or --serve it")
    require_shown(output)
    text = _made(load(config, overrides, flags), view_of(output))
    if output.output in (None, "-"):
        put(text)
    else:
        write_whole(output.output or "", text, force=output.force)


def _made(config: Loaded, view: View, *, served: bool = False) -> str:
    from perceptron_cli import spec
    from perceptron_cli.pages import lesson

    if not config.is_neuron:
        spec.require_trainable(config)
    return lesson(config, view, served=served)
