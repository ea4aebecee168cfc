"""What a key does: a pure function from a state to the next, on a tour that stays as it is."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import takewhile

from perceptron_cli.records import record
from perceptron_cli.walk.tour import Changes, Stop, Tour

PAGE = 5  # lines that a page key scrolls
MOST_SHOWN = 50  # names that are offered to complete


@record
class State:
    """Where we are and what is open.

    `place` is the stop's, from 0, and `stage` how much of it is revealed. `mode` is one of MODES.
    `stem` is what was typed and `text` what stands there with a completion; `choice` is the chosen
    one of a list (-1: none), and `trail` the symbols that `why` was asked on the way.
    """

    place: int = 0
    stage: int = 0
    mode: str = "line"
    text: str = ""
    stem: str = ""
    choice: int = -1
    trail: tuple[str, ...] = ()
    changes: Changes = ()
    scroll: int = 0
    follow: bool = True  # scroll to what is revealed, and not to where the reader scrolled
    message: str = ""
    done: bool = False


def press(tour: Tour, state: State, key: str) -> State:
    """Return the state after a key; one that means nothing leaves it as it is, but for the message."""
    return MODES[state.mode](tour, replace(state, message=""), key)


# going about ----------------------------------------------------------------------------------


def at(tour: Tour, state: State, place: int, *, whole: bool = True) -> State:
    """Go to a stop (the nearest there is), all of it revealed or the symbols alone."""
    place = max(0, min(place, len(tour.stops) - 1))
    stage = tour.stops[place].reveals if whole else 0
    return replace(state, place=place, stage=stage, scroll=0, follow=True)


def next_line(tour: Tour, state: State) -> State:
    """Return the state at the next line, whole."""
    if state.place == len(tour.stops) - 1:
        return replace(state, message="This is the end: q quits, p goes back.")
    return at(tour, state, state.place + 1)


def previous_line(tour: Tour, state: State) -> State:
    """Return the state at the line before."""
    if not state.place:
        return replace(state, message="This is the beginning.")
    return at(tour, state, state.place - 1)


def reveal(tour: Tour, state: State) -> State:
    """Show a stage more; of the next line its symbols, where all is shown."""
    if state.stage < tour.stops[state.place].reveals:
        return replace(state, stage=state.stage + 1, scroll=0, follow=True)
    if state.place == len(tour.stops) - 1:
        return next_line(tour, state)
    return at(tour, state, state.place + 1, whole=False)


def hide(tour: Tour, state: State) -> State:
    """Take `reveal` back."""
    if state.stage:
        return replace(state, stage=state.stage - 1, scroll=0, follow=True)
    return previous_line(tour, state)


def _to(wanted: Callable[[Stop, Stop], bool], forwards: bool, none: str) -> Callable[[Tour, State], State]:
    """Return a way to the first stop of the next (or the last) section that is wanted from here."""

    def go(tour: Tour, state: State) -> State:
        here = tour.stops[state.place]
        places = range(state.place + 1, len(tour.stops)) if forwards else range(state.place - 1, -1, -1)
        for place in places:
            if wanted(here, tour.stops[place]):
                return at(tour, state, _first(tour, place))
        return replace(state, message=none)

    return go


def _first(tour: Tour, place: int) -> int:
    """Return the first stop of the section that a stop belongs to."""
    while place and tour.stops[place - 1].number == tour.stops[place].number:
        place -= 1
    return place


def _another_section(here: Stop, there: Stop) -> bool:
    return there.number != here.number


def _another_layer(here: Stop, there: Stop) -> bool:
    return there.section.layer is not None and (there.section.layer, there.section.phase) != (
        here.section.layer,
        here.section.phase,
    )


def _scrolled(by: int) -> Callable[[Tour, State], State]:
    def scroll(tour: Tour, state: State) -> State:
        return replace(state, scroll=max(0, state.scroll + by), follow=False)

    return scroll


MOVES: dict[str, Callable[[Tour, State], State]] = {
    "n": next_line,
    "right": next_line,
    "p": previous_line,
    "left": previous_line,
    "s": _to(_another_section, True, "There is no section after this one."),
    "S": _to(_another_section, False, "There is no section before this one."),
    "l": _to(_another_layer, True, "There is no layer after this one."),
    "L": _to(_another_layer, False, "There is no layer before this one."),
    "g": lambda tour, state: at(tour, state, 0),
    "home": lambda tour, state: at(tour, state, 0),
    "G": lambda tour, state: at(tour, state, len(tour.stops) - 1),
    "end": lambda tour, state: at(tour, state, len(tour.stops) - 1),
}
SCROLLS = {
    "up": _scrolled(-1),
    "down": _scrolled(1),
    "pageup": _scrolled(-PAGE),
    "pagedown": _scrolled(PAGE),
}


# opening --------------------------------------------------------------------------------------


def _open(mode: str) -> Callable[[Tour, State], State]:
    def open_it(tour: Tour, state: State) -> State:
        return replace(state, mode=mode, text="", stem="", choice=-1, scroll=0, follow=True)

    return open_it


def _why(tour: Tour, state: State) -> State:
    name = tour.stops[state.place].name
    if name is None:
        return replace(state, message="Go to a line first: w asks where its number comes from.")
    return replace(_open("why")(tour, state), trail=(name,), choice=0)


def _matrix(tour: Tour, state: State) -> State:
    if not tour.matrices(state.place, ()):
        return replace(state, message="This section belongs to no layer: it has no matrices.")
    return _open("matrix")(tour, state)


def _reset(tour: Tour, state: State) -> State:
    if not state.changes:
        return replace(state, message="Nothing is changed.")
    return replace(state, changes=(), message="Every number is as it was.")


def _quit(tour: Tour, state: State) -> State:
    return replace(state, done=True)


OPENS: dict[str, Callable[[Tour, State], State]] = {
    "j": _open("jump"),
    "/": _open("jump"),
    "w": _why,
    "e": _open("edit"),
    "r": _reset,
    "m": _matrix,
    "?": _open("help"),
    "h": _open("help"),
    "q": _quit,
}
REVEALS = {"space": reveal, "enter": reveal, "backspace": hide}


def _line(tour: Tour, state: State, key: str) -> State:
    act = MOVES.get(key) or SCROLLS.get(key) or REVEALS.get(key) or OPENS.get(key)
    if act is None:
        return replace(state, message="? lists the keys.") if len(key) == 1 else state
    return act(tour, state)


# what lies over the line ------------------------------------------------------------------------


def closed(state: State) -> State:
    """Return the state without what is open over the page."""
    return replace(state, mode="line", text="", stem="", choice=-1, trail=(), scroll=0, follow=True)


def _help(tour: Tour, state: State, key: str) -> State:
    return SCROLLS[key](tour, state) if key in SCROLLS else closed(state)


def _matrices(tour: Tour, state: State, key: str) -> State:
    """The matrices follow when the reader goes on."""
    if key in ("m", "q", "escape"):
        return closed(state)
    if key in SCROLLS:
        return SCROLLS[key](tour, state)
    act = MOVES.get({"space": "n", "enter": "n", "backspace": "p"}.get(key, key))
    return act(tour, state) if act else state


def _asked(tour: Tour, state: State, key: str) -> State:
    """Walk down what a number is made from: choose one, ask on, come back."""
    uses = tour.uses(state.trail[-1])
    if key in ("q", "escape"):
        return closed(state)
    if key == "w":
        return replace(state, mode="origins", scroll=0, follow=False)
    if key in ("down", "up", "tab", "backtab") and uses:
        step = 1 if key in ("down", "tab") else -1
        return replace(state, choice=(state.choice + step) % len(uses), follow=True)
    if key in ("enter", "right", "space") and uses:
        return replace(state, trail=(*state.trail, uses[state.choice]), choice=0, scroll=0, follow=True)
    if key in ("left", "backspace"):
        if len(state.trail) == 1:
            return closed(state)
        parent = state.trail[-2]
        return replace(
            state, trail=state.trail[:-1], choice=tour.uses(parent).index(state.trail[-1]), follow=True
        )
    if key in ("j", "g") and state.trail[-1] in tour.places:
        return at(tour, closed(state), tour.places[state.trail[-1]])
    return state


def _origins(tour: Tour, state: State, key: str) -> State:
    """All that the number comes from at once, to be scrolled through."""
    if key in SCROLLS:
        return SCROLLS[key](tour, state)
    if key in ("left", "backspace"):
        return replace(state, mode="why", scroll=0, follow=True)
    return closed(state) if key in ("w", "q", "escape") else state


# typing ---------------------------------------------------------------------------------------


def completions(tour: Tour, state: State) -> tuple[str, ...]:
    """Return the names that what was typed may become; of a line's own symbols first."""
    if state.mode == "edit" and "=" in state.text:
        return ()
    stop = tour.stops[state.place]
    near = tour.uses(stop.name) if stop.name and state.mode == "edit" else ()
    names = dict.fromkeys([*near, *tour.names])
    typed = state.stem.strip()
    bare = _bare(typed)
    begin = [name for name in names if name.startswith(typed)]
    alike = [name for name in names if _bare(name).startswith(bare) and not name.startswith(typed)]
    within = [name for name in names if bare and bare in _bare(name) and not _bare(name).startswith(bare)]
    return tuple([*begin, *alike, *within][:MOST_SHOWN])


def _bare(name: str) -> str:
    """A name without its brackets: w11 finds w[1]_11 no less than w[1]_1."""
    return "".join(one for one in name.lower() if one not in "[]_,: ")


def _typed(tour: Tour, state: State, key: str) -> State | None:
    """Return the state after a key that writes or completes; None where it does neither."""
    if key == "space":
        key = " "
    if len(key) == 1:
        return _written(state, state.text + key)
    if key == "backspace":
        return _written(state, state.text[:-1]) if state.text else closed(state)
    if key == "clear":
        return _written(state, "")
    found = completions(tour, state)
    if key in ("tab", "down", "up", "backtab"):
        if not found:
            return state
        together = _beginning(found)
        if key == "tab" and state.choice < 0 and len(together) > len(state.text):
            return _written(state, together)
        step = 1 if key in ("tab", "down") else -1
        choice = (
            (state.choice + step) % len(found) if state.choice >= 0 else (0 if step > 0 else len(found) - 1)
        )
        return replace(state, text=found[choice], choice=choice)
    return None


def _beginning(names: tuple[str, ...]) -> str:
    """Return what names begin with, all of them."""
    first, last = min(names), max(names)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(one for one, _ in same)


def _written(state: State, text: str) -> State:
    return replace(state, text=text, stem=text, choice=-1)


def _named(tour: Tour, state: State, typed: str) -> str | None:
    """Return the symbol that was typed, or the only one that it can become."""
    name = typed.strip()
    if name in tour.places:
        return name
    found = completions(tour, state)
    same = [one for one in found if _bare(one) == _bare(name)] or found
    return same[0] if len(same) == 1 else tour.asked(name)


def _unknown(tour: Tour, state: State, typed: str) -> State:
    near = difflib.get_close_matches(typed.strip(), tour.names, 2, 0.4)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return replace(state, message=f"There is no symbol {typed.strip()!r}{hint}")


def _jump(tour: Tour, state: State, key: str) -> State:
    if key == "escape" or (key == "enter" and not state.text.strip()):
        return closed(state)
    if key != "enter":
        return _typed(tour, state, key) or state
    name = _named(tour, state, state.text)
    if name is None:
        return _unknown(tour, state, state.text)
    if name not in tour.places:
        return replace(closed(state), trail=(name,), mode="why", choice=0)
    return at(tour, closed(state), tour.places[name])


def _edit(tour: Tour, state: State, key: str) -> State:
    """Take `symbol=number`; nothing after the = sets the number back."""
    if key == "escape" or (key == "enter" and not state.text.strip()):
        return closed(state)
    if key != "enter":
        return _typed(tour, state, key) or state
    typed, equals, number = state.text.partition("=")
    name = _named(tour, replace(state, text=typed, stem=typed), typed)
    if name is None:
        return _unknown(tour, state, typed)
    if not equals:
        return _written(state, f"{name}=")
    return _changed(tour, state, name, number.strip())


def _changed(tour: Tour, state: State, name: str, number: str) -> State:
    kept = tuple(one for one in state.changes if one[0] != name)
    if not number:
        return replace(closed(state), changes=kept, message=f"{name} is as it was.")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return replace(state, message=f"expected a number after {name}=, got {number!r}")
    changes = (*kept, (name, value, number))
    why_not = tour.refused(changes)
    if why_not is not None:
        return replace(state, message=why_not)
    state = replace(closed(state), changes=changes)
    return replace(state, stage=tour.stops[state.place].reveals, message="r sets every number back.")


MODES: dict[str, Callable[[Tour, State, str], State]] = {
    "line": _line,
    "help": _help,
    "matrix": _matrices,
    "why": _asked,
    "origins": _origins,
    "jump": _jump,
    "edit": _edit,
}
