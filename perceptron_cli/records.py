"""Frozen dataclasses that cost little to define.

The library's own decorator writes and compiles six methods for a class that is frozen, 0.4 ms each time:
a sixth of a whole command. Here `__init__` alone is written, when the first instance is made:
most commands make none of half the classes. All records share the other methods.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a class one whose instances are equal where their fields are, and cannot be changed.

    To `dataclasses.fields`, `replace` and `asdict` it is a dataclass.
    """
    made = dataclass(init=False, repr=False, eq=False)(cls)

    def first(self: Any, *args: Any, **named: Any) -> None:
        made.__init__ = written = _init(made)  # type: ignore[method-assign]
        written(self, *args, **named)

    for name, method in {**_SHARED, "__init__": first}.items():
        setattr(made, name, method)
    return made


def _init(cls: type) -> Any:
    """Write `__init__`: the fields go into the instance's dictionary, past `__setattr__`."""
    given, known, lines = [], {}, []
    for one in fields(cls):
        value = one.name
        if one.default is not MISSING:
            known[f"_{value}"] = one.default
            given.append(f"{value}=_{value}")
        elif one.default_factory is not MISSING:
            known[f"_{value}"] = one.default_factory
            given.append(f"{value}=None")
            lines.append(f"if {value} is None: {value} = _{value}()")
        else:
            given.append(value)
    stored = ", ".join(f"{one.name!r}: {one.name}" for one in fields(cls))
    lines.append(f"self.__dict__.update({{{stored}}})")
    body = "\n ".join(lines)
    exec(f"def __init__(self, {', '.join(given)}):\n {body}", known)
    return known["__init__"]


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _text(self: Any) -> str:
    """Return one line that says what a record is, not all that it holds."""
    told = ", ".join(f"{name}={_brief(getattr(self, name))}" for name in self.__match_args__)
    return f"{self.__class__.__qualname__}({told})"


def _brief(value: Any) -> str:
    """Return a value in a few characters: a collection or an array by its size, a record by its name."""
    if hasattr(value, "__dataclass_fields__"):
        name = getattr(value, "name", None) or getattr(value, "title", None)
        return f"<{value.__class__.__qualname__}{f' {_brief(name)}' if isinstance(name, str) else ''}>"
    if hasattr(value, "shape"):
        return f"<array {value.shape}>"
    if (
        isinstance(value, tuple | list | dict | frozenset | set)
        and any(not isinstance(one, int | float | str) for one in value)
    ) or (hasattr(value, "__len__") and not isinstance(value, str) and len(value) > 4):
        return f"<{len(value)} in a {value.__class__.__name__}>"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _refuse(self: Any, name: str, value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"a {self.__class__.__qualname__} cannot be changed: {name}")


class _Signature:
    """What `inspect.signature` and `help` tell of a record, before an instance was made, too."""

    def __get__(self, instance: object, cls: type) -> Any:
        from inspect import signature

        told = signature(_init(cls))
        return told.replace(parameters=[*told.parameters.values()][1:])


_SHARED = {
    "__signature__": _Signature(),
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _text,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
