"""Several processes give the same bytes as one; what was done is kept, and put together from shards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from perceptron_cli.answers import classes
from perceptron_cli.cli.app import make_app

ADA = Path(__file__).parent.parent / "docs" / "answers" / "ada.yaml"


def call(*arguments):
    return CliRunner().invoke(make_app(), [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path):
    """A class of nine: right, wrong and unreadable sheets, and a config among them."""
    made = tmp_path / "class"
    made.mkdir()
    for number in range(1, 6):
        (made / f"s{number}.yaml").write_text(
            f"z[1]_1: 0.3\nz[1]_2: {0.3 + number / 10}\na[1]_1: 0.57{number}4\n"
        )
    (made / "ada.yaml").write_text(ADA.read_text())
    (made / "broken.yaml").write_text("z[1]_1: [1, 2\n")
    (made / "unknown.yaml").write_text("q[1]_1: 1\n")
    (made / "config.yaml").write_text("network: {layers: [{activation: tanh, weights: [[0, 1]]}]}\n")
    return made


@pytest.mark.parametrize("form", ["plain", "json", "csv"])
def test_a_folder_checked_by_several_gives_the_same_bytes(folder, form):
    alone = call("check", folder, "--jobs", 1, "--format", form)
    assert alone.exit_code == 1
    assert "ada.yaml" in alone.stdout
    assert call("check", folder, "--jobs", 3, "--format", form).stdout == alone.stdout


def test_a_log_is_gone_on_with(folder, tmp_path, monkeypatch):
    log = tmp_path / "class.jsonl"
    alone = call("check", folder).stdout
    assert call("check", folder, "--log", log, "--jobs", 2).stdout == alone
    lines = log.read_bytes().splitlines(keepends=True)
    assert len(lines) == 8
    assert [json.loads(one)["row"]["file"] for one in lines] == sorted(
        p.name for p in folder.iterdir() if p.stem != "config"
    )
    # interrupted in the middle of a line: what is whole is kept
    log.write_bytes(b"".join(lines[:5]) + lines[5][:40])
    read = []
    own = classes.read_sheet
    monkeypatch.setattr(classes, "read_sheet", lambda path: (read.append(path.name), own(path))[1])
    assert call("check", folder, "--log", log, "--jobs", 1).stdout == alone
    assert set(read) == {json.loads(one)["row"]["file"] for one in lines[5:]} | {"config.yaml"}
    assert sorted(log.read_bytes().splitlines()) == sorted(one.rstrip(b"\n") for one in lines)
    # another sheet, or another network, is checked anew
    (folder / "s1.yaml").write_text("z[1]_1: 0.4\n")
    read.clear()
    call("check", folder, "--log", log, "--jobs", 1)
    assert set(read) == {"s1.yaml", "config.yaml"}
    read.clear()
    call("check", folder, "mazur", "--log", log, "--jobs", 1)
    assert len(read) == 9


@pytest.mark.parametrize("form", ["plain", "json"])
def test_logs_of_shards_are_merged_to_the_same_bytes(folder, tmp_path, form):
    logs = tmp_path / "logs"
    logs.mkdir()
    sheets = sorted(folder.iterdir())
    for number in range(3):
        shard = tmp_path / f"shard{number}"
        shard.mkdir()
        for one in sheets[number::3]:
            (shard / one.name).write_bytes(one.read_bytes())
        call("check", shard, "--log", logs / f"{number}.jsonl")
    whole = call("check", folder, "--format", form)
    together = call("check", logs, "--merge", "--format", form)
    assert together.exit_code == 1
    assert together.stdout.replace(str(tmp_path), "") == _in_one_folder(whole.stdout, tmp_path, sheets)


def _in_one_folder(text, tmp_path, sheets):
    """A sheet that cannot be read is told by its path, which is that of its shard."""
    for number, one in enumerate(sheets):
        text = text.replace(str(one), f"/shard{number % 3}/{one.name}")
    return text.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected logs of checked sheets, got none"),
        ('{"digest": 1}\n', ":1: expected a line of a log"),
        ("nonsense\n", ":1: expected a line of a log"),
    ],
)
def test_what_is_no_log_is_one_error(text, message, tmp_path):
    (tmp_path / "a.jsonl").write_text(text)
    done = call("check", tmp_path / "a.jsonl", "--merge")
    assert (done.exit_code, message in done.stderr) == (2, True)


def test_a_sheet_that_is_in_two_logs_is_an_error(folder, tmp_path):
    (tmp_path / "logs").mkdir()
    for name in "ab":
        call("check", folder, "--log", tmp_path / "logs" / f"{name}.jsonl")
    done = call("check", tmp_path / "logs", "--merge")
    assert (done.exit_code, "ada.yaml is in it twice" in done.stderr) == (2, True)


def test_exercises_made_by_several_are_the_same_files(tmp_path):
    for jobs in (1, 2):
        assert call("exercise", "--count", 4, "-o", tmp_path / str(jobs), "--jobs", jobs).exit_code == 0
    files = [sorted(one.relative_to(tmp_path / "1") for one in (tmp_path / "1").rglob("*") if one.is_file())]
    assert len(files[0]) == 4 * 5 + 2
    for one in files[0]:
        assert (tmp_path / "1" / one).read_bytes() == (tmp_path / "2" / one).read_bytes()


def test_an_empty_folder_and_a_wrong_log_are_errors(tmp_path):
    assert "no answer files" in call("check", tmp_path, "--jobs", 2).stderr
    done = call("check", ADA, "--log", tmp_path / "a.jsonl")
    assert (done.exit_code, "--log: expected a folder" in done.stderr) == (2, True)


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
def test_shards_are_checked_by_a_dask_cluster_of_two_workers(folder, tmp_path):
    bag = pytest.importorskip("dask.bag")
    distributed = pytest.importorskip("distributed")
    (tmp_path / "logs").mkdir()
    shards = []
    for number, one in enumerate(sorted(folder.iterdir())):
        shard = tmp_path / f"shard{number % 2}"
        shard.mkdir(exist_ok=True)
        (shard / one.name).write_bytes(one.read_bytes())
        shards.append(str(shard))

    def check(shard):
        log = Path(shard).parent / "logs" / f"{Path(shard).name}.jsonl"
        command = [
            sys.executable,
            "-m",
            "perceptron_cli",
            "check",
            shard,
            "--log",
            str(log),
            "--jobs",
            "1",
            "-q",
        ]
        return subprocess.run(command, capture_output=True, env=os.environ).returncode

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        codes = bag.from_sequence(sorted(set(shards)), npartitions=2).map(check).compute()
    assert codes == [1, 1]
    names = [
        one["file"]
        for one in json.loads(call("check", tmp_path / "logs", "--merge", "--json").stdout)["sheets"]
    ]
    assert names == sorted(p.name for p in folder.iterdir() if p.stem != "config")
