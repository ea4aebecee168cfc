"""How long a command takes to start, as a ratio to `python -c pass` in the same run.

Rounds are interleaved, so that a slow moment of the machine falls on all commands alike.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
NNSTEP = str(BIN / "nnstep")
ROUNDS = 21

# the command, and the ratio that it may have at most
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "nnstep --version": ([NNSTEP, "--version"], 2),
    "nnstep --help": ([NNSTEP, "--help"], 18),
    "nnstep forward --json": ([NNSTEP, "forward", "--json"], 14),
    "nnstep forward": ([NNSTEP, "forward"], 18),
    "nnstep backprop": ([NNSTEP, "backprop"], 18),
    "nnstep train --epochs 50": ([NNSTEP, "train", "--epochs", "50"], None),
}


def seconds(command: list[str]) -> float:
    """Return how long a process takes, with compiled modules written as users have them."""
    hidden = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    for command, _ in COMMANDS.values():
        seconds(command)  # compiles, and warms the disk's cache
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, (command, _) in COMMANDS.items():
            times[name].append(seconds(command))
    base = statistics.median(times["python -c pass"])
    print(f"{ROUNDS} interleaved rounds, Python {platform.python_version()}, {platform.machine()}\n")
    print("| command | median ms | ratio | at most |")
    print("| --- | ---: | ---: | ---: |")
    for name, (_, most) in COMMANDS.items():
        median = statistics.median(times[name])
        print(f"| {name} | {median * 1000:.1f} | {median / base:.2f} | {most or ''} |")


if __name__ == "__main__":
    main()
