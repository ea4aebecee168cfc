"""Training steps: run one, or run it and keep everything that it computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from perceptron_cli.arrays import Array, Indices
from perceptron_cli.engine.batch import TILE, Batch, inputs_of, targets_of
from perceptron_cli.engine.clip import Clipped
from perceptron_cli.engine.network import Network
from perceptron_cli.engine.step import Arrays, Forward, Step, copied, forward_of, inner, joined
from perceptron_cli.engine.stop import Stop
from perceptron_cli.engine.workspace import Workspace, Workspaces
from perceptron_cli.layers import kind_of
from perceptron_cli.layers.kind import Mode
from perceptron_cli.losses import LOSSES
from perceptron_cli.optimizers import OPTIMIZERS, Rates
from perceptron_cli.records import record
from perceptron_cli.schedules import SCHEDULES, Schedule
from perceptron_cli.spec.config import Config

if TYPE_CHECKING:
    from perceptron_cli.engine.penalty import Penalized


def forward(config: Config) -> Forward:
    """Return the forward pass over a config's samples, and the losses of those that have a target."""
    network = Network(config)
    mode = looking(config)
    workspace = Workspace(
        network, config.loss, len(config.samples), network.split(network.theta.copy()), mode
    )
    with np.errstate(all="ignore"):
        workspace.forward(inputs_of(config.samples))
        if config.loss is None:
            return forward_of(copied(workspace, None, ("z", "a")), 1.0, running=mode.running)
        y = targets_of(config.samples, config.sizes[-1])
        loss = workspace.loss_sum(y) * _scale(config, len(config.samples))
        own = _penalty(config, network)
        arrays = copied(workspace, y, ("z", "a"))
        return forward_of(arrays, _share(config), loss, penalty=own, running=mode.running)


def _penalty(config: Config, network: Network) -> float:
    """Return what large weights add to the loss."""
    if config.penalty is None:
        return 0.0
    from perceptron_cli.engine.penalty import penalty_of

    return penalty_of(network, config.penalty, len(config.samples))


def looking(config: Config) -> Mode:
    """Return the mode of a pass that does not train: with the running statistics where there are some."""
    mode = Mode(config.training.seed)
    mode.running = any("running_mean" in layer.settings.get("given", ()) for layer in config.layers)
    return mode


def updates_per_epoch(config: Config) -> int:
    """Return how many batches the samples make."""
    size = config.training.batch_size
    return 1 if size is None else -(-len(config.samples) // size)


def outputs(config: Config, weights: Sequence[Array], x: Array) -> Array:
    """Return the outputs, (samples, outputs), for x, (samples, inputs), with the weights of each layer."""
    network = Network(config)
    for mine, given in zip(network.weights, weights, strict=True):
        mine[:] = given
    mode = looking(config)
    workspace = Workspace(network, config.loss, len(x), network.split(network.theta.copy()), mode)
    with np.errstate(all="ignore"):
        workspace.forward(np.concatenate([np.ones((len(x), 1)), x], axis=1))
    return workspace.a[-1].T.copy()


def _share(config: Config) -> float:
    return LOSSES[config.loss].share(config.sizes[-1]) if config.loss else 1.0


def _scale(config: Config, samples: int) -> float:
    """What a sum over so many samples is multiplied by."""
    return 1 / samples if config.training.reduction == "mean" else 1.0


@record
class Snapshot:
    """All that the next updates depend on, beside the config: how many were made, and what they left."""

    t: int
    theta: Array
    state: dict[str, Array]
    seen: float = 0.0


Keep = Callable[[Workspace, Array], None]
NEVER = Stop()


class Trainer:
    """A network being trained: its parameters, its optimizer's state and the updates made so far."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.network = Network(config)
        self.t = 0
        self.data_loss = 0.0  # of the last step or pass, without what large weights add
        self.seen = 0.0  # the sum of the losses of this epoch's samples so far
        self.data = Batch.of(config.samples, config.sizes[-1])
        rest = config.data.held_out if config.data is not None else ()
        self.held_out = Batch.of(rest, config.sizes[-1]) if len(rest) else None
        self.batch_size = min(config.training.batch_size or len(config.samples), len(config.samples))
        self.updates_per_epoch = updates_per_epoch(config)
        theta = self.network.theta
        self.gradient = np.zeros_like(theta)  # of a batch, summed over its samples
        self._sum = np.zeros_like(theta)  # of a large batch's tiles so far
        self.mode = Mode(config.training.seed)
        self._norms = [l for l, layer in enumerate(config.layers) if layer.kind == "batch_norm"]
        self._workspaces = Workspaces(self.network, config.loss, self.gradient, self.mode)
        self._is_dense = all(layer.is_dense for layer in config.layers)
        self._bind_update()

    def _bind_update(self) -> None:
        training = self.config.training
        entry = OPTIMIZERS[training.optimizer]
        self.state = {head: np.zeros_like(self.network.theta) for head in entry.state}
        eta = float(training.learning_rate)
        self._schedule = SCHEDULES[training.schedule] if training.schedule != "constant" else None
        self._rates = Rates(np.array(eta), np.array(1.0), np.array(eta))
        self._samples, self._scale = 1, 1.0
        self._still = self.network.still(biases=training.update_biases)
        self._clipped = None
        gradient, rates = self.gradient, self._rates
        self._penalty: Penalized | None = None
        if self.config.penalty is not None:
            from perceptron_cli.engine.penalty import Penalized  # most networks have none

            self._penalty = Penalized(self.network, gradient, rates, self.config.penalty)
            gradient, rates = self._penalty.gradient, rates.of_reduced()
        if training.clip != "none":
            self._clipped = Clipped(gradient, rates, training, self._still)
            gradient, rates = self._clipped.gradient, rates.of_reduced()
        update = entry.bind(self.network.theta, gradient, list(self.state.values()), rates, training.options)
        self._update = update if self._clipped is None else self._clipped.before(update)

    # batches ----------------------------------------------------------------------------------

    def batches(self, epoch: int, done: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch (from 1) after the first `done`, in the order of seed and epoch."""
        if not done:
            self.seen = 0.0
        if self._schedule is not None:
            self._set_rate(self._schedule, epoch)
        data, size = self.data, self.batch_size
        if size == len(data):
            yield data
            return
        order = self._order(epoch)
        if order is not None:
            data = data.take(order)
        for start in range(done * size, len(data), size):
            yield data.take(slice(start, start + size))

    def _order(self, epoch: int) -> Indices | None:
        """Return an epoch's order of the samples, None where they stay in theirs."""
        training = self.config.training
        if not training.shuffle:
            return None
        order: Indices = np.random.default_rng([training.seed, 1, epoch]).permutation(len(self.data))
        return order

    def _set_rate(self, schedule: Schedule, epoch: int) -> None:
        training = self.config.training
        eta = schedule.rate(float(training.learning_rate), epoch, training.epochs, training.schedule_options)
        self._rates.eta[...] = eta
        np.multiply(self._rates.eta, self._rates.scale, self._rates.rate)

    # steps ------------------------------------------------------------------------------------

    def step(self, batch: Batch, keep: Keep | None = None) -> float:
        """Make one update and return the batch's loss before it.

        `keep` is called for each tile while its workspace still holds what was computed.
        """
        samples = len(batch.x)
        if samples != self._samples:
            self._reduce_by(samples)
        if not self._is_dense:
            self.mode.drops, self.mode.update, self.mode.tile = "training", self.t + 1, 0
            self.mode.reaches_inputs = keep is not None
        if samples > TILE and not self._norms:
            loss = self._gradient_by_tiles(batch, keep)
        else:  # a small step feels every call
            workspace = self._workspaces[samples]
            workspace.forward(batch.x)
            loss = workspace.loss_sum(batch.y)
            workspace.backward(batch.x, batch.y)
            if keep is not None:
                keep(workspace, batch.y)
        own = 0.0
        if self._penalty is not None:
            own = self._penalty.loss(samples)
            self._penalty.reduce(samples)
            self.penalties = own, self._penalty.pull(samples)
        self.t += 1
        if self._still is None:
            self._update(self.t)
        else:
            kept = self.network.theta[self._still]
            self._update(self.t)
            self.network.theta[self._still] = kept
            self._follow(samples)
        self.seen += loss
        self.data_loss = loss * self._scale
        return self.data_loss + own if self._penalty is not None else self.data_loss

    is_straight = False  # whether the next updates are made in a row, by `streak`

    def updates(
        self, epoch: int, done: int = 0, keep: Keep | None = None, stop: Stop = NEVER
    ) -> Iterator[float]:
        """Make an epoch's updates after the first `done`; yield the loss of each batch before it."""
        for batch in self.batches(epoch, done):
            yield self.step(batch, keep)

    def streak(self, updates: int, note: Callable[[float], object], stop: Stop = NEVER) -> None:
        """Make so many updates with the whole set; `note` gets the loss before each."""
        for epoch in range(self.t + 1, self.t + 1 + updates):
            for loss in self.updates(epoch):
                note(loss)
            if stop.asked:
                break

    def take(self, gradient: Sequence[Array], samples: int) -> None:
        """Make the update for a gradient that somebody else has for a batch, reduced, per layer."""
        if samples != self._samples:
            self._reduce_by(samples)
        for view, given in zip(self.network.split(self.gradient), gradient, strict=True):
            view[:] = given / self._scale
        if self._penalty is not None:
            self._penalty.reduce(samples)
        self.t += 1
        self._update(self.t)

    def _follow(self, samples: int) -> None:
        """Let the running statistics of batch normalization follow the batch."""
        for l in self._norms:
            layer = self.config.layers[l]
            inner = self._workspaces[samples].inner[l]
            cast("Any", kind_of(layer.kind)).follow(layer, self.network.weights[l], inner, samples)

    def _gradient_by_tiles(self, batch: Batch, keep: Keep | None) -> float:
        """Add up the tiles' gradients, and return the sum of their losses."""
        loss = 0.0
        self._sum.fill(0.0)
        for x, y in batch.tiles():
            workspace = self._workspaces[len(x)]
            workspace.forward(x)
            loss += workspace.loss_sum(y)
            workspace.backward(x, y)
            self._sum += self.gradient
            if keep is not None:
                keep(workspace, y)
            self.mode.tile += 1
        self.gradient[:] = self._sum
        return loss

    def _reduce_by(self, samples: int) -> None:
        """Make the updates that follow those of so many samples."""
        self._samples = samples
        self._scale = self._rates.scale[...] = self._scale_of(samples)
        np.multiply(self._rates.eta, self._rates.scale, self._rates.rate)

    def _scale_of(self, samples: int) -> float:
        return _scale(self.config, samples)

    @property
    def running_loss(self) -> float:
        """The loss of the last epoch's batches so far, each with the weights that it found."""
        batches = self.t % self.updates_per_epoch
        loss = self.seen * _scale(self.config, batches * self.batch_size or len(self.data))
        return loss if self._penalty is None else loss + self._penalty.loss(self.batch_size)

    def loss(self, keep: Keep | None = None) -> float:
        """Return the loss of the whole set with the weights as they are; `keep` as in `step`."""
        return self._loss_of(self.data, keep)

    def validation_loss(self, keep: Keep | None = None) -> float | None:
        """Return the loss of the samples that were held out, None where none were."""
        if self.held_out is None:
            return None
        self.mode.running = bool(self._norms)
        try:
            return self._loss_of(self.held_out, keep)
        finally:
            self.mode.running = False

    def _loss_of(self, samples: Batch, keep: Keep | None = None, drops: str = "") -> float:
        total = 0.0
        self.mode.drops, self.mode.tile = drops, 0
        for x, y in ((samples.x, samples.y),) if self._norms else samples.tiles():
            workspace = self._workspaces[len(x)]
            workspace.forward(x)
            total += workspace.loss_sum(y)
            if keep is not None:
                keep(workspace, y)
            self.mode.tile += 1
        self.data_loss = loss = total * _scale(
            self.config, len(samples)
        )  # to the bit what a step on it returns
        return loss if self._penalty is None else loss + self._penalty.loss(len(samples))

    def outcome(self) -> tuple[float, Array]:
        """Return the loss of the whole set and the outputs for every sample, (samples, outputs)."""
        found: list[Array] = []
        loss = self.loss(lambda workspace, y: found.append(workspace.a[-1].T.copy()))
        return loss, np.concatenate(found)

    def record(self, batch: Batch) -> Step:
        """Make one update and return everything that it computed, and the forward pass after it."""
        weights, state = self._copies(self.network.theta), self._state_copies()
        tiles: list[Arrays] = []

        def keep(workspace: Workspace, y: Array) -> None:
            workspace.long_way(y)
            tiles.append(copied(workspace, y, ("z", "a", "da", "slope", "dz")))

        self.step(batch, keep)
        data_loss = self.data_loss
        arrays = joined(tiles)
        reduced, own = self.gradient * self._rates.scale, 0.0
        if self._penalty is not None:
            reduced, own = self._penalty.gradient, self.penalties[0]
        return Step(
            t=self.t,
            eta=float(self._rates.eta),
            numbers=tuple(batch.numbers.tolist()),
            x=batch.x[:, 1:].T,
            y=batch.y[: self.config.sizes[-1]],
            before=forward_of(arrays, _share(self.config), data_loss, penalty=own),
            after=self._forward_again(batch),
            weights=weights,
            new_weights=self._copies(self.network.theta),
            dL_dw=self._copies(reduced),
            dD_dw=self._copies(self.gradient * self._rates.scale) if self._penalty else [],
            da=arrays["da"],
            slope=arrays["slope"],
            dz=arrays["dz"],
            state=state,
            new_state=self._state_copies(),
            clipped=self._copies(self._clipped.gradient) if self._clipped else [],
            clip=self._clipped.numbers if self._clipped else {},
            d_inner=inner(arrays, "d_inner", len(weights)),
            dx=arrays["dx"][0] if "dx" in arrays else None,
        )

    def _forward_again(self, batch: Batch) -> Forward:
        tiles: list[Arrays] = []
        self._loss_of(
            batch, lambda workspace, y: tiles.append(copied(workspace, y, ("z", "a"))), "verification"
        )
        own = self._penalty.loss(len(batch)) if self._penalty else 0.0
        return forward_of(joined(tiles), _share(self.config), self.data_loss, penalty=own)

    # going back and on -------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return a copy of what the next updates depend on."""
        state = {head: vector.copy() for head, vector in self.state.items()}
        return Snapshot(self.t, self.network.theta.copy(), state, self.seen)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back (or on) to a snapshot: the updates after it are the same to the bit."""
        self.t, self.seen = snapshot.t, snapshot.seen
        self.network.theta[:] = snapshot.theta
        for head, vector in self.state.items():
            vector[:] = snapshot.state[head]

    @property
    def is_finite(self) -> bool:
        """Whether the weights and the optimizer's state are numbers."""
        vectors = (self.network.theta, *self.state.values())
        return all(bool(np.isfinite(vector).all()) for vector in vectors)

    def _copies(self, vector: Array) -> list[Array]:
        return [view.copy() for view in self.network.split(vector)]

    def _state_copies(self) -> dict[str, list[Array]]:
        return {head: self._copies(vector) for head, vector in self.state.items()}
