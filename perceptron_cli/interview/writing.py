"""The config that the answers come to, with comments that say what stands where."""

from __future__ import annotations

from collections.abc import Sequence

from perceptron_cli.exercises.recipe import Recipe
from perceptron_cli.interview.machine import DRAWN, Found, sizes_of
from perceptron_cli.spec.write import yaml_text


def config_text(found: Found) -> str:
    """Return the config of an interview, finished or not: the layers that are known, with their sample.

    Layers whose weights are not known yet are left out.
    """
    sizes = sizes_of(found)
    inputs = found["inputs"]
    x = inputs if isinstance(inputs, tuple) else found.get("x", ("1",) * sizes[0])
    layers = [line for l in range(1, len(sizes)) if _is_known(found, l) for line in _layer(found, l)]
    whole = "rate" in found
    lines = [
        "# Made by 'nnstep new'. A row of weights belongs to one neuron: one number for each of its inputs.",
        f"name: {yaml_text(found['name'])}",
        "network:",
        f"  inputs: {sizes[0]}",
        "  layers:",
        *layers,
    ]
    if whole:
        lines.append(f"loss: {found['loss']}")
        lines.append(f"sample: {{x: [{', '.join(x)}], y: [{', '.join(found['y'])}]}}")
        lines += ["training:", f"  learning_rate: {found['rate']}", "  epochs: 50"]
    else:
        lines.append(f"sample: {{x: [{', '.join(x)}]}}")
    return "\n".join([*lines, ""])


def _is_known(found: Found, l: int) -> bool:
    weights = found.get(f"weights {l}")
    if weights is None:
        return False
    if weights == DRAWN or (isinstance(weights, tuple) and len(weights[0]) > sizes_of(found)[l - 1]):
        return True
    return f"biases {l}" in found


def _layer(found: Found, l: int) -> list[str]:
    sizes, activation = sizes_of(found), found["activations"][l - 1]
    what = "the output" if l == len(sizes) - 1 else f"hidden layer {l}"
    start = [f"    - activation: {activation:<24} # layer {l}: {what}"]
    weights = found[f"weights {l}"]
    if weights == DRAWN:
        return [*start, f"      neurons: {sizes[l]}    # its weights are drawn; training.seed chooses them"]
    rows: Sequence[Sequence[str]] = weights
    if found.get(f"layout {l}") == "columns":
        rows = list(zip(*rows, strict=True))
    told = f"      weights: [{', '.join(map(_row, rows))}]"
    if f"biases {l}" in found:
        return [*start, f"      biases: {_row(found[f'biases {l}'])}", told]
    return [*start, f"{told}  # the bias first"]


def _row(numbers: Sequence[str]) -> str:
    return f"[{', '.join(numbers)}]"


def short_text(recipe: Recipe, x: Sequence[str], y: Sequence[str], seed: int) -> str:
    """Return a config of drawn weights, for `nnstep init --layers`."""
    lines = ["network:", f"  inputs: {recipe.sizes[0]}", "  layers:"]
    for neurons, activation in zip(recipe.sizes[1:], recipe.activations, strict=True):
        lines.append(f"    - {{neurons: {neurons}, activation: {activation}}}")
    lines.append("    # The weights are drawn. For your own write 'weights: [[bias, w1, w2], ...]'.")
    lines += [f"loss: {recipe.loss}", f"sample: {{x: {_row(x)}, y: {_row(y)}}}"]
    lines += ["training:", f"  learning_rate: {recipe.rate}", "  epochs: 50", f"  seed: {seed}"]
    return "\n".join([*lines, ""])
