"""How a text counts things."""


def counted(number: int, noun: str) -> str:
    """Return how many there are of a thing: "1 row", "2 rows"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
