"""Reads a config's `data`: which file, which columns, what its targets mean, and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.datasets import NORMALIZERS
from perceptron_cli.errors import InputError, Problem
from perceptron_cli.losses import LOSSES
from perceptron_cli.parameters import Parameter
from perceptron_cli.records import record
from perceptron_cli.spec.config import Data, Given, Row
from perceptron_cli.spec.network import Outline
from perceptron_cli.spec.nodes import Node
from perceptron_cli.spec.reader import Reader, as_number
from perceptron_cli.spec.samples import Samples
from perceptron_cli.spec.source import STDIN, STDIN_NAME, bundled_data
from perceptron_cli.words import counted

if TYPE_CHECKING:
    from perceptron_cli.datasets.source import Source
    from perceptron_cli.datasets.table import Choice, Column, Table

DATA_KEYS = ("file", "x", "y", "header", "classes", "normalize", "split")
MOST_NAMES = 8  # of columns, in a message
SPLIT = Parameter(0.8, 0, 1, open_low=True)
ENTROPIES = (
    "binary_cross_entropy", "categorical_cross_entropy", "kl_divergence", "negative_log_likelihood",
)  # fmt: skip


@record
class DataSet:
    """The rows that a command wants: of another file, all of them in one part, without targets."""

    file: str | None = None
    whole: bool = False
    target: bool = True


class DataReader:
    """Reads one `data` node; `folder` is where the config stands, for relative paths."""

    def __init__(self, reader: Reader, node: Node, folder: str, wanted: DataSet) -> None:
        self.reader = reader
        self.wanted = wanted
        self.found = reader.mapping(node, "data", DATA_KEYS) or {}
        self.source = self._source(node, folder)
        self.file = self.source.name if self.source else ""
        self.choice = self._choice()
        self.classes = self._classes()
        self.normalize, self.shift, self.scale = self._normalize()
        self.split = self._split()

    # what the node says -----------------------------------------------------------------------

    def _source(self, node: Node, folder: str) -> Source | None:
        from perceptron_cli.datasets.source import Source

        if "file" not in self.found:
            if node.kind == "mapping":
                self.reader.problem(node, "data.file", "expected a file, got none", "file: iris.csv")
            return None
        one = self.found["file"]
        name = self.reader.text(one, "data.file")
        if name is None:
            return None
        if not name:
            self.reader.problem(one, "data.file", "expected a file, got nothing")
            return None
        if name == STDIN:
            if self.reader.file == STDIN_NAME:
                told = "expected a file, got stdin, from which the config is read"
                self.reader.problem(one, "data.file", told)
            return Source(None, STDIN_NAME)
        path = Path(name) if one.file.startswith("--") else Path(folder, name)
        if not path.exists() and Path(name).name == name and name in bundled_data():
            path = bundled_data()[name]
        if not path.exists():
            place = "" if one.file.startswith("--") else "a path is relative to the config's folder; "
            hint = f"{place}bundled: {', '.join(bundled_data())}"
            self.reader.problem(one, "data.file", f"no such file: '{name}'", hint)
            return None
        return Source(str(path), name)

    def _columns(self, name: str) -> tuple[Column, ...] | None:
        """Read a column or a list of them: a plain whole number counts from 1, all else is a name."""
        if name not in self.found:
            return None
        node, key = self.found[name], f"data.{name}"
        nodes = node.value if node.kind == "list" else [node]
        if not nodes:
            self.reader.problem(node, key, "expected at least one column, got an empty list")
        found: list[Column] = []
        for place, one in enumerate(nodes):
            value = as_number(one)
            here = f"{key}[{place}]" if node.kind == "list" else key
            if value is None:
                text = self.reader.text(one, here)
                found.extend([] if text is None else [text.strip()])
            elif not value.is_integer() or value < 1:
                self.reader.expected(one, here, "a column's name, or its number from 1 on")
            else:
                found.append(int(value))
        return tuple(found)

    def _choice(self) -> Choice:
        from perceptron_cli.datasets.table import Choice

        header = self.reader.boolean(self.found["header"], "data.header") if "header" in self.found else None
        blind = self.is_another and not self.wanted.target
        return Choice(self._columns("x"), self._columns("y"), header, self.wanted.target, blind)

    def _classes(self) -> tuple[str, ...]:
        if "classes" not in self.found:
            return ()
        nodes = self.reader.items(self.found["classes"], "data.classes", "a list of names") or []
        names = [self.reader.text(one, f"data.classes[{place}]") for place, one in enumerate(nodes)]
        found = tuple(name for name in names if name is not None)
        count = len(set(found))
        if count < max(len(found), 2):
            told = f"expected two different names or more, got {count}"
            self.reader.problem(self.found["classes"], "data.classes", told)
        return found

    def _normalize(self) -> tuple[str, Row | None, Row | None]:
        """Read a normalizer's name, or its name with the constants that a trained network keeps."""
        if "normalize" not in self.found:
            return "none", None, None
        node, key = self.found["normalize"], "data.normalize"
        if node.kind != "mapping":
            name = self.reader.choice(node, key, NORMALIZERS, "a way to normalize")
            return name or "none", None, None
        parts = self.reader.mapping(node, key, ("name", "shift", "scale")) or {}
        missing = [name for name in ("name", "shift", "scale") if name not in parts]
        if missing:
            self.reader.problem(node, f"{key}.{missing[0]}", "expected a value, got none")
            return "none", None, None
        name = self.reader.choice(parts["name"], f"{key}.name", NORMALIZERS, "a way to normalize")
        shift = self.reader.numbers(parts["shift"], f"{key}.shift", "a number per column of x")
        scale = self.reader.numbers(parts["scale"], f"{key}.scale", "a number per column of x")
        if scale is not None and not all(scale):
            self.reader.problem(parts["scale"], f"{key}.scale", "expected numbers other than 0, got 0")
        return name or "none", shift, scale

    def _split(self) -> float | None:
        if "split" not in self.found:
            return None
        return self.reader.number(self.found["split"], "data.split", SPLIT)

    # what the file says -----------------------------------------------------------------------

    @property
    def is_another(self) -> bool:
        """Whether the file stands in for what the network was made for."""
        return self.wanted.file is not None

    def inputs(self) -> int | None:
        """Return how many columns x has, None where that cannot be known."""
        named, source = self.choice.x, self.source
        if named is not None and not (source and source.is_archive):
            return len(named)
        if source is None or self.reader.problems:
            return None
        if not self.wanted.target and self.choice.y is None:
            return None  # are they all x, or is there a target? the network has to say
        from perceptron_cli.datasets.formats import names_of

        try:
            names = names_of(source, self.choice)
        except InputError as error:
            self.reader.problems.extend(error.problems)
            return None
        return len(names) - len(self.choice.y or ("the last",))

    def load(self, network: Outline, loss: str | None, seed: int) -> tuple[Samples, Data] | None:
        """Read the file and return the samples and what is known of them, None after noting problems."""
        from perceptron_cli.datasets.formats import read

        source = self.source
        if source is None or network.outputs is None or network.inputs is None:
            return None
        try:
            table = read(source, self._fitted_choice(source, network.inputs))
            if table.x.shape[1] != network.inputs:
                raise self._other_width(table.x_names, network.inputs)
            return self._parted(table, *self._targets(table, network.outputs, network.activation, loss), seed)
        except InputError as error:
            self.reader.problems.extend(error.problems)
            return None

    def _other_width(self, names: Sequence[str], inputs: int) -> InputError:
        shown = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
        some = ",".join(map(str, range(1, inputs + 1))) if inputs <= MOST_NAMES else "1,2,..."
        return InputError(
            Problem(
                f"expected {counted(inputs, 'column')} of x, one per input of the network, "
                f"got {len(names)}: {shown}",
                file=self.file,
                hint=f"choose them, by name or number: --set data.x=[{some}]"
                if len(names) > inputs
                else None,
            )
        )

    def _fitted_choice(self, source: Source, inputs: int) -> Choice:
        """Take all columns as x where there are as many as inputs and no target is needed."""
        from perceptron_cli.datasets.formats import names_of

        choice = self.choice
        if choice.target or choice.x is not None or choice.y is not None or source.is_archive:
            return choice
        if len(names_of(source, choice)) == inputs:
            return replace(choice, x=tuple(range(1, inputs + 1)), y=())
        return choice

    def _targets(
        self, table: Table, outputs: int, activation: str | None, loss: str | None
    ) -> tuple[Array | None, Indices | None, tuple[str, ...]]:
        """Return y, each row's class, and the classes' names."""
        from perceptron_cli.datasets import targets

        if not table.targets:
            return None, None, self.classes
        first, several = table.targets[0], len(table.targets) > 1
        classes = () if several else self._known_classes(first.words, outputs, activation, loss)
        if classes:
            if len(classes) != max(outputs, 2):
                raise InputError(
                    Problem(
                        f"expected {max(outputs, 2)} classes for an output layer of {outputs}, "
                        f"got {len(classes)}: {', '.join(classes[:8])}{', ...' * (len(classes) > 8)}",
                        file=self.file,
                        key=first.name,
                    )
                )
            labels = targets.labels(table, first, classes)
            return targets.one_hot(labels, outputs), labels, classes
        if len(table.targets) != outputs:
            raise InputError(
                Problem(
                    f"expected {counted(outputs, 'column')} of y, one per neuron of the output layer, "
                    f"got {len(table.targets)}",
                    file=self.file,
                )
            )
        y = targets.columns([targets.numbers(table, one) for one in table.targets])
        self._require_targets(table, y, loss)
        return y, None, ()

    def _known_classes(
        self, words: Sequence[str], outputs: int, activation: str | None, loss: str | None
    ) -> tuple[str, ...]:
        """Return the classes that a column of words means; none where it holds numbers."""
        from perceptron_cli.datasets.targets import classes_of, number

        if self.classes:
            return self.classes
        values = [number(word) for word in words]
        whole = all(value in (0, 1) for value in values)
        if outputs > 1 or (whole and (loss in ENTROPIES or activation == "sigmoid")):
            return classes_of(words, max(outputs, 2))
        known = [value for value in values if value is not None]
        if len(known) == len(values) and (
            loss not in ENTROPIES or len(known) != 2 or all(0 <= one <= 1 for one in known)
        ):
            return ()
        if activation not in ("sigmoid", "unit_step") or (known and len(words) > 2):
            return ()
        return classes_of(words, 2)

    def _require_targets(self, table: Table, y: Array, loss: str | None) -> None:
        if loss is None or LOSSES[loss].activations is None:
            return
        for row, values in enumerate(y.tolist()):
            wanted = LOSSES[loss].target_problem(values)
            if wanted is not None:
                got = ", ".join(map(repr, values))
                line = int(table.lines[row])
                key = table.targets[0].name
                raise InputError(
                    Problem(f"expected {wanted} for {loss}, got {got}", file=self.file, line=line, key=key)
                )

    # what is trained on -----------------------------------------------------------------------

    def _parted(
        self, table: Table, y: Array | None, labels: Indices | None, classes: tuple[str, ...], seed: int
    ) -> tuple[Samples, Data]:
        from perceptron_cli.datasets.split import split

        whole = Samples(table.x, y, labels)
        held_out = whole.take(slice(0, 0))
        if self.split is not None and not self.wanted.whole:
            kept, rest = split(len(whole), self.split, seed)
            whole, held_out = whole.take(kept), whole.take(rest)
        shift, scale = self._constants(table.x_names, whole.x)
        if self.normalize != "none":
            whole, held_out = whole.scaled(shift, scale), held_out.scaled(shift, scale)
        data = Data(
            file=self.file,
            path=None if self.source is None or self.source.is_pipe else self.source.path,
            columns=(table.choice.x or (), table.choice.y or ()),
            x=table.x_names,
            y=tuple(one if isinstance(one, str) else f"column {one}" for one in table.choice.y or ()),
            classes=classes,
            normalize=self.normalize,
            shift=tuple(map(Given, shift.tolist())) if self.normalize != "none" else (),
            scale=tuple(map(Given, scale.tolist())) if self.normalize != "none" else (),
            split=self.split,
            header=self.choice.header,
            held_out=held_out,
        )
        return whole, data

    def _constants(self, names: Sequence[str], x: Array) -> tuple[Array, Array]:
        """Return the shift and the scale of each column: a trained network's own, or fitted to x."""
        from perceptron_cli.datasets.normalizers import fitted, given

        if self.shift is None or self.scale is None:
            if self.normalize != "none" and self.wanted.file is not None and self.wanted.whole:
                raise InputError(
                    Problem(
                        f"expected a trained network, that keeps what '{self.normalize}' came to, "
                        "got one without it",
                        file=self.reader.file,
                        key="data.normalize",
                        hint="'nnstep train CONFIG --save net.yaml' writes one",
                    )
                )
            return fitted(self.normalize, x, names, self.file)
        for name, row in (("shift", self.shift), ("scale", self.scale)):
            if len(row) != x.shape[1]:
                raise InputError(
                    Problem(
                        f"expected {x.shape[1]} numbers, one per column of x, got {len(row)}",
                        file=self.reader.file,
                        key=f"data.normalize.{name}",
                    )
                )
        return given(self.shift), given(self.scale)
