"""The schema of `--json`, of every reporting command."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.losses import LOSSES
from perceptron_cli.schemas import commands
from perceptron_cli.schemas.blocks import equation, section, step
from perceptron_cli.schemas.parts import DRAFT, MAYBE, NUMBER, ROWS, TEXT, WHOLE, Schema, list_of, object_of

MEASURES = ["accuracy", "validation_loss", "validation_accuracy"]
ENDS = ["epochs", "until_loss", "patience", "stopped"]


def output_schema() -> Schema:
    """Return the schema of what `--json` prints, of every reporting command."""
    network = object_of(
        {
            "name": TEXT,
            "sizes": list_of(WHOLE),
            "activations": list_of({"enum": list(ACTIVATIONS)}),
            "loss": {"enum": [*LOSSES, None]},
        }
    )
    steps = list_of({"$ref": "#/definitions/step"})
    configs = list_of(object_of({"name": TEXT, "description": TEXT}))
    final = object_of({"layer": WHOLE, "activation": {"enum": list(ACTIVATIONS)}, "weights": ROWS})
    return {
        "$schema": DRAFT,
        "title": "nnstep output",
        "definitions": {"equation": equation(), "section": section(), "step": step()},
        **object_of(
            {
                "schema": {"const": 1},
                "command": {
                    "enum": [
                        "forward",
                        "backprop",
                        "train",
                        "predict",
                        "evaluate",
                        "perceptron",
                        "activations",
                        "derive",
                        "gradients",
                        "draw",
                        "exercise",
                        "quiz",
                        "why",
                        "what-if",
                        "check",
                        "configs",
                    ]
                },
                "nnstep": TEXT,
                "network": network,
                "learning_rate": NUMBER,
                "steps": steps,
                "narrated": steps,
                "history": object_of(
                    {
                        "epoch": list_of(WHOLE),
                        "loss": list_of(NUMBER),
                        **dict.fromkeys(MEASURES, list_of(MAYBE)),
                    },
                    ["epoch", "loss"],
                ),
                "history_stride": WHOLE,
                "ended": object_of({"reason": {"enum": ENDS}, "epoch": WHOLE, "update": WHOLE}),
                "best": object_of(
                    {
                        "epoch": WHOLE,
                        "loss": MAYBE,
                        "of": {"enum": ["loss", "validation_loss"]},
                        "kept": {"type": "boolean", "description": "whether the layers have its weights"},
                    }
                ),
                "layers": list_of(final),
                "prediction": ROWS,
                "predicted_class": list_of({"type": ["string", "null"]}),
                "scores": {"type": "object", "additionalProperties": commands.scores()},
                "loss": MAYBE,
                "sections": list_of({"$ref": "#/definitions/section"}),
                "activations": list_of(commands.activation()),
                "topics": list_of(TEXT),
                **commands.gradients(),
                **commands.exercises(),
                **commands.quiz(),
                **commands.check(),
                **commands.perceptron(),
                **commands.why(),
                **commands.what_if(),
                "configs": configs,
                "data_configs": configs,
                "perceptron_configs": configs,
                "gradients_configs": configs,
            },
            ["schema", "command", "nnstep"],
        ),
    }
