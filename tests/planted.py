"""Answers as somebody would give them: rounded by hand, or with a mistake planted in them."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from networks import DISTRIBUTIONS, TRAINABLE, losses_for, random_config

from perceptron_cli.answers import MISTAKES, Answer, Verdict, answer, diagnose
from perceptron_cli.answers.mistakes import Line
from perceptron_cli.errors import NumberError
from perceptron_cli.expr import Call, Expr, Number, Product, Quotient, evaluate, replace
from perceptron_cli.notation import ROUNDINGS
from perceptron_cli.spec.config import Config
from perceptron_cli.trace.step.lines import Lines, lines

SEEN = 2  # units of the last digit by which a planted number must miss the right working to be judged
MOST_LINES = 3  # of each mistake in each network


def some_networks(seed: int, count: int) -> Iterator[tuple[Config, Lines]]:
    """Yield random networks of one to three layers, one to four samples, all activations and losses."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        sizes = [chance.randint(1, 4) for _ in range(chance.choice((2, 3, 3, 3, 4)))]
        output = chance.choice(TRAINABLE)
        loss = chance.choice(losses_for(output))
        activations = [*(chance.choice(TRAINABLE) for _ in sizes[2:]), output]
        for place, activation in enumerate(activations, start=1):
            if activation.endswith("softmax") or (place == len(activations) and loss in DISTRIBUTIONS):
                sizes[place] = max(2, sizes[place])
        samples, seed = chance.choice((1, 1, 1, 2, 4)), chance.randrange(10**6)
        network = random_config(
            sizes,
            activations,
            loss,
            samples=samples,
            seed=seed,
            options={"weight_decay": 0.0 if seed % 4 else 0.2},
            clip="none" if seed % 5 else "norm",
            clip_options={} if seed % 5 else {"limit": 0.3},
            learning_rate=chance.choice((0.1, 0.5)),
            reduction=chance.choice(("mean", "sum")),
            optimizer=chance.choice(("gradient_descent",) * 4 + ("momentum", "adam")),
        )
        try:
            yield network, lines(network)
        except NumberError:
            continue
        made += 1


def written(value: float, decimals: int, rounding: str = "half-up") -> str:
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUNDINGS[rounding]))


def worked_out(
    step: Lines, bodies: Mapping[str, Expr], rounded: Callable[[str, float], float]
) -> dict[str, float]:
    """Return every number of a step with some trees changed, each rounded as `rounded` has it."""
    found: dict[str, float] = {}

    class Values(dict[str, float]):
        def __missing__(self, name: str) -> float:
            equation = step.equations[name]
            body = bodies.get(name, equation.body)
            if body is None:
                return self.setdefault(name, equation.value or 0.0)
            return self.setdefault(name, rounded(name, float(evaluate(body, self))))

    values = Values()
    for name in step.equations:
        found[name] = values[name]
    return found


def by_hand(step: Lines, decimals: int, rounding: str, start: int) -> dict[str, Answer]:
    """Return the answers of somebody who rounds each number from the line `start` on, and carries it on."""
    place = {name: number for number, name in enumerate(step.equations)}

    def rounded(name: str, value: float) -> float:
        return float(written(value, decimals, rounding)) if place[name] >= start else value

    numbers = worked_out(step, {}, rounded)
    return {name: _answer(written(value, decimals, rounding)) for name, value in asked(step, numbers)}


def on_the_way(step: Lines, decimals: int, rounding: str) -> dict[str, Answer]:
    """Return the answers of somebody who rounds every product, quotient and function, and carries them on."""
    numbers: dict[str, float] = {}

    def rounded(value: float) -> float:
        return float(written(value, decimals, rounding))

    def worked(node: Expr) -> float:
        parts = {id(part): Number(worked(part)) for part in node.parts}
        value = float(evaluate(replace(node, lambda one: parts.get(id(one))), numbers))
        return rounded(value) if isinstance(node, Product | Quotient | Call) else value

    for name, equation in step.equations.items():
        body = equation.body
        numbers[name] = rounded(worked(body)) if body is not None else equation.value or 0.0
    return {name: _answer(written(value, decimals, rounding)) for name, value in asked(step, numbers)}


def asked(step: Lines, numbers: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The results among the numbers, those that have a value."""
    for name, equation in step.equations.items():
        if equation.body is not None and equation.value is not None and math.isfinite(numbers[name]):
            yield name, numbers[name]


def _answer(text: str) -> Answer:
    found = answer(text)
    assert found is not None, text
    return found


@dataclass(frozen=True)
class Planted:
    """A mistake in a line, the answers with all that follows from it, and the verdicts on them."""

    config: Config
    mistake: str
    line: str
    verdicts: Mapping[str, Verdict]
    missed_by: float  # units of the last digit, against the right working of the same numbers

    @property
    def can_be_seen(self) -> bool:
        return self.missed_by > SEEN

    @property
    def is_named(self) -> bool:
        return self.mistake in self.verdicts[self.line].mistakes

    @property
    def blamed(self) -> list[Verdict]:
        """The verdicts that find another fault than the one that was planted."""
        fine = ("right", "rounding", "follows")
        return [one for one in self.verdicts.values() if one.name != self.line and one.kind not in fine]


def plantings(
    config: Config, step: Lines, chance: random.Random, *, decimals: int, carried: bool
) -> Iterator[Planted]:
    """Plant every mistake that the network has room for in some of its lines, one at a time."""
    for mistake in MISTAKES.values():
        places = []
        for name, equation in step.equations.items():
            bodies = [one.body for one in (equation, step.alternatives.get(name)) if one and one.body]
            for body in bodies:
                changed = mistake.changes(Line(config, equation.symbol, body))
                places += [(name, one) for one in islice(changed, 20)]
        chance.shuffle(places)
        for name, body in places[:MOST_LINES]:
            try:
                yield plant(config, step, mistake.name, name, body, decimals, carried)
            except (ArithmeticError, ValueError):
                continue  # the mistake has no value here: a logarithm of what is below 0


def plant(
    config: Config, step: Lines, mistake: str, name: str, body: Expr, decimals: int, carried: bool
) -> Planted:
    """Work a step out with another tree in one line, and judge what comes of it."""

    def rounded(name: str, value: float) -> float:
        return float(written(value, decimals)) if carried else value

    numbers = worked_out(step, {name: body}, rounded)
    right = step.equations[name].body
    assert right is not None
    answers = {one: _answer(written(value, decimals)) for one, value in asked(step, numbers)}
    known = {one: given.value for one, given in answers.items()}
    wanted = float(evaluate(right, {**numbers, **known}))
    verdicts = {one.name: one for one in diagnose(config, step, answers)}
    missed = min(abs(numbers[name] - one) for one in (wanted, step.values[name] or 0.0))
    return Planted(config, mistake, name, verdicts, missed * 10**decimals)


def figures(
    seed: int, networks: int, decimals: int, carried: bool
) -> tuple[Counter[str], Counter[str], list[Planted], int]:
    """Return how often each mistake was planted where it can be seen, how often named; the misses.

    And how many other lines were blamed for what only followed.
    """
    planted, named, missed, blamed = Counter[str](), Counter[str](), [], 0
    chance = random.Random(seed)
    for config, step in some_networks(seed, networks):
        for one in plantings(config, step, chance, decimals=decimals, carried=carried):
            if one.can_be_seen and one.line in one.verdicts:
                planted[one.mistake] += 1
                named[one.mistake] += one.is_named
                blamed += len(one.blamed)
                if not one.is_named:
                    missed.append(one)
    return planted, named, missed, blamed


def rounded(seed: int, networks: int, shares: Sequence[float]) -> Counter[str]:
    """Return the verdicts on right answers to 2 to 6 decimals, rounded from any line on.

    Of each network's sheet a share is answered.
    """
    chance, kinds = random.Random(seed), Counter[str]()
    for config, step in some_networks(seed, networks):
        for share in shares:
            decimals, start = chance.randint(2, 6), chance.randrange(len(step.equations))
            try:
                answers = by_hand(step, decimals, chance.choice(("half-up", "half-even")), start)
            except (ArithmeticError, ValueError):
                continue  # a number rounds to 0, and has no logarithm
            picked = {name: one for name, one in answers.items() if chance.random() < share}
            kinds.update(one.kind for one in diagnose(config, step, picked))
    return kinds
