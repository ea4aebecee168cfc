"""What a page is made of beside its text: style sheets, and JavaScript modules without a build step."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async |class |const |function |let )", re.MULTILINE)


def style(*names: str) -> str:
    """Return style sheets, one after the other."""
    return "\n".join((FOLDER / f"{name}.css").read_text(encoding="utf-8").strip() for name in names)


def script(*names: str) -> str:
    """Return modules as one script, in an order in which none stands before what it imports."""
    texts = ((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)).strip() for text in texts)


def fragment(name: str, **texts: str) -> str:
    """Return a piece of a page with texts, which are HTML already, in their places."""
    return Template((FOLDER / f"{name}.html").read_text(encoding="utf-8")).substitute(texts)


def policy(styles: str, scripts: str) -> str:
    """Return the Content-Security-Policy of a page with this style and this script: nothing else may run."""
    return f"default-src 'none'; style-src {_hash(styles)}; script-src {_hash(scripts)}; base-uri 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
