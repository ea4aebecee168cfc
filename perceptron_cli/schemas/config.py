"""The schema of a config."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.datasets import NORMALIZERS
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.rules import RULES
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.schemas.parts import DRAFT, Schema, entry_of, list_of, number_of, object_of
from perceptron_cli.spec.check import EPOCH_LOSSES, MOST_EPOCHS, RATE, REDUCTIONS, VERSION
from perceptron_cli.spec.dataset import SPLIT
from perceptron_cli.spec.network import COMPARES, LAYOUTS, MOST_LAYERS, MOST_NEURONS

ANY_OF_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
ONE_OR_MORE: Schema = {"anyOf": [{"type": "number"}, ANY_OF_NUMBERS]}


def config_schema() -> Schema:
    """Return the schema of a config; what it cannot say (how shapes fit) `nnstep` checks itself."""
    sample = object_of({"x": ONE_OR_MORE, "y": ONE_OR_MORE}, ["x"])
    layers = list_of(_layer(), minItems=1, maxItems=MOST_LAYERS)
    inputs = {"type": "integer", "minimum": 1, "maximum": MOST_NEURONS}
    return {
        "$schema": DRAFT,
        "title": "nnstep config",
        **object_of(
            {
                "version": {"const": VERSION},
                "name": {"type": ["string", "number", "boolean"]},
                "network": object_of({"inputs": inputs, "layers": layers}, ["layers"]),
                "loss": {"enum": [*LOSSES, "cross_entropy"]},
                "sample": sample,
                "samples": list_of(sample, minItems=1),
                "data": _data(),
                "training": _training(),
                "names": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "your own names for symbols: {h1: 'a[1]_1'}",
                },
            },
            ["network"],
            oneOf=[{"required": [one]} for one in ("sample", "samples", "data")],
        ),
    }


def _layer() -> Schema:
    options = {key: number_of(one) for entry in ACTIVATIONS.values() for key, one in entry.parameters.items()}
    return object_of(
        {
            "activation": {"enum": list(ACTIVATIONS)},
            "neurons": {"type": "integer", "minimum": 1, "maximum": MOST_NEURONS},
            "weights": list_of(
                ANY_OF_NUMBERS, minItems=1, description="a row per neuron, bias first: [w0, w1, ..., wn]"
            ),
            "biases": {
                **ONE_OR_MORE,
                "description": "the biases apart, or one number for all; then a row is [w1, ..., wn]",
            },
            "kernel": list_of(
                ANY_OF_NUMBERS, minItems=1, description="Keras' word: weights with a row per input"
            ),
            "layout": {
                "enum": list(LAYOUTS),
                "default": "rows",
                "description": "of weights: a row per neuron, or a column per neuron, as for x @ W",
            },
            "init": entry_of(INITIALIZERS),
            "compare": {"enum": list(COMPARES), "description": "unit_step: whether theta itself gives 1"},
            "outputs": {"enum": [[0, 1], [-1, 1]], "description": "unit_step: what it gives"},
            "theta_input": {
                "enum": [-1, 1],
                "description": "unit_step: theta is its weight, and learnt",
            },
            **options,
        },
        ["activation"],
        anyOf=[{"required": ["weights"]}, {"required": ["neurons"]}],
    )


def _training() -> Schema:
    return object_of(
        {
            "learning_rate": number_of(RATE),
            "epochs": {"type": "integer", "minimum": 1, "maximum": MOST_EPOCHS, "default": 50},
            "batch_size": {"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}], "default": "all"},
            "reduction": {"enum": list(REDUCTIONS), "default": "mean"},
            "update_biases": {"type": "boolean", "default": True},
            "optimizer": {**entry_of(OPTIMIZERS), "default": "gradient_descent"},
            "shuffle": {"type": "boolean", "default": True},
            "seed": {"type": "integer", "minimum": 0, "default": 0},
            "patience": {"type": "integer", "minimum": 1, "maximum": MOST_EPOCHS},
            "until_loss": {"type": "number", "minimum": 0},
            "keep_best": {"type": "boolean", "default": False},
            "epoch_loss": {"enum": list(EPOCH_LOSSES), "default": "after"},
            "schedule": {**entry_of(SCHEDULES), "default": "constant"},
            "clip": {**entry_of(CLIPPINGS), "default": "none"},
            "rule": {"enum": list(RULES), "default": "perceptron", "description": "of a single neuron"},
        }
    )


def _data() -> Schema:
    columns: Schema = {"type": ["string", "integer"], "description": "a name, or a number from 1"}
    columns = {"anyOf": [columns, list_of(columns, minItems=1)]}
    fitted = object_of(
        {"name": {"enum": list(NORMALIZERS)}, "shift": ANY_OF_NUMBERS, "scale": ANY_OF_NUMBERS},
        ["name", "shift", "scale"],
    )
    return object_of(
        {
            "file": {
                "type": "string",
                "description": ".csv, .tsv, .jsonl or .npz, beside the config; - is CSV from stdin",
            },
            "x": {**columns, "description": "all columns but y where they are not named"},
            "y": {**columns, "description": "the last column where it is not named"},
            "header": {"type": "boolean", "description": "whether the first row names the columns"},
            "classes": list_of({"type": ["string", "number"]}, minItems=2, description="in their order"),
            "normalize": {"anyOf": [{"enum": list(NORMALIZERS)}, fitted], "default": "none"},
            "split": {**number_of(SPLIT), "description": "the part that is trained on; the rest is held out"},
        },
        ["file"],
    )
