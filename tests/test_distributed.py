"""An exported PyTorch script in several processes: the same weights as in one, after a worker's death too."""

import os
import re
import socket
import subprocess
import sys

import pytest

from perceptron_cli import load
from perceptron_cli.export import export

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("torchrun")]


def torchrun(processes):
    """Return the command that starts so many processes, which find each other at a free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{one.getsockname()[1]}"
    meet = ["--rdzv-backend", "c10d", "--rdzv-endpoint", place]
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        *meet,
        "--nproc-per-node",
        str(processes),
    ]


ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
STEPS = 30


def weights_of(script, folder, name, processes, steps=STEPS):
    """Train in so many processes; return the weights that are left in the checkpoint."""
    checkpoint = folder / f"{name}.pt"
    start = [sys.executable] if processes == 1 else torchrun(processes)
    asked = ["--steps", str(steps), "--checkpoint", str(checkpoint)]
    done = subprocess.run(
        [*start, str(script), *asked], env=ENVIRONMENT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"step {steps}: loss " in done.stdout
    saved = torch.load(checkpoint, weights_only=True)
    assert saved["step"] == steps
    return saved["network"]


def require_same(one, other):
    assert one.keys() == other.keys()
    for name, weights in one.items():
        assert (weights - other[name]).abs().max() < 1e-12


NETWORKS = {
    "mean": ("moons", []),  # 16 samples, Adam
    "penalty": ("penalty", []),  # one sample: three of the processes have none
}  # fmt: skip


@pytest.mark.parametrize("case, processes", [("mean", 2), ("penalty", 4)])
def test_several_processes_leave_the_weights_of_one(case, processes, tmp_path):
    name, changes = NETWORKS[case]
    config = load(name, [("--set", one) for one in changes])
    script = tmp_path / "train.py"
    script.write_text(export(config, "pytorch"))
    alone = weights_of(script, tmp_path, "alone", 1)
    require_same(alone, weights_of(script, tmp_path, "together", processes))


def test_after_a_worker_was_killed_the_same_command_goes_on_from_the_checkpoint(tmp_path):
    text = export(load("moons"), "pytorch").replace("EVERY = 100 ", "EVERY = 7 ")
    script = tmp_path / "train.py"
    script.write_text(text)
    alone = weights_of(script, tmp_path, "alone", 1)
    # the second worker is killed at step 20
    killed = re.sub(
        r"^(        optimizer\.zero_grad\(\))$",
        "        if rank == 1 and at == 20:\n"
        "            os.kill(os.getpid(), 9)\n"
        r"\1",
        text,
        flags=re.M,
    )
    assert killed != text
    broken = tmp_path / "killed.py"
    broken.write_text(killed)
    asked = ["--steps", str(STEPS), "--checkpoint", str(tmp_path / "killed.pt")]
    done = subprocess.run(
        [*torchrun(2), str(broken), *asked], env=ENVIRONMENT, capture_output=True, timeout=240
    )
    assert done.returncode != 0
    assert torch.load(tmp_path / "killed.pt", weights_only=True)["step"] == 14
    require_same(alone, weights_of(script, tmp_path, "killed", 2))


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(export(load("moons"), "pytorch"))
    whole = weights_of(script, tmp_path, "whole", 1)
    weights_of(script, tmp_path, "halves", 1, steps=11)
    require_same(whole, weights_of(script, tmp_path, "halves", 1))


def test_batch_norm_is_trained_in_one_process(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(export(load("batchnorm"), "pytorch"))
    refused = subprocess.run(
        [sys.executable, str(script), "--steps", "3"],
        env={**ENVIRONMENT, "WORLD_SIZE": "2"},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "train in one process" in refused.stderr
