"""`nnstep init`: a config to start from."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import Output, shared
from perceptron_cli.errors import InputError

DRAWN = ("--activation", "--x", "--y", "--loss", "--lr", "--seed")  # what says how a network is made


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep init my.yaml --layers 2,2,1 --activation tanh,sigmoid --y 1")(init)


def _text(flag: str, metavar: str, help: str) -> object:
    return typer.Option(flag, metavar=metavar, help=help, show_default=False)


@shared("force", "quiet")
def init(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The file to write, or - for stdout.")] = "-",
    layers: Annotated[
        str | None, _text("--layers", "N,N,...", "The number of inputs, then the neurons of each layer.")
    ] = None,
    activation: Annotated[
        str | None, _text("--activation", "NAME", "The activation of all layers, or one for each layer.")
    ] = None,
    x: Annotated[str | None, _text("--x", "NUMBERS", "The input values: 0.5,0.8.")] = None,
    y: Annotated[str | None, _text("--y", "NUMBERS", "The targets: 1, or 0,1.")] = None,
    loss: Annotated[str | None, _text("--loss", "NAME", "The loss. By default the one that fits.")] = None,
    lr: Annotated[str | None, _text("--lr", "RATE", "The learning rate. By default 0.5.")] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="The seed that draws the weights.", show_default=False),
    ] = None,
    *,
    output: Output,
) -> None:
    """Write a config to start from.

    With --layers it is a network of that shape, its weights drawn by the seed; without it, one with
    comments. A file that exists is kept, unless --force is given.
    """
    from perceptron_cli.cli.stream import put, say, write_whole
    from perceptron_cli.spec import starter

    given = dict(zip(DRAWN, (activation, x, y, loss, lr, seed), strict=True))
    alone = [flag for flag, value in given.items() if value is not None]
    if layers is None and alone:
        raise InputError(f"{alone[0]}: expected --layers beside it, got none", hint="--layers 2,2,1")
    text = starter() if layers is None else _shaped(layers, activation, x, y, loss, lr, seed or 0)
    if file == "-":
        put(text)
        return
    write_whole(file, text, force=output.force)
    if not output.quiet:
        say(f"wrote {file}; next: nnstep backprop {file}")


def _shaped(
    layers: str,
    activation: str | None,
    x: str | None,
    y: str | None,
    loss: str | None,
    lr: str | None,
    seed: int,
) -> str:
    """Return the config of a network of this shape. Raises InputError for what does not fit together."""
    from perceptron_cli import spec
    from perceptron_cli.cli.show import numbers
    from perceptron_cli.exercises.recipe import recipe
    from perceptron_cli.interview import short_text

    made = recipe(layers, activation or "sigmoid", loss, lr or "0.5")
    values = {}
    for flag, text, count, usual in (("--x", x, made.sizes[0], "0.5"), ("--y", y, made.sizes[-1], "1")):
        texts = [usual] + ["0"] * (count - 1) if text is None and flag == "--y" else [usual] * count
        if text is not None:
            texts = [one.text for one in numbers(flag, [part.strip() for part in text.split(",")])]
        if len(texts) != count:
            raise InputError(f"{flag}: expected {count} numbers, got {len(texts)}")
        values[flag] = texts
    written = short_text(made, values["--x"], values["--y"], seed)
    spec.parse(written)
    return written
