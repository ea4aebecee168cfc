"""`nnstep derive`: the slides' derivations."""

from typing import Annotated

import typer

from perceptron_cli.cli.options import REPORT, Output, config_names, shared
from perceptron_cli.derivations import TOPICS
from perceptron_cli.errors import InputError, did_you_mean


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep derive shortcut --config lecture")(derive)


def _topics(incomplete: str) -> list[str]:
    return [topic for topic in TOPICS if topic.startswith(incomplete)]


@shared(*REPORT, "all", "brief")
def derive(
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]...",
            help="What to derive. Without a topic, the topics are listed.",
            autocompletion=_topics,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="CONFIG",
            help="Show the numbers of this network beside every line.",
            autocompletion=config_names,
            show_default=False,
        ),
    ] = None,
    *,
    output: Output,
) -> None:
    """Derive the formulas, line by line, each line with its reason.

    The topics are cross-entropy, the activations, the chain rule through a layer, ŷ - y, and the matrix form.
    """
    from perceptron_cli import spec
    from perceptron_cli.cli.show import load, show, view_of
    from perceptron_cli.trace.lessons.derive import derive as narrate

    for topic in topics or ():
        if topic not in TOPICS:
            hint = did_you_mean(topic, TOPICS) or f"known: {', '.join(TOPICS)}"
            raise InputError(f"expected a topic, got '{topic}'", hint=hint)
    network = load(config, None) if config else None
    if network is not None:
        spec.require_trainable(network)
    show(narrate(topics or (), network, view_of(output)), output)
