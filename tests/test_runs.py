"""A run while it runs: it stops after any step, ends early when it is told to, and says where it is lost."""

import json
import math
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import config, layer, networks, random_config
from test_cli import on_terminal
from typer.testing import CliRunner
from waiting import GENEROUS, wait_until

from perceptron_cli import engine, load, trace
from perceptron_cli.cli.app import make_app
from perceptron_cli.document import Note
from perceptron_cli.errors import NumberError
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Given
from perceptron_cli.spec.samples import Samples

app = make_app()

NNSTEP = str(Path(sys.executable).parent / "nnstep")
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def training(network: Config, **changes: object) -> Config:
    return replace(network, training=replace(network.training, **changes))


def call(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def running(*arguments: str, **more: object) -> subprocess.Popen[str]:
    """Start the real command."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [NNSTEP, *arguments], stdout=pipe, stderr=pipe, env=ENVIRONMENT, text=True, **more
    )


def after(network: Config, updates: int) -> engine.Trainer:
    """A trainer that made so many updates, one by one."""
    trainer = engine.trainer_of(network, updates)
    with np.errstate(all="ignore"):
        for epoch in range(1, updates // trainer.updates_per_epoch + 2):
            for batch in trainer.batches(epoch):
                if trainer.t < updates:
                    trainer.step(batch)
    return trainer


# stopped --------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 3])
@pytest.mark.parametrize("number, code, word", [(2, 130, "interrupted"), (15, 143, "terminated")])
def test_a_stopped_run_prints_what_it_has(number, code, word, batch_size, tmp_path):
    """Whichever signal, and in the middle of an epoch too."""
    size = f"training.batch_size={batch_size or 'all'}"
    begun = tmp_path / "run.npz"  # a first checkpoint says that the run is under way
    keeping = ("--checkpoint", str(begun), "--checkpoint-every", "50")
    with running("train", "xor", "--epochs", "100000000", "--set", size, "--json", *keeping) as process:
        wait_until(begun.exists, "a first checkpoint")
        process.send_signal(number)
        out, errors = process.communicate(timeout=GENEROUS)
    assert process.returncode == code
    data = json.loads(out)
    ended = data["ended"]
    assert ended["reason"] == "stopped"
    assert errors == f"{word}: stopped after update {ended['update']}; this is what it has\n"
    trainer = after(training(load("xor"), batch_size=batch_size), ended["update"])
    for one, matrix in zip(data["layers"], trainer.network.weights, strict=True):
        assert np.array_equal(one["weights"], matrix)
    assert data["loss"] == trainer.loss()


def test_a_stopped_stream_ends_with_its_result():
    with running("train", "xor", "--epochs", "100000000", "--format", "jsonl") as process:
        lines = [process.stdout.readline() for _ in range(20)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()
    assert process.returncode == 130
    told = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    assert [one["kind"] for one in told] == ["epoch"] * (len(told) - 1) + ["result"]
    assert [one["epoch"] for one in told[:-1]] == list(range(len(told) - 1))
    assert told[-1]["ended"]["epoch"] == told[-2]["epoch"]
    assert errors.startswith("interrupted: ")


def test_a_second_signal_ends_at_once():
    """While the step that was to be the last is still at work: here, one that takes seconds."""
    samples = ", ".join("{x: [1, 0], y: 1}" for _ in range(20_000))
    layers = ", ".join("{neurons: 400, activation: tanh, init: he_normal}" for _ in range(3))
    text = (
        f"network: {{inputs: 2, layers: [{layers}, {{neurons: 1, activation: sigmoid, init: he_normal}}]}}\n"
        f"loss: binary_cross_entropy\nsamples: [{samples}]\ntraining: {{epochs: 100000}}\n"
    )
    with running("train", "-", "--format", "jsonl", stdin=subprocess.PIPE) as process:
        process.stdin.write(text)
        process.stdin.close()
        process.stdout.readline()  # epoch 0: the steps begin
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)  # taken after SIGINT, however late both are seen
        assert process.wait(timeout=GENEROUS) == 143
        assert "result" not in process.stdout.read()
        assert process.stderr.read() == ""


class StopAfter(engine.Stop):
    """A wish that is made while update number `t` is at work."""

    def __init__(self, t: int) -> None:
        self.t = t

    @property
    def asked(self) -> bool:
        return bool(sys._getframe(1).f_locals["trainer"].t >= self.t)


@given(networks(), st.integers(1, 12))
def test_a_run_stops_after_any_step_with_the_weights_of_that_step(network, last):
    network = training(network, epochs=4)
    whole = 4 * engine.Trainer(network).updates_per_epoch
    last = min(last, whole)
    trainer = after(network, last)
    if not (trainer.is_finite and math.isfinite(trainer.loss())):
        return
    told = []
    run = engine.train(network, stop=StopAfter(last), on_epoch=lambda epoch, *_: told.append(epoch))
    assert (run.ended, run.updates) == ("stopped" if last < whole else "epochs", last)
    assert all(np.array_equal(a, b) for a, b in zip(run.weights, trainer.network.weights, strict=True))
    assert told == list(range(last // trainer.updates_per_epoch + 1))


def test_a_stopped_run_says_where_it_is():
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "half_squared_error", samples=7, batch_size=3)
    stop = engine.Stop()

    def ask(epoch: int, *_: object) -> None:
        stop.asked = epoch == 2

    document = trace.train(network, on_epoch=ask, stop=stop)
    assert document.data["ended"] == {"reason": "stopped", "epoch": 2, "update": 6}
    (note,) = (
        one for one in document.sections[0].blocks if hasattr(one, "kind") and one.kind == "observation"
    )
    assert note.text == "Stopped after update 6 of 150: the weights are those that it left."


# told while it runs ---------------------------------------------------------------------------


def test_a_terminal_is_shown_the_epoch_the_loss_the_rate_and_the_time_left():
    shown = on_terminal("train", "xor", "--epochs", "400000", "--quiet")
    assert "epochs/s" not in shown
    shown = on_terminal("train", "xor", "--epochs", "400000")
    assert re.search(r"epoch \d+/400000 loss 0\.\d+ [\d.e+]+ epochs/s", shown)
    assert re.search(r"\d:\d\d:\d\d", shown)


@pytest.mark.parametrize(
    "width, told",
    [
        (80, r"epoch \d+/3000 loss 0\.\d+, held out \d+\.\d% [\d.e+]+ epochs/s ━"),
        (60, r"epoch \d+/3000 loss 0\.\d+ [\d.e+]+ epochs/s ━"),
        (44, r"epoch \d+/3000 loss 0\.\d+ +━"),
        (40, r"epoch \d+/3000 loss 0\.\d+ +━"),
    ],
)
def test_a_narrow_terminal_is_shown_what_fits(width, told):
    shown = on_terminal("train", "iris", "--epochs", "3000", width=width)
    line = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown)
    assert re.search(told, line) and "…" not in line.partition("iris:")[0]


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_narrated_epochs_stand_among_the_table_in_both_views(form):
    text = call("train", "xor", "--epochs", "40", "--narrate", "1,last", "--view", form).stdout
    assert (
        text.index("Epochs\n")
        < text.index("Epoch 1, training step 1")
        < text.index("Epoch 40, training step 40")
    )
    assert ("V[2]" in text or "W[2]" in text or "W₂" in text or "W⁽²⁾" in text) == (form == "matrix")
    plain = call("train", "xor", "--epochs", "40", "--json").stdout
    told = call("train", "xor", "--epochs", "40", "--narrate", "1,last", "--view", form, "--json").stdout
    assert json.loads(plain)["layers"] == json.loads(told)["layers"]


# ended early ----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 2])
def test_a_run_ends_once_its_loss_is_low_enough(batch_size):
    network = random_config(
        [2, 3, 1], ["tanh", "sigmoid"], "half_squared_error", samples=4, seed=3, batch_size=batch_size
    )
    losses = engine.train(network).history.losses
    run = engine.train(training(network, until_loss=Given(losses[20])))
    assert (run.ended, run.epochs) == ("until_loss", next(e for e, l in enumerate(losses) if l <= losses[20]))
    assert run.history.losses == losses[: run.epochs + 1]
    assert run.loss == losses[run.epochs]


def test_a_run_whose_loss_is_low_from_the_start_makes_no_step():
    run = engine.train(training(random_config([1, 1], ["tanh"], "half_squared_error"), until_loss=Given(9e9)))
    assert (run.ended, run.epochs, run.updates) == ("until_loss", 0, 0)


def test_patience_ends_a_run_that_grows_no_better():
    """Beyond the stable rate, 2/curvature, the loss of a parabola grows from the first step."""
    network = config(
        [layer("linear", [[0.0, 1.0]])], "half_squared_error", [([1.0], [0.0])], learning_rate=1.1, epochs=90
    )
    run = engine.train(training(network, patience=5))
    assert (run.ended, run.epochs, run.best_epoch) == ("patience", 5, 0)
    ended, worse = trace.train(training(network, patience=5)).sections[0].blocks[-2:]
    assert worse.text == (
        "The loss is larger than before training: try a smaller learning rate (--lr 0.11 for 1.1), "
        "or a clipped gradient (--clip-norm 1)."
    )
    waited = "5 epochs brought no smaller loss than 0.5 after epoch 0"
    assert ended.text.startswith(f"Ended after epoch 5: {waited}")


def overfitting(tmp_path: Path, **changes: object) -> Config:
    """A network with enough weights to learn by heart which of its points have the wrong class."""
    rng = np.random.default_rng(8)
    points = rng.normal(size=(40, 2)).round(3)
    rows = "".join(f"{a},{b},{int((a + b > 0) != (rng.random() < 0.3))}\n" for a, b in points)
    (tmp_path / "d.csv").write_text(f"a,b,kind\n{rows}")
    (tmp_path / "net.yaml").write_text(
        "network:\n  layers:\n    - {neurons: 12, activation: tanh, init: xavier_normal}\n"
        "    - {neurons: 1, activation: sigmoid, init: xavier_normal}\n"
        "loss: binary_cross_entropy\ndata: {file: d.csv, split: 0.75}\n"
        "training: {learning_rate: 0.5, epochs: 300}\n"
    )
    return training(load(tmp_path / "net.yaml"), **changes)


@pytest.mark.parametrize("batch_size", [None, 4])
def test_patience_watches_what_is_held_out(tmp_path, batch_size):
    """The loss in training falls on and on; what the network is for grew worse long before."""
    network = overfitting(tmp_path, batch_size=batch_size)
    whole = engine.train(network).history
    held_out = whole.measures["validation_loss"]
    best = held_out.index(min(held_out[:60]))
    assert 0 < best < 40 and whole.losses[-1] < whole.losses[60] < whole.losses[best]
    patient = training(network, patience=20)
    run = engine.train(patient)
    assert (run.ended, run.epochs, run.best_epoch) == ("patience", best + 20, best)
    assert run.best_loss == held_out[best]
    note = trace.train(patient).sections[0].blocks[-1].text
    assert f"20 epochs brought no smaller held-out loss than {held_out[best]:.4f} after epoch {best}." in note


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("ended", ["epochs", "patience", "stopped"])
def test_the_best_weights_are_kept(tmp_path, batch_size, ended):
    """To the bit those of a run that ends with the best epoch, however this one ended."""
    network = overfitting(tmp_path, batch_size=batch_size, keep_best=True)
    network = training(network, patience=20 if ended == "patience" else None)
    stop = StopAfter(75 if batch_size is None else 75 * 8 + 3) if ended == "stopped" else None
    run = engine.train(network, stop=stop)
    assert run.ended == ended
    short = engine.train(overfitting(tmp_path, batch_size=batch_size, epochs=run.best_epoch))
    assert 0 < run.best_epoch < run.epochs
    assert all(np.array_equal(one, other) for one, other in zip(run.weights, short.weights, strict=True))
    assert (run.loss, run.best_loss) == (short.loss, short.last["validation_loss"])
    assert np.array_equal(run.prediction, short.prediction)
    plain = engine.train(training(network, keep_best=False), stop=stop)
    assert vars(plain.history) == vars(run.history)
    assert (plain.loss, plain.last) == (run.last["loss"], run.last)


def test_the_best_weights_of_a_set_without_a_held_out_part_are_those_of_the_least_loss():
    network = config(
        [layer("linear", [[0.0, 1.0]])], "half_squared_error", [([1.0], [0.0])], learning_rate=1.1, epochs=9
    )
    run = engine.train(training(network, keep_best=True))
    assert (run.best_epoch, run.loss, run.last["loss"] > 1) == (0, 0.5, True)
    assert run.weights[0].tolist() == [[0.0, 1.0]]


def test_where_no_held_out_loss_is_finite_the_last_weights_are_left():
    far = Samples(np.array([[1.0]]), np.array([[1e200]]))
    network = config(
        [layer("linear", [[0.0, 1.0]])], "squared_error", [([1.0], [0.5])],
        epochs=9, patience=4, keep_best=True,
    )  # fmt: skip
    network = replace(network, data=replace(load("wave").data, held_out=far))
    taken = []
    run = engine.train(network, keeping=engine.Keeping(taken.append))
    assert (run.ended, run.epochs, run.kept, run.loss) == ("patience", 4, False, run.last["loss"])
    told = [one.text for one in trace.train(network).sections[0].blocks if isinstance(one, Note)]
    assert told == [
        "Ended after epoch 4: 4 epochs brought no finite held-out loss.",
        "No epoch ended with a finite held-out loss: the weights are the last ones.",
    ]
    progress = engine.decode(network, engine.encode(network, taken[0]), "kept")
    again = engine.train(training(network, patience=6), resume=progress)
    assert (again.epochs, again.kept) == (6, False)


def test_what_is_kept_is_told_and_saved(tmp_path):
    overfitting(tmp_path)
    arguments = ("train", str(tmp_path / "net.yaml"), "--patience", "20", "--keep-best")
    saved = tmp_path / "kept.yaml"
    text = " ".join(call(*arguments, "--save", str(saved)).stdout.split())
    data = json.loads(call(*arguments, "--json").stdout)
    best, history = data["best"], data["history"]
    place = history["epoch"].index(best["epoch"])
    assert best == {
        "epoch": place, "loss": min(history["validation_loss"]), "of": "validation_loss", "kept": True,
    }  # fmt: skip
    told = f"The weights are those of epoch {place}, whose held-out loss is the least, {best['loss']:.4f}."
    assert told in text and f"Weights of epoch {place}" in text
    assert f" at epoch {place}, the best of {place + 20} epochs" in saved.read_text().splitlines()[0]
    scores = json.loads(call("evaluate", str(saved), "--json").stdout)["scores"]
    assert scores == data["scores"] and scores["held_out"]["loss"] == best["loss"]
    assert "best" not in json.loads(call("train", "xor", "--epochs", "2", "--json").stdout)


def test_waiting_for_a_loss_changes_no_number():
    network = random_config([2, 4, 1], ["relu", "sigmoid"], "binary_cross_entropy", samples=7)
    plain = engine.train(network)
    waiting = engine.train(training(network, patience=1000, until_loss=Given(0.0)))
    assert plain.history.losses == waiting.history.losses
    assert all(np.array_equal(a, b) for a, b in zip(plain.weights, waiting.weights, strict=True))


def test_the_flags_are_the_keys_of_the_config():
    data = json.loads(call("train", "xor", "--until-loss", "0.5", "--patience", "50", "--json").stdout)
    assert data["ended"]["reason"] == "until_loss"
    assert data["loss"] <= 0.5 < data["history"]["loss"][-2]
    wrong = call("train", "xor", "--patience", "0")
    assert wrong.exit_code == 2
    assert "--patience: training.patience: expected a whole number of epochs from 1 on" in wrong.stderr


# the loss of an epoch ---------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_an_epochs_loss_can_be_that_of_its_batches(batch_size, reduction):
    """The last batch of three is smaller than the others and counts for less."""
    network = random_config(
        [2, 3, 2],
        ["tanh", "softmax"],
        "categorical_cross_entropy",
        samples=7,
        batch_size=batch_size,
        reduction=reduction,
        epochs=4,
    )
    after = engine.train(network)
    during = engine.train(training(network, epoch_loss="during"), narrate=range(1, 5))
    assert during.history.losses[0] == after.history.losses[0]
    for epoch, steps in during.narrated.items():
        parts = [step.before.losses.sum() for step in steps]
        loss = sum(parts) / (7 if reduction == "mean" else 1)
        assert during.history.losses[epoch] == pytest.approx(loss, rel=1e-13)
    assert during.last["loss"] == during.history.losses[-1] > during.loss == after.loss
    assert np.array_equal(during.prediction, after.prediction)
    assert all(np.array_equal(a, b) for a, b in zip(during.weights, after.weights, strict=True))


def test_the_loss_of_the_batches_costs_no_pass_over_the_set(monkeypatch):
    passes, loss = [], engine.Trainer.loss
    monkeypatch.setattr(engine.Trainer, "loss", lambda *given: passes.append(0) or loss(*given))
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "half_squared_error", samples=4, batch_size=2)
    run = engine.train(training(network, epoch_loss="during", epochs=9))
    assert len(passes) == 1  # before the first epoch
    assert run.loss == run.loss
    assert len(passes) == 2


def test_a_stopped_run_tells_the_loss_of_the_batches_that_it_saw():
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "half_squared_error", samples=6, batch_size=2)
    run = engine.train(training(network, epoch_loss="during", epochs=9), narrate=[2], stop=StopAfter(5))
    assert run.last["loss"] == pytest.approx(
        np.mean([step.before.loss for step in run.narrated[2]]), rel=1e-14
    )


def test_a_run_whose_last_update_loses_the_loss_says_so_when_asked():
    """The weights are finite, the whole set's loss is not; no epoch looked at it."""
    network = config(
        [layer("linear", [[0.0, 1.0]])], "half_squared_error", [([1e90], [0.0])], learning_rate=1.0, epochs=1
    )
    run = engine.train(training(network, epoch_loss="during"))
    with pytest.raises(NumberError, match="after update 1"):
        _ = run.loss


# lost -----------------------------------------------------------------------------------------


def first_lost_by_looking(network: Config, optimizer: str) -> int:
    """The update whose numbers are the first that are not finite, looked for at every step."""
    trainer = engine.Trainer(network)
    with np.errstate(all="ignore"):
        for epoch in range(1, network.training.epochs + 1):
            for batch in trainer.batches(epoch):
                step = trainer.record(batch)
                arrays = [*step.before.z, *step.before.a, *step.dz, *step.dL_dw, *step.new_weights]
                arrays += [one for state in step.new_state.values() for one in state]
                if not (np.isfinite(step.before.loss) and all(np.isfinite(one).all() for one in arrays)):
                    return trainer.t
    raise AssertionError("nothing was lost")


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "nesterov"])
def test_a_diverging_run_names_the_step_the_layer_and_the_number(optimizer, batch_size):
    network = random_config(
        [2, 3, 1], ["linear", "linear"], "squared_error", samples=4, seed=1, batch_size=batch_size,
        optimizer=optimizer, learning_rate=20.0, epochs=3000,
    )  # fmt: skip
    with pytest.raises(NumberError) as error:
        engine.train(network)
    (problem,) = error.value.problems
    told = re.match(
        r"update (\d+), epoch (\d+), layer (\d): (\S+) left the finite range and came to (-?inf|nan)",
        problem.message,
    )
    assert told, problem.message
    assert int(told[1]) == first_lost_by_looking(network, optimizer)
    assert int(told[2]) == math.ceil(int(told[1]) / (1 if batch_size is None else 2))
    assert f"[{told[3]}]" in told[4] or told[4] == "L"
    assert "smaller learning rate (--lr 2 for 20)" in problem.hint


def test_a_slowly_diverging_run_is_found_out_after_thousands_of_steps():
    """The steps since the last snapshot are made again, and no more."""
    network = config(
        [layer("linear", [[0.0, 1.0]])], "half_squared_error", [([1.0], [0.0])],
        learning_rate=2.1, update_biases=False, epochs=100_000,
    )  # fmt: skip
    with pytest.raises(NumberError, match=r"L left the finite range and came to inf") as error:
        engine.train(network)
    updates = math.ceil(math.log(math.sqrt(sys.float_info.max)) / math.log(1.1))
    assert re.search(rf"update {updates + 1},", str(error.value))


def test_weights_that_are_lost_while_the_loss_is_not_are_told():
    """A saturated sigmoid hides an infinite weight: the run looks at the weights too."""
    network = config(
        [layer("sigmoid", [[0.0, 0.0]])], "half_squared_error", [([1.0], [5.0])],
        learning_rate=1.7e308, epochs=2,
    )  # fmt: skip
    with pytest.raises(
        NumberError, match=r"update 1, epoch 1, layer 1: w\[1\]_01' left the finite range and came to inf"
    ):
        engine.train(network)


def test_a_diverging_command_ends_with_1():
    done = call("train", "regression", "--lr", "50")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.match(r"update \d+, epoch \d+, layer 2: ", done.stderr)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_snapshot_brings_a_run_back_to_the_bit(optimizer):
    network = random_config(
        [2, 3, 1], ["tanh", "sigmoid"], "half_squared_error", samples=3, optimizer=optimizer
    )
    trainer = engine.Trainer(network)
    for _ in range(3):
        trainer.step(trainer.data)
    kept = trainer.snapshot()
    ends = []
    for _ in range(2):
        trainer.restore(kept)
        for _ in range(4):
            trainer.step(trainer.data)
        ends.append(trainer.network.theta.copy())
    assert np.array_equal(*ends)
