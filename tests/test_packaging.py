"""The wheel that is built from the source distribution runs elsewhere, with its lessons."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, from the sdist, without fetching anything: the build backend is installed here."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation"]
    subprocess.run([*build, "--sdist", "--outdir", folder, ROOT], check=True, capture_output=True)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    subprocess.run([*build, "--wheel", "--outdir", folder, source], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_the_package_and_the_lessons_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"perceptron_cli/configs/{path.name}" for path in (ROOT / "configs").glob("*.yaml")} <= set(names)
    assert "perceptron_cli/spec/starter.yaml" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"perceptron_cli", f"nnstep-{wheel.name.split('-')[1]}.dist-info"}
    assert not [name for name in names if "test" in name or name.endswith((".pyc", ".svg"))]


def test_the_wheel_runs_outside_the_checkout(wheel, tmp_path):
    """Installed without its dependencies, which are borrowed from here, so that nothing is fetched."""
    home = tmp_path / "home"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", home, wheel], check=True, capture_output=True)
    script = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'nnstep'\n"
        "import perceptron_cli; assert perceptron_cli.__file__.startswith(sys.path[0]), perceptron_cli\n"
        "from perceptron_cli.__main__ import main; main()"
    )
    for arguments, words in [
        (["configs"], "mazur"),
        (["forward", "mazur"], "0.2984"),
        (["init", "-"], "network"),
    ]:
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, str(home), *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        assert words in done.stdout


def test_four_packages_are_needed_and_no_others():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [one.split(">")[0] for one in project["dependencies"]] == ["typer", "rich", "numpy", "pyyaml"]
