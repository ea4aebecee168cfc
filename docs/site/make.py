"""Makes the site: the pages of this folder's parent, the lessons to play, and the reference."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from perceptron_cli import load, page
from perceptron_cli.spec.source import bundled

HERE = Path(__file__).parent
DOCS = HERE.parent
BUILD = DOCS.parent / "build"
SOURCE = BUILD / "site-source"
SHIM = Path(sys.prefix) / "node" / "node_modules" / "iframe-worker" / "shim" / "index.js"
SHIM_ADDRESS = "https://unpkg.com/iframe-worker/shim"
COG = re.compile(r"<!-- \[\[\[.*?\]\]\] -->\n", re.DOTALL)
# where the lecture is played: under which heading, which lesson, from which line on
PLAYED = {
    "The perceptron": "and.html",
    "Forward propagation": "lecture.html#z[1]_1",
    "The loss and its derivative": "lecture.html#L",
    "Backpropagation": "lecture.html#dL/dz[3]_1",
    "Weight updates": "lecture.html#w[3]_01'",
    "Verification": "lecture.html#L'",
    "The next steps": "lecture.html#improvement_percent",
}


def main() -> int:
    """Write the sources of the site, and build it; a link that leads nowhere is an error."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(DOCS, SOURCE, ignore=shutil.ignore_patterns("*.py", "site", "__pycache__"))
    names = lessons(SOURCE / "lessons")
    for file in SOURCE.glob("*.md"):
        text = COG.sub("", file.read_text(encoding="utf-8"))
        file.write_text(played(text) if file.name == "lecture.md" else text, encoding="utf-8")
    links = ", ".join(f"[{name}](lessons/{name}.html)" for name in names)
    index = (HERE / "index.md").read_text(encoding="utf-8").replace("LESSONS", links)
    (SOURCE / "index.md").write_text(index, encoding="utf-8")
    for name in ("api.md", "site.css"):
        shutil.copy(HERE / name, SOURCE)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--clean"]
    done = subprocess.run(
        [*command, "--config-file", str(HERE / "mkdocs.yml")],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    if not done.returncode:
        bundle(BUILD / "site")
        print(f"the site is at {(BUILD / 'site' / 'index.html').relative_to(DOCS.parent)}")
    return done.returncode


def bundle(site: Path) -> None:
    """Put the one script that the theme takes from elsewhere into the site: search from the disk needs it."""
    shutil.copy(SHIM, site / "assets" / "javascripts" / "iframe-worker.js")
    for file in site.rglob("*.html"):
        up = "../" * (len(file.relative_to(site).parts) - 1)
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace(SHIM_ADDRESS, f"{up}assets/javascripts/iframe-worker.js"), encoding="utf-8"
        )


def lessons(folder: Path) -> list[str]:
    """Write a page for each bundled lesson that a page can play; return their names."""
    folder.mkdir(parents=True)
    found = [(name, "") for name in bundled()] + [(name, "perceptron") for name in bundled("perceptron")]
    for name, kind in found:
        file = f"{name}-rule" if (name, "") in found and kind else name
        page(load(name, kind=kind)).save(folder / f"{file}.html")
    return sorted(path.stem for path in folder.glob("*.html"))


def played(text: str) -> str:
    """Return the lecture with its steps to be played in place."""
    for heading, lesson in PLAYED.items():
        told = f'loading="lazy" src="lessons/{lesson}" title="{heading}, to play"'
        frame = f'<iframe class="lesson" {told}></iframe>'
        before = f"\n## {heading}\n"
        if before not in text:
            raise ValueError(f"the lecture has no heading {heading!r}")
        text = text.replace(before, f"{before}\n{frame}\n")
    return text


if __name__ == "__main__":
    sys.exit(main())
