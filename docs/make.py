"""Makes the parts of the documentation that are generated; with --check, says whether they are stale.

The outputs in the Markdown files are made by cog, from the commands that stand above them.
"""

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from perceptron_cli import load, narrate, render
from perceptron_cli.render import Layout

HERE = Path(__file__).parent
PAGES = [HERE.parent / "README.md", HERE / "commands.md", HERE / "first-slides.md"]
PICTURE = HERE / "backprop.svg"
LINES = 44  # of the output that the picture shows


def picture() -> str:
    """Return the first screen of `nnstep backprop` as an SVG that needs nothing from elsewhere."""
    text = render(narrate(load("lecture")), "table", Layout(width=88, color=True))
    console = Console(record=True, width=88, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join(text.split("\n")[:LINES])))
    svg = console.export_svg(title="nnstep backprop", unique_id="nnstep")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


def main() -> int:
    """Write the picture and the outputs, or check them."""
    check = "--check" in sys.argv
    svg = picture()
    if check and (not PICTURE.exists() or PICTURE.read_text() != svg):
        print(f"{PICTURE} is stale: run 'make docs'", file=sys.stderr)
        return 1
    if not check:
        PICTURE.write_text(svg)
    mode = ["--check", "--diff"] if check else ["-r"]
    command = [sys.executable, "-m", "cogapp", "-P", "-I", str(HERE), *mode, *map(str, PAGES)]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
