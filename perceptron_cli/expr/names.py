"""Names back to symbols."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from typing import TypeAlias

from perceptron_cli.expr.nodes import PAIRS, STATE_HEADS, Symbol

Naming: TypeAlias = Callable[[Symbol], str | None]  # other names for symbols; None: the symbol's own

_NAME = re.compile(
    r"(?:s(?P<sample>\d+):)?(?:(?P<state>g|m|v|n|m_hat|v_hat|v_max):(?P<of>[A-Za-z]\w*?)"
    r"|(?P<head>improvement_percent|improvement|d\w/d[A-Za-z]\w*?|[A-Za-z]\w*?))"
    r"(?:\[(?P<layer>\d+)\])?(?:_(?P<indices>\d+(?:,\d+)*))?(?P<prime>')?"
)


def symbol_of(name: str, *, pairs: Container[str] = PAIRS) -> Symbol | None:
    """Return the symbol that a name says, None where it says none: the inverse of `Symbol.name`.

    `w[1]_12` has two indices and `z[1]_12` has one; `pairs` names the heads that have two.
    """
    found = _NAME.fullmatch(name.strip())
    if found is None:
        return None
    head, layer = found["state"] or found["head"], found["layer"]
    if found["head"] in STATE_HEADS:  # a gate
        at = [int(one) for one in found["indices"].split(",")] if found["indices"] else []
        sample = int(found["sample"]) if found["sample"] else None
        return Symbol(head, int(layer) if layer else None, at, sample, bool(found["prime"]), "")
    digits = found["indices"] or ""
    together = head in pairs and (found["of"] or "w") == "w"
    apart = digits.split(",") if "," in digits else list(digits) if together else [digits] * bool(digits)
    return Symbol(
        head,
        int(layer) if layer else None,
        [int(one) for one in apart],
        int(found["sample"]) if found["sample"] else None,
        bool(found["prime"]),
        found["of"]
        or (
            "a"
            if head == "da/dz" and head not in pairs and "," in digits and max(map(len, apart)) == 1
            else "w"
        ),
    )
