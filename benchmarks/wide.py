"""What a wide network's narration takes: time and memory of whole processes, beside a forward pass.

The networks are drawn from a seed. Rounds are interleaved; the time is the processor's, the memory the most
that a process held.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

NNSTEP = str(Path(sys.executable).parent / "nnstep")


def network(folder: Path, inputs: int, hidden: int, outputs: int, samples: int) -> Path:
    """Write a config with weights that are drawn."""
    rng = np.random.default_rng(1)
    rows = [
        f"  - {{x: [{', '.join(f'{one:.3f}' for one in rng.random(inputs))}], y: {place % outputs}}}"
        for place in range(samples)
    ]
    path = folder / f"{inputs}-{hidden}-{outputs}-{samples}.yaml"
    path.write_text(
        f"network:\n  inputs: {inputs}\n  layers:\n"
        f"    - {{activation: sigmoid, neurons: {hidden}, init: xavier_uniform}}\n"
        f"    - {{activation: softmax, neurons: {outputs}, init: xavier_uniform}}\n"
        "loss: categorical_cross_entropy\nsamples:\n" + "\n".join(rows) + "\n"
    )
    return path


def measured(command: list[str]) -> tuple[float, float]:
    """Return a process's processor seconds and its most megabytes."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: exit status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wide, middle = network(folder, 784, 128, 10, 2), network(folder, 200, 100, 10, 1)
        several, sheet = network(folder, 200, 100, 10, 2), folder / "sheet.json"
        subprocess.run([NNSTEP, "backprop", str(several), "--json", "-o", str(sheet)], check=True)
        works = {
            "nnstep forward": ([NNSTEP, "forward"], ""),
            "backprop --json, 784-128-10, 2 samples": (
                [NNSTEP, "backprop", str(wide), "--json"],
                "at most 5 s, 250 MB",
            ),
            "why, 200-100-10": ([NNSTEP, "why", "w[1]_5,7'", str(middle)], "at most 0.5 s"),
            "check of 86,608 numbers, 200-100-10, 2 samples": (
                [NNSTEP, "check", str(sheet), str(several)],
                "at most 3 s",
            ),
            "backprop as a page, 784-128-10": (
                [NNSTEP, "backprop", str(wide), "-o", str(folder / "page.html"), "--force"],
                "",
            ),
        }
        found: dict[str, list[tuple[float, float]]] = {one: [] for one in works}
        for _ in range(rounds):
            for one, (command, _) in works.items():
                found[one].append(measured(command))
    print(f"\nWide networks, {rounds} interleaved rounds\n")
    print("| command | s | MB | of nnstep forward | to reach |")
    print("| --- | ---: | ---: | ---: | ---: |")
    base = [seconds for seconds, _ in found["nnstep forward"]]
    for one, (_, target) in works.items():
        seconds, memory = (statistics.median(column) for column in zip(*found[one], strict=True))
        ratio = statistics.median(own / other for (own, _), other in zip(found[one], base, strict=True))
        print(f"| {one} | {seconds:.2f} | {memory:.0f} | {ratio:.1f} | {target} |", flush=True)


if __name__ == "__main__":
    main()
