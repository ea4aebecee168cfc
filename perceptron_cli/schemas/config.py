"""The schema of a config."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.datasets import NORMALIZERS
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.layers import KINDS, kind_of
from perceptron_cli.layers.keys import Flag, Grid, Key, Numbers, Real, Whole, Word
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.regression import PARAMETERS
from perceptron_cli.rules import RULES
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.schemas.parts import DRAFT, Schema, entry_of, list_of, number_of, object_of
from perceptron_cli.spec.check import EPOCH_LOSSES, MOST_EPOCHS, RATE, REDUCTIONS, VERSION
from perceptron_cli.spec.dataset import SPLIT
from perceptron_cli.spec.network import COMPARES, LAYOUTS, MOST_LAYERS, MOST_NEURONS
from perceptron_cli.spec.own import FACTOR, SMOOTHING, TEMPERATURE

ANY_OF_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
ONE_OR_MORE: Schema = {"anyOf": [{"type": "number"}, ANY_OF_NUMBERS]}
NUMBERS: Schema = {  # to any depth: a picture's rows, a kernel
    "anyOf": [
        {"type": "number"},
        {"type": "array", "items": {"$ref": "#/definitions/numbers"}, "minItems": 1},
    ]
}
NUMBERS_HERE: Schema = {"$ref": "#/definitions/numbers"}


def config_schema() -> Schema:
    """Return the schema of a config; what it cannot say (how shapes fit) `nnstep` checks itself."""
    weight = {
        "type": "number",
        "minimum": 0,
        "description": "how much the sample's loss counts; 1 by default",
    }
    sample = object_of({"x": NUMBERS_HERE, "y": ONE_OR_MORE, "weight": weight}, ["x"])
    kinds = [_of_kind(name) for name in KINDS if name != "dense"]
    layers = list_of({"anyOf": [_layer(), *kinds]}, minItems=1, maxItems=MOST_LAYERS)
    inputs: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_NEURONS}
    shape = list_of(inputs, minItems=2, maxItems=3, description="rows and columns, or channels before them")
    return {
        "$schema": DRAFT,
        "title": "nnstep config",
        "definitions": {"numbers": NUMBERS},
        **object_of(
            {
                "version": {"const": VERSION},
                "name": {"type": ["string", "number", "boolean"]},
                "network": object_of({"inputs": {"anyOf": [inputs, shape]}, "layers": layers}, ["layers"]),
                "loss": _loss(),
                "penalty": object_of(
                    {
                        "l2": {**number_of(FACTOR), "description": "times half the sum of w^2"},
                        "l1": {**number_of(FACTOR), "description": "times the sum of |w|"},
                        "biases": {"type": "boolean", "default": False},
                        "reduction": {"enum": ["sum", "mean"], "default": "sum"},
                    }
                ),
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


FORMULA: Schema = object_of({"formula": {"type": "string", "description": "one's own"}}, ["formula"])


def _loss() -> Schema:
    names: Schema = {"enum": [*LOSSES, "cross_entropy"]}
    numbers = {key: number_of(one) for own in PARAMETERS.values() for key, one in own.items()}
    numbered = object_of({"name": names, **numbers, "label_smoothing": number_of(SMOOTHING)}, ["name"])
    weights = {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 1}
    numbered["properties"]["over_time"] = {
        "enum": ["sum", "mean"],
        "default": "sum",
        "description": "how the losses of the time steps become one",
    }
    numbered["properties"]["class_weights"] = weights | {"description": "of the classes, in their order"}
    return {"anyOf": [names, numbered, FORMULA]}


def _activation() -> Schema:
    return {"anyOf": [{"enum": list(ACTIVATIONS)}, FORMULA]}


def _options() -> Schema:
    return {"temperature": number_of(TEMPERATURE)} | {
        key: number_of(one) for entry in ACTIVATIONS.values() for key, one in entry.parameters.items()
    }


def _of_kind(name: str) -> Schema:
    """Return the schema of a layer that is not dense, from the kind's keys."""
    kind = kind_of(name)
    known: Schema = {"kind": {"const": name, "description": kind.summary}}
    known |= {key: _key(one) for key, one in kind.keys.items()}
    known |= dict.fromkeys(kind.parameters, {"type": "object"} if kind.nested else NUMBERS_HERE)
    if kind.has_activation:
        known |= {"activation": _activation(), **_options()}
    if kind.parameters:
        known |= {"init": entry_of(INITIALIZERS), "frozen": {"type": "boolean", "default": False}}
    return object_of(known, ["kind"])


def _key(key: Key) -> Schema:
    if isinstance(key, Whole):
        return {"type": "integer", "minimum": key.low}
    if isinstance(key, Real):
        return number_of(key.allowed)
    if isinstance(key, Flag):
        return {"type": "boolean", "default": key.default}
    if isinstance(key, Grid | Numbers):
        return NUMBERS_HERE
    if isinstance(key, Word):
        return {"enum": list(key.words), "default": key.default}
    whole: Schema = {"type": "integer", "minimum": key.low}
    words: list[Schema] = [{"enum": list(key.words)}] if key.words else []
    return {"anyOf": [*words, whole, list_of(whole, minItems=1, maxItems=2)]}


def _layer() -> Schema:
    options = _options()
    return object_of(
        {
            "kind": {"const": "dense"},
            "activation": _activation(),
            "bias": {"type": "boolean", "default": True, "description": "whether the layer has biases"},
            "frozen": {"type": "boolean", "default": False, "description": "whether its weights stay"},
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
            "truncate": {
                "type": "integer",
                "minimum": 1,
                "description": "time steps over whose ends no gradient comes back, in recurrent layers",
            },
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
