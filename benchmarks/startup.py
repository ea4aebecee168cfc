"""How long a command takes from start to end, as a ratio to `python -c pass` in the same run.

Rounds are interleaved, so that a slow moment of the machine falls on all commands alike.
"""

import argparse
import importlib.util
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
TRAIN, FORWARD, PYTORCH = "nnstep train --epochs 50", "nnstep forward", "the same in PyTorch"
IMPORTS = "the four imports alone"
# what a command's time may be at most, beside that of its four imports
FLOOR = {"nnstep forward --json": 1.08, FORWARD: 1.08, "nnstep backprop --json": 1.3, "nnstep backprop": 1.3}

# the command, and the ratio that it may have at most
COMMANDS: dict[str, tuple[list[str], float | None]] = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    IMPORTS: ([sys.executable, "-c", "import typer, rich.console, rich.table, numpy, yaml"], None),
    "nnstep --version": ([NNSTEP, "--version"], 2),
    "nnstep --help": ([NNSTEP, "--help"], 18),
    "nnstep forward --json": ([NNSTEP, "forward", "--json"], 14),
    FORWARD: ([NNSTEP, "forward"], 18),
    "nnstep backprop --json": ([NNSTEP, "backprop", "--json"], 16),
    "nnstep backprop": ([NNSTEP, "backprop"], 18),
    TRAIN: ([NNSTEP, "train", "--epochs", "50"], None),
    PYTORCH: ([sys.executable, str(Path(__file__).parent / "lecture_torch.py")], None),
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    commands = dict(COMMANDS)
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is left out: it is not installed (pip install -e '.[bench]')")
        del commands[PYTORCH]
    for command, _ in commands.values():
        seconds(command)  # compiles, and warms the disk's cache
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, _) in commands.items():
            times[name].append(seconds(command))
    base = statistics.median(times["python -c pass"])
    print(f"{rounds} interleaved rounds, Python {platform.python_version()}, {platform.machine()}\n")
    print("| command | median ms | ratio | at most |")
    print("| --- | ---: | ---: | ---: |")
    for name, (_, most) in commands.items():
        median = statistics.median(times[name])
        print(f"| {name} | {median * 1000:.1f} | {median / base:.2f} | {most or ''} |")
    told = [
        f"{name} {ratio(times[name], times[IMPORTS]):.2f} (at most {most})" for name, most in FLOOR.items()
    ]
    print(f"\nOf its four imports' time: {', '.join(told)}")
    print(f"\n{TRAIN}: {ratio(times[TRAIN], times[FORWARD]):.2f} of {FORWARD} (at most 1.15)", end="")
    if PYTORCH in times:
        print(f"; PyTorch takes {ratio(times[PYTORCH], times[TRAIN]):.1f} times as long (at least 8)", end="")
    print()


def ratio(over: list[float], under: list[float]) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


if __name__ == "__main__":
    main()
