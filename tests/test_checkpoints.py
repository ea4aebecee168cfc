"""A run that goes on from a checkpoint is, to the bit, one that never stopped."""

import json
import os
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import config, layer, networks, random_config
from test_runs import StopAfter, call, running, training
from waiting import wait_until, within

from perceptron_cli import engine, load
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.spec.config import Config, Given

LONG = {  # more epochs than the tests read of them and a pipe holds
    "batches of 3, Adam": ("training.batch_size=3", "training.optimizer=adam", "training.epochs=12000"),
    "one batch, Nesterov": ("training.optimizer=nesterov", "training.epochs=12000"),
}


def identity(file: Path) -> tuple[int, int] | None:
    """What tells a file from the one that it replaces."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test whose command begins to train."""

    def begin(*arguments: object) -> None:
        raise AssertionError("the run began")

    monkeypatch.setattr(engine.Trainer, "__init__", begin)


def kept(network: Config, **more: object) -> tuple[engine.Run, list[engine.Progress]]:
    """A run, and the progress that it kept, as read back from its bytes."""
    taken = []
    run = engine.train(network, keeping=engine.Keeping(taken.append), **more)
    return run, [engine.decode(network, engine.encode(network, one), "kept") for one in taken]


def assert_same(one: engine.Run, other: engine.Run) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))
    assert one.last == other.last
    assert vars(one.history) == vars(other.history)
    assert (one.loss, one.epochs, one.updates, one.ended) == (
        other.loss,
        other.epochs,
        other.updates,
        other.ended,
    )
    assert (one.best_loss, one.best_epoch, one.first_loss) == (
        other.best_loss,
        other.best_epoch,
        other.first_loss,
    )
    assert np.array_equal(one.prediction, other.prediction)


@given(
    networks(),
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from([None, 1, 2]),
    st.booleans(),
    st.booleans(),
)
def test_a_run_in_three_parts_is_one_run(network, first, second, patience, keep_best, during):
    """Stopped after any update, in the middle of an epoch too, with any optimizer and any way to end."""
    network = training(network, epochs=5, patience=patience, keep_best=keep_best)
    network = training(network, epoch_loss="during" if during else "after")
    try:
        whole = engine.train(network)
    except NumberError:
        return
    _, (progress,) = kept(network, stop=StopAfter(first))
    _, (progress,) = kept(network, stop=StopAfter(second), resume=progress)
    assert_same(engine.train(network, resume=progress), whole)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 2])
def test_a_longer_run_goes_on_from_a_shorter_one(optimizer, batch_size):
    network = random_config(
        [2, 3, 1],
        ["tanh", "sigmoid"],
        "binary_cross_entropy",
        samples=5,
        optimizer=optimizer,
        batch_size=batch_size,
    )
    _, (progress,) = kept(training(network, epochs=17))
    assert_same(engine.train(network, resume=progress), engine.train(network))


def test_what_is_kept_on_the_way_is_as_good():
    network = random_config([2, 3, 1], ["tanh", "sigmoid"], "binary_cross_entropy", samples=5)
    taken = []
    whole = engine.train(network, keeping=engine.Keeping(taken.append, every=7))
    assert [one.snapshot.t for one in taken] == [7, 14, 21, 28, 35, 42, 49, 50]
    for progress in taken:
        assert_same(engine.train(network, resume=progress), whole)


def test_a_history_that_is_thinned_goes_on_thinned():
    network = random_config([1, 1], ["tanh"], "half_squared_error", epochs=12_345)
    _, (progress,) = kept(training(network, epochs=11_001))
    assert progress.history.stride == 2
    assert_same(engine.train(network, resume=progress), engine.train(network))


@pytest.mark.parametrize("part", ["1", "0.8"])
@pytest.mark.parametrize("batch", ["all", "50"])
def test_what_is_measured_goes_on_to_the_bit(part, batch):
    changes = {"training.epochs": "9", "training.batch_size": batch, "data.split": part}
    network = load("iris", [("--set", f"{key}={value}") for key, value in changes.items()])
    whole = engine.train(network)
    assert set(whole.history.measures) >= {"accuracy"}
    for first in range(0, whole.updates + 1, 4):
        _, (progress,) = kept(network, stop=StopAfter(first))
        assert_same(engine.train(network, resume=progress), whole)


def test_a_run_that_had_ended_early_stays_ended():
    network = training(load("xor"), until_loss=Given(0.68))
    run, (progress,) = kept(network)
    assert run.ended == "until_loss"
    assert_same(engine.train(network, resume=progress), run)


# the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", LONG.values(), ids=LONG)
def test_a_run_that_is_stopped_at_random_moments_ends_as_one_that_is_not(tmp_path, settings):
    """Each signal is sent after so many epochs were read: a pipe holds far fewer than the run has left."""
    changes = [word for setting in settings for word in ("--set", setting)]
    file, moments = tmp_path / "run.npz", random.Random(settings[0])
    expected = call("train", "xor", *changes, "--json").stdout
    for _ in range(4):
        go_on = ["--resume", str(file)] if file.exists() else []
        arguments = ["train", "xor", *changes, "--checkpoint", str(file), *go_on, "--format", "jsonl"]
        number = moments.choice([signal.SIGINT, signal.SIGTERM])
        with running(*arguments) as process, within("a run that was stopped to end"):
            for _ in range(moments.randint(1, 300)):
                assert process.stdout.readline()
            process.send_signal(number)
            told, errors = process.stdout.read(), process.stderr.read()
        assert process.returncode == 128 + number, errors
        assert json.loads(told.splitlines()[-1])["ended"]["reason"] == "stopped"
        assert file.exists()
    assert call("train", "xor", *changes, "--resume", str(file), "--json").stdout == expected


def test_a_kill_in_the_middle_of_writing_loses_nothing(tmp_path):
    """Written after every epoch, the file is whole whenever the process is gone."""
    file, moments = tmp_path / "run.npz", random.Random(3)
    arguments = ("train", "xor", "--epochs", "1000000", "--checkpoint", str(file), "--checkpoint-every", "1")
    for _ in range(6):
        go_on = ["--resume", str(file)] if file.exists() else []
        with running(*arguments, *go_on) as process:
            for _ in range(moments.randint(1, 20)):
                before = identity(file)
                wait_until(lambda before=before: identity(file) != before, "a checkpoint to be written")
            process.kill()
        network = training(load("xor"), epochs=1_000_000)
        progress = engine.decode(network, file.read_bytes(), str(file))
        assert progress.snapshot.t >= 1
    (again,) = kept(training(network, epochs=progress.snapshot.t))[1]
    assert np.array_equal(again.snapshot.theta, progress.snapshot.theta)


def test_the_answer_of_a_run_in_parts_has_the_bytes_of_one_run(tmp_path):
    file = str(tmp_path / "c.npz")
    assert call("train", "xor", "--epochs", "40", "--checkpoint", file).exit_code == 0
    parts = call("train", "xor", "--epochs", "90", "--checkpoint", file, "--resume", file, "--json")
    assert parts.stdout == call("train", "xor", "--epochs", "90", "--json").stdout
    lines = call("train", "xor", "--epochs", "92", "--resume", file, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line).get("epoch") for line in lines] == [91, 92, None]


def test_epochs_that_are_past_cannot_be_narrated(tmp_path):
    file = str(tmp_path / "c.npz")
    call("train", "xor", "--epochs", "40", "--checkpoint", file)
    done = call("train", "xor", "--epochs", "50", "--resume", file, "--narrate", "40")
    assert done.exit_code == 2
    assert "--narrate: expected epochs from 41 to 50, got '40'" in done.stderr


def test_a_checkpoint_is_replaced_by_its_own_run_alone(tmp_path):
    file = str(tmp_path / "c.npz")
    call("train", "xor", "--epochs", "4", "--checkpoint", file)
    done = call("train", "xor", "--epochs", "4", "--checkpoint", file)
    assert done.exit_code == 2
    assert f"--resume {file} goes on from it, --force overwrites it" in done.stderr
    assert call("train", "xor", "--epochs", "4", "--checkpoint", file, "--force").exit_code == 0


@pytest.mark.parametrize(
    "other, told",
    [
        (["lecture"], "another network.layers: it has 2 inputs"),
        (["xor", "--lr", "2"], "another training.learning_rate: it has 1.0, the config 2.0"),
        (["xor", "--keep-best"], "another training.keep_best: it has False, the config True"),
        (["xor", "--set", "training.batch_size=2"], "another training.batch_size: it has None, the config 2"),
        (["xor", "--set", "training.optimizer=adam"], "another training.optimizer: it has "),
        (["xor", "--set", "samples[0].y=1"], "another samples: the numbers differ"),
        (["xor", "--set", "network.layers[0].weights[0][0]=9"], "another network's first weights"),
    ],
)  # fmt: skip
def test_a_checkpoint_of_another_run_is_refused(tmp_path, other, told):
    file = str(tmp_path / "c.npz")
    call("train", "xor", "--epochs", "4", "--checkpoint", file)
    done = call("train", *other, "--resume", file)
    assert done.exit_code == 2
    assert f"{file}: expected a checkpoint of this run, got one with {told}" in done.stderr


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04", b"\x93NUMPY", b"name: xor\n"])
def test_a_file_that_is_no_checkpoint_is_told(tmp_path, content):
    file = tmp_path / "c.npz"
    file.write_bytes(content)
    done = call("train", "xor", "--resume", str(file))
    assert done.exit_code == 2
    assert "expected a checkpoint of nnstep, got another file" in done.stderr
    assert file.read_bytes() == content


def test_a_damaged_checkpoint_is_told():
    network = load("xor")
    _, (progress,) = kept(training(network, epochs=3))
    data = engine.encode(network, progress)
    for end in range(0, len(data), 97):
        with pytest.raises(InputError, match="expected a checkpoint"):
            engine.decode(network, data[:end], "half")
    longer = replace(progress, snapshot=replace(progress.snapshot, theta=np.zeros(3)))
    with pytest.raises(InputError, match="expected a checkpoint"):
        engine.decode(network, engine.encode(network, longer), "other")


def test_a_folder_that_is_not_there_is_told_before_the_run(tmp_path, untrained):
    for option in ("--checkpoint", "--output"):
        path = str(tmp_path / "no" / "file")
        done = call("train", "xor", "--epochs", "10000000", option, path)
        assert done.exit_code == 2
        assert f"{path}: cannot be written: its folder is not there" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_costs_the_checkpoint_and_not_the_answer():
    done = call(
        "train", "xor", "--epochs", "40", "--checkpoint", "/dev/full", "--checkpoint-every", "3", "--json"
    )
    assert done.exit_code == 2
    assert json.loads(done.stdout)["ended"]["epoch"] == 40
    assert done.stderr.count("the run goes on") == 1
    assert "/dev/full: cannot be written: No space left on device" in done.stderr


def test_a_rhythm_needs_a_file():
    done = call("train", "xor", "--checkpoint-every", "3")
    assert done.exit_code == 2
    assert "--checkpoint-every: expected --checkpoint FILE" in done.stderr


def test_nothing_is_added_to_a_run_that_has_its_epochs(tmp_path):
    """It says so, shows the state that it had, and leaves the file as it was."""
    file = tmp_path / "c.npz"
    whole = call("train", "xor", "--epochs", "40", "--checkpoint", str(file), "--json").stdout
    before = file.read_bytes()
    for epochs in ("40", "15"):
        done = call(
            "train", "xor", "--epochs", epochs, "--resume", str(file), "--checkpoint", str(file), "--json"
        )
        assert done.exit_code == 0
        assert done.stdout == whole
        assert done.stderr == f"{file}: it has 40 epochs, and {epochs} were asked for: none is added\n"
        assert file.read_bytes() == before
    done = call("train", "xor", "--epochs", "40", "--resume", str(file), "--narrate", "last")
    assert done.exit_code == 2
    assert "--narrate: expected epochs that are still to come, got 'last': none is" in done.stderr


def test_the_file_that_a_run_goes_on_from_may_be_written_in_another_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("train", "xor", "--epochs", "4", "--checkpoint", "c.npz")
    done = call("train", "xor", "--epochs", "5", "--resume", "c.npz", "--checkpoint", "./c.npz")
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    "options",
    [("--save", "--checkpoint"), ("--save", "--plot"), ("--checkpoint", "--output"), ("--resume", "--save"),
     ("--data", "--output"), ("--plot", "--output")],
)  # fmt: skip
def test_two_options_that_name_one_file_are_refused_before_the_run(tmp_path, options, monkeypatch, untrained):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.csv").write_text("a,b,y\n0,1,1\n1,0,0\n")
    first, second = options
    words = (first, "one.csv", second, str(tmp_path / "one.csv"), "--force", "--epochs", "10000000")
    done = call("train", "xor", *words)
    assert done.exit_code == 2
    assert f"expected two files for {first} and {second}, got one" in done.stderr
    assert (tmp_path / "one.csv").read_text() == "a,b,y\n0,1,1\n1,0,0\n"


@pytest.mark.parametrize("option", ["--save", "--checkpoint", "--resume", "--plot", "--output", "--data"])
def test_an_empty_name_is_no_file(option):
    """As where a shell's variable is not set."""
    done = call("train", "xor", option, "")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{option}: ")
    assert "expected a file, got nothing\n" in done.stderr


@pytest.mark.parametrize("option", ["--save", "--checkpoint"])
def test_stdout_is_no_file_beside_the_answer(tmp_path, option, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call("train", "xor", option, "-")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        "-: expected a file, as stdout has the answer",
    )
    assert list(tmp_path.iterdir()) == []
    assert call("train", "xor", "--epochs", "1", option, "./-").exit_code == 0


def test_a_device_may_be_named_twice():
    assert (
        call("train", "xor", "--epochs", "2", "--save", os.devnull, "--checkpoint", os.devnull).exit_code == 0
    )


@pytest.mark.parametrize(
    "words, told",
    [
        (("--plot", "x.png"), "PNG is drawn by Matplotlib, which is not installed"),
        (("-o", "x.pdf"), "PDF is drawn by Matplotlib, which is not installed"),
        (("--format", "png"), "--format png is not for a screen"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_told_before_the_run(tmp_path, monkeypatch, untrained, words, told):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = call("train", "xor", "--epochs", "10000000", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


# a run that is lost ---------------------------------------------------------------------------


def test_a_run_that_is_lost_keeps_its_last_good_checkpoint_and_says_where_it_stands(tmp_path):
    file = tmp_path / "c.npz"
    words = ("train", "regression", "--lr", "50", "--checkpoint", str(file))
    done = call(*words)
    assert (done.exit_code, file.exists()) == (1, False)
    assert done.stderr.endswith(f"{file}: the checkpoint was not written\n")
    done = call(*words, "--checkpoint-every", "10")
    lost = int(done.stderr.split(",")[0].removeprefix("update "))
    kept = (lost - 1) // 10 * 10
    assert done.exit_code == 1
    assert done.stderr.endswith(f"{file}: the checkpoint keeps what update {kept} left\n")
    network = load("regression", [("--lr", "training.learning_rate=50")])
    assert engine.decode(network, file.read_bytes(), "kept").snapshot.t == kept
    before = file.read_bytes()
    done = call(*words, "--resume", str(file))
    assert done.exit_code == 1
    assert done.stderr.endswith(f"{file}: the checkpoint keeps what update {kept} left\n")
    assert file.read_bytes() == before


def test_a_checkpoint_never_has_numbers_that_are_lost():
    """The loss does not show it: a saturated sigmoid hides an infinite weight."""
    network = config(
        [layer("sigmoid", [[0.0, 0.0]])], "half_squared_error", [([1.0], [5.0])],
        learning_rate=1.7e308, epochs=5,
    )  # fmt: skip
    taken = []
    with pytest.raises(NumberError):
        engine.train(network, keeping=engine.Keeping(taken.append, every=1))
    assert all(np.isfinite(one.snapshot.theta).all() for one in taken)
