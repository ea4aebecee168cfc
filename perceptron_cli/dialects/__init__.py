"""How books and libraries name the numbers of a network: one entry each.

A dialect says how it writes x, y, z, a, the weights and the loss; gradients and updated weights are
composed from these. A name is read by the same entry, which makes a table from every name that it
writes: what is printed can be read back.
"""

from __future__ import annotations

from collections.abc import Mapping

from perceptron_cli.dialects.books import FAUSETT, HAYKIN, MAZUR, NIELSEN, NNSTEP, NUMBERED
from perceptron_cli.dialects.dialect import Dialect, Sizes
from perceptron_cli.dialects.libraries import ARRAYS, KERAS, PYTORCH
from perceptron_cli.errors import InputError, did_you_mean
from perceptron_cli.expr import Naming, Symbol

_ALL = (NNSTEP, MAZUR, NUMBERED, ARRAYS, NIELSEN, FAUSETT, HAYKIN, PYTORCH, KERAS)
DIALECTS: Mapping[str, Dialect] = {one.name: one for one in _ALL}


def naming_of(dialect: str | None, own: Mapping[str, str], sizes: Sizes) -> Naming | None:
    """Return the names of a dialect for a network of these sizes, somebody's `own` names before them.

    None where all names are nnstep's.
    """
    chosen = DIALECTS[dialect] if dialect and dialect != "nnstep" else None
    names = {symbol: name for name, symbol in own.items()}
    if chosen is None and not names:
        return None

    def naming(symbol: Symbol) -> str | None:
        if not symbol.indices and symbol.head not in ("L", "eta"):
            return None  # w in general, or a matrix
        bare = Symbol(symbol.head, symbol.layer, symbol.indices, None, symbol.prime)
        return names.get(bare.name) or (chosen.write(bare, sizes) if chosen else None)

    return naming


def require_dialect(name: str | None) -> None:
    """Raise InputError where there is no dialect of that name."""
    if name is not None and name not in DIALECTS:
        raise InputError(
            f"--names: expected the names of a book or a library, got '{name}'",
            hint=did_you_mean(name, DIALECTS),
        )


__all__ = ["DIALECTS", "Dialect", "naming_of", "require_dialect"]
