"""LibreOffice for tests: a workbook calculated anew, as numbers by the cells' symbols."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

# Calculates every formula when a file is opened, and does not trust what is stored beside it.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def require_office() -> str:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on the PATH")
    return office


def calculated(paths: list[Path], folder: Path) -> dict[str, list[list[str]]]:
    """Return every sheet of workbooks as rows of texts, by `file-sheet`, after LibreOffice calculated it."""
    office, profile = require_office(), folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    out = folder / "csv"
    # every sheet, in UTF-8, numbers in full and not as they are shown
    filter_ = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    subprocess.run(
        [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", filter_,
         "--outdir", str(out), *map(str, paths)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    texts = {path.stem: path.read_text(encoding="utf-8") for path in out.glob("*.csv")}
    return {name: list(csv.reader(text.splitlines())) for name, text in texts.items()}
