# ruff: noqa: E501  (tables of networks, a row each)
"""Steps of real PyTorch and JAX, recorded and checked: right ones are right, and each pitfall is named."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import perceptron_cli
from perceptron_cli import check, from_torch, load
from perceptron_cli.cli.app import make_app
from perceptron_cli.engine.network import initial_weights
from perceptron_cli.errors import InputError
from perceptron_cli.spec.write import written

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
nn = torch.nn
record = perceptron_cli.record


@pytest.fixture(autouse=True)
def in_float64():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def saved(path, config):
    path.write_text(written(config, initial_weights(config), "", "a network"))
    return str(path)


def mlp(*more):
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3), *more)


X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-0.75, 1.0, 0.1]], dtype=torch.float64)
Y = torch.tensor([0, 2, 1])


class Words(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.emb, self.cell, self.out = nn.Embedding(5, 3), kind(3, 2, batch_first=True), nn.Linear(2, 2)

    def forward(self, x):
        states, _ = self.cell(self.emb(x))
        return self.out(states[:, -1])


RIGHT = {
    "dense": (lambda: mlp(), X, Y, nn.CrossEntropyLoss(), torch.optim.Adam),
    "sum": (lambda: mlp(), X, Y, nn.CrossEntropyLoss(reduction="sum"), torch.optim.SGD),
    "in place": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 1), nn.Sigmoid()), X,
                 torch.tensor([[0.0], [1.0], [1.0]], dtype=torch.float64), nn.BCELoss(), torch.optim.SGD),
    "picture": (lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)),
                torch.arange(48, dtype=torch.float64).reshape(3, 1, 4, 4).sin(), Y, nn.CrossEntropyLoss(), torch.optim.SGD),
    "steps": (lambda: nn.Sequential(nn.Conv1d(2, 3, 2), nn.ELU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(3, 3)),
              torch.arange(36, dtype=torch.float64).reshape(3, 2, 6).sin(), Y, nn.CrossEntropyLoss(), torch.optim.SGD),
    "batch": (lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3)), X, Y,
              nn.CrossEntropyLoss(), torch.optim.SGD),
    **{kind.__name__: (lambda kind=kind: Words(kind), torch.tensor([[0, 1, 2], [3, 4, 0]]), torch.tensor([0, 1]),
                       nn.CrossEntropyLoss(), torch.optim.SGD) for kind in (nn.RNN, nn.LSTM, nn.GRU)},
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_a_recorded_step_is_right(case, tmp_path):
    make, x, y, loss, kind = RIGHT[case]
    model = make()
    optimizer = kind(model.parameters(), 0.1)
    config = saved(tmp_path / "net.yaml", from_torch(model, x, y, loss, optimizer))
    found = record(model, loss, x, y, optimizer=optimizer, path=tmp_path / "step.npz")
    checked = check(tmp_path / "step.npz", config)
    assert checked.is_right, checked.explanation
    layers = len(load(config).layers)
    told = {one.symbol.head for one in checked.verdicts}
    assert {"x", "y", "L", "dL/dz" if f"z[{layers}]" in found.steps[0] else "a"} <= told
    assert any(one.symbol.prime for one in checked.verdicts)
    assert "forward" not in vars(model)  # the module is as it was


def planted(tmp_path, model, loss, plant, *, config=None, x=X, y=Y, rate=0.1, **settings):
    """Record a step with something wrong in it; return what is said of it beside the right config."""
    optimizer = torch.optim.SGD(model.parameters(), rate, **settings)
    config = config or from_torch(model, x, y, loss, torch.optim.SGD(model.parameters(), rate))
    path = saved(tmp_path / "net.yaml", config)
    other, other_loss, x = plant(model, loss, optimizer, x)
    record(other, other_loss, x, y, optimizer=optimizer, path=tmp_path / "step.npz")
    return check(tmp_path / "step.npz", path)


def test_softmax_twice_is_found(tmp_path):
    loss = nn.CrossEntropyLoss()
    for reduction in ("mean", "sum"):
        loss = nn.CrossEntropyLoss(reduction=reduction)
        checked = planted(
            tmp_path, mlp(), loss, lambda m, one, o, x: (nn.Sequential(*m, nn.Softmax(1)), one, x)
        )
        assert checked.first_wrong.name == "L"
        assert checked.first_wrong.mistakes == ("softmax or sigmoid twice",)
        assert not [one.name for one in checked.verdicts if one.kind == "unexplained"]


def test_sigmoid_twice_is_found(tmp_path):
    model = nn.Sequential(nn.Linear(3, 1))
    y = torch.tensor([[1.0], [0.0], [1.0]], dtype=torch.float64)
    checked = planted(
        tmp_path,
        model,
        nn.BCEWithLogitsLoss(),
        lambda m, one, o, x: (nn.Sequential(*m, nn.Sigmoid()), one, x),
        y=y,
    )
    assert checked.first_wrong.mistakes == ("softmax or sigmoid twice",)


def test_mean_for_sum_is_found(tmp_path):
    loss = nn.CrossEntropyLoss(reduction="sum")
    checked = planted(tmp_path, mlp(), loss, lambda m, one, o, x: (m, nn.CrossEntropyLoss(), x))
    assert (checked.first_wrong.name, checked.first_wrong.mistakes) == ("L", ("sum for mean",))
    wrong = [one.mistakes for one in checked.verdicts if one.symbol.head == "dL/dw" and not one.is_right]
    assert wrong
    assert all("sum for mean" in one for one in wrong)


def test_gradients_that_are_not_set_to_0_are_found(tmp_path):
    def plant(model, loss, optimizer, x):
        loss(model(x * 0.5), Y).backward()  # and no zero_grad
        return model, loss, x

    checked = planted(tmp_path, mlp(), nn.CrossEntropyLoss(), plant)
    assert checked.first_wrong.name.startswith("dL/dw[2]")
    wrong = {one.mistakes for one in checked.verdicts if one.kind in ("mistake", "repeated")}
    assert wrong == {("gradients not set to 0",)}
    assert all(one.kind != "unexplained" for one in checked.verdicts)


def test_transposed_weights_are_found(tmp_path):
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))

    def plant(model, loss, optimizer, x):
        with torch.no_grad():
            model[0].weight.copy_(model[0].weight.T.clone())
        return model, loss, x

    checked = planted(tmp_path, model, nn.CrossEntropyLoss(), plant)
    assert checked.first_wrong.mistakes == ("weights transposed",)
    assert "other way round" in checked.explanation


def test_weight_decay_on_biases_is_found(tmp_path):
    model = mlp()
    plain = from_torch(model, X, Y, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), 0.1))
    text = written(plain, initial_weights(plain), "", "a network") + "penalty: {l2: 0.1}\n"
    (tmp_path / "own.yaml").write_text(text)
    config = load(str(tmp_path / "own.yaml"))
    checked = planted(
        tmp_path,
        model,
        nn.CrossEntropyLoss(),
        lambda *one: (one[0], one[1], one[3]),
        config=config,
        weight_decay=0.1,
    )
    wrong = [one for one in checked.verdicts if not one.is_right and one.kind != "follows"]
    assert {one.symbol.indices[0] for one in wrong} == {0}
    assert checked.first_wrong.mistakes == ("weight decay on biases",)


def test_evaluation_mode_is_found(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3))
    checked = planted(tmp_path, model, nn.CrossEntropyLoss(), lambda m, one, o, x: (m.eval(), one, x))
    assert "evaluation mode" in checked.first_wrong.mistakes
    assert "model.train()" in checked.explanation


def test_dropout_in_evaluation_mode_is_found(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 3))
    checked = planted(tmp_path, model, nn.CrossEntropyLoss(), lambda m, one, o, x: (m.eval(), one, x))
    assert "evaluation mode" in checked.first_wrong.mistakes


def test_float32_is_found_and_is_no_mistake(tmp_path):
    checked = planted(
        tmp_path, mlp(), nn.CrossEntropyLoss(), lambda m, one, o, x: (m.float(), one, x.float())
    )
    assert checked.is_right
    # a program that computes in float32 and saves float64
    with np.load(tmp_path / "step.npz") as found:
        np.savez(tmp_path / "wide.npz", **{name: found[name].astype(np.float64) for name in found.files})
    checked = check(tmp_path / "wide.npz", str(tmp_path / "net.yaml"))
    assert checked.is_right
    assert any(one.kind == "rounding" for one in checked.verdicts)
    assert "numbers of float32" in checked.notes[0]


# a student's NumPy script ---------------------------------------------------------------------------------


def test_a_script_of_numpy_is_checked_by_its_arrays(tmp_path):
    model = mlp()
    config = saved(
        tmp_path / "net.yaml",
        from_torch(model, X, Y, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), 0.1)),
    )
    w1, b1, w2, b2 = (one.detach().numpy() for one in model.parameters())
    x, y = X.numpy(), np.eye(3)[Y.numpy()]
    z1 = x @ w1.T + b1
    a1 = np.tanh(z1)
    z2 = a1 @ w2.T + b2
    a2 = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    dz2 = a2 - y
    dw2, db2 = dz2.T @ a1 / 3, dz2.mean(axis=0)
    dz1 = dz2 @ w2 * (1 - a1**2)
    dw1, db1 = dz1.T @ x / 3, dz1.mean(axis=0)
    arrays = {
        "Z1": z1,
        "A1": a1,
        "Z2": z2,
        "A2": a2,
        "dZ2": dz2,
        "dW2": dw2,
        "db2": db2,
        "dZ1": dz1,
        "dW1": dw1,
        "db1": db1,
    }
    np.savez(tmp_path / "mine.npz", **arrays, W1_new=w1 - 0.1 * dw1, b1_new=b1 - 0.1 * db1)
    assert check(tmp_path / "mine.npz", config).is_right
    np.savez(tmp_path / "mine.npz", **{**arrays, "dW1": dw1 * 3, "dW2": dw2 * 3})
    assert check(tmp_path / "mine.npz", config).first_wrong.mistakes == ("sum for mean",)


# a whole run -----------------------------------------------------------------------------------------------


def run_of(tmp_path, loop, optimizer_of=lambda p: torch.optim.Adam(p, 0.05)):
    model, loss = mlp(), nn.CrossEntropyLoss()
    optimizer = optimizer_of(model.parameters())
    config = saved(tmp_path / "net.yaml", from_torch(model, X, Y, loss, optimizer))
    with record(model, loss, optimizer=optimizer, path=tmp_path / "run.jsonl") as found:
        loop(model, loss, optimizer)
    assert len(found) == len((tmp_path / "run.jsonl").read_text().splitlines())
    return CliRunner().invoke(make_app(), ["check", str(tmp_path / "run.jsonl"), config, "--format", "plain"])


BATCHES = [(X[:2], Y[:2]), (X[1:], Y[1:]), (X, Y), (X[:1], Y[:1])]


def test_a_run_is_right_step_by_step(tmp_path):
    def loop(model, loss, optimizer):
        for x, y in BATCHES:
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
            with torch.no_grad():
                model(X)  # an evaluation, which is no step

    done = run_of(tmp_path, loop)
    assert done.exit_code == 0
    assert "4 steps: every number is right" in done.stdout


def test_a_run_without_zero_grad_is_wrong_from_its_second_step(tmp_path):
    def loop(model, loss, optimizer):
        for x, y in BATCHES:
            loss(model(x), y).backward()
            optimizer.step()

    done = run_of(tmp_path, loop)
    assert done.exit_code == 1
    assert "Step 2 is the first that is wrong." in done.stdout
    assert "gradients not set to 0" in done.stdout
    assert "unexplained" not in done.stdout


def test_a_run_whose_weights_are_changed_between_two_steps_is_a_broken_chain(tmp_path):
    def loop(model, loss, optimizer):
        for number, (x, y) in enumerate(BATCHES, start=1):
            if number == 3:
                with torch.no_grad():
                    model[2].weight[1, 0] += 0.5
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()

    done = run_of(tmp_path, loop)
    assert done.exit_code == 1
    assert "Step 3 does not begin with the weights that step 2 left: in layer 2, row 2, column 2" in " ".join(
        done.stdout.split()
    )


def test_a_run_of_another_learning_rate_is_wrong_from_its_first_step(tmp_path):
    model, loss = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    config = saved(tmp_path / "net.yaml", from_torch(model, X, Y, loss, optimizer))
    with record(model, loss, optimizer=torch.optim.SGD(model.parameters(), 0.01)) as found:
        for x, y in BATCHES:
            model.zero_grad()
            loss(model(x), y).backward()
            found._observer.optimizer.step()
    found.save(tmp_path / "run.jsonl")
    done = CliRunner().invoke(make_app(), ["check", str(tmp_path / "run.jsonl"), config, "--json"])
    told = json.loads(done.stdout)
    assert [one["first_wrong"].endswith("'") for one in told["sheets"]] == [True] * 4
    assert told["broken"] == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected recorded steps, got none"),
        ("[1, 2]\n", ":1: expected a recorded step"),
        ('{"L": 1}\nnonsense\n', ":2: expected a recorded step"),
        (
            '{"L": 1, "x": [[1, 2]], "y": [[1]]}\n',
            "expected x and y with 1 and 1 numbers a sample, got 1 by 2",
        ),
        ('{"L": 1, "w[1]": [[1, 2, 3]]}\n', "expected 2 by 2 weights, got 1 by 3"),
        ('{"z[1]": [1]}\n', "and L"),
    ],
)
def test_what_is_no_run_is_one_error(text, message, tmp_path):
    from perceptron_cli.answers.grading import Grader
    from perceptron_cli.answers.runs import check_run

    (tmp_path / "run.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        list(check_run(Path(tmp_path / "run.jsonl"), "lecture", Grader("lecture")))


def test_a_file_is_whole_or_not_there(tmp_path):
    found = record(mlp(), nn.CrossEntropyLoss(), X, Y)
    with pytest.raises(InputError, match=r"ends in .npz or .jsonl"):
        found.save(tmp_path / "step.txt")
    found.steps *= 2
    with pytest.raises(InputError, match="expected one step for an .npz, got 2"):
        found.save(tmp_path / "step.npz")
    assert list(tmp_path.iterdir()) == []


# the documentation --------------------------------------------------------------------------------------

PAGE = Path(__file__).parent.parent / "docs" / "libraries.md"
BLOCKS = [
    found.groups()
    for found in re.finditer(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(), re.S)
]


def test_the_page_has_its_blocks():
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("code, printed", BLOCKS, ids=range(len(BLOCKS)))
def test_what_the_page_shows_is_printed(code, printed, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8", "PATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, printed), done.stderr


# JAX -----------------------------------------------------------------------------------------------------


def test_a_step_of_jax_is_recorded(tmp_path):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    rng = np.random.default_rng(0)
    params = {
        "w1": rng.normal(size=(3, 4)),
        "b1": rng.normal(size=4),
        "w2": rng.normal(size=(3, 4)),
        "b2": rng.normal(size=3),
    }

    def apply(own, x):
        return jnp.tanh(x @ own["w1"] + own["b1"]) @ own["w2"].T + own["b2"]

    def loss(z, y):
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1).mean()

    def step(own, x, y):
        gradients = jax.grad(lambda one: loss(apply(one, x), y))(own)
        return jax.tree_util.tree_map(lambda p, g: p - 0.1 * g, own, gradients)

    x, y = X.numpy(), Y.numpy()
    record(apply, loss, x, y, params=params, new_params=step(params, x, y), path=tmp_path / "step.npz")
    layers = [
        {"activation": "tanh", "biases": params["b1"].tolist(), "weights": params["w1"].T.tolist()},
        {"activation": "softmax", "biases": params["b2"].tolist(), "weights": params["w2"].tolist()},
    ]
    samples = [{"x": one.tolist(), "y": int(k)} for one, k in zip(x, y, strict=True)]
    config = load(
        {
            "network": {"layers": layers},
            "loss": "cross_entropy",
            "samples": samples,
            "training": {"learning_rate": 0.1},
        }
    )
    checked = check(tmp_path / "step.npz", config)
    assert checked.is_right, checked.explanation
    assert {"z", "a", "dL/dz", "dL/dw", "w"} <= {one.symbol.head for one in checked.verdicts}
    # the same with the softmax applied twice
    record(lambda p, x: jax.nn.softmax(apply(p, x)), loss, x, y, params=params, path=tmp_path / "twice.npz")
    assert check(tmp_path / "twice.npz", config).first_wrong.mistakes == ("softmax or sigmoid twice",)
