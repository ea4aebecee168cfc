"""Numbers to text: rounding is for showing, or for arithmetic as on paper, and happens here alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

# by the names that the decimal module has for them
ROUNDINGS: Final = {"half-up": "ROUND_HALF_UP", "half-even": "ROUND_HALF_EVEN"}


def show(value: float, decimals: int, *, at_least: int = 0) -> str:
    """Return a result as text: `decimals` places, fewer where exact, more where it is small.

    A small number keeps three significant digits (as many as `decimals`, if that is fewer) and
    one below 1e-6 or from 1e12 on is written with an exponent.
    """
    if value == 0:
        return "0"
    places = _places(abs(value), decimals, at_least)
    if places is None:
        mantissa, _, exponent = f"{value:.{max(decimals, 3) - 1}e}".partition("e")
        exact = math.isclose(float(f"{mantissa}e{exponent}"), value, rel_tol=1e-13)
        return f"{_strip(mantissa) if exact else mantissa}e{exponent}"
    text = f"{value:.{places}f}"
    if text[-1] == "0" and math.isclose(float(text), value, rel_tol=1e-13, abs_tol=0.0):
        text = _strip(text)
    return text


def round_shown(value: Decimal, decimals: int, rounding: str, *, at_least: int = 0) -> Decimal:
    """Round as `show` shows, exactly, ties by the named rule of `ROUNDINGS`."""
    from decimal import Decimal

    if not value:
        return Decimal(0)
    places = _places(abs(value), decimals, at_least)
    if places is None:
        places = max(decimals, 3) - 1 - value.adjusted()
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUNDINGS[rounding])


def show_exact(rounded: Decimal, value: Decimal) -> str:
    """Return a number that `round_shown` made of `value` as text, without zeros that say nothing."""
    adjusted = rounded.adjusted() if rounded else 0
    if rounded and (adjusted < -6 or adjusted >= 12):
        mantissa, _, exponent = f"{rounded:e}".partition("e")
        return f"{_strip(mantissa) if rounded == value else mantissa}e{int(exponent):+03d}"
    text = f"{rounded:f}"
    return _strip(text) if rounded == value else text


def decimals_of(text: str) -> int:
    """The places after the point that a text shows."""
    return 0 if "e" in text.lower() else len(text.partition(".")[2])


def percent(value: float) -> str:
    """A percentage with two decimals."""
    return f"{value:.2f}"


def _places(magnitude: float | Decimal, decimals: int, at_least: int) -> int | None:
    if not magnitude:
        return 0
    if magnitude < 1e-6 or magnitude >= 1e12:
        return None
    leading = math.floor(math.log10(magnitude)) if isinstance(magnitude, float) else magnitude.adjusted()
    least = (decimals if 1 <= decimals <= 3 else 3 if decimals else 1) - 1 - leading  # three significant ones
    if at_least > least:
        least = at_least
    return decimals if decimals > least else least


def _strip(text: str) -> str:
    if "." not in text:
        return text
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
