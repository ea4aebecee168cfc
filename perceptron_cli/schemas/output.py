"""The schema of `--json`, of every reporting command."""

from __future__ import annotations

from perceptron_cli.layers import KINDS
from perceptron_cli.schemas import commands
from perceptron_cli.schemas.blocks import equation, section, step
from perceptron_cli.schemas.parts import (
    ACTIVATION,
    DRAFT,
    LOSS,
    NUMBER,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    object_of,
)

COMMANDS = [
    "forward", "backprop", "train", "predict", "evaluate", "perceptron", "activations", "derive", "gradients",
    "draw", "exercise", "quiz", "why", "what-if", "check", "configs",
    "names",
]  # fmt: skip


def output_schema() -> Schema:
    """Return the schema of what `--json` prints, of every reporting command."""
    return {
        "$schema": DRAFT,
        "title": "nnstep output",
        "definitions": {"equation": equation(), "section": section(), "step": step()},
        **object_of(
            {
                "schema": {"const": 1},
                "command": {"enum": COMMANDS},
                "nnstep": TEXT,
                "network": _network(),
                "learning_rate": NUMBER,
                "steps": list_of({"$ref": "#/definitions/step"}),
                "sections": list_of({"$ref": "#/definitions/section"}),
                "activations": list_of(commands.activation()),
                "topics": list_of(TEXT),
                **commands.train(),
                **commands.predict(),
                **commands.gradients(),
                **commands.exercises(),
                **commands.quiz(),
                **commands.check(),
                **commands.perceptron(),
                **commands.why(),
                **commands.what_if(),
                **commands.configs(),
                "names": _texts("what each symbol is called with --names, or with names of one's own"),
                "symbols": list_of(_texts("a symbol by the dialects' names")),
            },
            ["schema", "command", "nnstep"],
        ),
    }


def _texts(description: str) -> Schema:
    return {"type": "object", "additionalProperties": TEXT, "description": description}


def _network() -> Schema:
    return object_of(
        {
            "name": TEXT,
            "sizes": list_of(WHOLE),
            "activations": list_of(ACTIVATION),
            "kinds": list_of({"enum": list(KINDS)}, description="of the layers, where not all are dense"),
            "loss": LOSS,
        }
    )
