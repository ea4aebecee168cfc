"""A training run as a table: a row an update, each over the cells of the row before."""

from __future__ import annotations

from collections.abc import Iterator

from perceptron_cli import engine
from perceptron_cli.notation.spreadsheet import column
from perceptron_cli.render.workbook import Workbook
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import title_of
from perceptron_cli.trace.step.lines import Lines, lines_of
from perceptron_cli.trace.view import View

MOST_CELLS = 100_000
SHEET = "Training"


def training_workbook(config: Config, view: View | None = None) -> bytes:
    """Return a run of the epochs that the config says, as far as a workbook bears it.

    What is given at the start stands on a sheet of its own: the cells to change. Raises NumberError where a
    number leaves the finite range.
    """
    view = view or View()
    book = Workbook(title_of(config), view.decimals)
    first = next(_steps(config, view))
    for section in first.part.sections:
        if section.phase == "given":
            book.section("Given", section)
    book.flush()
    known, start = dict(book.cells), dict(book.values)
    names = list(first.equations)
    carried = [name for name in names if f"{name}'" in first.equations or name == "t"]
    columns = [name for name in names if first.equations[name].body is not None or name in carried]
    sheet = book.sheet(SHEET, ("update", *columns), (8, *(14 for _ in columns)))
    most = max(1, MOST_CELLS // max(1, len(columns)))
    before: dict[str, str] = {}
    for update, told in enumerate(_steps(config, view), start=1):
        if update > most:
            sheet.write_string(update, 0, f"the first {most} updates; fewer --epochs shows all")
            break
        for name in told.equations:
            if name not in columns and (told.equations[name].body is not None or name not in known):
                columns.append(name)
                sheet.write_string(0, len(columns), name, book.formats["head"])
        sheet.write_number(update, 0, update)
        place = {name: f"{column(at)}{update + 1}" for at, name in enumerate(columns, start=1)}
        book.cells = {**known, **{name: place[name] for name in told.equations if name in place}}
        for name, equation in told.equations.items():
            if name not in place:
                continue  # a number that is the same in every update
            earlier = before.get(f"{name}'") or (known.get(name) if update == 1 else None)
            if equation.body is None and name not in carried and start.get(name) != equation.value:
                earlier = None
            if name == "t" and update > 1:
                earlier = f"{before['t']}+1"
            book.waiting.append((sheet, update, columns.index(name) + 1, equation, earlier))
        book.flush()
        before = place
    return book.content("train")


def _steps(config: Config, view: View) -> Iterator[Lines]:
    updates = config.training.epochs * engine.updates_per_epoch(config)
    trainer = engine.trainer_of(config, updates)
    for epoch in range(1, config.training.epochs + 1):
        for batch in trainer.batches(epoch):
            yield lines_of(config, trainer.record(batch), view)
