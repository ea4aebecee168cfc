"""Waits for something that can be seen, and says what it waited for where it never comes."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GENEROUS = 120.0  # seconds; no machine is so slow, so only a fault takes longer


# Before 3.13 Python itself cannot start under LC_ALL=C from an editable install in a folder whose name is
# not ASCII: it reads the .pth file by the locale.
C_LOCALE_STARTS = sys.version_info >= (3, 13) or __file__.isascii()


def wait_until(seen: Callable[[], object], what: str, seconds: float = GENEROUS) -> None:
    """Return as soon as `seen()` is true. Raises AssertionError that names `what` after so many seconds."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.002)


@contextmanager
def within(what: str, seconds: float = GENEROUS) -> Iterator[None]:
    """Raise TimeoutError that names `what` where the block takes longer than so many seconds."""

    def too_late(number: int, frame: object) -> None:
        raise TimeoutError(f"waited {seconds:.0f} s for {what}")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
