"""The equations of a page of working: a name, and the parts between the signs of equality."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from perceptron_cli.answers.entries import Entry
from perceptron_cli.answers.numerals import answer
from perceptron_cli.answers.working.markup import END, Text, has_decimal_commas, readable
from perceptron_cli.expr import Expr, Negative, Number, evaluate, symbols
from perceptron_cli.expr.parse import Grammar, parse_prefix
from perceptron_cli.records import record

FUNCTIONS = {
    "exp": "exp", "ln": "ln", "log": "ln", "sqrt": "sqrt", "tanh": "tanh", "sigmoid": "sigmoid",
    "sig": "sigmoid", "logistic": "sigmoid", "relu": "relu", "ReLU": "relu", "Relu": "relu", "RELU": "relu",
    "max": "max", "min": "min", "abs": "abs", "cos": "cos", "erf": "erf",
}  # fmt: skip
NUMBERS = Grammar(FUNCTIONS, implicit=True)
MOST_CHARACTERS = 2_000  # of a line; a longer one is no working

_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_FUNCTION = rf"(?:{'|'.join(FUNCTIONS)})"
_ENDS = re.compile(
    rf"{END}|,\s|\.\s|\s(?:and|und|et|y|so|thus|hence|also)\s"
    rf"|(?<=[\d)])\s+(?=(?!{_FUNCTION}\b)[^\W\d][^\s=+*/]*\s*=)"  # the name of the next equation
)
_PAIR = re.compile(r"\s*([^\s:=|]*[^\W\d_][^\s:=|]*)\s*[:\s]\s*([-+]?[\d.,]+(?:e[-+]?\d+)?)\s*")
_NAME = re.compile(r"[^\s=,;:]+$")


@record
class Part:
    """What stands between two signs of equality, as it is written, with its tree, and where it begins."""

    text: str
    tree: Expr
    line: int
    column: int

    @property
    def number(self) -> str | None:
        """The text of a number alone, None where it is more."""
        tree = self.tree.body if isinstance(self.tree, Negative) else self.tree
        bare = self.text.strip().rstrip(".")
        return bare if isinstance(tree, Number) and answer(bare) is not None else None

    @property
    def value(self) -> float:
        """The value, nan where it has none."""
        try:
            return float(evaluate(self.tree, {}))
        except (ArithmeticError, ValueError, TypeError):
            return float("nan")


@record
class Chain:
    """An equation: what its name may be, the longest first, and its parts that are numbers."""

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    line: int
    column: int

    def entry(self, name: str) -> Entry | None:
        """Return what the chain comes to as an answer, None where it has no numbers."""
        if not self.parts:
            return None
        last = self.parts[-1]
        text = last.number or f"{last.value!r}"
        return Entry(name, text, last.line, last.column)


def chains_of(page: str) -> list[Chain]:
    """Return the equations of a page. A line that begins with a sign of equality goes on with the last."""
    comma = has_decimal_commas(page)
    found: list[Chain] = []
    heads: list[str] = []  # of a table
    for number, line in enumerate(page.splitlines(), start=1):
        if not line.strip() or len(line) > MOST_CHARACTERS:
            continue
        text = readable(line, decimal_comma=comma)
        if "|" in line and not _EQUALS.search(text.text):
            cells = list(_cells(line, number, comma))
            found += _of_table(cells, heads)
            numbers = [one for one in cells if one[1] is not None]
            heads = heads if numbers or _is_rule(line) else [name for name, _ in cells]
            continue
        heads = []
        pair = _PAIR.fullmatch(text.text)
        if pair is not None and answer(pair[2]) is not None:
            found += _of_pair(pair, text, number)
            continue
        for place, segment in enumerate(_segments(text)):
            if place == 0 and found and segment.text.lstrip().startswith("="):
                more = tuple(_parts(segment, line, number))
                last = found[-1]
                found[-1] = Chain(last.names, (*last.parts, *more), last.line, last.column)
            elif _EQUALS.search(segment.text):
                found.append(_chain(segment, line, number))
    return [one for one in found if one.parts]


def _of_pair(pair: re.Match[str], text: Text, number: int) -> Iterator[Chain]:
    """Yield what a line with a name and a number says: `z1: 0.31`, `z1 0.31`."""
    parsed = parse_prefix(pair[2], NUMBERS)
    if parsed is not None:
        column = text.columns[pair.start(2)]
        yield Chain((pair[1],), (Part(pair[2], parsed.tree, number, column),), number, column)


def _cells(line: str, number: int, comma: bool) -> Iterator[tuple[str, Part | None]]:
    """Yield the cells of a table's row, those with a number as parts."""
    place = 0
    for cell in line.split("|"):
        start = place + len(cell) - len(cell.lstrip())
        place += len(cell) + 1
        if cell.strip():
            text = readable(cell.strip(), decimal_comma=comma).text.strip()
            parsed = parse_prefix(text, NUMBERS)
            alone = parsed is not None and not symbols(parsed.tree) and parsed.end == len(text)
            yield cell.strip(" $`*"), Part(text, parsed.tree, number, start + 1) if parsed and alone else None


def _of_table(cells: Sequence[tuple[str, Part | None]], heads: Sequence[str]) -> Iterator[Chain]:
    """Yield a number under its head, or behind its name in a row of names and numbers."""
    if heads and len(heads) == len(cells) and all(part is not None for _, part in cells):
        pairs = [(head, part) for head, (_, part) in zip(heads, cells, strict=True)]
    else:
        pairs = [(name, after) for (name, one), (_, after) in pairwise(cells) if one is None]
    for name, part in pairs:
        if part is not None:
            yield Chain((name,), (part,), part.line, part.column)


def _is_rule(line: str) -> bool:
    return not line.strip("|:- \t")


def _segments(text: Text) -> Iterator[Text]:
    """Part a line where one equation ends: at commas, full stops and words outside of brackets."""
    depth, start = 0, 0
    ends = {found.start(): found.end() for found in _ENDS.finditer(text.text)}
    place = 0
    while place < len(text.text):
        depth += {"(": 1, ")": -1}.get(text.text[place], 0)
        if place in ends and (depth <= 0 or text.text[place] == END):
            yield text.slice(start, place)
            start = place = ends[place]
            depth = 0
            continue
        place += 1
    yield text.slice(start, len(text.text))


def _chain(segment: Text, line: str, number: int) -> Chain:
    first = _EQUALS.search(segment.text)
    left = segment.slice(0, first.start() if first else 0)
    parts = [part for part in (_part(left, line, number, last=False),) if part is not None]
    column = left.columns[0] if left.columns else 1
    names = () if parts else tuple(_names(left, line))
    rest = segment.slice(len(left.text), len(segment.text))
    return Chain(names, (*parts, *_parts(rest, line, number)), number, column)


def _names(left: Text, line: str) -> Iterator[str]:
    """Yield what may be the name before the sign: its last words in the file, the most first."""
    start = left.text.rfind(":") + 1
    kept = left.slice(start, len(left.text))
    words = [found.span() for found in re.finditer(r"\S+", kept.text)]
    for count in (3, 2, 1):
        if len(words) >= count:
            begin, end = words[-count][0], words[-1][1]
            yield line[kept.columns[begin] - 1 : kept.columns[end - 1]].strip(" $`*&|")


def _parts(rest: Text, line: str, number: int) -> Iterator[Part]:
    """Yield the parts that are numbers alone, in their order."""
    signs = [found.span() for found in _EQUALS.finditer(rest.text)]
    for place, (_, start) in enumerate(signs):
        last = place == len(signs) - 1
        end = len(rest.text) if last else signs[place + 1][0]
        part = _part(rest.slice(start, end), line, number, last=last)
        if part is not None:
            yield part


def _part(text: Text, line: str, number: int, *, last: bool) -> Part | None:
    """Return a part of numbers; words may follow the last one of an equation."""
    stripped = len(text.text) - len(text.text.lstrip())
    parsed = parse_prefix(text.text[stripped:], NUMBERS)
    if parsed is None or symbols(parsed.tree):
        return None
    after = text.text[stripped + parsed.end :]
    if after.strip(" .") and not (last and after[:1].isspace() and after.lstrip()[0] not in "+-*/^"):
        return None
    begin, end = text.columns[stripped], text.columns[stripped + parsed.end - 1]
    written = text.text[stripped : stripped + parsed.end].strip()
    return Part(written if end - begin < len(written) else line[begin - 1 : end], parsed.tree, number, begin)
