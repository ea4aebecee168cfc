"""The part of a PyTorch script that trains on: alone, or in several processes that share each batch."""

from __future__ import annotations

from string import Template

from perceptron_cli.export import pytorch_kinds as kinds
from perceptron_cli.spec.config import Config

TRAIN = Template('''

def train(steps, checkpoint=None, device="cpu"):
    """Train on X and Y up to so many steps, from a checkpoint if there is one; return the network.

    Under torchrun each process takes its share of the batch, and the gradients are added up.
    """
    processes, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    if device == "cuda":
        device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
        torch.cuda.set_device(device)
    network = loaded(Network()).to(device)
    optimizer = optimizer_for(network)
    done = 0
    if checkpoint and os.path.exists(checkpoint):
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        done = saved["step"]
    model = network
    if processes > 1:
        torch.distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        model = nn.parallel.DistributedDataParallel(network$unused)
    x, y = X[rank::processes].to(device), Y[rank::processes].to(device)
    for at in range(done + 1, steps + 1):
        optimizer.zero_grad()
        # several processes take the mean of their gradients, so each counts its share of the sum so often
        share = loss(model(x), y) * $share if len(x) else 0 * model(X[:1].to(device)).sum()
        value = share$pulled
        value.backward()
$clip        optimizer.step()
        if rank == 0 and checkpoint and (at % EVERY == 0 or at == steps):
            saved = {"step": at, "network": network.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(saved, f"{checkpoint}.part")
            os.replace(f"{checkpoint}.part", checkpoint)
    if processes > 1:
        model = share = value = None  # what hangs on the group has to go before it
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
    if rank == 0:
        with torch.no_grad():
            print(f"step {steps}: loss {$whole:.6g}")
    return network


def run():
    """Train as the command line says."""
    reader = argparse.ArgumentParser(description="Without arguments it checks one step.")
    reader.add_argument("--steps", type=int, required=True, help="how many steps, counted from the first")
    reader.add_argument("--checkpoint", help="a file to go on from, and to save to")
    reader.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    asked = reader.parse_args()
$refused    train(asked.steps, asked.checkpoint, asked.device)

''')

REFUSED = """\
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        sys.exit("batch_norm takes the statistics of the whole batch: train in one process")
"""

END = """\
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) == 1 else run())
"""


def train(config: Config, clip: str) -> str:
    """Return the functions that train on; `clip` are the lines that clip the gradients."""
    mean = config.training.reduction == "mean"
    pull = " + penalty(network, len(Y))" if config.penalty is not None else ""
    return TRAIN.substitute(
        unused=", find_unused_parameters=True" if kinds.unused(config) else "",
        share="len(y) * processes / len(Y)" if mean else "processes",
        pulled=pull,
        clip="".join(f"        {line}\n" for line in clip.rstrip("\n").split("\n") if line),
        whole=f"(loss(network(X.to(device)), Y.to(device)){pull}).item()",
        refused=REFUSED if config.mixes_samples else "",
    )
