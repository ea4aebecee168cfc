"""nnstep narrates how a neural network trains, number by number.

    from perceptron_cli import check, load, narrate, render, train

    config = load("lecture")
    print(render(narrate(config), "plain"))
    train(config).loss
    check({"z[1]_1": 0.3, "y_hat": 0.7739}, "lecture")

Names are imported when they are first used: `nnstep --version` needs none of them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perceptron_cli.answers.library import check
    from perceptron_cli.engine import train
    from perceptron_cli.render import render
    from perceptron_cli.spec import load
    from perceptron_cli.trace import backprop as narrate

__all__ = ["__version__", "check", "load", "narrate", "render", "train"]
__version__ = "0.1.0"

_HOMES = {
    "check": ("perceptron_cli.answers.library", "check"),
    "load": ("perceptron_cli.spec", "load"),
    "narrate": ("perceptron_cli.trace", "backprop"),
    "render": ("perceptron_cli.render", "render"),
    "train": ("perceptron_cli.engine", "train"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
