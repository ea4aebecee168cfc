"""Makes the bundled data sets that are drawn: `python tests/make_data.py` writes them into configs/data."""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent.parent / "configs" / "data"
SEED = 2026


def moons(
    rng: np.random.Generator, count: int = 100, noise: float = 0.15
) -> tuple[list[str], list[list[str]]]:
    """Two half circles that reach into each other, `count` points on each, in a random order."""
    angle = rng.uniform(0, np.pi, (2, count))
    upper = np.stack([np.cos(angle[0]), np.sin(angle[0])], axis=1)
    lower = np.stack([1 - np.cos(angle[1]), 0.5 - np.sin(angle[1])], axis=1)
    points = np.concatenate([upper, lower]) + rng.normal(0, noise, (2 * count, 2))
    moon = np.repeat(["upper", "lower"], count)
    rows = [[f"{x1:.3f}", f"{x2:.3f}", name] for (x1, x2), name in zip(points, moon, strict=True)]
    return ["x1", "x2", "moon"], [rows[place] for place in rng.permutation(len(rows))]


def wave(rng: np.random.Generator, count: int = 100, noise: float = 0.1) -> tuple[list[str], list[list[str]]]:
    """A sine over one period and a line, with noise: y = sin(x) + x/4."""
    x = rng.uniform(-np.pi, np.pi, count)
    y = np.sin(x) + x / 4 + rng.normal(0, noise, count)
    return ["x", "y"], [[f"{a:.3f}", f"{b:.3f}"] for a, b in zip(x, y, strict=True)]


def xor(rng: np.random.Generator) -> tuple[list[str], list[list[str]]]:
    """The four samples."""
    return ["x1", "x2", "y"], [["0", "0", "0"], ["0", "1", "1"], ["1", "0", "1"], ["1", "1", "0"]]


SETS = {"moons": moons, "wave": wave, "xor": xor}


def text(name: str) -> str:
    """Return a data set as CSV, always the same."""
    names, rows = SETS[name](np.random.default_rng(SEED))
    return "".join(f"{','.join(row)}\n" for row in [names, *rows])


if __name__ == "__main__":
    for name in SETS:
        (FOLDER / f"{name}.csv").write_text(text(name), encoding="utf-8")
