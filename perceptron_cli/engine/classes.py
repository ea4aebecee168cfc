"""Outputs as classes: when targets are classes, and how many samples a network takes for the right one."""

from __future__ import annotations

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.engine.workspace import Workspace
from perceptron_cli.spec.config import Config


def are_classes(config: Config, y: Array) -> bool:
    """Whether targets, (outputs, samples), are classes: by name, or a 1 among zeros for a probability."""
    if config.data is not None and config.data.classes:
        return True
    if (
        config.layers[-1].activation.partition("(")[0] not in ("sigmoid", "softmax", "log_softmax")
        or not np.isin(y, (0.0, 1.0)).all()
    ):
        return False
    return len(y) == 1 or bool((y.sum(axis=0) == 1).all())


def classes_of(outputs: Array) -> Indices:
    """Return the class of each column: the largest, or whether the only one is 0.5 or more."""
    found: Indices = (outputs[0] >= 0.5).astype(np.intp) if len(outputs) == 1 else outputs.argmax(axis=0)
    return found


class Tally:
    """Counts right classes in passes that a run makes anyway, each over all samples in their order."""

    def __init__(self, y: Array) -> None:
        self._classes = classes_of(y)
        self._seen = self._right = 0

    def look(self, workspace: Workspace, y: Array) -> None:
        """Count a tile's."""
        self.count(workspace.a[-1])

    def count(self, outputs: Array) -> None:
        """Count those of the next samples, (outputs, samples); after the last one comes the first."""
        if self._seen == len(self._classes):
            self._seen = self._right = 0
        end = self._seen + outputs.shape[1]
        self._right += int(np.count_nonzero(classes_of(outputs) == self._classes[self._seen : end]))
        self._seen = end

    @property
    def accuracy(self) -> float:
        """The share of the samples that the last pass had right."""
        return self._right / self._seen


def tally(config: Config, y: Array) -> Tally | None:
    """Return what counts right classes, for a data set whose targets are some."""
    return Tally(y) if config.data is not None and are_classes(config, y) else None
