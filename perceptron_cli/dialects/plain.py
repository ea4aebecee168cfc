"""A name as somebody wrote it - Unicode, LaTeX, any brackets - in one plain form, to be looked up."""

from __future__ import annotations

import re

_LETTERS = str.maketrans(
    dict(zip("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789", strict=True))
    | dict(zip("ᵢⱼₖₙ⁽⁾⁺⁻₊₋₍₎", "ijkn()+-+-()", strict=True))
    | {"′": "'", "’": "'", "‘": "'", "″": "''", "∂": "d", "Δ": "D", "δ": "delta", "η": "eta", "α": "alpha"}
    | {"θ": "theta", "ŷ": "y_hat", "ℓ": "L", "𝓛": "L", "\u2212": "-", "\u00a0": " ", "$": "", "`": ""}
)
# one after the other: LaTeX to plain text, then what is written in several ways in one
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"y\u0302", "y_hat"),
        (r"\\(?:left|right|displaystyle|limits|[,;:!\s])", ""),
        (r"\\(?:hat|widehat)\s*\{?\s*([A-Za-z])\s*\}?", r"\1_hat"),
        (r"\\(?:mathrm|mathbf|mathit|mathcal|text|textrm|operatorname|boldsymbol)\s*\{([^{}]*)\}", r"\1"),
        (r"\\prime", "'"),
        (r"\\ell", "L"),
        (r"\\partial\s*", "d"),
        (r"\\(delta|eta|alpha|theta)\b\s*", r"\1"),
        (r"([_^])\s*\{([^{}]*)\}", r"\1\2"),
        (r"([_^])\s*\{([^{}]*)\}", r"\1\2"),
        (r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2"),
        (r"[{}\\]", ""),
        (r"\b(?:the|gradient of|value of)\s+", ""),
        (r"^(?:new|updated)[ _](.+)$", r"\1'"),
        (r"\(new\)|[\^_.\s]new\b|_after\b|\safter(?: update)?\b|\^\+|(?<=[\w\])])\+", "'"),
        (r"'+(.+)$", r"\1'"),  # w'[1]_11: the mark at the end
        (r"''+$", "'"),
        (r"\s+", ""),
        (r"(?i)^d(?:e_?total|e_?tot|loss|cost|error|[lejc])[/_]?d(?=[a-z\d(])", "dL/d"),
        (r"(?i)^(?:grad|nabla)[_(\[]?(.+?)[)\]]?$", r"dL/d\1"),
        (r"(?i)^(.+?)[._]grad(\[[^\]]*\])?$", r"dL/d\1\2"),
        (r"(?i)^(.+?):0(\[|$)", r"\1\2"),
    )
)
_SAMPLE = re.compile(r"s(\d+):\s*(.+)", re.DOTALL)
_DROPPED = str.maketrans("", "", "_^, ")
_LAYER = re.compile(r"\^?[\[(](\d+)[\])]")
_LAYER_LAST = re.compile(r"(\d+(?:,\d+)*)(\[\d+\])('?)$")


def plain(text: str) -> str:
    """Return a name in plain form: `dL/dw11`, `z_1^[1]`, `w5'`; spaces are dropped."""
    name = text.strip().translate(_LETTERS)
    for pattern, instead in _RULES:
        name = pattern.sub(instead, name)
    return name


def squashed(name: str) -> str:
    """Return a plain name without underscores and commas, a layer in square brackets and first.

    `z_1^[2]`, `z^(2)_1` and `z[2]_1` are one name, and `z^2_1` another.
    """
    name = _LAYER.sub(r"[\1]", name.replace("][", ","))
    return _LAYER_LAST.sub(r"\2\1\3", name.translate(_DROPPED))


def parted(name: str) -> tuple[int | None, str]:
    """Part the sample's number from a name: `s2:z1` is (2, "z1")."""
    found = _SAMPLE.fullmatch(name.strip())
    return (int(found[1]), found[2]) if found else (None, name)
