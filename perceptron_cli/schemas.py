"""JSON Schemas (draft-07) of the config and of `--json`, made from the tables that the program reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.data import NORMALIZERS
from perceptron_cli.document import SHOWS
from perceptron_cli.initializers import INITIALIZERS
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.parameters import Parameter
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.check import EPOCH_LOSSES, MOST_EPOCHS, RATE, REDUCTIONS, VERSION
from perceptron_cli.spec.data import SPLIT
from perceptron_cli.spec.network import COMPARES, MOST_LAYERS, MOST_NEURONS

Schema = dict[str, Any]

MEASURES = ["accuracy", "validation_loss", "validation_accuracy"]
ENDS = ["epochs", "until_loss", "patience", "stopped"]
DRAFT = "http://json-schema.org/draft-07/schema#"
ANY_OF_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 1}
ONE_OR_MORE: Schema = {"anyOf": [{"type": "number"}, ANY_OF_NUMBERS]}


def _object(properties: Mapping[str, Schema], required: list[str] | None = None, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required or [],
        "additionalProperties": False,
        **more,
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _number(parameter: Parameter) -> Schema:
    schema: Schema = {"type": "number", "default": parameter.default}
    for bound, is_open, name in (
        (parameter.low, parameter.open_low, "inimum"),
        (parameter.high, parameter.open_high, "aximum"),
    ):
        if abs(bound) != float("inf"):
            schema[("exclusiveM" if is_open else "m") + name] = bound
    return schema


def _entry(table: Mapping[str, Any]) -> Schema:
    """A name of a table, or a mapping of the name and its numbers."""
    mappings = [
        _object(
            {"name": {"const": name}, **{key: _number(one) for key, one in entry.parameters.items()}},
            ["name"],
        )
        for name, entry in table.items()
    ]
    return {"anyOf": [{"enum": list(table)}, *mappings]}


def config_schema() -> Schema:
    """Return the schema of a config; what it cannot say (how shapes fit) `nnstep` checks itself."""
    options = {key: _number(one) for entry in ACTIVATIONS.values() for key, one in entry.parameters.items()}
    layer = _object(
        {
            "activation": {"enum": list(ACTIVATIONS)},
            "neurons": {"type": "integer", "minimum": 1, "maximum": MOST_NEURONS},
            "weights": _list(
                ANY_OF_NUMBERS, minItems=1, description="a row per neuron, bias first: [w0, w1, ..., wn]"
            ),
            "biases": {**ANY_OF_NUMBERS, "description": "the biases apart; then a row is [w1, ..., wn]"},
            "init": _entry(INITIALIZERS),
            "compare": {"enum": list(COMPARES), "description": "unit_step: whether theta itself gives 1"},
            "outputs": {"enum": [[0, 1], [-1, 1]], "description": "unit_step: what it gives"},
            **options,
        },
        ["activation"],
        oneOf=[{"required": ["weights"]}, {"required": ["neurons", "init"]}],
    )
    sample = _object({"x": ONE_OR_MORE, "y": ONE_OR_MORE}, ["x"])
    training = _object(
        {
            "learning_rate": _number(RATE),
            "epochs": {"type": "integer", "minimum": 1, "maximum": MOST_EPOCHS, "default": 50},
            "batch_size": {"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}], "default": "all"},
            "reduction": {"enum": list(REDUCTIONS), "default": "mean"},
            "update_biases": {"type": "boolean", "default": True},
            "optimizer": {**_entry(OPTIMIZERS), "default": "gradient_descent"},
            "shuffle": {"type": "boolean", "default": True},
            "seed": {"type": "integer", "minimum": 0, "default": 0},
            "patience": {"type": "integer", "minimum": 1, "maximum": MOST_EPOCHS},
            "until_loss": {"type": "number", "minimum": 0},
            "keep_best": {"type": "boolean", "default": False},
            "epoch_loss": {"enum": list(EPOCH_LOSSES), "default": "after"},
            "schedule": {**_entry(SCHEDULES), "default": "constant"},
            "clip": {**_entry(CLIPPINGS), "default": "none"},
        }
    )
    columns: Schema = {"type": ["string", "integer"], "description": "a name, or a number from 1"}
    columns = {"anyOf": [columns, _list(columns, minItems=1)]}
    fitted = _object(
        {"name": {"enum": list(NORMALIZERS)}, "shift": ANY_OF_NUMBERS, "scale": ANY_OF_NUMBERS},
        ["name", "shift", "scale"],
    )
    data = _object(
        {
            "file": {"type": "string", "description": ".csv, .tsv, .jsonl or .npz, beside the config"},
            "x": {**columns, "description": "all columns but y where they are not named"},
            "y": {**columns, "description": "the last column where it is not named"},
            "header": {"type": "boolean", "description": "whether the first row names the columns"},
            "classes": _list({"type": ["string", "number"]}, minItems=2, description="in their order"),
            "normalize": {"anyOf": [{"enum": list(NORMALIZERS)}, fitted], "default": "none"},
            "split": {**_number(SPLIT), "description": "the part that is trained on; the rest is held out"},
        },
        ["file"],
    )
    layers = _list(layer, minItems=1, maxItems=MOST_LAYERS)
    inputs = {"type": "integer", "minimum": 1, "maximum": MOST_NEURONS}
    return {
        "$schema": DRAFT,
        "title": "nnstep config",
        **_object(
            {
                "version": {"const": VERSION},
                "name": {"type": ["string", "number", "boolean"]},
                "network": _object({"inputs": inputs, "layers": layers}, ["layers"]),
                "loss": {"enum": [*LOSSES, "cross_entropy"]},
                "sample": sample,
                "samples": _list(sample, minItems=1),
                "data": data,
                "training": training,
            },
            ["network"],
            oneOf=[{"required": [one]} for one in ("sample", "samples", "data")],
        ),
    }


# the output -----------------------------------------------------------------------------------

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
MAYBE: Schema = {"type": ["number", "null"]}
WHOLE: Schema = {"type": "integer"}
ROWS = _list(_list(MAYBE))
PHASES = ["given", "forward", "loss", "gradients", "updates", "verification", "result"]


def _equation() -> Schema:
    return _object(
        {
            "symbol": {**TEXT, "description": "x_1, z[2]_1, dL/dw[1]_01, w[1]_01', s2:a[1]_1, ..."},
            "sample": WHOLE,
            "formula": {**TEXT, "description": "arithmetic over the symbols in uses; it gives value"},
            "substitution": {**TEXT, "description": "the formula with the shown numbers in"},
            "value": MAYBE,
            "text": {**TEXT, "description": "the value as it is shown"},
            "stages": _list(TEXT),
            "uses": _list(TEXT),
            "alternative": {"const": True, "description": "a second way to a symbol told elsewhere"},
            "note": {**TEXT, "description": "why a value is null"},
            "hand": _object({"value": MAYBE, "text": TEXT, "units": {"type": ["integer", "null"]}}),
        },
        ["symbol", "value", "text"],
    )


def _section() -> Schema:
    table = _object(
        {"title": TEXT, "columns": _list(TEXT), "rows": _list(_list(TEXT)), "omitted": WHOLE},
        ["title", "columns", "rows"],
    )
    matrix = _object(
        {
            "shape": _list(WHOLE, minItems=2, maxItems=2),
            "value": {"anyOf": [ROWS, MAYBE]},
            "cells": _list(_list(TEXT)),
        }
    )
    equation = _object(
        {
            "symbol": {**TEXT, "description": "z[1], W[2], dL/dW[1]', ..."},
            "formula": {**TEXT, "description": "@ is the product of matrices, all else goes cell by cell"},
            **matrix["properties"],
            "operands": {"type": "object", "additionalProperties": matrix},
        },
        ["symbol", "formula", "shape", "operands"],
    )
    line = _object({"formula": TEXT, "reason": TEXT, "value": MAYBE, "text": TEXT}, ["formula", "reason"])
    derivation = _object({"left": TEXT, "lines": _list(line), "where": {"type": "object"}})
    bar = _object({"label": TEXT, "value": NUMBER, "text": TEXT})
    bars = _object({"title": TEXT, "bars": _list(bar)})
    figure = _object({"title": TEXT, "kind": TEXT, "values": _list(NUMBER), "label": TEXT})
    new = {"new_value": MAYBE, "new_text": TEXT}
    neuron = _object({"symbol": TEXT, "value": MAYBE, "text": TEXT, **new}, ["symbol", "value", "text"])
    edge = _object(
        {**neuron["properties"], "gradient": MAYBE, "gradient_text": TEXT}, ["symbol", "value", "text"]
    )
    names: Schema = {"enum": list(ACTIVATIONS)}
    column = _object({"layer": WHOLE, "activation": names, "neurons": WHOLE, "shown": _list(neuron)})
    drawing = _object(
        {
            "title": TEXT,
            "shows": {"enum": list(SHOWS)},
            "caption": TEXT,
            "layers": _list(column),
            "edges": _list(edge),
            "highlight": _list(TEXT),
        }
    )
    pair = _list(NUMBER, minItems=2, maxItems=2)
    link = _list(TEXT, minItems=2, maxItems=2, description="a number, and one that it is made from")
    tree = _object(
        {
            "root": TEXT,
            "numbers": _list({"$ref": "#/definitions/equation"}),
            "edges": _list(link),
            "omitted": {
                "type": "object",
                "additionalProperties": WHOLE,
                "description": "by symbol: how many of the numbers that it is made from are left out",
            },
        },
        ["root", "numbers", "edges"],
    )
    series = _object(
        {"name": TEXT, "style": {"enum": ["line", "pieces", "dot", "ring", "cross"]}, "points": _list(pair)}
    )
    plot = _object({"title": TEXT, "x": pair, "y": pair, "labels": _list(TEXT), "series": _list(series)})
    return _object(
        {
            "title": TEXT,
            "phase": {"enum": PHASES},
            "layer": WHOLE,
            "sample": WHOLE,
            "equations": _list({"$ref": "#/definitions/equation"}),
            "derivations": _list(derivation),
            "matrices": _list(equation),
            "tables": _list(table),
            "notes": _list(_object({"kind": TEXT, "text": TEXT})),
            "figures": _list(figure),
            "bars": _list(bars),
            "drawings": _list(drawing),
            "trees": _list(tree),
            "plots": _list(plot),
        },
        ["title", "phase"],
    )


def _step() -> Schema:
    arrays = ("z", "a", "dL_da", "dL_dz", "dL_dw", "clipped_dL_dw", "weights", "new_weights")
    layer = _object(
        {"layer": WHOLE, "activation": {"enum": list(ACTIVATIONS)}, **dict.fromkeys(arrays, ROWS)},
        ["layer", "activation", "weights"],
    )
    return _object(
        {
            "step": WHOLE,
            "epoch": WHOLE,
            "samples": _list(WHOLE),
            "sections": _list({"$ref": "#/definitions/section"}),
            "layers": _list(layer),
            "clipping": _clipping(),
            "prediction": ROWS,
            "loss": MAYBE,
            "new_prediction": ROWS,
            "new_loss": MAYBE,
            "improvement": MAYBE,
            "improvement_percent": MAYBE,
        },
        ["step", "sections", "layers", "prediction", "loss"],
    )


def _clipping() -> Schema:
    numbers = {"limit": NUMBER, "norm": MAYBE, "clip": MAYBE}
    return _object(
        {"name": {"enum": [name for name in CLIPPINGS if name != "none"]}, **numbers},
        ["name"],
        description="where gradients are clipped; a layer's clipped_dL_dw is what the optimizer takes",
    )


def _activation() -> Schema:
    point = _object({"z": NUMBER, "value": NUMBER, "derivative": MAYBE})
    texts = ("formula", "derivative", "range", "use", "weakness")
    return _object(
        {
            "name": {"enum": list(ACTIVATIONS)},
            **dict.fromkeys(texts, TEXT),
            "parameters": {"type": "object"},
            "points": _list(point),
        }
    )


def _perceptron() -> dict[str, Schema]:
    number: Schema = {"type": ["string", "number"], "description": "a decimal as text, or a float"}
    names = ("desired", "net", "output", "error")
    rows = ("x", "weights", "new_weights")
    row = _object({**dict.fromkeys(names, number), **dict.fromkeys(rows, _list(number))})
    weighed = _list(_object({"sample": WHOLE, "weight": TEXT}))
    return {
        "arithmetic": {"enum": ["exact", "float"]},
        "epochs": _list(_object({"epoch": WHOLE, "rows": _list(row)})),
        "converged": {"type": "boolean"},
        "weights": _list(number),
        "theta": number,
        "separable": {"type": "boolean"},
        "contradiction": _object({"fires": weighed, "rests": weighed, "point": _list(TEXT)}),
    }


def _gradients() -> dict[str, Schema]:
    texts = {"layer": WHOLE, "activation": {"enum": list(ACTIVATIONS)}}
    sizes = ("dL_dz", "dL_dw", "weights", "slopes", "mean_slope")
    return {
        "gradients": _list(_object({**texts, **dict.fromkeys(sizes, MAYBE)})),
        "factor_per_layer": MAYBE,
        "verdict": {"enum": ["vanishes", "explodes", "comes through", "stops"]},
        "over_epochs": _list(_object({"epoch": WHOLE, "loss": NUMBER, "dL_dz": _list(NUMBER)})),
    }


def _exercises() -> dict[str, Schema]:
    numbers: Schema = {"type": "object", "additionalProperties": MAYBE, "description": "by symbol"}
    exercise = _object(
        {
            "exercise": WHOLE,
            "config": {**TEXT, "description": "the network as YAML, which every command takes"},
            "asked": _list(TEXT, description="symbols"),
            "answers": numbers,
        },
        ["exercise", "config", "asked"],
    )
    return {
        "seed": WHOLE,
        "level": {"enum": ["activations", "gradients", "everything"]},
        "key": {"type": "boolean"},
        "exercises": _list(exercise),
    }


def _why() -> dict[str, Schema]:
    path = _object({"factors": _list(TEXT), "value": MAYBE}, ["factors", "value"])
    ways = _object({"count": WHOLE, "shown": _list(path), "rest": MAYBE, "sum": MAYBE})
    return {"symbol": TEXT, "value": MAYBE, "step": WHOLE, "paths": ways}


def _scores() -> Schema:
    counts = _list(_list(WHOLE), description="a row per class, a column per class that it was taken for")
    return _object(
        {
            "samples": WHOLE,
            "loss": MAYBE,
            "accuracy": NUMBER,
            "classes": _list(TEXT),
            "confusion": counts,
            "mean_absolute_error": MAYBE,
        },
        ["samples", "loss"],
    )


def _check() -> dict[str, Schema]:
    kinds = ["right", "rounding", "follows", "truncated", "mistake", "unexplained"]
    given = _object(
        {
            "symbol": TEXT,
            "text": {**TEXT, "description": "the answer as it was written"},
            "answer": NUMBER,
            "value": {**MAYBE, "description": "the right number"},
            "expected": {**MAYBE, "description": "what follows from the earlier answers"},
            "verdict": {"enum": kinds},
            "points": NUMBER,
            "mistakes": _list(TEXT, description="several where they give the same number"),
            "made_in": {**TEXT, "description": "the unanswered line where the mistake was made"},
            "because": _list(TEXT, description="the earlier wrong lines that it follows from"),
        },
        ["symbol", "text", "answer", "value", "verdict", "points"],
    )
    sheet: dict[str, Schema] = {
        "answers": _list(given),
        "first_wrong": {"type": ["string", "null"]},
        "score": _object({"points": NUMBER, "of": WHOLE, "blank": WHOLE}),
    }
    named = _object({"name": TEXT, "sheets": WHOLE, "lines": WHOLE})
    return {
        **sheet,
        "sheets": _list(_object({"file": TEXT, "error": TEXT, **sheet}, ["file"])),
        "mistakes": _list(named, description="of a class, the commonest first"),
    }


def _quiz() -> dict[str, Schema]:
    question = {"symbol": TEXT, "answer": MAYBE, "value": MAYBE, "verdict": TEXT, "points": NUMBER}
    more = {"mistakes": _list(TEXT), "because": _list(TEXT), "hints": WHOLE, "tries": WHOLE}
    return {
        "score": _object({"points": NUMBER, "of": NUMBER}),
        "questions": _list(_object({**question, **more}, [*question, *more])),
        "practise": _list(TEXT),
    }


def _what_if() -> dict[str, Schema]:
    change = _object({"symbol": TEXT, "was": MAYBE, "now": MAYBE}, ["symbol", "was", "now"])
    pair = _list(MAYBE, minItems=2, maxItems=2, description="before the update, and after it")
    point = _object({"value": NUMBER, "loss": MAYBE, "new_loss": MAYBE})
    return {
        "set": {"type": "object", "additionalProperties": NUMBER, "description": "by symbol"},
        "places": {"type": "object", "additionalProperties": TEXT, "description": "in the config"},
        "carried": _list(TEXT, description="results that were set: their lines hold no longer"),
        "changed": _list(change),
        "losses": _object({"was": pair, "now": pair}),
        "helped": {"type": ["boolean", "null"]},
        "sweep": _object({"symbol": TEXT, "points": _list(point), "best": MAYBE}),
    }


def output_schema() -> Schema:
    """Return the schema of what `--json` prints, of every reporting command."""
    network = _object(
        {
            "name": TEXT,
            "sizes": _list(WHOLE),
            "activations": _list({"enum": list(ACTIVATIONS)}),
            "loss": {"enum": [*LOSSES, None]},
        }
    )
    steps = _list({"$ref": "#/definitions/step"})
    configs = _list(_object({"name": TEXT, "description": TEXT}))
    final = _object({"layer": WHOLE, "activation": {"enum": list(ACTIVATIONS)}, "weights": ROWS})
    return {
        "$schema": DRAFT,
        "title": "nnstep output",
        "definitions": {"equation": _equation(), "section": _section(), "step": _step()},
        **_object(
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
                "history": _object(
                    {"epoch": _list(WHOLE), "loss": _list(NUMBER), **dict.fromkeys(MEASURES, _list(MAYBE))},
                    ["epoch", "loss"],
                ),
                "history_stride": WHOLE,
                "ended": _object({"reason": {"enum": ENDS}, "epoch": WHOLE, "update": WHOLE}),
                "best": _object(
                    {
                        "epoch": WHOLE,
                        "loss": MAYBE,
                        "of": {"enum": ["loss", "validation_loss"]},
                        "kept": {"type": "boolean", "description": "whether the layers have its weights"},
                    }
                ),
                "layers": _list(final),
                "prediction": ROWS,
                "predicted_class": _list(TEXT),
                "scores": {"type": "object", "additionalProperties": _scores()},
                "loss": MAYBE,
                "sections": _list({"$ref": "#/definitions/section"}),
                "activations": _list(_activation()),
                "topics": _list(TEXT),
                **_gradients(),
                **_exercises(),
                **_quiz(),
                **_check(),
                **_perceptron(),
                **_why(),
                **_what_if(),
                "configs": configs,
                "data_configs": configs,
                "perceptron_configs": configs,
                "gradients_configs": configs,
            },
            ["schema", "command", "nnstep"],
        ),
    }


SCHEMAS: Mapping[str, Callable[[], Schema]] = {"config": config_schema, "output": output_schema}
