"""The README and the pages do what they say; their outputs are checked by `make check`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_cli import call, run

from perceptron_cli import spec

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRAINING = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")


CONFIG = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_readme_is_short():
    """What is needed first; the rest has pages of its own."""
    assert len(README.splitlines()) <= 220


def test_every_link_of_the_readme_and_the_pages_leads_to_a_file():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_the_answers_in_the_readme_are_checked(tmp_path):
    """The reader is told to write such a file, so `check` reads it and finds its first line wrong."""
    (text,) = blocks("yaml")
    (tmp_path / "answers.yaml").write_text(text)
    done = call("check", str(tmp_path / "answers.yaml"), "--json")
    assert (done.exit_code, json.loads(done.stdout)["first_wrong"]) == (1, "z[1]_1")


def test_the_python_in_the_readme_runs():
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert abs(float(done.stdout.split()[-1]) - 0.0705702884) < 1e-9  # the loss after 50 epochs


def test_the_config_of_the_page_loads():
    (text,) = blocks("yaml", CONFIG)
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


def test_the_class_set_of_the_readme_is_made_and_graded(tmp_path):
    """With the keys in place of the sheets, as if every student had everything right."""
    commands = [
        line.split("#")[0].split()[1:] for line in README.splitlines() if "class" in line and "#" in line
    ]
    make, grade = (one for one in commands if one[0] in ("exercise", "check"))
    make[make.index("30")] = "2"
    assert run(*make, cwd=tmp_path).returncode == 0
    for key in sorted((tmp_path / "class/keys").glob("exercise-??.yaml")):
        (tmp_path / "class/sheets" / key.name).write_text(key.read_text())
    done = run(*grade, cwd=tmp_path)
    assert (done.returncode, "2 sheets checked, 2 all right" in done.stdout) == (0, True)
