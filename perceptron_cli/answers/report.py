"""The documents of `check`: one sheet of answers, line by line, or a folder of them as a class."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from perceptron_cli.answers.mistakes import MISTAKES
from perceptron_cli.answers.verdict import Verdict, first_wrong
from perceptron_cli.answers.working.slips import Slip
from perceptron_cli.document import Block, Document, Equation, Equations, Excerpt, Note, Section, Table
from perceptron_cli.errors import NnstepError
from perceptron_cli.expr import Expr, symbols
from perceptron_cli.notation import show
from perceptron_cli.records import record
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.header import document, title_of
from perceptron_cli.trace.step.lines import Lines
from perceptron_cli.trace.view import UNDEFINED, View
from perceptron_cli.words import counted

MOST_ROWS = 60  # of a table that has the right answers too
MOST_WORKINGS = 4


@record
class Marked:
    """A sheet that was checked."""

    file: str
    config: Config
    lines: Lines
    verdicts: Sequence[Verdict]
    blanks: int = 0  # what was asked and not answered
    notes: tuple[str, ...] = ()  # how the sheet was read
    names: str | None = None  # the dialect that its names are in
    operands: Mapping[str, str] = field(default_factory=dict)  # by symbol, what does not belong in its line
    slips: tuple[Slip, ...] = ()  # in equations that are no numbers of the step
    page: tuple[str, ...] = ()  # the lines of a page of working
    source: str | None = None  # what a command calls the network, None where the sheet holds it

    @property
    def points(self) -> float:
        """The points of all answers together."""
        return sum(one.points for one in self.verdicts)

    @property
    def is_right(self) -> bool:
        """Whether every answer is right, or right but for rounding by hand."""
        return all(one.is_right for one in self.verdicts) and not self.slips

    @property
    def score(self) -> str:
        """The points out of the number of answers: `8 of 10`."""
        return f"{self.points:g} of {len(self.verdicts)}"

    def data(self) -> dict[str, Any]:
        """Return the verdicts and the score as JSON has them."""
        first = first_wrong(self.verdicts)
        return {
            "answers": [_data(one) for one in self.verdicts],
            "first_wrong": first.name if first else None,
            **({"slips": [_slip_data(one) for one in self.slips]} if self.slips else {}),
            "score": {"points": self.points, "of": len(self.verdicts), "blank": self.blanks},
        }


def _data(one: Verdict) -> dict[str, Any]:
    expected = one.expected if one.expected is not None and math.isfinite(one.expected) else None
    told: dict[str, Any] = {
        "symbol": one.name,
        "text": one.answer.text,
        "answer": one.answer.value,
        "value": one.value,
        "expected": expected,
        "verdict": one.kind,
        "points": one.points,
    }
    extra = {"mistakes": list(one.mistakes), "made_in": one.made_in, "because": list(one.because)}
    told |= {key: value for key, value in extra.items() if value}
    if one.kind == "repeated":
        told["repeated"] = told.pop("because")[0]
    if one.change is not None:
        told["change"] = one.change
    return told if one.slip is None else told | _slip_data(one.slip)


def _slip_data(slip: Slip) -> dict[str, Any]:
    value = slip.value if math.isfinite(slip.value) else None
    return {"at": {"line": slip.line, "column": slip.column}, "is": value, "written": slip.written}


def report(marked: Marked, view: View) -> Document:
    """Tell the score, the first wrong line with its right working, and every answer."""
    notes = [Note(_score(marked)), *(Note(text, "convention") for text in marked.notes)]
    if marked.blanks:
        verb = "is" if marked.blanks == 1 else "are"
        notes.append(Note(f"{counted(marked.blanks, 'blank')} {verb} left, and not counted."))
    sections = [Section("Result", "result", tuple(notes))]
    first = first_wrong(marked.verdicts)
    if first is not None:
        sections.append(_first_section(marked, first, view))
    if first is not None or len(marked.verdicts) <= MOST_ROWS or view.limit is None:
        sections.append(_answers_section(marked, view))
    sections.extend(_more_slips(marked, first))
    sections.extend(_workings(marked, first))
    return replace(
        document("check", marked.config, replace(view, names=marked.names), (), trained=True),
        title=f"{title_of(marked.config)}: {counted(len(marked.verdicts), 'answer')} checked",
        sections=tuple(sections),
        parts_key="",
        data=marked.data(),
    )


def _score(marked: Marked) -> str:
    kinds = Counter(one.kind for one in marked.verdicts)
    total = len(marked.verdicts)
    if marked.is_right:
        rounded = f", {kinds['rounding']} of them rounded by hand" if kinds["rounding"] else ""
        return f"{'The answer is' if total == 1 else f'All {total} answers are'} right{rounded}."
    words = {
        "right": "right",
        "rounding": "right but for rounding by hand",
        "follows": "right working from an earlier wrong number",
        "truncated": "cut off instead of rounded",
        "mistake": "wrong by a mistake with a name",
        "slip": "wrong by a slip of arithmetic",
        "repeated": "the same mistake again",
        "unexplained": "wrong and unexplained",
    }
    told = ", ".join(f"{kinds[kind]} {text}" for kind, text in words.items() if kinds[kind])
    return f"{marked.score} points: {told}."


# the first wrong line -------------------------------------------------------------------------


def _first_section(marked: Marked, first: Verdict, view: View) -> Section:
    right = UNDEFINED if first.value is None else show(first.value, view.decimals)
    blocks: list[Block] = [Note(f"{first.name} = {first.answer.text}, and {right} is right.")]
    if first.slip is not None:
        blocks += _slip_blocks(marked, first.slip)
    if first.name in marked.operands:
        blocks.append(Note(marked.operands[first.name]))
    blocks += [Note(text) for text in _explained(first)]
    if first.done is not None and first.made_in is None:
        blocks += [Note("This gives the answer:", "step"), _as_answered(marked, first, first.done)]
    names = [first.name] if first.made_in is None else [first.made_in, first.name]
    blocks += [Note("This is right:", "step"), _working(marked, names)]
    blocks += [Note(f"To see more: {one}", "convention") for one in _commands(marked, first)]
    follow = sum(first.name in one.because for one in marked.verdicts if one.kind == "follows")
    if follow:
        blocks.append(
            Note(f"{counted(follow, 'later answer')} only {'follows' if follow == 1 else 'follow'} from it.")
        )
    return Section("The first wrong line", "result", tuple(blocks))


def _as_answered(marked: Marked, one: Verdict, done: Expr) -> Equations:
    """Return the working that gives the answer, with the numbers that the sheet has."""
    numbers = {used.name: _texts(marked.lines)[used.name] for used in symbols(done)}
    numbers |= {other.name: other.answer.text for other in marked.verdicts}
    return Equations(((Equation(one.symbol, done, one.answer.value, one.answer.text),),), numbers)


def _commands(marked: Marked, one: Verdict) -> Iterator[str]:
    """Yield the commands that teach more about a mistake."""
    told = [MISTAKES[name].more for name in one.mistakes] or ["nnstep why '{symbol}'"]
    for command in dict.fromkeys(told[:2]):
        text = command.format(symbol=one.made_in or one.name)
        if "'" in text and marked.source:
            text += f" {marked.source}"
        if "'" not in text or marked.source:
            yield text


def _slip_blocks(marked: Marked, slip: Slip) -> list[Block]:
    """Tell a slip of arithmetic: the line of the file with a mark below it, and what is right."""
    line = marked.page[slip.line - 1] if slip.line <= len(marked.page) else slip.written
    place = f"{marked.file}:{slip.line}:{slip.column}"
    return [Note(f"A slip of arithmetic at {place}: {slip.sentence}"), Excerpt(line, slip.column, slip.end)]


def _more_slips(marked: Marked, first: Verdict | None) -> Iterator[Section]:
    """Tell the slips that are not in the first wrong line."""
    others = [one.slip for one in marked.verdicts if one.slip is not None and one is not first]
    blocks = [block for slip in (*others, *marked.slips) for block in _slip_blocks(marked, slip)]
    if blocks:
        yield Section("Slips of arithmetic" if first is None else "More slips", "result", tuple(blocks))
    wrong = [one.name for one in marked.verdicts if one is not first and one.name in marked.operands]
    if wrong:
        notes = tuple(Note(f"{name}: {marked.operands[name]}") for name in wrong)
        yield Section("Operands that do not belong", "result", notes)


def _explained(one: Verdict) -> Iterator[str]:
    where = f" (in {one.made_in})" if one.made_in else ""
    if len(one.mistakes) > 1:
        yield f"{len(one.mistakes)} mistakes give this number. It was one of them."
    for name in one.mistakes:
        yield f"{name}{where}: {MISTAKES[name].sentence}"
    if one.kind == "truncated":
        yield "cut off: The digits after the last one were dropped. Round the number instead."
    if one.change is not None:
        yield f"One change gives this number: {one.change}"
    elif one.kind == "unexplained" and one.mistakes == ():
        yield "No known mistake gives this number."


def _working(marked: Marked, names: Sequence[str]) -> Equations:
    rows: list[tuple[Equation, ...]] = [(marked.lines.equations[name],) for name in names]
    return Equations(tuple(rows), _texts(marked.lines))


def _texts(lines: Lines) -> Mapping[str, str]:
    """The shown text of every number of the step."""
    blocks = (block for section in lines.part.sections for block in section.blocks)
    return next(block.numbers for block in blocks if isinstance(block, Equations))


def _workings(marked: Marked, first: Verdict | None) -> Iterator[Section]:
    """The right working of the other unexplained lines."""
    names = [one.name for one in marked.verdicts if one.kind == "unexplained" and one is not first]
    if names:
        shown, more = names[:MOST_WORKINGS], len(names) - MOST_WORKINGS
        blocks: list[Block] = [_working(marked, shown)]
        if more > 0:
            blocks.append(
                Note(f"... {more} more; 'nnstep backprop' shows the working of every line.", "step")
            )
        yield Section("The right working of the other unexplained lines", "result", tuple(blocks))


# every answer ---------------------------------------------------------------------------------


def _answers_section(marked: Marked, view: View) -> Section:
    told = [one for one in marked.verdicts if one.kind != "right"]
    rest = len(marked.verdicts) - len(told)
    if len(marked.verdicts) <= MOST_ROWS or view.limit is None:
        told, rest = list(marked.verdicts), 0
    rows = tuple(
        (
            one.name,
            one.answer.text,
            UNDEFINED if one.value is None else show(one.value, view.decimals),
            f"{one.points:g}",
            verdict_text(one),
        )
        for one in told
    )
    table = Table(
        "",
        ("symbol", "answer", "right", "points", "verdict"),
        rows,
        frozenset({1, 2, 3}),
        rest,
        "right answer",
        tuple(SIGN_OF[one.kind] for one in told),
    )
    return Section("Every answer, in order of dependence", "result", (table,))


SIGN_OF = {
    "right": "right",
    "rounding": "right",
    "follows": "follows",
    "truncated": "wrong",
    "mistake": "wrong",
    "unexplained": "wrong",
    "slip": "wrong",
    "repeated": "wrong",
}


def verdict_text(one: Verdict) -> str:
    """Say a verdict in a few words."""
    if one.kind == "repeated":
        return f"the same mistake as in {one.because[0]}"
    if one.kind == "follows":
        return f"follows from {', '.join(one.because[:3])}{', ...' if len(one.because) > 3 else ''}"
    if one.kind == "mistake":
        where = f" in {one.made_in}" if one.made_in else ""
        return f"WRONG: {' or '.join(one.mistakes)}{where}"
    return {
        "right": "right",
        "rounding": "right, rounded by hand",
        "truncated": "cut off, not rounded",
        "unexplained": "WRONG: unexplained",
        "slip": "WRONG: slip of arithmetic",
    }[one.kind]


# a class --------------------------------------------------------------------------------------


@record
class Row:
    """One sheet of a class: what its row needs, and what JSON needs, where that is wanted."""

    file: str
    points: float = 0.0
    of: int = 0
    first: str = ""
    faults: Mapping[str, int] = field(default_factory=dict)  # each with its number of lines
    right: bool = False
    problem: str | None = None  # why it could not be read
    data: Mapping[str, Any] | None = None


def row_of(file: str, one: Marked | NnstepError, *, whole: bool) -> Row:
    """Return a sheet's row; `whole` keeps its verdicts for JSON."""
    if not isinstance(one, Marked):
        return Row(file, problem=str(one.problems[0]), data={"file": file, "error": str(one)})
    first = first_wrong(one.verdicts)
    faults = Counter(name for verdict in one.verdicts for name in _faults(verdict))
    data = {"file": file, **one.data()} if whole else None
    name = first.name if first else ""
    return Row(file, one.points, len(one.verdicts), name, dict(faults), one.is_right, None, data)


def class_report(sheets: Sequence[Row]) -> Document:
    """Tell a folder of sheets: a row each, and the commonest mistakes first."""
    columns = ("file", "points", "of", "first wrong line", "mistakes")
    rows = tuple(map(_cells, sheets))
    sections = [Section("The class", "result", (Table("", columns, rows, frozenset({1, 2})),))]
    common = commonest(sheets)
    if common:
        told = tuple((name, str(files), str(count)) for name, files, count in common)
        table = Table("", ("mistake", "sheets", "lines"), told, frozenset({1, 2}))
        notes = [Note(f"{name}: {MISTAKES[name].sentence}") for name, _, _ in common[:3] if name in MISTAKES]
        sections.append(Section("The commonest mistakes", "result", (table, *notes)))
    problems = [Note(one.problem, "warning") for one in sheets if one.problem is not None]
    if problems:
        sections.append(Section("Not read", "result", tuple(problems)))
    data: dict[str, Any] = {
        "sheets": [one.data for one in sheets],
        "mistakes": [{"name": name, "sheets": files, "lines": count} for name, files, count in common],
    }
    right = sum(one.right for one in sheets)
    title = f"{counted(len(sheets), 'sheet')} checked, {right} all right"
    return Document("check", title, {}, sections=tuple(sections), parts_key="", data=data)


def _cells(one: Row) -> tuple[str, ...]:
    if one.problem is not None:
        return (one.file, "", "", "", "not read")
    names = sorted(one.faults, key=lambda name: -one.faults[name])
    return (one.file, f"{one.points:g}", str(one.of), one.first, ", ".join(names))


def _faults(one: Verdict) -> tuple[str, ...]:
    named = {"truncated": "cut off", "slip": "slip of arithmetic", "unexplained": "unexplained"}
    return (named[one.kind],) if one.kind in named else one.mistakes


def commonest(sheets: Sequence[Row]) -> list[tuple[str, int, int]]:
    """Return each fault with the number of sheets and of lines that have it, the commonest first."""
    files, count = Counter[str](), Counter[str]()
    for one in sheets:
        files.update(one.faults.keys())
        count.update(one.faults)
    order = sorted(files, key=lambda name: (-files[name], -count[name], name))
    return [(name, files[name], count[name]) for name in order]
