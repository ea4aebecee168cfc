"""A class set for print: a page or two a student, with the network drawn and room to write."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from perceptron_cli.courses.drawing import unanswered
from perceptron_cli.errors import InputError
from perceptron_cli.exercises import Exercise, Recipe, code_of, sheets
from perceptron_cli.exercises.sheet import BLANK
from perceptron_cli.render import Layout, latex
from perceptron_cli.render.tikz import STYLE, drawing_tikz
from perceptron_cli.trace.view import View

HEAD = r"""\usepackage{tikz}
\newcommand{\blank}{\rule{2.6cm}{0.4pt}}
\newcommand{\sheet}[2]{%
  \noindent\textbf{Exercise #1}\hfill Name: \rule{6cm}{0.4pt}\hfill\texttt{#2}\par\medskip}
\newcommand{\keyhead}[2]{\noindent\textbf{Exercise #1: the key}\hfill\texttt{#2}\par\medskip}
\pagestyle{empty}
"""
SECONDS = 300  # that pdflatex may take


def paper(
    drawn: Sequence[Exercise], recipe: Recipe, level: str, *, seed: int, key: bool, decimals: int = 4,
    formulas: bool = False, letter: bool = False,
) -> str:  # fmt: skip
    """Return the sheets as LaTeX, or with `key` the keys; each has its code and its network drawn."""
    document = sheets(drawn, level, View(decimals, limit=None), seed=seed, key=key, formulas=formulas)
    text = latex.render(document, Layout(limit=None, unicode=False))
    text = text.replace(r"\begin{document}", f"{HEAD}{STYLE}\n\\begin{{document}}", 1)
    if letter:
        text = text.replace("a4paper", "letterpaper", 1)
    text = text.replace(rf"\text{{{BLANK}}}", r"\blank").replace(r"\blank \\", r"\blank \\[2.2ex]")
    pictures = {one.number: "\n".join(drawing_tikz(unanswered(one.config, decimals, ""))) for one in drawn}

    def head(found: re.Match[str]) -> str:
        number = int(found[1])
        command = "keyhead" if key else "sheet"
        code = code_of(recipe, seed, number)
        picture = rf"\begin{{center}}{pictures[number]}\end{{center}}"
        return rf"\{command}{{{number}}}{{{code}}}" + f"\n{picture}"

    return re.sub(r"\\section\*\{Exercise (\d+)[^}]*\}", head, text)


def pdf_of(source: str) -> bytes:
    """Return LaTeX as PDF. Raises InputError where pdflatex is not installed, or does not make one."""
    program = shutil.which("pdflatex")
    if program is None:
        hint = "--format latex writes what another machine can print"
        raise InputError("a PDF of sheets is made by pdflatex, which is not installed", hint=hint)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sheets.tex").write_text(source, encoding="utf-8")
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sheets.tex"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise InputError(f"pdflatex did not end within {SECONDS} s") from None
        if done.returncode:
            told = [
                line for line in done.stdout.decode(errors="replace").splitlines() if line.startswith("!")
            ]
            raise InputError(f"pdflatex: {told[0] if told else 'it made no PDF'}")
        return (Path(folder) / "sheets.pdf").read_bytes()
