"""A name from a book or a program - net_h1, z^2_1, w11(new), 0.weight[1,0] - as a notation draws it."""

from __future__ import annotations

import re

_SUBSCRIPTS = str.maketrans("0123456789ijk", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ")
_GREEK = {"delta": ("δ", r"\delta"), "eta": ("η", r"\eta"), "alpha": ("α", r"\alpha")}
_WORD = re.compile(r"(?<![A-Za-z])(delta|eta|alpha)(?![A-Za-z])")
_QUOTIENT = re.compile(r"d([A-Za-z].*)/d([A-Za-z].*)")
_NAME = re.compile(
    r"(?P<letters>[A-Za-z]+?)(?:_(?P<word>[A-Za-z]+))?(?:\^(?P<above>\(?\w+\)?))?_?(?P<below>[\dijkn,]*)"
    r"(?:\^(?P<last>\(\w+\)))?(?P<after>\+|'|\(new\))?"
)


def as_unicode(name: str) -> str:
    """Return a name with subscripts, Greek letters and the sign of a partial derivative."""
    if is_code(name):
        return name
    quotient = _QUOTIENT.fullmatch(name)
    if quotient is not None:
        return f"∂{as_unicode(quotient[1])}/∂{as_unicode(quotient[2])}"
    name = _WORD.sub(lambda found: _GREEK[found[1]][0], name)
    name = re.sub(r"_([\dijk]+)(?![\w])", lambda found: found[1].translate(_SUBSCRIPTS), name)
    return name.replace("'", "′")


def as_latex(name: str) -> str:
    """Return a name as LaTeX mathematics; what looks like a program's in the type of a program."""
    if is_code(name):
        escaped = re.sub(r"([_#%&])", r"\\\1", name)
        return rf"\mathtt{{{escaped}}}"
    quotient = _QUOTIENT.fullmatch(name)
    if quotient is not None:
        return rf"\frac{{\partial {as_latex(quotient[1])}}}{{\partial {as_latex(quotient[2])}}}"
    found = _NAME.fullmatch(name)
    if found is None:
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}"
    letters, word = found["letters"], found["word"] or ""
    if letters in _GREEK:
        letters = _GREEK[letters][1]
    elif len(letters) > 1:
        letters = rf"\mathrm{{{letters}}}"
    told = rf"\mathrm{{{word}}}" if len(word) > 1 else word
    below = f"_{{{told}{found['below']}}}"
    after = {"'": r"\prime", "+": "+", "(new)": r"\mathrm{new}"}.get(found["after"] or "", "")
    above = f"{found['above'] or found['last'] or ''}{after}"
    return letters + (below if word or found["below"] else "") + (f"^{{{above}}}" if above else "")


def is_code(name: str) -> bool:
    """Whether a name is a program's: an element of an array."""
    return "[" in name
