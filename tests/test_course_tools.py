"""The recipes of docs/course.md, run by nbgrader and Otter as those tools run them."""

import csv
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [pytest.mark.interop, pytest.mark.xdist_group("notebooks")]
PAGE = (Path(__file__).parent.parent / "docs" / "course.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
EXPLAINED = "z[1]_1 = 0.2, and 0.3 is right. The bias w_0 is missing from the weighted sum."
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def recipe(sign):
    (found,) = [one for one in RECIPES if sign in one]
    return found


def run(folder, *words):
    programs = Path(sys.executable).parent  # where nbgrader looks for others by their names
    done = subprocess.run(
        [programs / words[0], *words[1:]],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return done.stdout + done.stderr


def notebook(path, cells):
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.v4.new_notebook(metadata=KERNEL)
    made.nbformat_minor = 4
    for source, meta in cells:
        cell = nbformat.v4.new_code_cell(source)
        cell.pop("id", None)
        if meta:
            plain = {"schema_version": 3, "locked": False, "grade": False, "solution": False, "task": False}
            cell.metadata["nbgrader"] = {**plain, **meta}
        made.cells.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)


def answers(z):
    return f"answers = {{'z[1]_1': {z}}}"


def test_the_page_tells_what_the_student_reads():
    assert EXPLAINED in PAGE


@pytest.mark.skipif(find_spec("otter") is None, reason="otter-grader is not installed")
@pytest.mark.parametrize("z, said", [(0.3, "All tests passed!"), (0.2, EXPLAINED)])
def test_otter_grades_by_the_recipe(tmp_path, z, said):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "q1.py").write_text(recipe("OK_FORMAT"))
    notebook(tmp_path / "step.ipynb", [(answers(z), None)])
    assert said in run(tmp_path, "otter", "check", "step.ipynb", "-t", "tests")


@pytest.mark.skipif(find_spec("nbgrader") is None, reason="nbgrader is not installed")
def test_nbgrader_grades_by_the_recipe(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'c'\n")
    solution = f"### BEGIN SOLUTION\n{answers(0.3)}\n### END SOLUTION"
    graded = {"grade": True, "locked": True, "points": 2, "grade_id": "test"}
    test = (recipe('check(answers, "lecture")\nassert'), graded)
    mine = {"solution": True, "grade_id": "answers"}
    notebook(tmp_path / "source/ps1/step.ipynb", [(solution, mine), test])
    run(tmp_path, "nbgrader", "generate_assignment", "ps1")
    for student, z in (("ada", 0.3), ("ben", 0.2)):
        notebook(
            tmp_path / f"submitted/{student}/ps1/step.ipynb",
            [(answers(z), mine), test],
        )
    run(tmp_path, "nbgrader", "autograde", "ps1")
    run(tmp_path, "nbgrader", "export")
    with (tmp_path / "grades.csv").open() as stream:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(stream)}
    assert scores == {"ada": 2.0, "ben": 0.0}
    assert EXPLAINED in (tmp_path / "autograded/ben/ps1/step.ipynb").read_text()
