"""Makes the parts of the documentation that are generated; with --check, says whether they are stale.

The outputs in the Markdown files are made by cog, from the commands that stand above them.
"""

import difflib
import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import drawings
import walking
from rich.console import Console
from rich.text import Text

from perceptron_cli import load, narrate, render
from perceptron_cli.render import Layout

os.environ["TERM"] = "xterm"  # the pictures have colours, whatever runs this
HERE = Path(__file__).parent
PAGES = [HERE.parent / "README.md", *sorted(HERE.glob("*.md"))]
LINES = 68  # of the output that the first picture shows


def backprop() -> str:
    """Return the first screen of `nnstep backprop`."""
    text = render(narrate(load("lecture")), "table", Layout(width=88, color=True, boxes=True))
    return picture("nnstep backprop", [Text.from_ansi("\n".join(text.split("\n")[:LINES]))])


def walk() -> str:
    """Return a screen of `nnstep walk`."""
    return picture("nnstep walk", walking.screen("lecture", ("j", "dL/da[1]_1", "enter"), 88, 31))


def picture(title: str, lines: Sequence[Text]) -> str:
    """Return a screen as an SVG that needs nothing from elsewhere."""
    console = Console(record=True, width=88, file=StringIO(), force_terminal=True)
    for line in lines:
        console.print(line)
    svg = console.export_svg(title=title, unique_id=title.replace(" ", "-").removesuffix("-backprop"))
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


PICTURES = {HERE / "backprop.svg": backprop, HERE / "walk.svg": walk}
NUMBER = re.compile(r"-?\d+\.\d{9,}(?:e[-+]?\d+)?")


def made(page: Path) -> str:
    """Return a page with its outputs made anew."""
    command = [sys.executable, "-m", "cogapp", "-P", "-I", str(HERE), str(page)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def same(old: str, new: str) -> bool:
    """Whether two texts say the same; of a number in full the last digits are the processor's."""
    if NUMBER.sub("", old) != NUMBER.sub("", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12) for a, b in pairs)


def main() -> int:
    """Write the picture and the outputs, or check them."""
    check, stale = "--check" in sys.argv, 0
    pages = {page: made(page) for page in PAGES}
    pictures = {path: draw() for path, draw in PICTURES.items()}
    networks = {HERE / name: svg for name, svg in drawings.pictures()}
    for path, new in {**pictures, **networks, **pages}.items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if same(old, new):
            continue
        if not check:
            path.write_text(new, encoding="utf-8")
            continue
        stale = 1
        print(f"{path} is stale: run 'make docs'", file=sys.stderr)
        sys.stderr.writelines(
            difflib.unified_diff(old.splitlines(True), new.splitlines(True), "old", "new", n=0)
        )
    return stale


if __name__ == "__main__":
    sys.exit(main())
