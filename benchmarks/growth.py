"""How the cost of a run grows with its epochs, samples, width and depth, and a narration's with its weights.

`python benchmarks/growth.py` measures, prints the exponents and draws `growth.svg` beside this file
(Matplotlib: pip install -e '.[plot]'). Each point is the least of several runs, in processor time.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from workloads import RATE, drawn

from perceptron_cli import narrate, render, train
from perceptron_cli.spec.config import Config, Given, Layer, Sample, Training
from perceptron_cli.trace import View

REPEATS = 5


class Growth(NamedTuple):
    """One panel: `cost(size)` in seconds for each of `sizes`; `power` is the exponent that is expected."""

    title: str
    axis: str
    sizes: tuple[int, ...]
    cost: Callable[[int], float]
    power: float


def network(sizes: tuple[int, ...], samples: int, epochs: int) -> Config:
    """A sigmoid network with drawn weights, trained on all its samples at once."""
    rng = np.random.default_rng(7)
    layers = tuple(
        Layer(
            "sigmoid",
            len(w),
            w.shape[1],
            weights=tuple(tuple(map(Given, row)) for row in np.column_stack([b, w]).tolist()),
        )
        for w, b in zip(*drawn(rng, sizes), strict=True)
    )
    x = rng.standard_normal((samples, sizes[0])).tolist()
    rows = tuple(Sample(tuple(map(Given, row)), (Given(1.0),) * sizes[-1]) for row in x)
    training = Training(Given(RATE), epochs, None, shuffle=False)
    return Config("growth", layers, "binary_cross_entropy", rows, training)


def run(config: Config) -> float:
    """Return the least processor time of a run, from the first epoch on."""
    times = []
    for _ in range(REPEATS):
        told: dict[int, float] = {}
        train(
            config, on_epoch=lambda epoch, *_, told=told: told.setdefault(min(epoch, 1), time.process_time())
        )
        times.append(time.process_time() - told[0])
    return min(times)


def told(config: Config) -> float:
    """Return the least processor time of a step's narration, whole, as JSON."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        render(narrate(config, View(limit=None)), "json")
        times.append(time.process_time() - start)
    return min(times)


GROWTHS = (
    Growth(
        "Epochs of a 2-8-1 network, 4 samples",
        "epochs",
        (1, 10, 100, 1_000, 10_000, 100_000),
        lambda n: run(network((2, 8, 1), 4, n)),
        1,
    ),
    Growth(
        "Samples of an epoch, 10-32-1",
        "samples",
        (1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536),
        lambda n: run(network((10, 32, 1), n, 20)) / 20,
        1,
    ),
    Growth(
        "Width of a step, 10-n-n-1, 32 samples",
        "neurons of a layer",
        (1, 4, 16, 64, 256, 1_024),
        lambda n: run(network((10, n, n, 1), 32, 20)) / 20,
        2,
    ),
    Growth(
        "Depth of a step, n layers of 8, 32 samples",
        "hidden layers",
        (1, 2, 4, 8, 16, 32, 64, 128),
        lambda n: run(network((8, *(8,) * n, 1), 32, 50)) / 50,
        1,
    ),
    Growth(
        "A step told whole, as JSON, 10-n-1",
        "weights",
        (13, 49, 193, 769, 3_073),
        lambda weights: told(network((10, (weights - 1) // 12, 1), 1, 1)),
        1,
    ),
)


def slope(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """Return the exponent between the last two points."""
    return math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])


def draw(measured: list[tuple[Growth, list[float]]], file: Path) -> None:
    """Draw a panel each, both axes logarithmic, with a line of the expected slope through the last point."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "nnstep"
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    panels = figure.subplots(2, 3)
    for panel, (growth, seconds) in zip(panels.flat, measured, strict=False):
        expected = [seconds[-1] * (size / growth.sizes[-1]) ** growth.power for size in growth.sizes]
        panel.loglog(growth.sizes, expected, "--", color="0.6", label=f"slope {growth.power:g}")
        panel.loglog(growth.sizes, seconds, "o-", color="C0", markersize=4, label="measured")
        panel.set_ylim(min(seconds) / 2, max(seconds) * 2)
        panel.set_title(growth.title, fontsize=10)
        panel.set_xlabel(growth.axis)
        panel.set_ylabel("seconds")
        panel.legend(fontsize=8)
        panel.grid(alpha=0.3)
    for panel in panels.flat[len(measured) :]:
        panel.set_axis_off()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print and draw."""
    gc.disable()  # as the command does
    measured = []
    for growth in GROWTHS:
        seconds = [growth.cost(size) for size in growth.sizes]
        measured.append((growth, seconds))
        points = ", ".join(
            f"{size:,}: {one * 1e3:.4g} ms" for size, one in zip(growth.sizes, seconds, strict=True)
        )
        print(f"{growth.title}: {points}")
        print(
            f"  exponent at the end {slope(growth.sizes, seconds):.2f}, expected {growth.power:g}", flush=True
        )
    try:
        draw(measured, Path(__file__).with_name("growth.svg"))
    except ImportError:
        print("no plot: Matplotlib is not installed (pip install -e '.[plot]')")


if __name__ == "__main__":
    main()
