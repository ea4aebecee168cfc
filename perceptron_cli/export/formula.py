"""A prediction as one expression of the inputs: as text, in LaTeX, and as a cell of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from perceptron_cli.errors import InputError
from perceptron_cli.export.source import made_by
from perceptron_cli.expr import Call, Expr, Number, Symbol
from perceptron_cli.expr import replace as replaced
from perceptron_cli.notation import MACHINE, Latex
from perceptron_cli.notation.spreadsheet import column, spreadsheet
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.document import forward_lines

MOST_NODES = 20_000
CELL = 8192  # characters that a spreadsheet takes in a formula


def write(config: Config) -> str:
    """Return the formulas of all outputs. Raises InputError for a network whose formula nobody could read."""
    norms = [one for one in config.layers if one.kind == "batch_norm"]
    if not all("running_mean" in one.settings.get("given", ()) for one in norms):
        raise InputError(
            "--to formula: batch_norm needs its running statistics, and the config has none",
            hint="'nnstep train --save FILE' writes them",
        )
    if any(one.kind == "embedding" for one in config.layers):
        raise InputError(
            "--to formula: a token chooses a row of the embedding, which is no arithmetic of x",
            hint="--to pytorch and --to onnx know embeddings",
        )
    lines = forward_lines(replace(config, samples=config.samples[:1]))
    inputs = [one.symbol for one in lines if one.body is None and one.symbol.head == "x"]
    given: dict[str, Expr] = {
        one.symbol.name: Number(one.value or 0.0, repr(one.value or 0.0).removesuffix(".0"))
        for one in lines
        if one.body is None and one.symbol.head != "x"
    }
    bodies = {one.symbol.name: one.body for one in lines if one.body is not None}
    last = f"a[{len(config.layers)}]"
    outputs = [one.symbol for one in lines if one.symbol.name.startswith((f"{last}_", f"{last}'"))]
    formulas = [(one, _whole(bodies, given, one.name)) for one in outputs]
    return "\n".join([*_written(config, inputs, formulas), ""])


def _whole(bodies: Mapping[str, Expr], given: Mapping[str, Expr], name: str) -> Expr:
    """Put every line into those that use it, down to the inputs."""
    sizes: dict[str, int] = {}
    known: dict[str, Expr] = {}

    def put(own: str) -> Expr:
        if own in known:
            return known[own]
        size = 1

        def change(node: Expr) -> Expr | None:
            nonlocal size
            if not isinstance(node, Symbol):
                return None
            inside = given.get(node.name) or (put(node.name) if node.name in bodies else None)
            size += sizes.get(node.name, 1)
            return inside

        found = replaced(bodies[own], change)
        sizes[own] = size
        if size > MOST_NODES:
            raise InputError(
                f"--to formula: one expression of the inputs would have more than {MOST_NODES:,} numbers",
                hint="--to c and --to numpy write a line for each number",
            )
        known[own] = found
        return found

    return put(name)


def _written(config: Config, inputs: list[Symbol], formulas: list[tuple[Symbol, Expr]]) -> Iterator[str]:
    sizes = "-".join(map(str, config.sizes))
    yield f"{' '.join(config.name.split())}: a {sizes} network, each output as one formula of the inputs"
    yield made_by("formula")
    yield ""
    yield "As text"
    for symbol, tree in formulas:
        yield f"{symbol.name} = {MACHINE.write(tree)}"
    yield ""
    yield "In LaTeX"
    latex = Latex()
    for symbol, tree in formulas:
        yield f"{latex.symbol(symbol)} = {latex.write(tree)}"
    yield ""
    cells = {one.name: f"{column(number)}1" for number, one in enumerate(inputs)}
    where = ", ".join(f"{name} in {cell}" for name, cell in list(cells.items())[:20])
    yield f"As a cell of a spreadsheet, with {where}{', ...' if len(cells) > 20 else ''}"
    for symbol, tree in formulas:
        text = f"={spreadsheet(replaced(tree, _short), cells)}"
        long = f"({symbol.name} would have {len(text):,} characters, and a cell takes {CELL:,})"
        yield text if len(text) <= CELL else long


def _short(node: Expr) -> Expr | None:
    """The sigmoid as (1 + tanh(z/2))/2, which has its z but once, and loses no large one."""
    if isinstance(node, Call) and node.function == "sigmoid":
        z = replaced(node.arguments[0], _short)
        return (1 + Call("tanh", z / 2)) / 2
    return None
