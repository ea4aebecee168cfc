"""One training step from what is given to its verification, and a forward pass alone."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.arrays import Array
from perceptron_cli.document import Equations, Part, Section
from perceptron_cli.engine.step import Forward, Step
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.ledger import Ledger
from perceptron_cli.trace.names import Names
from perceptron_cli.trace.shorten import untold
from perceptron_cli.trace.step.arrays import layers_data, step_data
from perceptron_cli.trace.step.clipping import clipping_sections
from perceptron_cli.trace.step.given import given_section
from perceptron_cli.trace.step.gradients import Gradients, reduced_sections
from perceptron_cli.trace.step.passes import batch_loss, forward_sections, improvement_lines, loss_section
from perceptron_cli.trace.step.updates import outcome, update_observations, update_sections

PHASES = ("forward", "loss", "gradients", "updates", "verification")


def forward_part(config: Config, ledger: Ledger, passed: Forward, weights: Sequence[Array]) -> Part:
    """Tell a forward pass over the config's samples."""
    numbers = range(1, len(config.samples) + 1)
    sections = [given_section(config, ledger, numbers, weights, None)]
    told = _told(ledger, numbers)
    for column in told:
        names = Names(numbers[column] if len(numbers) > 1 else None)
        sections.extend(forward_sections(config, ledger, names, passed, column))
        if passed.losses is not None and config.samples[column].y is not None:
            sections.append(loss_section(config, ledger, names, passed, column))
    all_known = all(sample.y is not None for sample in config.samples)
    if passed.losses is not None and all_known and len(numbers) > 1:
        sections.append(_batch_loss_section(config, ledger, numbers, passed, prime=False))
    sections.extend(untold(len(numbers) - len(told)))
    data = {
        "layers": layers_data(config, ledger, numbers, passed, weights, None),
        "prediction": passed.a[-1].T,
        "loss": ledger.values.get("L"),
    }
    return Part(1, "Forward pass", tuple(sections), data)


def step_part(config: Config, ledger: Ledger, step: Step) -> Part:
    """Tell a training step: forward, loss, gradients, updates, verification."""
    numbers, told = step.numbers, _told(ledger, step.numbers)
    sections = [given_section(config, ledger, numbers, step.weights, step)]
    several = len(numbers) > 1
    for column in told:
        names = Names(numbers[column] if several else None)
        sections.extend(forward_sections(config, ledger, names, step.before, column))
        sections.append(loss_section(config, ledger, names, step.before, column))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.before, prime=False))
    for column in told:
        names = Names(numbers[column] if several else None)
        sections.extend(Gradients(config, ledger, names, step, column).sections())
    if several:
        sections.extend(reduced_sections(config, ledger, step))
    if step.clipped:
        sections.extend(clipping_sections(config, ledger, step))
    sections.extend(update_sections(config, ledger, step))
    sections.append(update_observations(config, ledger, step))
    for column in told:
        names = Names(numbers[column] if several else None, prime=True)
        sections.extend(forward_sections(config, ledger, names, step.after, column))
        sections.append(loss_section(config, ledger, names, step.after, column))
    if several:
        sections.append(_batch_loss_section(config, ledger, numbers, step.after, prime=True))
    before, after = step.before.loss or 0.0, step.after.loss or 0.0
    gains = improvement_lines(ledger, before, after)
    block = Equations(tuple((gain,) for gain in gains), ledger.texts)
    sections.append(Section("Improvement", "verification", (block,)))
    losses = {"before": before, "after": after}
    sections.append(outcome(config, ledger, step, losses))
    sections.extend(untold(len(numbers) - len(told)))
    return Part(step.t, f"Training step {step.t}", tuple(sections), step_data(config, ledger, step))


def _told(ledger: Ledger, numbers: Sequence[int]) -> range:
    return range(ledger.view.shown(len(numbers)))


def _batch_loss_section(
    config: Config, ledger: Ledger, numbers: Sequence[int], passed: Forward, *, prime: bool
) -> Section:
    if passed.losses is None or passed.loss is None:
        raise ValueError("a batch's loss is told where there is a target")
    line = batch_loss(ledger, config, numbers, passed.loss, prime)
    word = "mean" if config.training.reduction == "mean" else "sum"
    title = f"Verification, loss of the batch ({word})" if prime else f"Loss of the batch ({word})"
    block = Equations(((line,),), ledger.texts)
    return Section(title, "verification" if prime else "loss", (block,))
