"""`nnstep backprop`: a whole training step."""

from dataclasses import replace
from typing import Annotated, Literal

import typer

from perceptron_cli.cli.options import ClipNorm, Config, Output, Overrides, Rate, Truncate, clipping, shared
from perceptron_cli.render import PICTURES, SHEETS

# trace.PHASES; a test compares them, since importing that here would load NumPy.
Phase = Literal["forward", "loss", "gradients", "updates", "verification"]

MOST_STEPS = 10_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep backprop --lr 0.1 --arithmetic both")(backprop)


@shared(pictures=PICTURES | SHEETS)
def backprop(
    config: Config = "lecture",
    lr: Rate = None,
    clip_norm: ClipNorm = None,
    truncate: Truncate = None,
    steps: Annotated[
        int, typer.Option("--steps", min=1, max=MOST_STEPS, metavar="N", help="Show this many updates.")
    ] = 1,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="K", help="Train on the K-th sample alone.", show_default=False),
    ] = None,
    only: Annotated[
        Phase | None,
        typer.Option("--only", help="Show only one part of the step.", show_default=False),
    ] = None,
    input_gradients: Annotated[
        bool,
        typer.Option("--input-gradients", help="Show the gradient at each input, dL/da[0]_i, too."),
    ] = False,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Show a training step, number by number.

    The step is a forward pass, the loss, the gradients by the chain rule, the weight updates, and a
    second forward pass that verifies them.
    """
    from perceptron_cli import spec, trace
    from perceptron_cli.cli.show import load, one_sample, show, view_of

    flags = {
        "--lr training.learning_rate": lr,
        "--truncate training.truncate": truncate,
        **clipping(clip_norm),
    }
    loaded = one_sample(load(config, overrides, flags), sample)
    spec.require_trainable(loaded)
    view = view_of(output)
    view = replace(view, input_gradients=view.input_gradients or input_gradients)
    document = trace.backprop(loaded, view, steps=steps, only=only)
    show(document, output, f"nnstep train {config}")
