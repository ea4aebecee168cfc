"""What ends a run on its way: Ctrl-C or SIGTERM (the first asks, the second makes it end), or no reader."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from perceptron_cli.errors import InputError

if TYPE_CHECKING:
    from perceptron_cli.engine import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


class Asked:
    """The wish that a run looks at after every step, and the signal or the failure that it came by."""

    def __init__(self, stop: "Stop") -> None:
        self.stop = stop
        self.number: int | None = None
        self.failure: InputError | SystemExit | None = None  # of stdout, that takes no more

    def give_up(self, failure: InputError | SystemExit) -> None:
        """Ask for an end, as nobody reads on; the failure is raised once the files are written."""
        self.failure = failure
        self.stop.asked = True

    @property
    def code(self) -> int:
        """What the process ends with where it was asked to stop."""
        return 128 + (self.number or 0)

    @property
    def word(self) -> str:
        """What the signal did, in a word: interrupted, terminated."""
        return WORDS[signal.Signals(self.number)] if self.number else ""


@contextmanager
def asking() -> Iterator[Asked]:
    """Let the first signal set a wish to stop; what stood before it takes the second."""
    from perceptron_cli.engine import Stop

    asked = Asked(Stop())
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        asked.number = number
        asked.stop.asked = True
        put_back()

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        put_back()
