"""The names on a sheet: in which dialect they are written, and which number each one means.

The dialect is found from all names together. A name that could mean two numbers is asked about, never
guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from perceptron_cli.answers.names import canonical
from perceptron_cli.answers.numerals import answer
from perceptron_cli.dialects import DIALECTS, Dialect
from perceptron_cli.dialects.plain import parted, plain
from perceptron_cli.dialects.vocabulary import Meaning, Vocabulary
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Symbol
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines

HEADS = frozenset({"x", "y", "z", "a", "w", "L", "eta", "dL/da", "dL/dz", "dL/dw", "da/dz"})


Reading: TypeAlias = Mapping[str, list[Meaning]]  # what each name of a sheet may mean


# those of the networks that were met, since a class has many sheets of one shape
_VOCABULARIES: dict[tuple[str, tuple[int, ...], tuple[str, ...]], Vocabulary] = {}


class Naming:
    """How the names of one sheet are read: its own names first, then a dialect's, then nnstep's."""

    def __init__(
        self,
        config: Config,
        lines: Lines,
        written: Mapping[str, str],
        asked: str | None = None,
        own: Mapping[str, str] | None = None,
    ) -> None:
        """`written` has all names of the sheet, each with its number; `asked` is the dialect to read them in.

        Raises InputError where two dialects read all names, each in its own way, and the numbers do not
        tell which is meant.
        """
        self.config, self.lines = config, lines
        self._own = {plain(name): symbol for name, symbol in {**config.names, **(own or {})}.items()}
        self._written = written
        self.dialect = DIALECTS[asked] if asked else self._found(list(written))

    @cached_property
    def _symbols(self) -> dict[str, Symbol]:
        """The step's symbols by name, of every sample as of one."""
        symbols = (self.lines.symbol(name) for name in self.lines.equations)
        bare = (
            Symbol(one.head, one.layer, one.indices, None, one.prime)
            for one in symbols
            if one.head in HEADS and len(one.indices) < 3
        )
        return {one.name: one for one in bare}

    def _vocabulary(self, dialect: Dialect) -> Vocabulary:
        key = dialect.name, self.config.sizes, tuple(self._symbols)
        if key not in _VOCABULARIES:
            _VOCABULARIES[key] = Vocabulary(dialect, list(self._symbols.values()), self.config.sizes)
        return _VOCABULARIES[key]

    def read(self, name: str) -> list[Meaning]:
        """Return what a name may mean: one number, none, or several."""
        return self._read(name, self.dialect)

    def _read(self, name: str, dialect: Dialect) -> list[Meaning]:
        if name in self.lines.equations and name not in self._own and dialect.name == "nnstep":
            return [Meaning(name)]
        return self._in_dialect(name, dialect) or self._in_nnstep(name)

    def _in_dialect(self, name: str, dialect: Dialect) -> list[Meaning]:
        sample, bare = parted(name)
        key = plain(bare)
        if key in self._own:
            return self._of_sample([Meaning(self._own[key])], sample)
        return self._of_sample(self._vocabulary(dialect).read(key), sample)

    def _in_nnstep(self, name: str) -> list[Meaning]:
        for text in (name, plain(name)):
            found = canonical(text, self.config)
            if found in self.lines.equations:
                return [Meaning(found)]
        return []

    def _of_sample(self, meanings: Iterable[Meaning], sample: int | None) -> list[Meaning]:
        """Put a sample's number in front, where there are several."""
        several = len(self.lines.samples) > 1
        start = f"s{sample}:" if several and sample is not None else ""
        found = [Meaning(start + one.symbol, one.sign) for one in meanings]
        return [one for one in found if one.symbol in self.lines.equations]

    # the dialect ------------------------------------------------------------------------------

    def _found(self, names: Sequence[str]) -> Dialect:
        """Return the dialect that reads the most names; nnstep where none reads more."""
        nnstep = DIALECTS["nnstep"]
        if not self.config.is_dense:  # the other dialects count neurons and weights of dense layers
            return nnstep
        if all(name in self.lines.equations for name in names):
            return nnstep
        readings = {"nnstep": {name: self._read(name, nnstep) for name in names}}
        if all(readings["nnstep"].values()):
            return nnstep
        readings |= {
            one.name: {name: self._read(name, one) for name in names}
            for one in DIALECTS.values()
            if one is not nnstep
        }
        most = max(_count(one) for one in readings.values())
        if _count(readings["nnstep"]) == most:
            return nnstep
        best = [name for name, reading in readings.items() if _count(reading) == most]
        surest = max(_count(readings[name], surely=True) for name in best)
        best = [name for name in best if _count(readings[name], surely=True) == surest]
        right = {name: self._right(readings[name]) for name in best}
        best = [name for name in best if right[name] == max(right.values())]
        self._require_alike(best, readings)
        return DIALECTS[best[0]]

    def _right(self, reading: Reading) -> int:
        """Return how many numbers of the sheet are right, as a reading takes their names."""
        count = 0
        for name, meanings in reading.items():
            number = answer(self._written[name])
            value = self.lines.values[meanings[0].symbol] if len(meanings) == 1 else None
            if number is not None and value is not None:
                count += abs(number.value - meanings[0].sign * value) <= 1.01 * number.half(4)
        return count

    def _require_alike(
        self, best: Sequence[str], readings: Mapping[str, Mapping[str, list[Meaning]]]
    ) -> None:
        """Raise InputError where dialects that read a sheet equally well take a name in two ways."""
        first = readings[best[0]]
        for other in best[1:]:
            for name, meanings in readings[other].items():
                if meanings and first[name] and not self._same(meanings, first[name]):
                    one, two = first[name][0].symbol, meanings[0].symbol
                    raise InputError(
                        f"the names can be read in two ways: {name} is {one} in the names of {best[0]}, "
                        f"and {two} in those of {other}",
                        hint=f"--names {best[0]} or --names {other} decides",
                    )

    def _same(self, some: Sequence[Meaning], others: Sequence[Meaning]) -> bool:
        """Whether two readings come to the same: in one number, or in numbers of one value."""
        if list(some) == list(others):
            return True
        return len({self.lines.values[one.symbol] for one in (*some, *others)}) == 1

    # what is said -----------------------------------------------------------------------------

    def said(self, names: Iterable[str]) -> str | None:
        """Say in which dialect a sheet was read, with an example of its names; None for nnstep's own."""
        if self.dialect.name == "nnstep":
            return None
        for name in sorted(names, key=lambda one: not plain(one).startswith(("w", "0", "d", "v"))):
            meanings = self._in_dialect(name, self.dialect)
            if meanings and plain(name) != meanings[0].symbol:
                minus = "-" if meanings[0].sign < 0 else ""
                return f"Read with the names of {self.dialect.name}: {name} is {minus}{meanings[0].symbol}."
        return None

    def nearest(self, name: str) -> list[str]:
        """Return the names that are most like an unknown one, in the sheet's dialect."""
        known = [*self._own, *self._vocabulary(self.dialect).exact, *self._symbols]
        near = difflib.get_close_matches(plain(name), known[:5_000], n=3, cutoff=0.6)
        shown = {plain(one): one for one in self._names()}
        return [shown.get(one, one) for one in near]

    def _names(self) -> Iterable[str]:
        for symbol in self._symbols.values():
            written = self.dialect.write(symbol, self.config.sizes)
            if written:
                yield written


def _count(reading: Mapping[str, Sequence[Meaning]], *, surely: bool = False) -> int:
    return sum(len(one) == 1 if surely else bool(one) for one in reading.values())
