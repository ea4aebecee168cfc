"""A number that keeps the text that somebody wrote it with."""


class Given(float):
    """A number as it was given: a float64 that remembers how it was written ("" where it was computed)."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, value: float, text: str | None = None) -> "Given":
        given = super().__new__(cls, value)
        given.text = repr(float(value)) if text is None else text
        return given


Row = tuple[Given, ...]
