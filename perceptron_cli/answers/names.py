"""The names that people give to a step's numbers, and the one that nnstep has for each."""

from __future__ import annotations

import re

from perceptron_cli.expr import symbol_of
from perceptron_cli.spec.config import Config

_PLAIN = str.maketrans(
    dict(zip("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789", strict=True))
    | {"′": "'", "’": "'", "∂": "d", "η": "eta", "δ": "delta", "ŷ": "y_hat", "$": "", "\\": ""}
)
# each pattern and what stands for it, one after the other
_RULES: tuple[tuple[str, str], ...] = (
    (r"\s+(?=[\[_'(])|(?<=[:/])\s+|\s+(?=[:/])", ""),
    (r"^(?:new|updated)[ _](.+)$", r"\1'"),
    (r"^(.+?)[ _]+(?:new|updated|after)$", r"\1'"),
    (r"^(s\d+):(.+)$", r"\1: \2"),
    (r"\b(?:yhat|y_pred|prediction)\b", "y_hat"),
    (r"\b(?:loss|cost|Loss|Cost)\b", "L"),
    (r"\b(?:lr|learning_rate|alpha)\b", "eta"),
    (r"\bdL_d", "dL/d"),
    (r"(?<![/\w])d(?=[wabz](?:\d|\[|\^|\())", "dL/d"),
    (r"\^?\{?[\[(](\d+)[\])]\}?", r"[\1]"),  # w^(1), w^{[1]}, w(1)
    (r"\b([wazb]|delta)(\d+)_(?=[\d{])", r"\1[\2]_"),  # w1_11
    (r"_\{([\d, ]+)\}", r"_\1"),
    (r"(?<=\d),\s+(?=\d)|(?<=\d) (?=\d)", ","),
    (r"\]\(?(\d)", r"]_\1"),  # w[1]11
    (r"\b([xy])(\d+)", r"\1_\2"),
    (r"\bdelta(?=\[)", "dL/dz"),
    (r"(?<![a-z])(dL/d)?b(\[\d+\])_(\d+)", r"\1w\2_0,\3"),
    (r"'+(\[\d+\])?(_[\d,]+)$", r"\1\2'"),  # w'[1]_11
    (r"^(s\d+): ", r"\1:"),
)


def canonical(text: str, config: Config) -> str:
    """Return nnstep's name of a quantity that somebody wrote down: y_hat, w[1]_11 new, dL_dz[2]_1, b[1]_2."""
    name = text.strip().translate(_PLAIN)
    for pattern, instead in _RULES:
        name = re.sub(pattern, instead, name)
    name = _predictions(name, len(config.layers))
    if re.search(r"(?:^|:)[xy]$", name):
        name += "_1"
    if len(config.samples) == 1:
        name = name.removeprefix("s1:")
    symbol = symbol_of(name)
    return symbol.name if symbol is not None else name


def _predictions(name: str, output: int) -> str:
    """y_hat is the output's a, its only one where there is no index."""
    name = re.sub(r"dy_hat(?:_(\d+))?/dz(?:\[\d+\])?(?:_(\d+))?", rf"da/dz[{output}]_\2", name)
    name = re.sub(r"y_hat(?!_\d)", "y_hat_1", name)
    name = name.replace("y_hat", f"a[{output}]")
    return f"{name}1" if name.endswith(f"da/dz[{output}]_") else name
