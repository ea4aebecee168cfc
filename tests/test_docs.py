"""What the README says can be done can be done; its outputs are checked by `make check`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from perceptron_cli import spec

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRAINING = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_in_the_readme_runs():
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert abs(float(done.stdout.split()[-1]) - 0.0705702884) < 1e-9  # the loss after 50 epochs


def test_the_config_in_the_readme_loads():
    (text,) = blocks("yaml")
    config = spec.parse(text)
    assert config.sizes == (2, 2, 2, 1)
    more = {name for name in vars(config.training) if f"`training.{name}`" in TRAINING}
    assert set(yaml.safe_load(text)["training"]) | more == set(vars(config.training)) - {
        "options",
        "schedule_options",
        "clip_options",
    }


def test_every_target_of_the_readme_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)", README):
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("name", ["backprop", "walk"])
def test_a_picture_needs_no_network(name):
    picture = (ROOT / "docs" / f"{name}.svg").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"' )]+", picture)) <= {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in picture
