"""The wish that a run ends."""


class Stop:
    """A wish that a run ends after the step that it is at; a signal's handler sets `asked`."""

    def __init__(self) -> None:
        self.asked = False
