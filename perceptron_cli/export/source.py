"""Numbers and names as they stand in a Python script: every float64 in full, lines of bearable length."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from perceptron_cli import __version__
from perceptron_cli.arrays import Array
from perceptron_cli.export.example import Example, Update
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.spec.config import Config, Training

WIDTH = 100

# how each script ends
END = """\
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
"""


def rows(matrix: Array, indent: str = "") -> str:
    """Return a matrix as a list of lists, on one line or a row a line; a long row is wrapped."""
    line = repr(matrix.tolist())
    if len(indent) + len(line) <= WIDTH - len("NEW_PREDICTION = np.array(),"):
        return line
    return _lines([_row(one, f"{indent}    ") for one in matrix.tolist()], indent)


def listed(parts: Sequence[str]) -> str:
    """Return expressions as a list, one a line."""
    return _lines(parts, "")


def row(vector: Array, indent: str = "") -> str:
    """Return a vector as a list; a long one is wrapped."""
    return _row(vector.tolist(), indent)


def _lines(parts: Sequence[str], indent: str) -> str:
    return "[\n" + "".join(f"{indent}    {part},\n" for part in parts) + f"{indent}]"


def _row(numbers: Sequence[float], indent: str) -> str:
    text = ", ".join(map(repr, numbers))
    if len(indent) + len(text) + 3 <= WIDTH:
        return f"[{text}]"
    inner = f"{indent}    "
    wrapped = textwrap.fill(
        text, WIDTH, initial_indent=inner, subsequent_indent=inner, break_long_words=False
    )
    return f"[\n{wrapped},\n{indent}]"


def title(example: Example) -> str:
    """Return what the script is of: its network's name and sizes, safe within a docstring."""
    name = "".join(char for char in example.config.name if char.isprintable() and char not in '\\"')
    sizes = "-".join(map(str, example.config.sizes))
    return f"{name}: a {sizes} network"


def made_by(target: str) -> str:
    """Return who wrote the script."""
    return f"Written by nnstep {__version__} (nnstep export --to {target})."


def indented(lines: str, depth: int = 1) -> str:
    """Return lines as a function's body."""
    return textwrap.indent(lines, "    " * depth)


def settings(training: Training) -> str:
    """Return the numbers of an update as assignments: `BETA1 = 0.9`."""
    numbers = {"learning_rate": training.learning_rate, **training.options, **training.clip_options}
    lines = [
        f"{name.upper()} = {float(value)!r}"
        for name, value in numbers.items()
        if name != "weight_decay" or decays(training)
    ]
    if training.schedule != "constant":
        summary = SCHEDULES[training.schedule].summary
        lines[0] += f"  # in epoch 1; then {training.schedule}: {summary}"
    return "\n".join(lines)


def decays(training: Training) -> bool:
    """Say whether a script has a weight decay: AdamW's in any case, another's where it is not 0."""
    return training.optimizer == "adamw" or training.options["weight_decay"] != 0


def samples(example: Example) -> str:
    """Return which samples the script's numbers are for."""
    count = len(example.numbers)
    if count == 1:
        return f"sample {example.numbers[0]}"
    listed = ", ".join(map(str, example.numbers[:10])) + (", ..." if count > 10 else "")
    whole = example.numbers == tuple(range(1, count + 1))
    return f"samples 1 to {count}" if whole else f"samples {listed}"


def normalization(config: Config) -> str:
    """Return what makes the network's x of a data file's, as constants; nothing where they are the same."""
    data = config.data
    if data is None or data.normalize == "none":
        return ""
    shift, scale = (row(np.array(one, dtype=np.float64)) for one in (data.shift, data.scale))
    return f"# The network's x is (the file's x - SHIFT) / SCALE.\nSHIFT = {shift}\nSCALE = {scale}\n"


def weights(matrices: Sequence[Array], make: str) -> str:
    """Return each layer's weights without its biases, made by a call of `make`."""
    return listed([f"{make}({rows(one[:, 1:], '    ')})" for one in matrices])


def biases(matrices: Sequence[Array], make: str) -> str:
    """Return each layer's biases, made by a call of `make`."""
    return listed([f"{make}({row(one[:, 0], '    ')})" for one in matrices])


def numbers_of_step(update: Update, make: str) -> dict[str, str]:
    """Return nnstep's numbers of a step by their names in a template."""
    return {
        "y": rows(update.y),
        "loss": repr(update.loss),
        "new_loss": repr(update.new_loss),
        "gradients": weights(update.gradient, make),
        "bias_gradients": biases(update.gradient, make),
        "new_weights": weights(update.new_weights, make),
        "new_biases": biases(update.new_weights, make),
    }
