"""What every bundled config prints, in every format that people read; `make golden` rewrites the files."""

import json
import math
import os
from pathlib import Path

import pytest

from perceptron_cli import spec, trace
from perceptron_cli.render import Layout, render

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"plain": "txt", "table": "table.txt", "markdown": "md", "latex": "tex", "json": "json"}


def same(one, other):
    """Text exactly, numbers to 1e-9: another processor adds in another order."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("name", spec.bundled())
def test_a_config_prints_what_it_printed(name, format):
    text = render(trace.backprop(spec.load(name)), format, Layout(width=90, boxes=format == "table"))
    path = GOLDEN / f"{name}.{SUFFIXES[format]}"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    golden = path.read_text(encoding="utf-8")
    if format == "json":
        assert same(json.loads(text), json.loads(golden))
    else:
        assert text == golden
