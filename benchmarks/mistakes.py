"""Plants every mistake in random networks and prints how many are named; then answers rounded by hand."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from pages import STYLES, page
from planted import figures, rounded
from students import honest, wrong
from test_students import judged
from test_working import checked, is_line

from perceptron_cli.answers import MISTAKES

NETWORKS = 12  # a seed
HOMEWORKS = 500  # four honest sheets each
PAGES = 200
SEEDS = ((1, 4, True), (2, 4, False), (3, 6, True))  # decimals; whether rounded numbers are carried on
GOAL = 0.95


def students() -> bool:
    """Print how sheets of students with arithmetic of their own are judged; whether a goal is missed."""
    counts: dict[str, Counter[str]] = {}
    for made in (one for seed in range(HOMEWORKS) for one in wrong(seed)):
        verdicts = judged(made.homework, made.answers)
        faults = [one for one in verdicts if one.kind in ("mistake", "unexplained")]
        count = counts.setdefault(made.mistake, Counter())
        named = bool(faults) and made.mistake in faults[0].mistakes
        count["planted"] += 1
        count["found"] += bool(faults) and faults[0].name == made.line
        count["named"] += named
        count["misleading"] += bool(faults) and faults[0].kind == "mistake" and not named
        count["later"] += max(0, len(faults) - 1)
        count["lines"] += len(verdicts)
    print(f"\n{'mistake of a student':32} planted  line   named")
    for name, count in counts.items():
        n = count["planted"]
        print(f"{name:32} {n:7} {count['found'] / n:6.1%} {count['named'] / n:6.1%}")
    total = sum(counts.values(), Counter[str]())
    n = total["planted"]
    shares = {name: total[name] / n for name in ("found", "named", "misleading")}
    later = total["later"] / total["lines"]
    told = [one for seed in range(HOMEWORKS) for one in honest(1000 + seed)]
    accused = sum(not all(one.is_right for one in judged(*one_sheet)) for one_sheet in told)
    print(f"{'all':32} {n:7} {shares['found']:6.1%} {shares['named']:6.1%} (goals: 99 %, 95 %)")
    print(f"misleading: {shares['misleading']:.1%} (goal: 1 %); later lines blamed: {later:.1%} (goal: 2 %)")
    print(f"honest sheets: {len(told)}, accused: {accused} (goal: 0)")
    pages = Counter(found(seed) for seed in range(PAGES))
    print(f"pages of working: {PAGES}, slips found at their place: {pages[True]} (goal: 95 %)\n")
    missed = shares["found"] < 0.99 or shares["named"] < GOAL or shares["misleading"] > 0.01 or later > 0.02
    return missed or accused > 0 or pages[True] < GOAL * PAGES


def found(seed: int) -> bool:
    """Whether the slip of a page is found in its line, and no other fault is."""
    config, text, name = page(seed, STYLES[seed % len(STYLES)], 3 + seed % 3)
    with TemporaryDirectory() as folder:
        marked = checked(Path(folder), config, text)
    wrong = [one for one in marked.verdicts if one.kind in ("slip", "mistake", "unexplained")]
    return len(wrong) == 1 and wrong[0].kind == "slip" and is_line(wrong[0].name, name) and not marked.slips


def main() -> int:
    """Print the figures; 1 where they miss their goals."""
    planted, named, blamed = Counter[str](), Counter[str](), 0
    for seed, decimals, carried in SEEDS:
        one = figures(seed, NETWORKS, decimals, carried)
        planted, named, blamed = planted + one[0], named + one[1], blamed + one[3]
    print(f"{'mistake':28} planted   named")
    for name in MISTAKES:
        print(f"{name:28} {planted[name]:7} {named[name]:7}")
    share = sum(named.values()) / sum(planted.values())
    print(f"{'all':28} {sum(planted.values()):7} {sum(named.values()):7}   {share:.1%} (goal: {GOAL:.0%})")
    print(f"later lines blamed for what only followed: {blamed} (goal: 0)")
    fails = students()
    kinds = rounded(4, 4 * NETWORKS, shares=(1.0, 0.4))
    wrong = sum(count for kind, count in kinds.items() if kind not in ("right", "rounding"))
    print(f"answers rounded by hand: {sum(kinds.values())}, called wrong: {wrong} (goal: 0)")
    return int(share < GOAL or blamed > 0 or wrong > 0 or fails)


if __name__ == "__main__":
    sys.exit(main())
