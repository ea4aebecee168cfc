"""Examples that others have worked and printed: nnstep gets their numbers."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from equations import check_every_equation, values

from perceptron_cli import spec, trace

pytestmark = pytest.mark.exhaustive

EXAMPLES = yaml.safe_load((Path(__file__).parent / "data" / "published.yaml").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["name"])
def test_a_published_example_comes_out_as_printed(example):
    """Each number within one unit of the last digit that was printed; most to half a unit."""
    document = trace.backprop(spec.parse(yaml.safe_dump(example["config"])))
    known = values(document.parts[0])
    near = 0
    for symbol, printed in example["numbers"].items():
        unit = 10.0 ** Decimal(printed).as_tuple().exponent
        off = max(0.0, abs(known[symbol] - float(printed)) - 1e-13) / unit  # some print all of float64
        assert off <= 1.0, (symbol, printed, known[symbol])
        near += off <= 0.5 + 1e-6
    assert near >= 0.85 * len(example["numbers"])
    check_every_equation(document)


def test_every_example_says_where_it_is_from():
    assert len(EXAMPLES) >= 3
    assert all(len(example["source"]) > 40 and len(example["numbers"]) >= 12 for example in EXAMPLES)
