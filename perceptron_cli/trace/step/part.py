"""One training step from what is given to its verification, and a forward pass alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from perceptron_cli.arrays import Array
from perceptron_cli.document import Equations, Part, Section
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.spec.config import Config
from perceptron_cli.symbols import Names
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.shorten import untold
from perceptron_cli.trace.step.arrays import layers_data, step_data
from perceptron_cli.trace.step.given import given_section
from perceptron_cli.trace.step.passes import (
    batch_loss,
    forward_section,
    improvement_lines,
    loss_section,
    pass_lines,
)

PHASES = ("forward", "loss", "gradients", "updates", "verification")


def forward_part(config: Config, ledger: Ledger, passed: Forward, weights: Sequence[Array]) -> Part:
    """Tell a forward pass over the config's samples."""
    numbers = range(1, len(config.samples) + 1)
    sections = [given_section(config, ledger, numbers, weights, None)]
    told = _told(ledger, numbers)
    sections.extend(_passed(config, ledger, numbers, passed, told))
    all_known = all(sample.y is not None for sample in config.samples)
    if passed.losses is not None and all_known and len(numbers) > 1:
        sections.append(_batch_loss_section(config, ledger, numbers, passed, prime=False))
    if all_known:
        sections.extend(_penalty(config, ledger, passed, len(numbers)))
    sections.extend(untold(len(numbers) - len(told)))
    data = {
        "layers": layers_data(config, ledger, numbers, passed, weights, None),
        "prediction": passed.a[-1].T,
        "loss": ledger.values.get("L"),
    }
    return Part(1, "Forward pass", tuple(sections), data)


def step_part(config: Config, ledger: Ledger, step: Step) -> Part:
    """Tell a training step: forward, loss, gradients, updates, verification."""
    # a forward pass needs none of these
    from perceptron_cli.trace.step.gradients import reduced_sections
    from perceptron_cli.trace.step.updates import (
        outcome,
        running_sections,
        update_observations,
        update_sections,
    )

    numbers, told = step.numbers, _told(ledger, step.numbers)
    sections = [given_section(config, ledger, numbers, step.weights, step)]
    several = len(numbers) > 1
    sections.extend(_passed(config, ledger, numbers, step.before, told, training=True))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.before, prime=False))
    sections.extend(_penalty(config, ledger, step.before, len(numbers)))
    sections.extend(_gradients(config, ledger, step, told))
    if several:
        sections.extend(reduced_sections(config, ledger, step))
    sections.extend(_pull(config, ledger, step))
    if step.clipped:
        from perceptron_cli.trace.step.clipping import clipping_sections

        sections.extend(clipping_sections(config, ledger, step))
    sections.extend(update_sections(config, ledger, step))
    sections.extend(running_sections(config, ledger, step))
    sections.append(update_observations(config, ledger, step))
    sections.extend(_passed(config, ledger, numbers, step.after, told, prime=True))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.after, prime=True))
    sections.extend(_penalty(config, ledger, step.after, len(numbers), prime=True))
    before, after = step.before.loss or 0.0, step.after.loss or 0.0
    gains = improvement_lines(ledger, before, after)
    block = Equations(tuple((gain,) for gain in gains), ledger.texts)
    sections.append(Section("Improvement", "verification", (block,)))
    losses = {"before": before, "after": after}
    sections.append(outcome(config, ledger, step, losses))
    sections.extend(untold(len(numbers) - len(told)))
    return Part(step.t, f"Training step {step.t}", tuple(sections), step_data(config, ledger, step))


def _passed(
    config: Config,
    ledger: Ledger,
    numbers: Sequence[int],
    passed: Forward,
    told: Sequence[int],
    *,
    prime: bool = False,
    training: bool = False,
) -> Iterator[Section]:
    """Tell a pass sample by sample; layer by layer where one sample's numbers are made from all."""
    batch = [Names(number if len(numbers) > 1 else None, prime) for number in numbers]
    layers = range(1, len(config.layers) + 1)
    derived = None
    if not config.is_dense:
        verifies = prime and any(layer.settings.get("verify") for layer in config.layers)
        derived = pass_lines(config, passed, batch, training=training or verifies, number=numbers[0])
    if config.mixes_samples and not passed.running:
        for l in layers:
            for column in told:
                yield forward_section(config, ledger, batch[column], passed, column, l, derived)
    for column in told:
        if not config.mixes_samples or passed.running:
            for l in layers:
                yield forward_section(config, ledger, batch[column], passed, column, l, derived)
        if passed.losses is not None and config.samples[numbers[column] - 1].y is not None:
            yield loss_section(config, ledger, batch[column], passed, column)


def _penalty(
    config: Config, ledger: Ledger, passed: Forward, samples: int, *, prime: bool = False
) -> Iterator[Section]:
    """Tell what large weights add to the loss; most networks have no such penalty."""
    if config.penalty is not None:
        from perceptron_cli.trace.step.penalty import penalty_section

        yield from penalty_section(config, ledger, passed, samples, prime=prime)


def _pull(config: Config, ledger: Ledger, step: Step) -> Iterator[Section]:
    if config.penalty is not None:
        from perceptron_cli.trace.step.penalty import pull_sections

        yield from pull_sections(config, ledger, step)


def _gradients(config: Config, ledger: Ledger, step: Step, told: Sequence[int]) -> Iterator[Section]:
    """Tell the way back sample by sample, or layer by layer, in the same manner."""
    from perceptron_cli.trace.step.gradients import Gradients

    numbers = step.numbers
    batch = [Names(number if len(numbers) > 1 else None) for number in numbers]
    if not config.mixes_samples:
        for column in told:
            yield from Gradients(config, ledger, batch[column], step, column).sections()
        return
    derived, steps = pass_lines(config, step.before, batch, training=True, number=numbers[0]), count(1)
    tellers = [Gradients(config, ledger, batch[column], step, column, derived, steps) for column in told]
    for l in range(len(config.layers), -1, -1):
        for piece in tellers[0].pieces(l):
            for teller in tellers:
                yield from teller.told(l, piece)


def _told(ledger: Ledger, numbers: Sequence[int]) -> range:
    return range(ledger.view.shown(len(numbers)))


def _batch_loss_section(
    config: Config, ledger: Ledger, numbers: Sequence[int], passed: Forward, *, prime: bool
) -> Section:
    if passed.losses is None or passed.data_loss is None:
        raise ValueError("a batch's loss is told where there is a target")
    line = batch_loss(ledger, config, numbers, passed.data_loss, prime)
    word = "mean" if config.training.reduction == "mean" else "sum"
    title = f"Verification, loss of the batch ({word})" if prime else f"Loss of the batch ({word})"
    block = Equations(((line,),), ledger.texts)
    return Section(title, "verification" if prime else "loss", (block,))
