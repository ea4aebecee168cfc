"""The names of a dialect for one network, to be looked up: what each may mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from perceptron_cli.dialects.dialect import Dialect
from perceptron_cli.dialects.plain import plain, squashed
from perceptron_cli.expr import Symbol
from perceptron_cli.records import record


@record
class Meaning:
    """What a name means: a symbol of the step, or its negative."""

    symbol: str
    sign: int = 1


class Vocabulary:
    """Every name that a dialect has for the numbers of a network, and what it means."""

    def __init__(self, dialect: Dialect, symbols: Sequence[Symbol], sizes: tuple[int, ...]) -> None:
        """`symbols` are the step's numbers, without their samples."""
        self.exact: dict[str, list[Meaning]] = {}
        for symbol in symbols:
            for written, sign in dialect.read(symbol, sizes):
                meanings = self.exact.setdefault(plain(written), [])
                if Meaning(symbol.name, sign) not in meanings:
                    meanings.append(Meaning(symbol.name, sign))

    @cached_property
    def _loose(self) -> tuple[dict[str, list[Meaning]], dict[str, list[Meaning]]]:
        """The same without brackets and underscores, and then without case."""
        tables: tuple[dict[str, list[Meaning]], dict[str, list[Meaning]]] = ({}, {})
        for name, meanings in self.exact.items():
            for table, key in zip(tables, (squashed(name), squashed(name).lower()), strict=True):
                known = table.setdefault(key, [])
                known.extend(one for one in meanings if one not in known)
        return tables

    def read(self, name: str) -> list[Meaning]:
        """Return what a plain name may mean in this dialect: nothing, one number, or several."""
        if name in self.exact:
            return self.exact[name]
        bare, lower = self._loose
        return bare.get(squashed(name)) or lower.get(squashed(name).lower()) or []
