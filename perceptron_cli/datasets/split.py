"""Which rows a network is trained on, and which are held out to see what it has learnt."""

from __future__ import annotations

from perceptron_cli.arrays import Indices


def split(rows: int, share: float, seed: int) -> tuple[Indices, Indices]:
    """Return the training rows and the held-out rows, each in the file's order; the seed draws them.

    There is one at least of either, unless the share is 1 or there is one row.
    """
    import numpy as np

    order = np.random.default_rng([seed, 2]).permutation(rows)
    most = rows if share == 1 else max(rows - 1, 1)
    count = min(max(round(share * rows), 1), most)
    return np.sort(order[:count]), np.sort(order[count:])
