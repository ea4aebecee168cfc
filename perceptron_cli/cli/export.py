"""`nnstep export`: the network for another library."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import Config, Output, Overrides, choices, shared
from perceptron_cli.errors import InputError
from perceptron_cli.export import TARGETS

Target = choices("Target", tuple(TARGETS))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep export mazur --to pytorch -o mazur.py")(export)


@shared("output", "force", "quiet", "verbose")
def export(
    config: Config = "lecture",
    to: Annotated[
        Target | None,  # type: ignore[valid-type]
        typer.Option("--to", help="The library that the file is for.", show_default=False),
    ] = None,
    trained: Annotated[
        bool, typer.Option("--trained", help="Train first, and export the trained weights.")
    ] = False,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Write the network for another library.

    A NumPy, PyTorch, JAX or C file makes one training step and checks itself against nnstep's numbers;
    for Keras, scikit-learn and ONNX (extra 'onnx') it is the predictions. 'formula' writes the
    prediction as one line.
    """
    import os

    from perceptron_cli.cli.show import load
    from perceptron_cli.cli.stream import put, say, write_whole
    from perceptron_cli.export import export as written
    from perceptron_cli.export.example import trained as after_training

    if to is None:
        raise InputError("--to: expected a library, got none", hint=f"known: {', '.join(TARGETS)}")
    loaded = load(config, overrides)
    content = written(after_training(loaded) if trained else loaded, to, os.path.dirname(output.output or ""))
    if output.output not in (None, "-"):
        path = output.output or ""
        write_whole(path, content, force=output.force)
        if not output.quiet:
            say(f"wrote {path}; next: {TARGETS[to].next_step.format(path)}")
    elif isinstance(content, bytes):
        raise InputError(f"--to {to} is not for a screen", hint="write it with -o FILE")
    else:
        put(content)
