"""The plane of two inputs: which numbers of a page span it, and the samples in it."""

from __future__ import annotations

from typing import Any

from perceptron_cli.spec.config import Config

MARGIN = 0.35  # of the samples' span, on every side


def plane_of_network(config: Config) -> dict[str, Any] | None:
    """Return the plane of a data set of two inputs, for the network's first output; None for another."""
    targets = [float(sample.y[0]) for sample in config.samples if sample.y]
    if config.inputs != 2 or len(targets) < 2:
        return None
    start = "s1:" if len(config.samples) > 1 else ""
    middle = 0.0 if min(targets) < 0 else 0.5 if max(targets) <= 1 else sum(targets) / len(targets)
    output = f"{start}a[{len(config.layers)}]_1"
    return _plane(config, f"{start}x_", output, middle, [])


def plane_of_rule(config: Config, carried: list[str]) -> dict[str, Any] | None:
    """Return the plane of one neuron of two inputs; `carried` are the letters that a turn changes."""
    if config.inputs != 2 or config.layers[0].neurons > 1:
        return None
    targets = [float(sample.y[0]) for sample in config.samples if sample.y]
    middle = (min(targets) + max(targets)) / 2
    return _plane(config, "t1:x_", "t1:y", middle, [f"t1:{one}" for one in carried])


def _plane(config: Config, x: str, output: str, middle: float, carried: list[str]) -> dict[str, Any]:
    points = [(*map(float, sample.x), float(sample.y[0])) for sample in config.samples if sample.y]
    spans = [_span([point[axis] for point in points]) for axis in (0, 1)]
    return {
        "x": spans[0],
        "y": spans[1],
        "inputs": [f"{x}1", f"{x}2"],
        "output": output,
        "middle": middle,
        "points": points,
        "carried": carried,
    }


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = MARGIN * (high - low or 1)
    return low - margin, high + margin
