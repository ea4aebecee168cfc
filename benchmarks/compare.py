"""nnstep beside the libraries that people use today: the six workloads, one table of ratios.

Every library starts from the same weights, and its final weights must be nnstep's to 1e-9. Rounds are
interleaved, so that a slow moment of the machine falls on all alike; a ratio is the median of the rounds'.
The clock is the process's processor time: with one thread that is the time it takes where nothing else runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from dataclasses import replace

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from peers import OURS, PEERS, Clock, Peer, nnstep
from workloads import WORKLOADS, Work

TOLERANCE = 1e-9
LEAST_ROUNDS = 9
# nnstep is to be so many times faster; than the products alone, to take at most so many times as long.
TARGETS = {
    "W1": {"PyTorch": 100, "micrograd": 4, "naive NumPy": 2.5},
    "W2": {"PyTorch": 18, "scikit-learn": 5, "naive NumPy": 2.5},
    "W3": {"PyTorch": 17, "scikit-learn": 4.5},
    "W4": {"PyTorch": 6, "scikit-learn": 3, "products alone": 1.6},
    "W5": {"PyTorch": 1.3, "scikit-learn": 1.4, "products alone": 1.15},
    "W6": {"PyTorch": 1.2, "scikit-learn": 1.5, "products alone": 1.08},
}


class Timed:
    """A peer on a workload: its microseconds per step, a number a round, and its last weights."""

    def __init__(self, ready, work: Work, history: bool) -> None:
        self.ready, self.work, self.history = ready, work, history
        self.steps: list[float] = []
        self.weights: list[np.ndarray] = []

    def round(self) -> None:
        """Make it ready, run it once, and note how long that took."""
        clock = Clock()
        run = self.ready(self.work, self.history, clock)
        start = time.process_time()
        self.weights = run()
        end = time.process_time()
        self.steps.append((end - (clock.start or start)) / self.work.steps * 1e6)

    @property
    def median(self) -> float:
        return statistics.median(self.steps)


def main() -> int:
    """Print the table; returns 1 where a library's final weights are not nnstep's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", default=list(WORKLOADS), help="W1 W2 ...; all without one")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS)
    chosen = parser.parse_args()
    peers = installed()
    print(f"\n{chosen.rounds} interleaved rounds, one thread. us: nnstep's processor time per step.\n")
    print("| work | against | us | steps alone | us | and each epoch's loss | to reach |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    wrong = [name for name in chosen.works if not compare(name, peers, chosen.rounds)]
    for name in wrong:
        print(f"{name}: the final weights differ by more than {TOLERANCE}", file=sys.stderr)
    return 1 if wrong else 0


def installed() -> dict[str, Peer]:
    """Say which versions are compared, and what is left out; return the peers that are there."""
    versions = {name: peer.version for name, peer in PEERS.items()}
    found = {PEERS[name].needs: version for name, version in versions.items() if version}
    listed = ", ".join(f"{needs} {version}" for needs, version in found.items())
    print(f"Python {platform.python_version()}, {listed}; {processor()}")
    for name, version in versions.items():
        if version is None:
            print(f"{name} is left out: it is not installed (pip install -e '.[bench]')")
    return {name: PEERS[name] for name, version in versions.items() if version}


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return f"{names[0]}, {len(names)} threads"
    except (OSError, IndexError):
        return platform.machine()


def compare(name: str, peers: dict[str, Peer], rounds: int) -> bool:
    """Print a workload's rows and say whether all final weights agree."""
    work = WORKLOADS[name]()
    timed: dict[tuple[str, bool], Timed] = {}
    for peer_name, peer in {"nnstep": OURS, **peers}.items():
        if name in peer.works:
            epochs = peer.works[name] or work.epochs
            for history in (False, True):
                timed[peer_name, history] = Timed(peer.ready, replace(work, epochs=epochs), history)
    for one in timed.values():
        one.round()  # compiles, and warms the caches
        one.steps.clear()
    for _ in range(rounds):
        for one in timed.values():
            one.round()
    for peer_name in peers:
        if (peer_name, False) in timed:
            print_row(work, peer_name, timed)
    ours = timed["nnstep", False]
    return all(
        agree(work, one, ours) for (peer, _), one in timed.items() if peer == "nnstep" or PEERS[peer].checked
    )


def print_row(work: Work, name: str, timed: dict[tuple[str, bool], Timed]) -> None:
    """Print how many times faster nnstep is; against the products, how many times as long it takes."""
    slower = name == "products alone"
    ratios, steps = [], []
    for history in (False, True):
        ours, theirs = timed["nnstep", history], timed[name, history]
        pairs = list(zip(ours.steps, theirs.steps, strict=True))
        ratios.append(statistics.median(a / b if slower else b / a for a, b in pairs))
        steps.append(ours.median)
    target = TARGETS[work.name].get(name)
    wanted = "" if target is None else f"{'at most' if slower else 'at least'} {target:g}"
    cells = (
        f"{work.name} {work.title}",
        name,
        *(f"{one:.2f}" for one in (steps[0], ratios[0], steps[1], ratios[1])),
        wanted,
    )
    print(f"| {' | '.join(cells)} |", flush=True)


def agree(work: Work, peer: Timed, ours: Timed) -> bool:
    """Whether a peer's final weights are nnstep's, trained as long."""
    weights = ours.weights
    if peer.work.epochs != work.epochs:
        weights = nnstep(peer.work, True, Clock())()
    return all(np.abs(a - b).max() <= TOLERANCE for a, b in zip(peer.weights, weights, strict=True))


if __name__ == "__main__":
    sys.exit(main())
