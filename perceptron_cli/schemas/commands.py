"""The schemas of what single commands' answers have beside their sections."""

from __future__ import annotations

from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.rules import RULES
from perceptron_cli.schemas.parts import (
    ACTIVATION,
    KIND,
    MAYBE,
    NUMBER,
    ROWS,
    TEXT,
    WHOLE,
    Schema,
    list_of,
    object_of,
)
from perceptron_cli.spec.source import FOLDERS

MEASURES = ("accuracy", "validation_loss", "validation_accuracy")
ENDS = ["epochs", "until_loss", "patience", "stopped"]


def train() -> dict[str, Schema]:
    """Return what `train` has: the losses of its epochs, why it ended, its weights and narrated steps."""
    measures = dict.fromkeys(MEASURES, list_of(MAYBE))
    best = {
        "epoch": WHOLE,
        "loss": MAYBE,
        "of": {"enum": ["loss", "validation_loss"]},
        "kept": {"type": "boolean", "description": "whether the layers have its weights"},
    }
    layer = object_of({"layer": WHOLE, "activation": ACTIVATION, **KIND, "weights": ROWS})
    return {
        "narrated": list_of({"$ref": "#/definitions/step"}),
        "history": object_of(
            {"epoch": list_of(WHOLE), "loss": list_of(NUMBER), **measures}, ["epoch", "loss"]
        ),
        "history_stride": WHOLE,
        "ended": object_of({"reason": {"enum": ENDS}, "epoch": WHOLE, "update": WHOLE}),
        "best": object_of(best),
        "layers": list_of(layer),
    }


def predict() -> dict[str, Schema]:
    """Return what `predict`, `evaluate` and the end of `train` have: predictions and scores."""
    return {
        "prediction": ROWS,
        "predicted_class": list_of({"type": ["string", "null"]}),
        "scores": {"type": "object", "additionalProperties": scores()},
        "loss": MAYBE,
    }


def configs() -> dict[str, Schema]:
    """Return the lists of bundled configs, by what they are for."""
    named = list_of(object_of({"name": TEXT, "description": TEXT}))
    kinds = ("configs", *(f"{folder}_configs" for folder in FOLDERS))
    return dict.fromkeys(kinds, named)


def activation() -> Schema:
    """Return one activation of `activations`: its formulas, and points of its curve."""
    point = object_of({"z": NUMBER, "value": NUMBER, "derivative": MAYBE})
    texts = ("formula", "derivative", "range", "use", "weakness")
    return object_of(
        {
            "name": {"enum": list(ACTIVATIONS)},
            **dict.fromkeys(texts, TEXT),
            "parameters": {"type": "object"},
            "points": list_of(point),
        }
    )


def perceptron() -> dict[str, Schema]:
    """Return what `perceptron` has: its rows by epoch, and whether a line separates the classes."""
    number: Schema = {"type": ["string", "number"], "description": "a decimal as text, or a float"}
    names = ("desired", "net", "output", "error", "theta", "new_theta")
    rows = ("x", "weights", "new_weights")
    row = object_of({**dict.fromkeys(names, number), **dict.fromkeys(rows, list_of(number))})
    weighed = list_of(object_of({"sample": WHOLE, "weight": TEXT}))
    neuron: dict[str, Schema] = {
        "arithmetic": {"enum": ["exact", "float"]},
        "rule": {"enum": list(RULES)},
        "epochs": list_of(object_of({"epoch": WHOLE, "rows": list_of(row)})),
        "converged": {"type": "boolean"},
        "weights": list_of(number),
        "theta": number,
        "separable": {"type": "boolean"},
        "right": {**WHOLE, "description": "the samples that the last weights have right"},
        "squared_errors": list_of(number, description="of each epoch, by the rule delta"),
        "contradiction": object_of({"fires": weighed, "rests": weighed, "point": list_of(TEXT)}),
    }
    return {**neuron, "neurons": list_of(object_of(neuron), description="where there are several")}


def gradients() -> dict[str, Schema]:
    """Return what `gradients` has: the mean sizes of a layer's gradients, and what becomes of them."""
    texts = {"layer": WHOLE, "activation": ACTIVATION}
    sizes = ("dL_dz", "dL_dw", "weights", "slopes", "mean_slope")
    return {
        "gradients": list_of(object_of({**texts, **dict.fromkeys(sizes, MAYBE)})),
        "factor_per_layer": MAYBE,
        "over_time": list_of(
            object_of(
                {
                    "layer": WHOLE,
                    "kind": TEXT,
                    "sizes": {"type": "object", "additionalProperties": list_of(NUMBER)},
                }
            ),
            description="the size of dL/dh (and of an LSTM's dL/dc) at each time step, the first one first",
        ),
        "verdict": {"enum": ["vanishes", "explodes", "comes through", "stops"]},
        "over_epochs": list_of(object_of({"epoch": WHOLE, "loss": NUMBER, "dL_dz": list_of(NUMBER)})),
    }


def exercises() -> dict[str, Schema]:
    """Return what `exercise` has: each network as a config, what is asked, and the answers."""
    numbers: Schema = {"type": "object", "additionalProperties": MAYBE, "description": "by symbol"}
    exercise = object_of(
        {
            "exercise": WHOLE,
            "config": {**TEXT, "description": "the network as YAML, which every command takes"},
            "asked": list_of(TEXT, description="symbols"),
            "answers": numbers,
        },
        ["exercise", "config", "asked"],
    )
    return {
        "seed": WHOLE,
        "level": {"enum": ["activations", "gradients", "everything"]},
        "key": {"type": "boolean"},
        "exercises": list_of(exercise),
    }


def why() -> dict[str, Schema]:
    """Return what `why` has: the number asked for, and the paths from the loss to it."""
    path = object_of({"factors": list_of(TEXT), "value": MAYBE}, ["factors", "value"])
    ways = object_of({"count": WHOLE, "shown": list_of(path), "rest": MAYBE, "sum": MAYBE})
    return {"symbol": TEXT, "value": MAYBE, "step": WHOLE, "paths": ways}


def scores() -> Schema:
    """Return the measures of a network on one part of the data."""
    counts = list_of(list_of(WHOLE), description="a row per class, a column per class that it was taken for")
    return object_of(
        {
            "samples": WHOLE,
            "loss": MAYBE,
            "accuracy": NUMBER,
            "classes": list_of(TEXT),
            "confusion": counts,
            "mean_absolute_error": MAYBE,
        },
        ["samples", "loss"],
    )


def check() -> dict[str, Schema]:
    """Return what `check` has: a verdict for each answer; of a folder, its sheets and commonest mistakes."""
    kinds = ["right", "rounding", "follows", "truncated", "mistake", "slip", "repeated", "unexplained"]
    place = object_of({"line": WHOLE, "column": WHOLE}, ["line", "column"])
    slip = {
        "at": {**place, "description": "of a slip of arithmetic"},
        "is": {**MAYBE, "description": "what the arithmetic before it comes to"},
        "written": {**TEXT, "description": "what was written instead"},
    }
    given = object_of(
        {
            "symbol": TEXT,
            "text": {**TEXT, "description": "the answer as it was written"},
            "answer": NUMBER,
            "value": {**MAYBE, "description": "the right number"},
            "expected": {**MAYBE, "description": "what follows from the earlier answers"},
            "verdict": {"enum": kinds},
            "points": NUMBER,
            **slip,
            "mistakes": list_of(TEXT, description="several where they give the same number"),
            "made_in": {**TEXT, "description": "the unanswered line where the mistake was made"},
            "because": list_of(TEXT, description="the earlier wrong lines that it follows from"),
            "repeated": {**TEXT, "description": "the line where the same mistake was made first"},
            "change": {**TEXT, "description": "one small change that gives the answer"},
        },
        ["symbol", "text", "answer", "value", "verdict", "points"],
    )
    sheet: dict[str, Schema] = {
        "answers": list_of(given),
        "first_wrong": {"type": ["string", "null"]},
        "slips": list_of(object_of(slip), description="in equations that are no numbers of the step"),
        "score": object_of({"points": NUMBER, "of": WHOLE, "blank": WHOLE}),
    }
    named = object_of({"name": TEXT, "sheets": WHOLE, "lines": WHOLE})
    return {
        "broken": list_of(WHOLE, description="of a run: the steps that begin with other weights"),
        **sheet,
        "sheets": list_of(object_of({"file": TEXT, "error": TEXT, **sheet}, ["file"])),
        "mistakes": list_of(named, description="of a class, the commonest first"),
    }


def quiz() -> dict[str, Schema]:
    """Return what `quiz` has: the score, the questions, and the kinds to practise."""
    question = {"symbol": TEXT, "answer": MAYBE, "value": MAYBE, "verdict": TEXT, "points": NUMBER}
    more = {"mistakes": list_of(TEXT), "because": list_of(TEXT), "hints": WHOLE, "tries": WHOLE}
    return {
        "score": object_of({"points": NUMBER, "of": NUMBER}),
        "questions": list_of(object_of({**question, **more}, [*question, *more])),
        "practise": list_of(TEXT),
    }


def what_if() -> dict[str, Schema]:
    """Return what `what-if` has: the numbers before and after a change, and the losses of a sweep."""
    change = object_of({"symbol": TEXT, "was": MAYBE, "now": MAYBE}, ["symbol", "was", "now"])
    pair = list_of(MAYBE, minItems=2, maxItems=2, description="before the update, and after it")
    point = object_of({"value": NUMBER, "loss": MAYBE, "new_loss": MAYBE})
    return {
        "set": {"type": "object", "additionalProperties": NUMBER, "description": "by symbol"},
        "places": {"type": "object", "additionalProperties": TEXT, "description": "in the config"},
        "carried": list_of(TEXT, description="results that were set: their lines hold no longer"),
        "changed": list_of(change),
        "losses": object_of({"was": pair, "now": pair}),
        "helped": {"type": ["boolean", "null"]},
        "sweep": object_of({"symbol": TEXT, "points": list_of(point), "best": MAYBE}),
    }
