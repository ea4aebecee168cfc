"""PyTorch agrees with every kind of layer, alone and in random stacks, over three updates."""

import numpy as np
import pytest
from stacks import SHAPES, stack

from perceptron_cli import engine, spec
from perceptron_cli.layers import KINDS

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.interop

OPTIMIZERS = {
    "gradient_descent": lambda p: torch.optim.SGD(p, lr=0.02),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
}


def assert_close(ours: np.ndarray, theirs: torch.Tensor) -> None:
    """Assert that two arrays are the same to 1e-12 of their largest number, or of 1."""
    expected = theirs.detach().numpy()
    most = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12 * most)


def assert_three_updates(made: dict) -> None:
    from torch_stacks import Reference, loss_of

    config = spec.load(made)
    trainer, reference = engine.Trainer(config), Reference(config)
    optimizer = OPTIMIZERS[config.training.optimizer](reference.weights)
    x = torch.tensor(trainer.data.x[:, 1:].copy(), requires_grad=True)
    y = torch.tensor(trainer.data.y.T.copy())
    for _ in range(3):
        with np.errstate(over="ignore"):
            step = trainer.record(trainer.data)
        if step.before.loss > 1e9:  # a stack that runs away: its digits are lost on both sides
            break
        reference.masks = {
            l: torch.tensor(inner["mask"].T.copy())
            for l, inner in enumerate(step.before.inner, start=1)
            if "mask" in inner
        }
        optimizer.zero_grad()
        x.grad = None
        outputs = reference(x)
        loss = loss_of(config, outputs, y)
        loss.backward()
        for layer, theirs in zip(config.layers, reference.weights, strict=True):
            if theirs.grad is not None and layer.still:
                theirs.grad[:, list(layer.still)] = 0.0
        assert_close(step.before.a[-1].T, outputs)
        # its logarithm is of a rounded 1 - a, and not of z
        np.testing.assert_allclose(step.before.loss, loss.item(), rtol=1e-10, atol=1e-12)
        for layer, ours, theirs in zip(config.layers, step.dL_dw, reference.weights, strict=True):
            columns = layer.columns()
            if columns:
                assert_close(ours[:, columns], theirs.grad[:, columns])
        scale = 1 / len(y) if config.training.reduction == "mean" else 1.0
        assert_close(step.dL_dx.T * scale, x.grad)
        optimizer.step()
        for layer, ours, theirs in zip(config.layers, step.new_weights, reference.weights, strict=True):
            columns = layer.columns()
            assert_close(ours[:, columns], theirs[:, columns])


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_pytorch_agrees_with_a_kind(kind, samples):
    shape = {"conv1d": (5, 2), "dense": (4,)}.get(kind, (2, 4, 3))
    tried = 0
    for seed in range(100_000):
        made = stack(seed, shape, 2, samples=samples, optimizer="momentum", learning_rate=0.02)
        layers = made["network"]["layers"][:-1]
        if samples == 1 and any(layer.get("kind") == "batch_norm" for layer in layers):
            continue  # one sample alone has no variance
        if any(layer.get("kind", "dense") == kind for layer in layers):
            assert_three_updates(made)
            tried += 1
        if tried == 5 or (kind == "batch_norm" and samples == 1):
            return


@pytest.mark.parametrize("seed", range(40))
def test_pytorch_agrees_with_random_stacks(seed):
    loss = ["half_squared_error", "binary_cross_entropy", "categorical_cross_entropy"][seed % 3]
    made = stack(
        seed, SHAPES[seed % len(SHAPES)], 1 + seed % 5, loss, 3,
        optimizer=list(OPTIMIZERS)[seed // 3 % 3], reduction=["mean", "sum"][seed % 2], learning_rate=0.02,
    )  # fmt: skip
    assert_three_updates(made)
