"""Screens of `nnstep walk` for the documentation: keys are pressed and the screen is printed."""

from rich.text import Text

from perceptron_cli import load
from perceptron_cli.render import Layout
from perceptron_cli.walk import State, frame, press, tour

KEYS = {"enter", "space"}


def screen(config: str, keys: tuple[str, ...], width: int, height: int) -> list[Text]:
    """Return the screen after some keys; a longer text among them is typed."""
    way, state = tour(load(config)), State()
    for text in keys:
        for key in [text] if text in KEYS else text:
            state = press(way, state, key)
    return list(frame(way, state, width, height, Layout()).lines)


def show(config: str, *keys: str, width: int = 64, height: int = 17) -> None:
    """Print a screen as a block of text."""
    lines = (line.plain.rstrip() for line in screen(config, keys, width, height))
    print("```text\n" + "\n".join(lines) + "\n```")
