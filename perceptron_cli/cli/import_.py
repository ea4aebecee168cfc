"""`nnstep import`: another library's network as a config."""

from __future__ import annotations

from typing import Annotated

import typer

from perceptron_cli.cli.options import Output, shared
from perceptron_cli.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", epilog="Example: nnstep import model.onnx -o net.yaml")(import_)


@shared("output", "force", "quiet", "verbose")
def import_(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A network: .safetensors, .pt, .pth, .onnx, .keras, .skops, a step's .json, "
            "a script of 'nnstep export', or a link to TensorFlow Playground.",
        ),
    ],
    activations: Annotated[
        str | None,
        typer.Option(
            "--activations",
            metavar="NAMES",
            help="The layers' activations where the file does not say them: relu,softmax.",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option("--loss", metavar="NAME", help="The loss, if the file says none.", show_default=False),
    ] = None,
    input_shape: Annotated[
        str | None,
        typer.Option(
            "--input-shape",
            metavar="SIZES",
            help="What one sample has, if the file does not say it: 1,28,28 for a picture.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Output,
) -> None:
    """Make a config of a network from another library.

    Weights of float32 are written with the fewest digits that say them. What the file does not have, a
    sample or a loss, is put in where there is a plain choice, and said. Nothing in the file is run.
    """
    import os

    from perceptron_cli import imports
    from perceptron_cli.cli.stream import put, require_writable, say, write_whole
    from perceptron_cli.engine.network import initial_weights
    from perceptron_cli.spec.source import MOST_BYTES
    from perceptron_cli.spec.write import written

    path = None if output.output in (None, "-") else output.output
    if path:
        require_writable(path, force=output.force)
    stack = imports.read(file, _sizes(input_shape))
    if activations is not None:
        stack.name_activations([one.strip() for one in activations.split(",")])
    if loss is not None:
        stack.name_loss(loss)
    config = stack.config()
    folder = os.path.dirname(os.path.realpath(path)) if path else os.getcwd()
    source = file.partition("#")[0].rpartition("/")[2] or "TensorFlow Playground"
    text = written(config, initial_weights(config), folder, f"{config.name}, imported from {_plain(source)}")
    if len(text) > MOST_BYTES:
        raise InputError(f"the config would have {len(text) / 2**20:,.0f} MB, more than nnstep reads")
    if not output.quiet:
        for note in stack.notes:
            say(note)
    if path is None:
        put(text)
        return
    write_whole(path, text, force=output.force)
    if not output.quiet:
        command = "backprop" if config.loss is not None else "forward"
        say(f"wrote {path}; next: nnstep {command} {path}")


def _sizes(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    sizes = text.replace("x", ",").split(",")
    if not all(one.strip().isdecimal() and int(one) > 0 for one in sizes):
        raise InputError(f"--input-shape: expected sizes such as 1,28,28, got {text}")
    return tuple(int(one) for one in sizes)


def _plain(text: str) -> str:
    from perceptron_cli.render.text import clean

    return clean(" ".join(text.split()))
