"""Change one operator, comparison, constant or sign of the package at a time: do the tests notice?

    python benchmarks/mutants.py --count 300 --seed 1

Each change is made in a copy of the checkout, and the tests that ran the changed function decide, by
branch contexts of coverage. What no test notices is printed with its difference. Needs coverage and
pytest-cov (`pip install -e '.[mutants]'`).
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "perceptron_cli"
LEFT_OUT = ("cli", "schemas")  # words and flags, not mathematics
MOST_TESTS = 150  # that one change is tried with, beside those that compare whole outputs
WHOLE = ("tests/test_golden.py", "tests/test_lecture.py", "tests/test_published.py", "tests/test_docs.py")
MATHEMATICS = (
    "activations", "losses", "optimizers", "initializers", "schedules", "clipping", "calculus", "arrays",
    "engine", "expr", "trace", "answers", "perceptron", "notation",
)  # fmt: skip
TIMEOUT = 300  # seconds; a change that makes an endless loop is noticed

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.USub: ast.UAdd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.USub: "-", ast.UAdd: "+", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or", ast.Is: "is", ast.IsNot: "is not",
    ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip


class Change:
    """A place in a file and what is written there instead."""

    def __init__(self, path: Path, line: int, column: int, was: str, now: str) -> None:
        self.path, self.line, self.column, self.was, self.now = path, line, column, was, now

    def apply(self, text: str) -> str:
        """Return the file's text with the change."""
        lines = text.splitlines(keepends=True)
        before = lines[self.line - 1].encode()
        was, now = self.was.encode(), self.now.encode()
        assert before[self.column :].startswith(was), (self.path, self.line, before, self.was)
        after = before[: self.column] + now + before[self.column + len(was) :]
        lines[self.line - 1] = after.decode()
        return "".join(lines)


def changes(path: Path) -> Iterator[Change]:
    """Yield every change of a file's operators, comparisons, signs and numbers."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    skipped = {id(one) for node in ast.walk(tree) for one in _types(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            was = ast.get_source_segment(text, node) or ""
            now = "1" if node.value == 0 else "0" if node.value == 1 else f"{was}1" if "e" not in was else "7"
            yield Change(path, node.lineno, node.col_offset, was, now)
        elif isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            yield Change(path, node.lineno, node.col_offset, "-", "+")
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            yield from _between(path, lines, node.left, node.right, type(node.op))
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from _between(path, lines, left, right, type(node.op))
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, right, operator in zip(sides, sides[1:], node.ops, strict=False):
                yield from _between(path, lines, left, right, type(operator))


def _types(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of annotations, which change nothing at run time."""
    found = [getattr(node, name, None) for name in ("annotation", "returns")]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("cast", "TypeVar"):
        found += node.args
    for one in found:
        if isinstance(one, ast.AST):
            yield from ast.walk(one)


def _between(
    path: Path, lines: list[str], left: ast.expr, right: ast.expr, kind: type[ast.AST]
) -> Iterator[Change]:
    """The operator between two expressions, where both stand on one line."""
    was, now = SIGNS[kind], SIGNS[OPERATORS[kind]]
    if left.end_lineno != right.lineno or left.end_col_offset is None:
        return
    line = lines[right.lineno - 1].encode()
    place = line.find(was.encode(), left.end_col_offset, right.col_offset)
    if place >= 0:
        yield Change(path, right.lineno, place, was, now)


def contexts(copy: Path) -> Path:
    """Run the suite once with coverage; returns the file that says which test ran which line."""
    data = copy / ".coverage"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:randomly"]
    command += [f"--cov={PACKAGE}", "--cov-context=test", "--cov-report=", "tests"]
    subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "COVERAGE_FILE": str(data), "PYTHONPATH": str(copy)},
        check=False,
    )
    return data


def tests_of(data: Path, change: Change, copy: Path) -> list[str]:
    """Return the tests that ran the changed line, those that run the fewest lines first; else the file's."""
    from coverage.numbits import numbits_to_nums

    with sqlite3.connect(data) as database:
        rows = database.execute(
            "select context.context, line_bits.numbits from line_bits "
            "join file on file.id = line_bits.file_id "
            "join context on context.id = line_bits.context_id where file.path = ? and context.context != ''",
            (str(copy / change.path.relative_to(ROOT)),),
        ).fetchall()
        sizes = dict(
            database.execute(
                "select context.context, sum(length(numbits)) from line_bits "
                "join context on context.id = line_bits.context_id group by context.context"
            ).fetchall()
        )
    of_file = {name: set(numbits_to_nums(bits)) for name, bits in rows}
    of_line = [name for name, lines in of_file.items() if change.line in lines]
    found = {name.partition("|")[0] for name in of_line or of_file}
    whole = sorted(name for name in found if name.startswith(WHOLE))
    rest = sorted(found.difference(whole), key=lambda name: sizes.get(f"{name}|run", 0))
    return [*rest[:MOST_TESTS], *whole]


def is_noticed(copy: Path, change: Change, tests: list[str]) -> bool:
    """Whether one of the tests fails, or takes without end, with the change."""
    path = copy / change.path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8")
    path.write_text(change.apply(text), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=TIMEOUT, check=False
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(text, encoding="utf-8")


def _is_chosen(path: Path, *, everything: bool) -> bool:
    first = path.parts[0].removesuffix(".py")
    return first not in LEFT_OUT if everything else first in MATHEMATICS


def main() -> None:
    """Make so many changes, one after the other, and report those that no test notices."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="the whole package, not its mathematics alone")
    asked = parser.parse_args()
    found = [
        change
        for path in sorted((ROOT / PACKAGE).rglob("*.py"))
        if _is_chosen(path.relative_to(ROOT / PACKAGE), everything=asked.all)
        for change in changes(path)
    ]
    chosen = random.Random(asked.seed).sample(found, min(asked.count, len(found)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "nnstep"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv*", ".git", "*cache*", ".hypothesis"))
        data = contexts(copy)
        survivors = 0
        for number, change in enumerate(chosen, start=1):
            tests = tests_of(data, change, copy)
            if tests and is_noticed(copy, change, tests):
                continue
            survivors += 1
            was = change.path.read_text(encoding="utf-8")
            name = str(change.path.relative_to(ROOT))
            told = difflib.unified_diff(
                was.splitlines(), change.apply(was).splitlines(), name, name, lineterm="", n=0
            )
            print(f"{number}: not noticed by {len(tests)} tests", *list(told)[2:], sep="\n", flush=True)
        noticed = len(chosen) - survivors
        print(f"{noticed} of {len(chosen)} changes noticed ({100 * noticed / len(chosen):.1f} %)")


if __name__ == "__main__":
    main()
