# ruff: noqa: E501  (tables of networks, a row each)
"""Networks of PyTorch, Keras, scikit-learn and ONNX: after one step every number is the library's own."""

import json
import os
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from perceptron_cli import from_keras, from_sklearn, from_torch
from perceptron_cli.engine import Trainer
from perceptron_cli.errors import InputError
from perceptron_cli.imports import read

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
nn, F = torch.nn, torch.nn.functional
TOLERANCE = 1e-12


@pytest.fixture(autouse=True)
def in_float64():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)


def told(config):
    trainer = Trainer(config)
    return trainer.record(next(iter(trainer.batches(1))))


# PyTorch ---------------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = torch.tanh(self.fc1(x))
        h = h + F.leaky_relu(self.fc2(h), 0.2)
        return self.out(h)


class Words(nn.Module):
    def __init__(self, kind, last):
        super().__init__()
        self.emb, self.cell, self.out = nn.Embedding(5, 3), kind(3, 4, batch_first=True), nn.Linear(4, 2)
        self.last = last

    def forward(self, x):
        if self.last == "of all states":
            states, _ = self.cell(self.emb(x))
            return self.out(states[:, -1])
        _, last = self.cell(self.emb(x))
        return self.out((last[0] if isinstance(self.cell, nn.LSTM) else last)[-1])


def picture():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2)
    )


X, CLASSES = (5, 3), [0, 1, 2, 1, 0]
# network, the shape of x (or tokens), y, loss, optimizer
TORCH = {
    "classes": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)), X, CLASSES,
                nn.CrossEntropyLoss(label_smoothing=0.1), lambda p: torch.optim.Adam(p, 0.01)),
    "deep": (lambda: nn.Sequential(nn.Linear(3, 4), nn.GELU(), nn.Sequential(nn.Linear(4, 4), nn.SiLU()), nn.Linear(4, 1)),
             X, (5, 1), nn.MSELoss(), lambda p: torch.optim.Adam(p, 0.01, amsgrad=True, weight_decay=0.1)),
    "picture": (picture, (5, 1, 4, 4), [0, 1, 1, 1, 0], nn.CrossEntropyLoss(reduction="sum"),
                lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, nesterov=True)),
    "steps": (lambda: nn.Sequential(nn.Conv1d(2, 3, 2), nn.ELU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(3, 2)),
              (5, 2, 6), (5, 2), nn.HuberLoss(delta=0.5), lambda p: torch.optim.Adagrad(p, 0.01)),
    "batch": (lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid()),
              X, (5, 1), nn.BCELoss(), lambda p: torch.optim.AdamW(p, 0.01)),
    "layer norm": (lambda: nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.PReLU(), nn.Linear(4, 1)), X, (5, 1),
                   nn.BCEWithLogitsLoss(), lambda p: torch.optim.Adadelta(p, 0.01)),
    "residual": (Residual, X, (5, 1), nn.MSELoss(), lambda p: torch.optim.RMSprop(p, 0.01)),
    "one layer": (lambda: nn.Linear(2, 2), (5, 2), (5, 2), nn.L1Loss(), lambda p: torch.optim.NAdam(p, 0.01)),
    "no bias": (lambda: nn.Sequential(nn.Linear(3, 2, bias=False), nn.LogSoftmax(1)), X, [0, 1, 1, 0, 1],
                nn.NLLLoss(), lambda p: torch.optim.Adamax(p, 0.01)),
    **{
        f"{kind.__name__} {last}": (lambda kind=kind, last=last: Words(kind, last), [[0, 1, 2], [3, 4, 0]], [0, 1],
                                    nn.CrossEntropyLoss(), lambda p: torch.optim.SGD(p, 0.1))
        for kind in (nn.RNN, nn.LSTM, nn.GRU)
        for last in ("of all states", "given apart")
    },
}  # fmt: skip


@pytest.mark.parametrize("case", TORCH)
def test_a_step_of_a_module_is_pytorchs(case):
    make, x, y, loss, optimizer_of = TORCH[case]
    model = make()
    optimizer = optimizer_of(model.parameters())
    x = torch.tensor(x) if isinstance(x, list) else torch.randn(x)
    y = torch.tensor(y) if isinstance(y, list) else torch.rand(y)
    config = from_torch(model, x, y, loss, optimizer)
    step = told(config)
    value = loss(model(x), y)
    value.backward()
    gradients = sum(float((one.grad**2).sum()) for one in model.parameters())
    optimizer.step()
    with torch.no_grad():
        after = loss(model(x), y).item()
    assert abs(step.before.loss - value.item()) < TOLERANCE
    assert abs(step.after.loss - after) < TOLERANCE
    learnt = sum(
        (one[:, layer.columns()] ** 2).sum() for layer, one in zip(config.layers, step.dL_dw, strict=True)
    )
    assert abs(learnt - gradients) < TOLERANCE * max(1, gradients)


def test_a_module_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    model[1].eval()
    before = {name: one.clone() for name, one in model.state_dict().items()}
    state = torch.get_rng_state()
    x, y = torch.randn(5, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 0, 1, 1])
    from_torch(model, x, y, nn.CrossEntropyLoss())
    with pytest.raises(InputError, match="expected a loss, since there is a target"):
        from_torch(model, x, y)
    assert [one.training for one in model] == [True, False, True, True]
    assert all((one == before[name]).all() for name, one in model.state_dict().items())
    assert (torch.get_rng_state() == state).all()


@pytest.mark.parametrize(
    "model, loss, message",
    [
        (nn.Sequential(nn.Linear(3, 4), nn.Mish()), None, "1: nnstep has no layer for Mish"),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(1)), nn.CrossEntropyLoss(), "it would be applied twice"),
        (nn.Sequential(nn.Linear(3, 2), nn.Softmax(0)), None, "1: expected a softmax over the last axis, got dim=0"),
        (nn.Sequential(nn.Linear(3, 2)), nn.BCEWithLogitsLoss(), "its mean is over the outputs too"),
        (nn.Sequential(nn.Linear(3, 2)), nn.CrossEntropyLoss(weight=torch.ones(2)), "sum of the weights"),
        (nn.Sequential(nn.Linear(3, 2)), nn.TripletMarginLoss(), "nnstep has no loss TripletMarginLoss"),
        (nn.Linear(4, 2), None, "cannot be traced"),
    ],
)  # fmt: skip
def test_what_nnstep_has_not_is_told_by_name_and_place(model, loss, message):
    with pytest.raises(InputError, match=message):
        from_torch(model.double(), torch.ones(2, 3), torch.tensor([0, 1]), loss)


def test_a_state_dict_is_read_in_both_formats(tmp_path):
    from safetensors.torch import save_file

    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3), nn.Softmax(1)).float()
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    torch.save(model.state_dict(), tmp_path / "a.pt")
    torch.save({"model_state_dict": model.state_dict(), "epoch": 3}, tmp_path / "a.pth")
    x = np.array([[0.5, -0.25, 1.0]])
    for suffix in ("safetensors", "pt", "pth"):
        stack = read(str(tmp_path / f"a.{suffix}"))
        stack.name_activations(["relu", "softmax"])
        stack.samples = [{"x": x[0].tolist(), "y": 1}]
        config = stack.config()
        weights = [np.array(layer.weights)[:, 1:] for layer in config.layers]
        for own, theirs in zip(weights, (model[0].weight, model[2].weight), strict=True):
            assert (own.astype(np.float32) == theirs.detach().numpy()).all()
        found = told(config).before.a[-1].T
        assert np.allclose(found, model(torch.tensor(x).float()).detach(), atol=1e-6)


def test_a_state_dict_of_other_kinds(tmp_path):
    model = nn.Sequential(nn.Embedding(5, 3), nn.GRU(3, 4, batch_first=True))
    torch.save({f"emb.{k}" if i == 0 else f"cell.{k}": v for i, m in enumerate(model) for k, v in m.state_dict().items()},
               tmp_path / "words.pt")  # fmt: skip
    stack = read(str(tmp_path / "words.pt"), (3,))
    stack.samples = [{"x": [0, 1, 2], "y": [0.0] * 4}]
    stack.name_loss("half_squared_error")
    _, last = model[1](model[0](torch.tensor([[0, 1, 2]])))
    assert np.allclose(told(stack.config()).before.a[-1].T, last[0].detach(), atol=TOLERANCE)


# hostile files -------------------------------------------------------------------------------------------


class Evil:
    """Unpickled, it would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    path, run = tmp_path / "evil.pt", tmp_path / "run"
    torch.save({"weight": Evil(run)}, path)
    with pytest.raises(
        InputError, match="expected a state dict of tensors alone, got .*open, which could run"
    ):
        read(str(path))
    assert not run.exists()
    torch.save(nn.Linear(2, 2), path)
    with pytest.raises(InputError, match=r"got torch.nn.modules.linear.Linear, which could run code"):
        read(str(path))


def test_a_tensor_that_says_it_is_huge_is_refused(tmp_path):
    torch.save({"weight": torch.zeros(1).as_strided((10**6, 10**6), (0, 0))}, tmp_path / "stride.pt")
    with pytest.raises(
        InputError, match=r"weight: expected at most 2,000,000 numbers in an array, got 1,000,"
    ):
        read(str(tmp_path / "stride.pt"))


@pytest.mark.parametrize(
    "content, message",
    [
        (struct.pack("<Q", 10 * 2**30) + b"{}", "header too large"),
        (None, "expected safetensors: "),
    ],
)
def test_safetensors_that_lie_are_refused(content, message, tmp_path):
    if content is None:
        header = {"w": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}
        told = json.dumps(header).encode()
        content = struct.pack("<Q", len(told)) + told
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(str(tmp_path / "a.safetensors"))


def onnx_graph(path, nodes, weights, output):
    from onnx import TensorProto, helper, save

    ends = [helper.make_tensor_value_info(one, TensorProto.FLOAT, [1, 1]) for one in ("x", output)]
    save(helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], [weights])), path)


def test_hostile_onnx_is_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    make, path = onnx.helper, str(tmp_path / "a.onnx")
    plain = make.make_tensor("w", 1, [1, 1], [1.0])
    onnx_graph(path, [make.make_node("MatMul", ["b", "w"], ["a"], name="first"),
                      make.make_node("Relu", ["a"], ["b"], name="second")], plain, "b")  # fmt: skip
    with pytest.raises(
        InputError, match="first: it takes b, which no node before it makes: the graph is cyclic"
    ):
        read(path)
    once = [make.make_node("MatMul", ["x", "w"], ["y"])]
    huge = make.make_tensor("w", 1, [1, 1], [1.0])
    huge.ClearField("float_data")
    huge.dims[:] = [10**6, 10**6]
    onnx_graph(path, once, huge, "y")
    with pytest.raises(InputError, match="w: expected at most 2,000,000 numbers"):
        read(path)
    outside = make.make_tensor("w", 1, [1, 1], [1.0])
    outside.ClearField("float_data")
    outside.data_location = onnx.TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../../etc/passwd")
    onnx_graph(path, once, outside, "y")
    with pytest.raises(InputError, match="in the file itself"):
        read(path)
    onnx_graph(path, [make.make_node("Loop", ["x", "w"], ["y"], name="again")], plain, "y")
    with pytest.raises(InputError, match="again: nnstep has no layer for Loop"):
        read(path)


# ONNX ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model, shape",
    [
        (lambda: nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(0.2), nn.Linear(4, 2), nn.Softmax(1)), (1, 3)),
        (lambda: nn.Sequential(picture(), nn.Softmax(1)), (1, 1, 4, 4)),
        (Residual, (1, 3)),
        (lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.PReLU(), nn.Linear(4, 2)), (1, 3)),
        (lambda: nn.Sequential(nn.Conv2d(2, 3, 2, stride=2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)), (1, 2, 4, 4)),
    ],
)  # fmt: skip
def test_what_pytorch_exports_to_onnx_is_read(model, shape, tmp_path):
    pytest.importorskip("onnx")
    made, path = model().eval(), tmp_path / "net.onnx"
    x = torch.randn(shape)
    torch.onnx.export(made, x, str(path), dynamo=False)
    stack = read(str(path))
    stack.samples = [{"x": x[0].tolist()}]
    from perceptron_cli.engine import forward

    assert np.allclose(forward(stack.config()).a[-1].T, made(x).detach(), atol=1e-7)


@pytest.mark.parametrize("name", ["lecture", "conv", "lstm", "attention", "batchnorm", "iris"])
def test_what_nnstep_exports_to_onnx_comes_back_whole(name, tmp_path):
    pytest.importorskip("onnx")
    from perceptron_cli import load
    from perceptron_cli.export import export

    if name == "batchnorm":
        config = load(
            name,
            (
                ("--set", "network.layers[1].running_mean=[0.5, 1]"),
                ("--set", "network.layers[1].running_var=[1, 2]"),
            ),
        )
    else:
        config = load(name)
    path = tmp_path / "net.onnx"
    path.write_bytes(export(config, "onnx", str(tmp_path)))
    one, two = told(config), told(read(str(path)).config())
    assert (one.before.loss, one.after.loss) == (two.before.loss, two.after.loss)


# scikit-learn ----------------------------------------------------------------------------------------------


def perceptron(kind, outputs, **settings):
    from sklearn import neural_network

    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3))
    y = rng.integers(0, outputs, 6) if kind == "MLPClassifier" else rng.normal(size=(6, outputs))
    y = y.ravel() if outputs == 1 else y
    if kind == "MLPClassifier":
        y[:outputs] = range(outputs)
        y = np.array(["ant", "bee", "cat"])[y]
    model = getattr(neural_network, kind)(
        hidden_layer_sizes=(4, 3), batch_size=6, shuffle=False, random_state=0, **settings
    )
    return model, x, y


@pytest.mark.parametrize(
    "kind, outputs, settings",
    [
        ("MLPClassifier", 3, {}),
        ("MLPClassifier", 2, {"activation": "tanh", "alpha": 0.5}),
        ("MLPClassifier", 3, {"solver": "sgd", "activation": "logistic", "learning_rate_init": 0.1}),
        ("MLPRegressor", 1, {"solver": "sgd", "nesterovs_momentum": False}),
        ("MLPRegressor", 2, {"solver": "adam", "alpha": 0, "activation": "identity"}),
    ],
)
def test_two_steps_of_a_perceptron_are_scikit_learns(kind, outputs, settings, tmp_path):
    pytest.importorskip("sklearn")
    from perceptron_cli import train

    model, x, y = perceptron(kind, outputs, **settings)
    if kind == "MLPClassifier":
        model.partial_fit(x, y, classes=sorted(set(y)))
    else:
        model.partial_fit(x, y)
    # start where the optimizer does: with the weights as they are now, and no steps made
    fresh, _, _ = perceptron(kind, outputs, warm_start=True, max_iter=2, **settings)
    fresh.__dict__.update({k: v for k, v in model.__dict__.items() if k not in ("max_iter", "warm_start")})
    config = from_sklearn(model, x, y)
    del fresh._optimizer
    fresh.t_, fresh.n_iter_ = 0, 0
    run = train(replace(config, training=replace(config.training, epochs=2)))
    fresh.fit(x, y)
    for own, coefs, intercepts in zip(run.weights, fresh.coefs_, fresh.intercepts_, strict=True):
        assert np.abs(own[:, 1:] - coefs.T).max() < TOLERANCE
        assert np.abs(own[:, 0] - intercepts).max() < TOLERANCE


def test_a_saved_perceptron_is_read_by_skops(tmp_path):
    skops = pytest.importorskip("skops.io")
    model, x, y = perceptron("MLPClassifier", 3)
    model.partial_fit(x, y, classes=sorted(set(y)))
    skops.dump(model, tmp_path / "net.skops")
    stack = read(str(tmp_path / "net.skops"))
    stack.samples = [{"x": one.tolist(), "y": 0} for one in x]
    assert np.allclose(told(stack.config()).before.a[-1].T, model.predict_proba(x), atol=TOLERANCE)
    skops.dump(Evil(tmp_path), tmp_path / "evil.skops")
    with pytest.raises(InputError, match="expected a perceptron of scikit-learn alone, got"):
        read(str(tmp_path / "evil.skops"))
    from sklearn.linear_model import LinearRegression

    skops.dump(LinearRegression().fit([[1], [2]], [1, 2]), tmp_path / "line.skops")
    with pytest.raises(InputError, match="expected one of MLPClassifier, MLPRegressor, got LinearRegression"):
        read(str(tmp_path / "line.skops"))


# Keras -----------------------------------------------------------------------------------------------------

R = np.random.default_rng(0)
KERAS = {
    "classes": (lambda L: [L.Dense(4, activation="relu"), L.Dense(3, activation="softmax")], R.normal(size=(5, 3)),
                np.array(CLASSES), "sparse_categorical_crossentropy", ("Adam", {"learning_rate": 0.01})),
    "logits": (lambda L: [L.Dense(4, activation="gelu"), L.LayerNormalization(), L.Dense(3)], R.normal(size=(5, 3)),
               np.array(CLASSES), "from logits", ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True})),
    "yes or no": (lambda L: [L.Dense(4, activation="tanh"), L.Dense(1, activation="sigmoid")], R.normal(size=(5, 3)),
                  np.array([[0], [1], [1], [0], [1]]), "binary_crossentropy", ("Adadelta", {"learning_rate": 0.1})),
    "picture": (lambda L: [L.Conv2D(3, 2, activation="relu", padding="same"), L.MaxPooling2D(2), L.Flatten(),
                           L.Dense(2, activation="softmax")], R.normal(size=(3, 4, 6, 2)), np.array([0, 1, 1]),
                "sparse_categorical_crossentropy", ("SGD", {"learning_rate": 0.1})),
    "steps": (lambda L: [L.Conv1D(3, 2), L.LeakyReLU(negative_slope=0.1), L.Flatten(), L.Dense(2)],
              R.normal(size=(3, 5, 2)), R.normal(size=(3, 2)), "mse", ("SGD", {"learning_rate": 0.1})),
    "mean of steps": (lambda L: [L.Conv1D(3, 2), L.GlobalAveragePooling1D(), L.Dense(2)], R.normal(size=(3, 5, 2)),
                      R.normal(size=(3, 2)), "huber", ("SGD", {"learning_rate": 0.1, "momentum": 0.5})),
    "batch": (lambda L: [L.Dense(4), L.BatchNormalization(), L.Dense(2)], R.normal(size=(4, 3)),
              R.normal(size=(4, 2)), "mse", ("SGD", {"learning_rate": 0.1})),
    "LSTM": (lambda L: [L.Embedding(5, 3), L.LSTM(4), L.Dense(2)], np.array([[0, 1, 2], [3, 4, 0]]),
             R.normal(size=(2, 2)), "mae", ("SGD", {"learning_rate": 0.1})),
    "GRU": (lambda L: [L.Embedding(5, 3), L.GRU(4), L.Dense(2)], np.array([[0, 1, 2], [3, 4, 0]]),
            R.normal(size=(2, 2)), "mse", ("SGD", {"learning_rate": 0.1})),
    "stack": (lambda L: [L.GRU(4, reset_after=False, return_sequences=True), L.SimpleRNN(3, return_sequences=True),
                         L.LSTM(2, use_bias=False), L.Dense(2)], R.normal(size=(2, 3, 2)), R.normal(size=(2, 2)),
              "mse", ("SGD", {"learning_rate": 0.1})),
}  # fmt: skip


@pytest.mark.parametrize("case", KERAS)
def test_a_step_of_a_keras_model_is_keras_own(case, tmp_path, monkeypatch):
    keras = pytest.importorskip("keras")
    pytest.importorskip("h5py")
    from keras.src.backend.common import dtypes

    # Keras takes float64 for float32 wherever the backend is not TensorFlow
    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    dtypes.result_type.cache_clear() if hasattr(dtypes.result_type, "cache_clear") else None
    monkeypatch.setattr(keras.src.backend.config, "_FLOATX", "float64")
    make, x, y, loss, (name, settings) = KERAS[case]
    keras.utils.set_random_seed(0)
    layers = make(keras.layers)
    if x.dtype.kind == "f":
        x = np.round(x * 8) / 8
    model = keras.Sequential([keras.Input(x.shape[1:], dtype="float64"), *layers])
    if loss == "from logits":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=getattr(keras.optimizers, name)(**settings), loss=loss)
    model.save(tmp_path / "net.keras")
    stack = read(str(tmp_path / "net.keras"))
    from perceptron_cli.imports.keras import set_samples_of

    set_samples_of(stack, x, y)
    configs = [from_keras(model, x, y), stack.config()]
    steps = [told(config) for config in configs]
    logits = model(x, training=False).detach().numpy().reshape(len(x), -1)
    model.train_on_batch(x, y)
    for step in steps:
        if case != "batch":  # whose prediction takes running statistics
            found = (step.before.z if not isinstance(loss, str) else step.before.a)[-1].T
            assert np.abs(found - logits).max() < TOLERANCE
            after = model(x, training=False).detach().numpy().reshape(len(x), -1)
            found = (step.after.z if not isinstance(loss, str) else step.after.a)[-1].T
            assert np.abs(found - after).max() < TOLERANCE
        else:
            last = model.layers[-1].get_weights()
            assert np.abs(step.new_weights[-1][:, 1:] - last[0].T).max() < TOLERANCE
            assert np.abs(step.new_weights[-1][:, 0] - last[1]).max() < TOLERANCE


def test_numbers_in_another_file_are_not_fetched(tmp_path):
    h5py = pytest.importorskip("h5py")
    layer = {
        "class_name": "Dense",
        "config": {"name": "x", "activation": "linear"},
        "build_config": {"input_shape": [None, 3]},
    }
    config = {"class_name": "Sequential", "config": {"layers": [layer]}}
    with h5py.File(tmp_path / "other.h5", "w") as stored:
        stored["w"] = np.ones((3, 2))
    with h5py.File(tmp_path / "weights.h5", "w") as stored:
        stored["layers/dense/vars/0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "w")
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(tmp_path / "weights.h5", "model.weights.h5")
    with pytest.raises(InputError, match="layers/dense/vars/0: expected the numbers in the file itself"):
        read(str(tmp_path / "net.keras"))


def test_what_keras_has_and_nnstep_not_is_told():
    keras = pytest.importorskip("keras")
    L = keras.layers
    for layers, message in (
        (
            [L.Dense(2, name="first"), L.UnitNormalization(name="unit")],
            "unit: nnstep has no layer for UnitNorm",
        ),
        ([L.Dense(2, kernel_regularizer="l2", name="first")], "first: nnstep has no kernel_regularizer"),
        ([L.Dense(2, activation=lambda x: x, name="first")], "first: nnstep has no"),
    ):
        model = keras.Sequential([keras.Input((3,)), *layers])
        with pytest.raises(InputError, match=message):
            from_keras(model)
