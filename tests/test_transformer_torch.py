"""A transformer block as a stack of kinds, beside PyTorch's own."""

import numpy as np
import pytest

from perceptron_cli import engine, spec
from perceptron_cli.layers.cells import blocks

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.interop


def block(rng, width, hidden, heads, *, pre, activation):
    """The layers of a block over time steps of `width` numbers."""

    def drawn(*shape):
        return rng.normal(scale=0.5, size=shape).round(3).tolist()

    weights = {one: drawn(width, width) for one in "qkvo"} | {f"{one}_bias": drawn(width) for one in "qkvo"}
    attention = {"kind": "attention", "heads": heads, "biases": True, "weights": weights}
    norms = [{"kind": "layer_norm", "gamma": drawn(width), "beta": drawn(width)} for _ in range(2)]
    wide = {"kind": "dense_over_time", "activation": activation, "weights": drawn(hidden, width)}
    back = {"kind": "dense_over_time", "activation": "linear", "weights": drawn(width, hidden)}
    wide["biases"], back["biases"] = drawn(hidden), drawn(width)
    if pre:
        return [norms[0], attention, {"kind": "residual", "from": 0}, norms[1], wide, back,
                {"kind": "residual", "from": 3}]  # fmt: skip
    return [attention, {"kind": "residual", "from": 0}, norms[0], wide, back,
            {"kind": "residual", "from": 3}, norms[1]]  # fmt: skip


@pytest.mark.parametrize("pre", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("samples", [1, 3])
def test_a_block_is_pytorchs_for_three_steps(pre, activation, samples):
    rng = np.random.default_rng([pre, activation == "gelu", samples])
    steps, width, hidden, heads = 3, 4, 5, 2
    layers = block(rng, width, hidden, heads, pre=pre, activation=activation)
    x, y = rng.normal(size=(samples, steps, width)), rng.normal(size=(samples, steps, width))
    config = spec.load(
        {
            "network": {"layers": layers},
            "loss": "half_squared_error",
            "samples": [{"x": a.tolist(), "y": b.tolist()} for a, b in zip(x, y, strict=True)],
            "training": {"learning_rate": 0.01},
        }
    )
    module = torch.nn.TransformerEncoderLayer(
        width, heads, hidden, dropout=0.0, activation=activation, batch_first=True, norm_first=pre
    ).double()
    trainer = engine.Trainer(config)
    order = (1, 0, 3, 4, 5) if pre else (0, 2, 3, 4, 6)  # attention, norms, and the dense layers between
    places = {
        "self_attn": order[0],
        "norm1": order[1],
        "norm2": order[2] if pre else order[4],
        "linear1": order[3] if pre else order[2],
        "linear2": order[4] if pre else order[3],
    }

    def numbers(matrices):
        """The parameters, or their gradients, by PyTorch's names."""
        part = {
            b.key.removeprefix("weights."): matrices[places["self_attn"]][:, b.start : b.start + b.width]
            for b in blocks(config.layers[places["self_attn"]])
        }
        found = {
            "self_attn.in_proj_weight": np.concatenate([part[one] for one in "qkv"]),
            "self_attn.in_proj_bias": np.concatenate([part[f"{one}_bias"][:, 0] for one in "qkv"]),
            "self_attn.out_proj.weight": part["o"],
            "self_attn.out_proj.bias": part["o_bias"][:, 0],
        }
        for name in ("norm1", "norm2"):
            found |= {
                f"{name}.weight": matrices[places[name]][:, 1],
                f"{name}.bias": matrices[places[name]][:, 0],
            }
        for name in ("linear1", "linear2"):
            found |= {
                f"{name}.weight": matrices[places[name]][:, 1:],
                f"{name}.bias": matrices[places[name]][:, 0],
            }
        return found

    with torch.no_grad():
        for name, value in numbers(trainer.network.weights).items():
            module.get_parameter(name).copy_(torch.tensor(value.copy()))
    # not Adam: the true gradient of a bias of the keys is 0, and Adam makes large steps of its rounding
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    for _ in range(3):
        step = trainer.record(trainer.data)
        optimizer.zero_grad()
        out = module(torch.tensor(x))
        loss = 0.5 * ((out - torch.tensor(y)) ** 2).sum() / samples
        loss.backward()
        np.testing.assert_allclose(step.before.loss, loss.item(), rtol=1e-12)
        theirs = out.detach().numpy().reshape(samples, -1).T
        np.testing.assert_allclose(step.before.a[-1], theirs, rtol=0, atol=1e-12)
        for name, value in numbers(step.dL_dw).items():
            expected = module.get_parameter(name).grad.numpy()
            np.testing.assert_allclose(
                value, expected, rtol=0, atol=1e-12 * max(1, abs(expected).max()), err_msg=name
            )
        optimizer.step()
        for name, value in numbers(step.new_weights).items():
            expected = module.get_parameter(name).detach().numpy()
            np.testing.assert_allclose(value, expected, rtol=0, atol=1e-11, err_msg=name)
