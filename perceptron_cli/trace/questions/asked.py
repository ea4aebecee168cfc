"""A number as a person asks for it: y_hat, dL/dx_1, ∂L/∂w[1]₁₁, and the name that it has here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import islice

from perceptron_cli.errors import InputError
from perceptron_cli.expr import Symbol, symbol_of
from perceptron_cli.layers.layer import number
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines

MOST_NAMES = 5_000  # that a wrong one is compared with
MOST_TOLD = 3  # of those that may be meant
LIKE = 0.6  # how much so, of 1

# What a screen shows, and what it is called in a config or in other books.
_SIGNS = str.maketrans({"∂": "d", "ŷ": "y_hat", "′": "'", "’": "'", "η": "eta", "ε": "epsilon", " ": ""})
_GREEK = {"β₁": "beta1", "β₂": "beta2", "m̂": "m_hat", "v̂": "v_hat"}
_LOW, _HIGH = (str.maketrans(digits, "0123456789") for digits in ("₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
_ALIASES = {"loss": "L", "loss'": "L'", "lr": "eta", "learning_rate": "eta"}


def asked_for(config: Config, lines: Lines, text: str, names: str | None = None) -> str:
    """Return the name of the number that a text means, one that the step's lines tell or dL/da[0]_i.

    `names` is the dialect that it may be written in. Raises InputError where the step has no such number.
    """
    foreign = _foreign(config, lines, text, names) if names or config.names else None
    if foreign is not None:
        return foreign
    readings = _readings(config, lines, _plain(text))
    for candidate in readings:
        if candidate in lines.equations or _is_input_gradient(config, lines, candidate):
            return candidate
    raise InputError(f"this step has no number '{text}'", hint=_meant(lines, readings))


def _foreign(config: Config, lines: Lines, text: str, names: str | None) -> str | None:
    """Return the number that a text means in somebody's own names or in a dialect."""
    from perceptron_cli.dialects import DIALECTS
    from perceptron_cli.dialects.plain import parted, plain
    from perceptron_cli.dialects.vocabulary import Vocabulary

    sample, bare = parted(text)
    start = f"s{sample}:" if sample is not None and len(lines.samples) > 1 else ""
    own = {plain(name): symbol for name, symbol in config.names.items()}
    found = [own[plain(bare)]] if plain(bare) in own else []
    if not found and names:
        told = [
            one.symbol for one in lines.equations.values() if one.symbol.sample in (None, *lines.samples[:1])
        ]
        symbols = [Symbol(one.head, one.layer, one.indices, None, one.prime) for one in told]
        vocabulary = Vocabulary(DIALECTS[names], symbols, config.sizes)
        found = [one.symbol for one in vocabulary.read(plain(bare)) if one.sign > 0]
    known = [start + one for one in found if start + one in lines.equations]
    return known[0] if len(known) == 1 else None


def _meant(lines: Lines, readings: Sequence[str]) -> str:
    """Say what may be meant: the numbers that one of the readings begins, else those most like it.

    Of several samples those of the one asked for are named, else those of the first.
    """
    asked, bare = _parted(readings[-1])
    samples = [f"s{number}:" for number in lines.samples]
    known = _known(lines, asked if asked in samples else samples[0], asked)
    begins, prime = bare.removesuffix("'"), bare.endswith("'")
    near = [one for one in known if begins and one.startswith(begins) and one.endswith("'") == prime]
    near = near or _most_like(bare, known)
    if not near:
        usual = [known[name] for name in ("a[1]_1", "dL/dw[1]_11", "L") if name in known]
        results = [name for name, one in lines.equations.items() if one.body is not None]
        return f"for example {', '.join(usual or results[:3])}; --json of the command has all"
    told = [known[one] for one in near]
    if len(near) > MOST_TOLD + 1:
        del told[MOST_TOLD:]
        told.append(f"one of {len(near) - MOST_TOLD} more")
    of = f" (the samples are {_listed(samples)})" if _parted(told[0])[0] and asked not in samples else ""
    return f"did you mean {_either(told)}?{of}"


def _parted(name: str) -> tuple[str, str]:
    """Part a name from the sample in front of it: ("s2:", "z[1]_1")."""
    sample, colon, bare = name.rpartition(":")
    return sample + colon, bare


def _known(lines: Lines, sample: str, asked: str) -> dict[str, str]:
    """Return the step's names of one sample and of all together, by the name without the sample.

    Where the sample is `asked` for, its own dL/dw stands for that of all, which has the same name.
    """
    wanted = (sample, "") if asked else ("", sample)
    of = {one: [name for name in lines.equations if _parted(name)[0] == one] for one in wanted}
    found: dict[str, str] = {}
    for name in (*of[wanted[0]], *of[wanted[1]]):
        found.setdefault(_parted(name)[1], name)
    return found


def _most_like(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that are most like one, those that are equally so in the order of the step."""
    likeness = {one: SequenceMatcher(None, one, name).ratio() for one in islice(known, MOST_NAMES)}
    best = max(likeness.values())
    return [one for one, ratio in likeness.items() if ratio == best] if best >= LIKE else []


def _either(told: Sequence[str]) -> str:
    *first, last = told
    return f"{', '.join(first)} or {last}" if first else last


def _listed(samples: Sequence[str]) -> str:
    told = [one.removesuffix(":") for one in samples]
    return ", ".join(told if len(told) <= MOST_TOLD + 1 else [*told[:MOST_TOLD], "...", told[-1]])


def _plain(text: str) -> str:
    """Write subscripts, Greek letters and a sample's number above as the names here have them."""
    for sign, word in _GREEK.items():
        text = text.replace(sign, word)
    text = text.strip().translate(_SIGNS)
    text = re.sub("[₀-₉]+", lambda found: "_" + found.group().translate(_LOW), text)
    found = re.search("⁽([⁰¹²³⁴⁵⁶⁷⁸⁹]+)⁾", text)
    if found:
        text = f"s{found[1].translate(_HIGH)}:" + text.replace(found.group(), "")
    return _ALIASES.get(text, text)


def _readings(config: Config, lines: Lines, name: str) -> list[str]:
    """Return what a name may mean, the likeliest first."""
    top, single = len(config.layers), config.sizes[-1] == 1
    found = [name]
    name = re.sub(r"y_hat(_\d+)?", lambda m: f"a[{top}]{m[1] or '_1' * single}", name)
    name = re.sub(r"(?<!\w)a\[0\]", "x", name) if not name.startswith("dL/") else name
    name = re.sub(r"dL/dx(?=_)", "dL/da[0]", name)
    name = re.sub(r"(?<![\w])b(\[\d+\])_(\d+)", _bias, name)
    name = re.sub(r"dL/db(\[\d+\])_(\d+)", lambda m: "dL/d" + _bias(m), name)
    if re.fullmatch(r"(s\d+:)?[xy]", name):
        name += "_1" * (single if name.endswith("y") else config.inputs == 1)
    found.append(name)
    symbol = symbol_of(name)
    if symbol is not None:
        found.append(symbol.name)
    numbers = lines.samples
    if len(numbers) == 1:
        found += [one.removeprefix(f"s{numbers[0]}:") for one in found]
    return list(dict.fromkeys(found))


def _bias(found: re.Match[str]) -> str:
    neuron = found[2]
    return f"w{found[1]}_0{',' if len(neuron) > 1 else ''}{neuron}"


def _is_input_gradient(config: Config, lines: Lines, name: str) -> bool:
    """Whether a name is dL/da[0]_i: what reaches an input, which no step needs and no line tells."""
    symbol = symbol_of(name)
    if symbol is None or (symbol.head, symbol.layer) != ("dL/da", 0) or symbol.prime:
        return False
    several = len(lines.samples) > 1
    fits = symbol.sample in lines.samples if several else symbol.sample is None
    if not fits:
        return False
    try:
        return number(config.layers[0].below, tuple(map(int, symbol.indices))) <= config.inputs
    except IndexError:
        return False
