"""A line of Markdown, LaTeX or plain text as arithmetic to be read, each character with its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from perceptron_cli.records import record

END = ";"  # what parts one equation from the next

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾", "0123456789+-()")
_FRACTIONS = {"½": "(1/2)", "⅓": "(1/3)", "¼": "(1/4)", "¾": "(3/4)", "⅔": "(2/3)", "⅛": "(1/8)"}

Instead = str | Callable[[re.Match[str]], str]
# one after the other
_RULES: tuple[tuple[re.Pattern[str], Instead], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"^\s*(?:[-*+]|\d+[.)])\s+(?=\D)", " "),  # a bullet
        (r"^\s*(?:#+|>)\s+", " "),
        (r"\\(?:begin|end)\{[^{}]*\}\*?|\\[\[\]()]|\$\$?|`+", " "),
        (r"\\\\(?:\[[^\]]*\])?|\\q?quad\b|\|", END),
        (r"\\(?:left|right|bigl?|bigr|displaystyle|limits)\b|\\[,;:!]", ""),
        (r"\\(?:mathrm|mathbf|text|operatorname|boxed|underline)\s*\{([^{}]*)\}", r"\1"),
        (r"(?<=[\d)])\s*\*\*\s*(?=[\d(-])", "^"),
        (r"\*\*|__", ""),
        (r"\\(?:cdot|times|ast)\b|[×·∙⋅∗]", "*"),
        (r"\\div\b|÷", "/"),
        (r"\\(?:approx|simeq|doteq|equiv)\b|[≈≃≅≐]|:=|=\s*~", "="),
        (r"\\(?:to|rightarrow|Rightarrow|implies|Longrightarrow)\b|[⇒→⟹]|[=-]>", END),
        (r"\\(?:sigma)\b|[σ𝜎]", "sigmoid"),
        (r"√|\\sqrt\b", "sqrt "),
        (r"\\(tanh|ln|log|exp|max|min)\b", r"\1"),
        (r"[" + "".join(_FRACTIONS) + "]", lambda found: _FRACTIONS[found.group()]),
        (r"(?<=[\d)])[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾]+", lambda found: f"^({found.group().translate(_SUPERSCRIPTS)})"),
        (r"[−–]", "-"),
        (r"&", " "),
    )
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_RAISED = re.compile(r"(?<=[_^])\{([^{}]*)\}")
_BRACES = re.compile(r"\{([^{}]*)\}")


@record
class Text:
    """A text and for each of its characters the column (from 1) where it stands in the file."""

    text: str
    columns: tuple[int, ...]

    def sub(self, pattern: re.Pattern[str], instead: Instead) -> Text:
        """Return the text with what a pattern finds written otherwise, at the place where it began."""
        pieces: list[str] = []
        columns: list[int] = []
        end = 0
        for found in pattern.finditer(self.text):
            pieces.append(self.text[end : found.start()])
            columns += self.columns[end : found.start()]
            for put, where in self._instead(found, instead):
                pieces.append(put)
                columns += where
            end = found.end()
        if not end:
            return self
        return Text("".join([*pieces, self.text[end:]]), (*columns, *self.columns[end:]))

    def _instead(self, found: re.Match[str], instead: Instead) -> Iterator[tuple[str, Sequence[int]]]:
        """Yield the pieces of what is written instead: a group keeps its columns, the rest stands beside."""
        if callable(instead):
            put = instead(found)
            yield put, [self.columns[found.start()]] * len(put)
            return
        place = found.start()
        for piece in re.split(r"(\\\d)", instead):
            if piece.startswith("\\"):
                start, place = found.span(int(piece[1]))
                yield self.text[start:place], self.columns[start:place]
            else:
                yield piece, [self.columns[min(place, found.end() - 1)]] * len(piece)

    def slice(self, start: int, end: int) -> Text:
        """Return a piece of it."""
        return Text(self.text[start:end], self.columns[start:end])


def readable(line: str, *, decimal_comma: bool) -> Text:
    """Return a line with its markup as plain arithmetic."""
    text = Text(line, tuple(range(1, len(line) + 1)))
    for pattern, instead in _RULES:
        text = text.sub(pattern, instead)
    text = text.sub(_RAISED, r"(\1)")
    while _FRACTION.search(text.text):
        text = text.sub(_FRACTION, r"((\1)/(\2))").sub(_RAISED, r"(\1)")
    while _BRACES.search(text.text):
        text = text.sub(_BRACES, r"(\1)")
    return text.sub(re.compile(r"(?<=\d),(?=\d)"), ".") if decimal_comma else text


def has_decimal_commas(page: str) -> bool:
    """Whether a page writes decimals with a comma: it has such numbers, and hardly any with a point."""
    commas, points = (len(re.findall(rf"\d{sign}\d", page)) for sign in (",", r"\."))
    return commas > 3 * points
