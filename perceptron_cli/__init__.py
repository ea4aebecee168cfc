"""nnstep narrates how a neural network trains, number by number.

    from perceptron_cli import check, narrate, page, train, why

    narrate("mazur").numbers["dL/dw[1]_11"]
    train("lecture").loss
    check({"z[1]_1": 0.3, "y_hat": 0.7739}, "lecture")
    page("mazur").save("lesson.html")

Names are imported when they are first used: `nnstep --version` needs none of them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perceptron_cli.answers.library import check
    from perceptron_cli.library.imports import from_keras, from_sklearn, from_torch
    from perceptron_cli.library.narration import (
        draw,
        exercise,
        forward,
        narrate,
        page,
        perceptron,
        what_if,
        why,
    )
    from perceptron_cli.library.recording import record
    from perceptron_cli.library.training import train
    from perceptron_cli.render import render
    from perceptron_cli.spec import load

__all__ = [
    "__version__", "check", "draw", "exercise", "forward", "from_keras", "from_sklearn", "from_torch", "load",
    "narrate", "page", "perceptron", "record", "render", "train", "what_if", "why",
]  # fmt: skip
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from perceptron_cli.library import HOMES

    return getattr(import_module(HOMES[name]), name)


def load_ipython_extension(shell: Any) -> None:
    """Make `%nnstep` known to a notebook: `%load_ext perceptron_cli`."""
    from perceptron_cli.notebook import load_ipython_extension

    load_ipython_extension(shell)
