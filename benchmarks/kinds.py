"""Layers of other kinds beside PyTorch: a training step, from the same weights to the same weights.

The clock is the process's processor time, in one thread; rounds are interleaved, and a ratio is the median
of the rounds'. The final weights must agree to 1e-9, or the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

RATE = 0.01
TOLERANCE = 1e-9
# what nnstep's time may be at most, beside PyTorch's
TARGETS = {
    "conv2d, a picture at a time": 1.0,
    "conv2d, batches of 32": 1.5,
    "lstm, a sequence at a time": 1.0,
}


def convolution(torch, samples: int):
    """8 channels of 28 x 28, 8 filters of 3 x 3, ReLU, and a dense output."""
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 2)).double()
    return model, torch.randn(samples, 8, 28, 28, dtype=torch.float64)


def lstm(torch, samples: int):
    """An LSTM of 16 units over 20 steps of 4 numbers, and a dense output."""
    nn = torch.nn

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.LSTM(4, 16, batch_first=True), nn.Linear(16, 2)

        def forward(self, x):
            return self.out(self.cell(x)[0][:, -1])

    return Last().double(), torch.randn(samples, 20, 4, dtype=torch.float64)


WORKS: dict[str, tuple[Callable, int, int]] = {
    "conv2d, a picture at a time": (convolution, 1, 200),
    "conv2d, batches of 32": (convolution, 32, 20),
    "lstm, a sequence at a time": (lstm, 1, 200),
    "lstm, batches of 32": (lstm, 32, 100),
}


def main() -> int:
    """Print the table; returns 1 where the final weights differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    try:
        import torch
    except ImportError:
        print("PyTorch is left out: it is not installed (pip install -e '.[bench]')")
        return 0
    torch.set_num_threads(1)
    print(f"\n{rounds} interleaved rounds, one thread, PyTorch {torch.__version__}, numpy {np.__version__}\n")
    print("| layer | nnstep us | PyTorch us | nnstep faster by | to reach |")
    print("| --- | ---: | ---: | ---: | ---: |")
    return max(compare(torch, name, *work, rounds) for name, work in WORKS.items())


def compare(torch, name: str, make: Callable, samples: int, steps: int, rounds: int) -> int:
    """Print a row; returns 1 where the final weights differ."""
    from perceptron_cli import from_torch, train

    torch.manual_seed(1)
    model, x = make(torch, samples)
    y = torch.randn(samples, 2, dtype=torch.float64)
    loss, start = torch.nn.MSELoss(), {key: one.clone() for key, one in model.state_dict().items()}
    config = from_torch(model, x, y, loss, torch.optim.SGD(model.parameters(), lr=RATE))
    config = replace(config, training=replace(config.training, epochs=steps, epoch_loss="during"))
    began = [0.0]

    def told(epoch: int, loss: float, measures: object) -> None:
        if epoch == 0:
            began[0] = time.process_time()

    def ours() -> float:
        nonlocal run
        run = train(config, on_epoch=told)
        return time.process_time() - began[0]

    def theirs() -> float:
        model.load_state_dict(start)
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
        begin = time.process_time()
        for _ in range(steps):
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
        return time.process_time() - begin

    run = None
    pairs = [(ours(), theirs()) for _ in range(rounds + 1)][1:]
    mine, other = (statistics.median(one) / steps * 1e6 for one in zip(*pairs, strict=True))
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    target = f"at least {TARGETS[name]:g}" if name in TARGETS else ""
    print(f"| {name} | {mine:.0f} | {other:.0f} | {ratio:.2f} | {target} |", flush=True)
    x_out = model(x).detach().numpy()
    if np.abs(run.prediction - x_out).max() > TOLERANCE:
        print(f"{name}: the predictions differ by more than {TOLERANCE}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
