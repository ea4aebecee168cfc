"""Runs a command for the documentation and prints it with its real output, as cog wants it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {"COLUMNS": "80", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}


def show(command: str, *, first: int | None = None, language: str = "console", code: int = 0) -> None:
    """Print a command and its output; of a long one the `first` lines, and that there are more.

    `code` is what it must end with: a page never shows a mistake by mistake.
    """
    lines = output(command, code).rstrip("\n").split("\n")
    print(f"```{language}\n$ {command}")
    print("\n".join(line.rstrip() for line in lines[:first]))
    if first is not None and len(lines) > first:
        print(f"... {len(lines) - first} more lines")
    print("```")


def python(code: str) -> None:
    """Print Python code, and below it what it prints."""
    done = subprocess.run(
        [sys.executable, "-"],
        input=code,
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise RuntimeError(f"{code}\n{done.stderr}")
    print(f"```python\n{code.strip()}\n```\n")
    print(f"```text\n{done.stdout.rstrip()}\n```")


def output(command: str, code: int = 0) -> str:
    """Return what a command prints. Raises RuntimeError where it ends with another code."""
    program, bar, path = command.partition(" | jq ")
    done = subprocess.run(
        command if not bar or shutil.which("jq") else program,
        shell=True,
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    text = done.stdout + done.stderr
    if done.returncode != code:
        raise RuntimeError(f"{command}: exit code {done.returncode}, expected {code}\n{text}")
    return text if not bar or shutil.which("jq") else _picked(text, path)


def _picked(text: str, path: str) -> str:
    """What `jq '.steps[0].new_loss'` prints, where there is no jq."""
    value = json.loads(text)
    for name, place in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        value = value[int(place)] if place else value[name]
    return json.dumps(value, indent=2) + "\n"
