"""How a text counts things."""


def counted(number: int, noun: str) -> str:
    """Return how many there are of a thing: "1 row", "2 rows"."""
    if number == 1:
        return f"{number} {noun}"
    return f"{number} {noun}es" if noun.endswith("s") else f"{number} {noun}s"
