"""The document of `perceptron`: the rule's table, whether a line separates the classes, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from perceptron_cli.document import Block, Document, Note, Section, Table
from perceptron_cli.neuron import Contradiction, Learnt, Line, Neuron, Row, learn, neuron_of, separate
from perceptron_cli.neuron.neuron import Number, exact
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.given import step_told
from perceptron_cli.trace.neuron.limits import limits_section
from perceptron_cli.trace.neuron.linear import linear_section
from perceptron_cli.trace.neuron.lines import update_sections
from perceptron_cli.trace.neuron.plane import plane_of, planes
from perceptron_cli.trace.neuron.texts import text_of, vector
from perceptron_cli.trace.view import View

MOST_ROWS = 40  # of the table that is shown whole


def perceptron(
    config: Config,
    view: View | None = None,
    arithmetic: str = "exact",
    *,
    batch: bool = False,
    lines: bool = False,
    each: bool = False,
) -> Document:
    """Tell a learning rule on a config's neurons and points.

    `batch` makes an epoch's changes at its end (for the rule delta); `lines` adds each update's lines,
    and `each` the plane after each update that moved its line (of one neuron with two inputs).
    Raises InputError where the config is no layer of neurons with a unit step.
    """
    view = view or View()
    places = range(config.layers[0].neurons)
    runs = [learn(neuron_of(config, arithmetic, place, batch=batch)) for place in places]
    first = runs[0].neuron
    plain = len(runs) == 1 and first.theta_input is None and not first.rule.band
    sections = [linear_section(config, view)] if plain else []
    for place, run in enumerate(runs, start=1):
        name = f", neuron {place}" if len(runs) > 1 else ""
        sections.append(Section(f"{TITLES[run.neuron.rule.name]}{name}", "result", tuple(_table(run, view))))
    proofs = [_proof(config, run, arithmetic, place) for place, run in enumerate(runs)]
    for place, (run, proof) in enumerate(zip(runs, proofs, strict=True), start=1):
        name = f", neuron {place}" if len(runs) > 1 else ""
        told = tuple(Note(text) for text in _outcome(run, proof, view))
        sections.append(Section(f"Result{name}", "result", told))
    predicted = predictions(config, runs, view)
    if predicted is not None:
        sections.append(predicted)
    if len(runs) == 1:
        sections += _of_one(config, runs[0], proofs[0], arithmetic)
    if each:
        sections.append(Section("The line after each update that moved it", "result", planes(runs)))
    if lines:
        sections += update_sections(runs)
    data = [_data(run, proof, arithmetic) for run, proof in zip(runs, proofs, strict=True)]
    several = {"neurons": data, "converged": all(run.converged for run in runs)}
    return Document(
        "perceptron",
        f"{config.name}: a perceptron",
        {},
        tuple(_conventions(config, runs[0].neuron, arithmetic)),
        tuple(sections),
        parts_key="",
        data=data[0] if len(runs) == 1 else several,
    )


TITLES = {
    "perceptron": "The perceptron learning rule",
    "fausett": "The perceptron rule with an undecided band",
    "hebb": "Hebb's rule",
    "delta": "The delta rule",
    "pocket": "The pocket algorithm",
}


def _proof(config: Config, run: Learnt, arithmetic: str, place: int) -> Line | Contradiction | None:
    """Return whether a line separates the classes, where the rule does not show it by its end."""
    if run.converged or run.neuron.rule.stops not in ("no error", "no change"):
        return None
    return separate(run.neuron if arithmetic == "exact" else neuron_of(config, place=place))


def _of_one(
    config: Config, run: Learnt, proof: Line | Contradiction | None, arithmetic: str
) -> Iterator[Section]:
    """Yield what is told of one neuron alone: floats, the proof, the plane, the limits."""
    if arithmetic == "float":
        right = learn(neuron_of(config, batch=run.neuron.batch))
        title = "Where float arithmetic differs from decimal arithmetic"
        yield Section(title, "result", (_parting(run, right),))
    if proof is not None:
        yield _proof_section(neuron_of(config), proof)
    if len(run.neuron.points[0]) == 2:
        yield Section("The plane", "result", (plane_of(run, proof),))
    if run.neuron.rule.name == "perceptron" and all(sample.y is not None for sample in config.samples):
        yield limits_section(config, run, proof)


def predictions(config: Config, runs: Sequence[Learnt], view: View) -> Section | None:
    """Predict the samples that have no target, None where each has one."""
    number = type(runs[0].neuron.rate)
    rows = []
    for place, sample in enumerate(config.samples, start=1):
        if sample.y is not None:
            continue
        x = tuple(exact(one) if number is not float else float(one) for one in sample.x)
        nets = [_net(run, x) for run in runs]
        outputs = [run.neuron.output(net, run.theta) for run, net in zip(runs, nets, strict=True)]
        cells = (str(place), vector(x), *(text_of(one, view) for one in nets))
        rows.append((*cells, *(text_of(one) for one in outputs)))
    if not rows:
        return None
    names = ["net", "output"] if len(runs) == 1 else []
    names = names or [f"{word}_{k}" for word in ("net", "output") for k in range(1, len(runs) + 1)]
    columns = ("sample", "x", *names)
    table = Table("", columns, tuple(rows), frozenset(range(2, len(columns))))
    return Section("Samples without a target, with the last weights", "result", (table,))


def _net(run: Learnt, x: Sequence[Number]) -> Number:
    net = run.neuron.net(run.weights, x)
    return net if run.neuron.theta_input is None else net + run.theta * run.neuron.theta_input


# the table ------------------------------------------------------------------------------------


def _used(neuron: Neuron, weights: Sequence[Number]) -> Sequence[Number]:
    """Return the weights that play a part: w_0 only where there is a bias."""
    return weights if neuron.has_bias else weights[1:]


def _table(run: Learnt, view: View) -> Iterator[Block]:
    neuron = run.neuron
    inputs = range(1, len(neuron.points[0]) + 1)
    names = [f"w_{i}" for i in ((0, *inputs) if neuron.has_bias else inputs)]
    names += ["theta"] * (neuron.theta_input is not None)
    points = [f"x_{i}" for i in inputs]
    columns = ("epoch", *points, "desired", "net", "output", "error", *names, *(f"{one}'" for one in names))
    rows = [
        (str(epoch.number) if not place else "", *_cells(neuron, row, view))
        for epoch in run.epochs
        for place, row in enumerate(epoch.rows)
    ]
    shown, size = rows, len(run.epochs[-1].rows)
    if view.limit is not None and len(rows) > MOST_ROWS:  # the first epochs, and the last
        shown = rows[: max(size, MOST_ROWS - size) // size * size] + rows[-size:]
    told = "all samples at once" if neuron.batch else "sample by sample"
    yield Note(f"{neuron.rule.formula}, {told}; * marks a weight that moved.", "step")
    right = frozenset(range(1, len(columns)))
    yield Table(
        "", columns, tuple(shown), right, len(rows) - len(shown), "rows, before those of the last epoch"
    )


def _cells(neuron: Neuron, row: Row, view: View) -> Iterator[str]:
    yield from (text_of(one, view) for one in (*row.x, row.desired, row.net, row.output, row.error))
    old, new = list(_used(neuron, row.weights)), list(_used(neuron, row.new_weights))
    if neuron.theta_input is not None:
        old, new = [*old, row.theta], [*new, row.new_theta]
    yield from (text_of(one, view) for one in old)
    pairs = zip(old, new, strict=True)
    yield from (text_of(new, view) + ("*" if new != old else "") for old, new in pairs)


# what came of it ------------------------------------------------------------------------------


def _outcome(run: Learnt, proof: object, view: View) -> Iterator[str]:
    neuron, last = run.neuron, run.epochs[-1]
    weights = ", ".join(text_of(one, view) for one in _used(neuron, run.weights))
    if neuron.theta_input is not None:
        weights += f", and the threshold theta is {text_of(run.theta, view)}"
    if neuron.rule.stops in ("one pass", "settled"):
        yield from _of_rule(run, weights, view)
        return
    if run.converged:
        ends = "has no error" if neuron.rule.stops == "no error" else "changes nothing"
        yield f"Converged: epoch {last.number} {ends}. The weights are {weights}."
        return
    wrong = f"{last.errors} of {len(last.rows)} wrong"
    yield f"Not converged: epoch {last.number} has {wrong}. The weights are {weights}."
    counts = [str(epoch.errors) for epoch in run.epochs]
    told = ", ".join(counts[:12]) + (", ..." if len(counts) > 12 else "")
    yield f"Errors by epoch: {told}."
    if run.returns is not None:
        earlier, later = run.returns
        start = "the first weights" if not earlier else f"those after epoch {earlier}"
        yield f"The weights after epoch {later} are {start}: the rule repeats and never ends."
    if isinstance(proof, Contradiction):
        yield "No line separates the classes (the proof is below)."
        twice = neuron.contradiction()
        if twice is None:
            yield "A network with a hidden layer solves XOR: nnstep train xor."
        else:
            first, second = twice
            point = vector(neuron.points[first])
            yield (
                f"No network can: samples {first + 1} and {second + 1} are the same point {point} "
                f"with two targets, {text_of(neuron.desired[first])} and {text_of(neuron.desired[second])}."
            )
    else:
        yield "A line separates the classes. Give the rule more epochs (--set training.epochs=1000)."


def _of_rule(run: Learnt, weights: str, view: View) -> Iterator[str]:
    """Say how a rule ended that does not go by errors: how its error fell, and what it has right."""
    neuron, right, count = run.neuron, run.right(), len(run.neuron.points)
    if neuron.rule.stops == "settled":
        errors = [text_of(epoch.squared, view) for epoch in run.epochs]
        told = ", ".join(errors[:8]) + (", ..." if len(errors) > 8 else "")
        yield f"The squared error of each epoch: {told}."
    yield f"The weights are {weights}. They have {right} of {count} samples right."
    if neuron.rule.stops == "one pass" and right < count and neuron.low == 0:
        yield (
            "A target of 0 adds nothing: w' = w + eta x t leaves the weights as they are, so the rule learns "
            "nothing from these samples. With bipolar inputs and targets (outputs: [-1, 1]) it learns from "
            "every one."
        )


def _parting(run: Learnt, right: Learnt) -> Note:
    """Say the first row in which a float program decides otherwise than exact arithmetic."""
    count = 0
    for epoch, other in zip(run.epochs, right.epochs, strict=False):
        for place, (row, wanted) in enumerate(zip(epoch.rows, other.rows, strict=True), start=1):
            count += 1
            if row.output != float(wanted.output):
                return Note(
                    f"Row {count} (epoch {epoch.number}, sample {place}): the net input is {row.net!r} in "
                    f"floats and {text_of(wanted.net)} in decimals, so the output is {row.output:g} and "
                    f"not {text_of(wanted.output)}.",
                    "warning",
                )
    return Note("Nowhere: every output is the same as with exact arithmetic.", "observation")


def _proof_section(neuron: Neuron, proof: Line | Contradiction) -> Section:
    if isinstance(proof, Contradiction):
        notes = list(_contradiction(neuron, proof))
    else:
        weights = ", ".join(text_of(one) for one in _used(neuron, proof.weights))
        notes = [f"The weights {weights} put every point on its side of theta (found by the simplex method)."]
    return Section("Can a line separate the classes?", "result", tuple(Note(text) for text in notes))


def _contradiction(neuron: Neuron, proof: Contradiction) -> Iterator[str]:
    """Tell the proof in words and numbers (Farkas' lemma; with a bias, hulls that meet)."""
    fires, rests = (_weighed(neuron, side) for side in (proof.fires, proof.rests))
    point, high, low = vector(proof.point), text_of(neuron.high), text_of(neuron.low)
    over, under = (">", "<=") if neuron.strict else (">=", "<")
    if neuron.learn_bias:
        yield (
            "No. Weighing the points shows it (Farkas' lemma; the two convex hulls meet): "
            f"{fires} of class {high} is {point}, and {rests} of class {low} is {point}."
        )
        yield (
            f"A net input is linear: at {point} it would have to be {over} theta, as a mean of points "
            f"where it is, and {under} theta, as a mean of points where it is."
        )
        return
    yield f"No. Weighing the points shows it (Farkas' lemma), with theta = {text_of(neuron.theta)} fixed:"
    if proof.fires:
        yield f"Class {high} asks that {fires} = {point} has a net input {over} {text_of(proof.above)} theta."
    if proof.rests:
        yield f"Class {low} asks that {rests} = {point} has a net input {under} {text_of(proof.below)} theta."
    if proof.fires and proof.rests:
        yield "No weights can do both."
    else:
        yield f"At {point} every weight gives a net input of 0, and no weights can change that."


def _weighed(neuron: Neuron, side: Sequence[tuple[int, Number]]) -> str:
    return " + ".join(
        (f"{text_of(weight)} " if weight != 1 else "") + vector(neuron.points[place])
        for place, weight in side
    )


# header and data ------------------------------------------------------------------------------


def _conventions(config: Config, neuron: Neuron, arithmetic: str) -> Iterator[str]:
    training = config.training
    yield step_told(neuron)
    if neuron.rule.name != "perceptron":
        yield f"Rule {neuron.rule.name}: {neuron.rule.summary} ({neuron.rule.source})."
    held = "theta is learnt, as the bias w_0 with x_0 = 1" if neuron.learn_bias else "theta is fixed"
    if neuron.theta_input is not None:
        held = f"theta is learnt, as the weight of an input fixed at {text_of(neuron.theta_input)}"
    yield f"Learning rate {training.learning_rate.text}; {held}; samples in order."
    told = {
        "exact": "Arithmetic is exact: every number is the decimal that the config shows.",
        "float": "Arithmetic uses floats, as most programs do; --arithmetic exact is the textbook's.",
    }
    yield told[arithmetic]


def _data(run: Learnt, proof: object, arithmetic: str) -> dict[str, Any]:
    neuron = run.neuron
    write = text_of if arithmetic == "exact" else float
    data: dict[str, Any] = {
        "arithmetic": arithmetic,
        "rule": neuron.rule.name,
        "epochs": [
            {
                "epoch": epoch.number,
                "rows": [
                    {
                        "x": [write(one) for one in row.x],
                        "desired": write(row.desired),
                        "net": write(row.net),
                        "output": write(row.output),
                        "error": write(row.error),
                        "weights": [write(one) for one in _used(neuron, row.weights)],
                        "new_weights": [write(one) for one in _used(neuron, row.new_weights)],
                        **_thetas(neuron, row, write),
                    }
                    for row in epoch.rows
                ],
            }
            for epoch in run.epochs
        ],
        "converged": run.converged,
        "weights": [write(one) for one in _used(neuron, run.weights)],
        "theta": write(run.theta),
        "right": run.right(),
    }
    if neuron.rule.stops == "settled":
        data["squared_errors"] = [write(epoch.squared) for epoch in run.epochs]
    if isinstance(proof, Contradiction):
        data["separable"] = False
        data["contradiction"] = {
            "fires": [{"sample": place + 1, "weight": text_of(weight)} for place, weight in proof.fires],
            "rests": [{"sample": place + 1, "weight": text_of(weight)} for place, weight in proof.rests],
            "point": [text_of(one) for one in proof.point],
        }
    elif run.converged or proof is not None:
        data["separable"] = True
    return data


def _thetas(neuron: Neuron, row: Row, write: Callable[[Number], Any]) -> dict[str, Any]:
    """Return the threshold of a row, where it is learnt as a weight of its own."""
    if neuron.theta_input is None:
        return {}
    return {"theta": write(row.theta), "new_theta": write(row.new_theta)}
