"""The document of `perceptron`: the rule's table, whether a line separates the classes, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from perceptron_cli.document import Block, Document, Note, Section, Table
from perceptron_cli.notation import show
from perceptron_cli.perceptron import Contradiction, Learnt, Line, Neuron, Row, learn, neuron_of, separate
from perceptron_cli.perceptron.neuron import Number
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.neuron.limits import limits_section
from perceptron_cli.trace.neuron.linear import linear_section
from perceptron_cli.trace.neuron.plane import plane
from perceptron_cli.trace.view import View

MOST_ROWS = 40  # of the table that is shown whole


def perceptron(config: Config, view: View | None = None, arithmetic: str = "exact") -> Document:
    """Tell the perceptron learning rule on a config's neuron and points.

    Raises InputError where the config is no single neuron with a unit step.
    """
    view = view or View()
    neuron, exact = neuron_of(config, arithmetic), neuron_of(config)
    run = learn(neuron)
    right = run if arithmetic == "exact" else learn(exact)
    proof = None if right.converged else separate(exact)
    sections = [
        linear_section(config, view),
        Section("The perceptron learning rule", "result", tuple(_table(run, view))),
        Section("Result", "result", tuple(Note(text) for text in _outcome(run, proof, view))),
    ]
    if arithmetic == "float":
        sections.append(
            Section(
                "Where float arithmetic differs from decimal arithmetic", "result", (_parting(run, right),)
            )
        )
    if proof is not None:
        sections.append(_proof_section(exact, proof))
    if len(neuron.points[0]) == 2:
        sections.append(Section("The plane", "result", (plane(run, proof),)))
    sections.append(limits_section(config, run, proof))
    return Document(
        "perceptron",
        f"{config.name}: a perceptron",
        {},
        tuple(_conventions(config, neuron, arithmetic)),
        tuple(sections),
        parts_key="",
        data=_data(run, proof, arithmetic),
    )


def text_of(number: Number, view: View | None = None) -> str:
    """Write a number: an exact one as its decimal (or fraction), a float as it is or as it is shown."""
    if isinstance(number, float):
        return repr(number) if view is None else show(number, view.decimals)
    digits = number.denominator
    for prime in (2, 5):
        while digits % prime == 0:
            digits //= prime
    if digits != 1:
        return str(number)
    from decimal import Context

    many = Context(prec=len(str(number.numerator)) + len(str(number.denominator)) * 4)
    return f"{many.divide(number.numerator, number.denominator).normalize(many):f}"


# the table ------------------------------------------------------------------------------------


def _used(neuron: Neuron, weights: Sequence[Number]) -> Sequence[Number]:
    """Return the weights that play a part: w_0 only where there is a bias."""
    return weights if neuron.has_bias else weights[1:]


def _table(run: Learnt, view: View) -> Iterator[Block]:
    neuron = run.neuron
    inputs = range(1, len(neuron.points[0]) + 1)
    names = [f"w_{i}" for i in ((0, *inputs) if neuron.has_bias else inputs)]
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
    yield Note("w' = w + eta (desired - output) x, sample by sample; * marks a weight that moved.", "step")
    right = frozenset(range(1, len(columns)))
    yield Table(
        "", columns, tuple(shown), right, len(rows) - len(shown), "rows, before those of the last epoch"
    )


def _cells(neuron: Neuron, row: Row, view: View) -> Iterator[str]:
    yield from (text_of(one, view) for one in (*row.x, row.desired, row.net, row.output, row.error))
    yield from (text_of(one, view) for one in _used(neuron, row.weights))
    pairs = zip(_used(neuron, row.weights), _used(neuron, row.new_weights), strict=True)
    yield from (text_of(new, view) + ("*" if new != old else "") for old, new in pairs)


# what came of it ------------------------------------------------------------------------------


def _outcome(run: Learnt, proof: object, view: View) -> Iterator[str]:
    neuron, last = run.neuron, run.epochs[-1]
    weights = ", ".join(text_of(one, view) for one in _used(neuron, run.weights))
    if run.converged:
        yield f"Converged: epoch {last.number} has no error. The weights are {weights}."
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
            point = _vector(neuron.points[first])
            yield (
                f"No network can: samples {first + 1} and {second + 1} are the same point {point} "
                f"with two targets, {text_of(neuron.desired[first])} and {text_of(neuron.desired[second])}."
            )
    else:
        yield "A line separates the classes. Give the rule more epochs (--set training.epochs=1000)."


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
    point, high, low = _vector(proof.point), text_of(neuron.high), text_of(neuron.low)
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
        (f"{text_of(weight)} " if weight != 1 else "") + _vector(neuron.points[place])
        for place, weight in side
    )


def _vector(point: Sequence[Number]) -> str:
    return f"({', '.join(text_of(one) for one in point)})"


# header and data ------------------------------------------------------------------------------


def _conventions(config: Config, neuron: Neuron, arithmetic: str) -> Iterator[str]:
    sign = ">" if neuron.strict else ">="
    training = config.training
    yield (
        f"Step: {text_of(neuron.high)} where the net input {sign} theta = {text_of(neuron.theta)}, "
        f"else {text_of(neuron.low)}."
    )
    held = "theta is learnt, as the bias w_0 with x_0 = 1" if neuron.learn_bias else "theta is fixed"
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
                    }
                    for row in epoch.rows
                ],
            }
            for epoch in run.epochs
        ],
        "converged": run.converged,
        "weights": [write(one) for one in _used(neuron, run.weights)],
        "theta": write(neuron.theta),
    }
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
