"""Time to the answer: whole processes that train the lecture's network, from start to the last weight.

Importing and compiling count, as they do for whoever waits. Rounds are interleaved; a ratio is the median of
the rounds'. A peer is left out from the number of steps on at which it would take more than a minute.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
from pathlib import Path

NNSTEP = str(Path(sys.executable).parent / "nnstep")
STEPS = (1_000, 10_000, 100_000, 1_000_000)
MOST_SECONDS = 60
WEIGHTS = """
w = [[[0.1], [0.1]], [[0.2, 0.1], [0.3, 0.2], [0.1, 0.3]], [[0.4, 0.2, 0.6]]]
b = [[0.1, 0.2], [0.3, 0.1, 0.2], [0.5]]
"""
SCRIPTS = {
    "JAX": (
        "jax",
        WEIGHTS
        + """
import jax, jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
p = [(jnp.array(one), jnp.array(other)) for one, other in zip(w, b)]
x, y = jnp.array([2.0]), 1.0
def loss(p):
    a = x
    for w, b in p[:-1]:
        a = jax.nn.sigmoid(w @ a + b)
    w, b = p[-1]
    z = (w @ a + b)[0]
    return jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))
def step(p, _):
    value, g = jax.value_and_grad(loss)(p)
    return jax.tree.map(lambda p, g: p - 0.1 * g, p, g), value
p, losses = jax.jit(lambda p: jax.lax.scan(step, p, length=STEPS))(p)
print(p[2][1])
""",
    ),
    "PyTorch": (
        "torch",
        WEIGHTS
        + """
import torch
from torch import nn
torch.set_num_threads(1)
layers = []
for one, other in zip(w, b):
    linear = nn.Linear(len(one[0]), len(one), dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(one)), linear.bias.copy_(torch.tensor(other))
    layers += [linear, nn.Sigmoid()]
model = nn.Sequential(*layers[:-1])
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loss, x, y = nn.BCEWithLogitsLoss(), torch.tensor([[2.0]]).double(), torch.tensor([[1.0]]).double()
for _ in range(STEPS):
    optimizer.zero_grad()
    loss(model(x), y).backward()
    optimizer.step()
print(layers[-2].bias)
""",
    ),
    "scikit-learn": (
        "sklearn",
        """
from sklearn.neural_network import MLPClassifier
model = MLPClassifier([2, 3], activation="logistic", solver="sgd", alpha=0.0, batch_size=1,
                      learning_rate_init=0.1, momentum=0.0, nesterovs_momentum=False)
for _ in range(STEPS):
    model.partial_fit([[2.0]], [1], classes=[0, 1])
print(model.intercepts_[2])
""",
    ),
}


def seconds(command: list[str]) -> float:
    """Return how long a process takes."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    peers = {name: text for name, (package, text) in SCRIPTS.items() if importlib.util.find_spec(package)}
    print(f"\nTime to the answer, {rounds} interleaved rounds: how many times as long a peer takes\n")
    print(f"| steps of the lecture's network | nnstep s | {' | '.join(peers)} |")
    print(f"| ---: | ---: | {' | '.join('---:' for _ in peers)} |")
    slow: dict[str, float] = dict.fromkeys(peers, 0.0)
    for steps in STEPS:
        commands = {"nnstep": [NNSTEP, "train", "--epochs", str(steps)]}
        commands |= {
            name: [sys.executable, "-c", text.replace("STEPS", str(steps))]
            for name, text in peers.items()
            if slow[name] * 10 < MOST_SECONDS
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(seconds(command))
        ours = times.pop("nnstep")
        cells = []
        for name in peers:
            if name in times:
                slow[name] = statistics.median(times[name])
                ratio = statistics.median(b / a for a, b in zip(ours, times[name], strict=True))
                cells.append(f"{ratio:.1f}")
            else:
                cells.append("")
        print(f"| {steps:,} | {statistics.median(ours):.2f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
