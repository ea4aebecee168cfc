"""What a checked config is: frozen records, with every default filled in.

Given numbers keep the text that they were written with (`Given.text`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field

from perceptron_cli.given import Given as Given
from perceptron_cli.given import Row as Row
from perceptron_cli.layers.layer import Layer as Layer
from perceptron_cli.layers.layer import place
from perceptron_cli.records import record


@record
class Sample:
    """One example: x with a number per input, y with one per output (None: no target)."""

    x: Row
    y: Row | None = None
    label: int | None = None  # the class index that y was written as
    weight: Given | None = None  # how much its loss counts
    # file, line, column and key, where it has no target; no part of what makes two samples equal
    at: tuple[str, int, int, str] | None = field(default=None, kw_only=True)


LEARNING_RATE = Given(0.1, "0.1")


@record
class Training:
    """How a network is trained: the `training` of a config, with every default filled in."""

    learning_rate: Given = LEARNING_RATE
    epochs: int = 50
    batch_size: int | None = None  # None: all samples
    reduction: str = "mean"
    update_biases: bool = True
    optimizer: str = "gradient_descent"
    # beta1, momentum, ..., every one that the optimizer has
    options: Mapping[str, float] = field(default_factory=lambda: {"weight_decay": 0.0})
    shuffle: bool = True
    seed: int = 0
    patience: int | None = None  # epochs without a new least loss (held out, if any), after which a run ends
    until_loss: Given | None = None  # a loss that ends it once it is reached
    keep_best: bool = False  # leave the weights of the epoch with the least loss (held out, if any)
    epoch_loss: str = (
        "after"  # the whole set's after its updates, or "during": its batches' as they were seen
    )
    schedule: str = "constant"  # of the learning rate, epoch by epoch
    schedule_options: Mapping[str, float] = field(default_factory=dict)  # factor, every, lowest
    clip: str = "none"  # of the gradient, before the optimizer takes it
    clip_options: Mapping[str, float] = field(default_factory=dict)  # limit
    rule: str = "perceptron"  # of a single neuron with a unit step
    truncate: int | None = None  # time steps, over whose ends no gradient comes back


@record
class Data:
    """The data set that a config's samples are from.

    `x` and `y` name the columns, `classes` what class k is called (none: the targets are numbers).
    A sample's x is (x - shift)/scale of the file's, fitted on the training part by `normalize`.
    `columns` are those of x and of y as a config chooses them; `path` is where the file was found,
    None for a pipe.
    `held_out` are the rows that are not trained on.
    """

    file: str
    path: str | None
    columns: tuple[tuple[str | int, ...], tuple[str | int, ...]]
    x: tuple[str, ...]
    y: tuple[str, ...]
    classes: tuple[str, ...] = ()
    normalize: str = "none"
    shift: Row = ()
    scale: Row = ()
    split: float | None = None
    header: bool | None = None
    held_out: Sequence[Sample] = ()


@record
class Penalty:
    """What is added to the loss for large weights: l2/2 sum of w^2 + l1 sum of |w|; of biases if they count.

    With `reduction` mean it is divided by the number of samples in the batch, as some courses write it.
    """

    l2: Given = Given(0.0, "0")
    l1: Given = Given(0.0, "0")
    biases: bool = False
    reduction: str = "sum"


@record
class Config:
    """A network, its loss, its samples and how it is trained."""

    name: str
    layers: tuple[Layer, ...]
    loss: str | None  # never "cross_entropy": that is settled by the output activation
    samples: Sequence[Sample]
    training: Training = Training()
    data: Data | None = None  # where the samples are from, if not from the config itself
    names: Mapping[str, str] = field(default_factory=dict)  # somebody's own names, and the symbols they mean
    penalty: Penalty | None = None
    smoothing: float = 0.0  # of the targets, which are smoothed already

    @property
    def inputs(self) -> int:
        """The number of inputs of layer 1."""
        return self.layers[0].inputs

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons per layer, the input first: (1, 2, 3, 1)."""
        return (self.inputs, *(layer.neurons for layer in self.layers))

    def place(self, l: int, n: int) -> tuple[int, ...]:
        """Return the indices, from 1, of number n (from 1) of layer l; of layer 0 those of an input."""
        return self.layers[l - 1].place(n) if l else place(self.layers[0].below, n)

    @property
    def is_dense(self) -> bool:
        """Whether all its layers are dense."""
        return all(layer.is_dense for layer in self.layers)

    @property
    def mixes_samples(self) -> bool:
        """Whether a layer makes one sample's numbers from those of the whole batch."""
        return any(layer.kind == "batch_norm" for layer in self.layers)

    @property
    def is_neuron(self) -> bool:
        """Whether it is a layer of neurons with a unit step, which a learning rule trains."""
        return len(self.layers) == 1 and self.layers[0].activation == "unit_step"
