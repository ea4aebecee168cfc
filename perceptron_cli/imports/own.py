"""nnstep's own files: its exports, which carry their config, and the JSON of a step."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from perceptron_cli.engine import Trainer
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.export.carried import carried
from perceptron_cli.imports.limits import require_small
from perceptron_cli.imports.stack import Stack, parse_document
from perceptron_cli.spec import parse
from perceptron_cli.spec.config import Config

EXPORT = "export the network, and import that: nnstep export --to numpy"


def read(path: Path, shape: tuple[int, ...] | None = None) -> Stack:
    """Return the network of a script that `export` wrote, or of a step's JSON. Nothing of a script is run."""
    require_small(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(Problem("expected a text, got bytes that are none", file=str(path))) from None
    if path.suffix.lower() == ".json":
        return _of_json(text, path)
    found = carried(text)
    if found is None:
        raise InputError(Problem(
            "expected a script that 'nnstep export' wrote, with its config at the end", file=str(path),
            hint="export it again; a network of your own goes through from_torch, .safetensors or .onnx",
        ))  # fmt: skip
    return of_text(found, path)


def of_text(text: str, path: Path) -> Stack:
    """Return the network of a config's text that a file carries."""
    stack = Stack(path.stem, str(path))
    stack.whole = parse(text, str(path), folder=str(path.parent))
    return stack


def _of_json(text: str, path: Path) -> Stack:
    """Return the network of `nnstep backprop --json`: dense layers, with the weights before the step."""
    stack = Stack(path.stem, str(path))
    try:
        told: Any = json.loads(text)
        steps = told.get("steps") or [told]
        network, layers = told["network"], steps[0]["layers"]
        given = _given(steps[0]["sections"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise InputError(Problem(
            "expected the JSON of a step", file=str(path), hint="nnstep backprop net.yaml --json > step.json"
        )) from None  # fmt: skip
    if network.get("kinds"):
        message = "the JSON does not have all settings of layers other than dense"
        raise stack.fail("network.kinds", message, EXPORT)
    document: dict[str, Any] = {
        "name": network["name"],
        "network": {
            "layers": [{"activation": one["activation"], "weights": one["weights"]} for one in layers]
        },
        "loss": network["loss"],
        "samples": given,
    }
    if "learning_rate" in told:
        still = all(_biases(one["weights"]) == _biases(one["new_weights"]) for one in layers)
        document["training"] = {
            "learning_rate": told["learning_rate"],
            "update_biases": not still,
            "shuffle": False,
        }
    stack.whole = parse_document(document, str(path))
    _compare(stack, stack.whole, steps[0])
    return stack


def _biases(rows: Any) -> list[Any]:
    return [row[0] for row in rows]


def _compare(stack: Stack, config: Config, step: Any) -> None:
    """Raise InputError where the network gives other predictions than the JSON; note another update."""
    trainer = Trainer(config)
    made = trainer.record(next(iter(trainer.batches(1))))
    if not np.allclose(made.before.a[-1].T, step["prediction"], rtol=1e-9, atol=1e-12):
        message = "the JSON does not say the options of an activation, or the order of samples"
        raise stack.fail("layers", message, EXPORT)
    new = [one["new_weights"] for one in step["layers"] if "new_weights" in one]
    if new and not all(np.allclose(a, b, rtol=1e-9) for a, b in zip(made.new_weights, new, strict=True)):
        stack.notes.append("the JSON does not say the optimizer, and it was not plain gradient descent")


def _given(sections: list[Any]) -> list[dict[str, Any]]:
    """Return the samples among the given numbers."""
    samples: dict[int, dict[str, dict[int, float]]] = {}
    for section in sections:
        for one in section.get("equations", []) if section.get("phase") == "given" else []:
            found = re.fullmatch(r"(?:s(\d+):)?([xy])_(\d+)", one["symbol"])
            if found:
                sample = samples.setdefault(int(found[1] or 1), {"x": {}, "y": {}})
                sample[found[2]][int(found[3])] = one["value"]
    return [
        {letter: [values[key] for key in sorted(values)] for letter, values in sample.items() if values}
        for sample in samples.values()
    ]
