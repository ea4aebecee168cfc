"""Sheets checked against a network: one, or a folder of them."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli import spec
from perceptron_cli.answers.reading import ConfigError, Sheet, sheets_in
from perceptron_cli.answers.report import Marked
from perceptron_cli.answers.verdicts import diagnose
from perceptron_cli.errors import InputError, NnstepError, Problem
from perceptron_cli.record import record
from perceptron_cli.trace.step.lines import lines
from perceptron_cli.trace.view import View


@record
class Grader:
    """How sheets are checked: the config (None for the sheet's own) and its changes, the update that is
    answered, and the dialect and the layout where they are not to be found from the sheet."""

    config: str | None = None
    changes: Sequence[tuple[str, str]] = ()
    step: int = 1
    names: str | None = None
    layout: str | None = None

    def marked(self, sheet: Sheet) -> Marked:
        """Return a sheet with its verdicts. Raises InputError for what cannot be read."""
        loaded = sheet.loaded(self.config, self.changes)
        spec.require_trainable(loaded)
        told = lines(loaded, self.step, View(input_gradients=True))
        read = sheet.read(loaded, told, self.names, self.layout)
        verdicts = diagnose(loaded, told, read.answers)
        return Marked(sheet.file, loaded, told, verdicts, sheet.blanks, read.notes)


def read_class(folder: str, grader: Grader) -> dict[str, Marked | NnstepError]:
    """Return each sheet of a folder, checked, by file name; one that cannot be read is its error.

    Configs among the files are left out. Raises InputError where the folder has no sheets.
    """
    found: dict[str, Marked | NnstepError] = {}
    for name, read in sheets_in(folder):
        try:
            found[name] = grader.marked(read())
        except ConfigError:
            continue
        except NnstepError as error:
            found[name] = error
    if not found:
        raise InputError(Problem("the folder has no answer files, only configs", file=folder))
    return found
