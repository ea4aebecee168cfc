"""`nnstep walk`: a training step on the full screen, one equation at a time. The terminal's part of it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Annotated

import typer

from perceptron_cli.cli.options import Config, Output, Overrides, Rate, shared
from perceptron_cli.errors import InputError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console
    from rich.text import Text

    from perceptron_cli.render import Layout
    from perceptron_cli.walk import Tour

MOST_STEPS = 10_000
# the alternate screen and no cursor; the cursor again and the screen as it was
ENTER, LEAVE, CLEAR = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l", "\x1b[2J"
ESCAPE_WAIT = 0.05  # seconds that the rest of a key's sequence may take


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: nnstep walk lecture --lr 0.5")(walk)


@shared("decimals", "ascii", "color", "all", "names")
def walk(
    config: Config = "lecture",
    lr: Rate = None,
    step: Annotated[
        int, typer.Option("--step", min=1, max=MOST_STEPS, metavar="N", help="Walk through the N-th update.")
    ] = 1,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="K", help="Train on the K-th sample alone.", show_default=False),
    ] = None,
    overrides: Overrides = None,
    *,
    output: Output,
) -> None:
    """Walk through a training step on the full screen, one equation at a time.

    The space bar shows the next part: symbols, numbers put in, the result. w asks why, e changes a
    number and shows what follows, ? lists the keys, q quits.
    """
    _require_terminal()
    from perceptron_cli import spec
    from perceptron_cli.cli.show import layout_of, load, one_sample, view_of
    from perceptron_cli.cli.stream import has_color
    from perceptron_cli.walk import tour

    loaded = one_sample(load(config, overrides, {"--lr training.learning_rate": lr}), sample)
    if not loaded.is_neuron:
        spec.require_trainable(loaded)
    found = tour(loaded, step, view_of(output))
    _Terminal(found, layout_of(output), has_color(output.color)).run()


def _require_terminal() -> None:
    """Raise InputError where there is no screen to draw on, or no keys to read."""
    hint = "nnstep backprop prints the same step"
    for stream, name in ((sys.stdin, "stdin"), (sys.stdout, "stdout")):
        if not stream.isatty():
            raise InputError(f"walk needs a terminal, and {name} is none", hint=hint)
    if os.environ.get("TERM", "dumb") == "dumb":
        raise InputError("walk needs a terminal that can be drawn on, and TERM is dumb", hint=hint)
    try:
        import termios  # noqa: F401
    except ImportError:
        raise InputError("walk needs a Unix terminal (on Windows, WSL has one)", hint=hint) from None


class _Terminal:
    """The screen and the keyboard: draws a state where it changed, and hands each key on."""

    def __init__(self, tour: Tour, layout: Layout, color: bool) -> None:
        from perceptron_cli.walk import Keys, State

        self.tour = tour
        self.layout = layout
        self.console = _console(color)
        self.state = State()
        self.keys = Keys()
        self.drawn: list[str] = []
        self.stdin = sys.stdin.fileno()

    def run(self) -> None:
        """Walk until the reader quits; the terminal is then as it was, whatever ended it."""
        from perceptron_cli.walk import press

        with self.raw(), self.signals():
            self.redraw()
            while not self.state.done:
                for key in self.read():
                    if key == "redraw":
                        self.redraw()
                    if key == "enter" and self.state.mode != "line" and self.tour.slow:
                        self.say_wait()
                    self.state = press(self.tour, self.state, key)
                    if self.state.done:
                        return
                self.draw()

    # the keyboard ---------------------------------------------------------------------------------

    @contextmanager
    def raw(self) -> Iterator[None]:
        """Read keys as they are pressed, and take the alternate screen; both are given back."""
        import termios

        self.before = termios.tcgetattr(self.stdin)
        try:
            self.enter()
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        import tty

        tty.setcbreak(self.stdin)
        _write(ENTER)

    def leave(self) -> None:
        import termios

        termios.tcsetattr(self.stdin, termios.TCSADRAIN, self.before)
        _write(LEAVE)

    def read(self) -> list[str]:
        """Wait for keys, or for a signal, which is no key. An end of the input quits."""
        import select

        ready, _, _ = select.select([self.stdin, self.told], [], [])
        if self.told in ready:
            self.answer(os.read(self.told, 1024))
            return []
        try:
            data = os.read(self.stdin, 1024)
            if data.endswith(b"\x1b") and select.select([self.stdin], [], [], ESCAPE_WAIT)[0]:
                data += os.read(self.stdin, 1024)
        except OSError:
            data = b""
        if not data:
            raise typer.Exit
        return self.keys.feed(data)

    # signals --------------------------------------------------------------------------------------

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Have signals told through a pipe, to be answered between two keys: none can slip past the wait."""
        self.told, tell = os.pipe()
        os.set_blocking(tell, False)
        wakeup = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
        before = {number: signal.signal(number, _noted) for number in (signal.SIGWINCH, signal.SIGTSTP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            os.close(self.told)
            os.close(tell)

    def answer(self, signals: bytes) -> None:
        """Draw anew for the size that there is; give the terminal back while the process is stopped."""
        if signal.SIGTSTP in signals:
            self.leave()
            os.kill(os.getpid(), signal.SIGSTOP)  # goes on here once it is continued
            self.enter()
        self.redraw()

    # the screen -----------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw every line."""
        self.drawn = []
        _write(CLEAR)
        self.draw()

    def draw(self) -> None:
        """Draw the lines that are not on the screen yet."""
        from dataclasses import replace

        from perceptron_cli.walk import frame

        try:
            size = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            raise typer.Exit from None
        width, height = (size.columns, size.lines) if size.columns and size.lines else (80, 24)
        found = frame(self.tour, self.state, width, height, self.layout)
        self.state = replace(self.state, scroll=found.top)
        lines = [self.written(line) for line in found.lines]
        old = self.drawn if len(self.drawn) == len(lines) else [None] * len(lines)
        changed = (place for place, line in enumerate(lines) if line != old[place])
        _write("".join(f"\x1b[{place + 1};1H\x1b[2K{lines[place]}" for place in changed))
        self.drawn = lines

    def say_wait(self) -> None:
        """Say on the last line that the next screen takes a while."""
        last = len(self.drawn)
        _write(f"\x1b[{last};1H\x1b[2KWorking out every line of the step ...")
        self.drawn[-1] = ""

    def written(self, line: Text) -> str:
        with self.console.capture() as capture:
            self.console.print(line, end="", soft_wrap=True)
        return capture.get()


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the pipe has the signal already."""


def _console(color: bool) -> Console:
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=10_000,
        force_terminal=True,
        color_system="standard",
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def _write(text: str) -> None:
    """Write to the terminal at once; one that has gone is noticed when it is read."""
    data = text.encode(sys.stdout.encoding, "backslashreplace")
    try:
        while data:
            data = data[os.write(sys.stdout.fileno(), data) :]
    except OSError:
        pass
