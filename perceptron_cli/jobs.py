"""Work shared out to processes: the results come in the order of the things, as soon as they are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")
FEW = 50  # things that are done sooner than a second process starts
SHARE = 16  # things that a process is given at once, so that handing them over costs little


def cores() -> int:
    """Return how many processes may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chosen(jobs: int, things: int) -> int:
    """Return how many processes to use: as asked, else one a core where there is much to do."""
    return jobs or (cores() if things >= FEW else 1)


def mapped(
    function: Callable[[Thing], Result],
    things: Sequence[Thing],
    jobs: int,
    prepare: Callable[..., None],
    given: tuple[Any, ...],
) -> Iterator[Result]:
    """Yield what a function makes of each thing, in order; `prepare(*given)` is called once in each process.

    With one job everything is done in this process. An error that the function raises is raised here.
    """
    if jobs == 1 or len(things) < 2:
        prepare(*given)
        yield from map(function, things)
        return
    from concurrent.futures import ProcessPoolExecutor

    share = max(1, min(SHARE, len(things) // (4 * jobs)))
    with ProcessPoolExecutor(min(jobs, len(things)), initializer=_started, initargs=(prepare, given)) as pool:
        try:
            yield from pool.map(function, things, chunksize=share)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _started(prepare: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Begin a process: an interrupt is for the one that started it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    prepare(*given)
