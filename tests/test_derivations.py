"""Every line of a derivation equals the one before: by SymPy, and with the numbers of networks."""

import json
import math
from itertools import pairwise

import jsonschema
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from networks import TRAINABLE, networks, random_config
from rich.cells import cell_len
from test_matrices import FUNCTIONS
from typer.testing import CliRunner

from perceptron_cli import engine, spec
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.calculus import differentiate, worked_out
from perceptron_cli.cli.app import make_app
from perceptron_cli.derivations import DERIVATIONS, TOPICS, Place
from perceptron_cli.document import Derivation, MatrixEquation
from perceptron_cli.errors import InputError
from perceptron_cli.expr import (
    Call,
    Derivative,
    Gate,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    evaluate,
    symbols,
)
from perceptron_cli.losses import LOSSES
from perceptron_cli.render import Layout, render
from perceptron_cli.schemas import output_schema
from perceptron_cli.trace import View
from perceptron_cli.trace.lessons.derive import derive
from perceptron_cli.trace.lookup import Lookup

pytestmark = pytest.mark.exhaustive

app = make_app()

CALLS = {
    "exp": sympy.exp,
    "ln": sympy.log,
    "sqrt": sympy.sqrt,
    "tanh": sympy.tanh,
    "abs": sympy.Abs,
    "min": sympy.Min,
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "max": sympy.Max,
    "erf": sympy.erf,
}


def in_sympy(expr, known):
    """The same tree in SymPy, which knows nothing of ours; `known` maps names to its symbols."""

    def walk(node):
        match node:
            case Symbol(name=name):
                return known[name]
            case Number(value=value):
                return sympy.nsimplify(value, [sympy.pi])
            case Sum(terms=terms):
                return sum((walk(term) for term in terms), sympy.Integer(0))
            case Product(factors=factors):
                return math.prod((walk(factor) for factor in factors), start=sympy.Integer(1))
            case Quotient(top=top, bottom=bottom):
                return walk(top) / walk(bottom)
            case Power(base=base, exponent=exponent):
                return walk(base) ** walk(exponent)
            case Negative(body=body):
                return -walk(body)
            case Call(function=function, arguments=arguments):
                return CALLS[function](*map(walk, arguments))
            case Gate(z=z, above=above, below=below):
                return sympy.Piecewise((sympy.nsimplify(above), walk(z) > 0), (sympy.nsimplify(below), True))
            case Derivative(body=body, by=by):
                return sympy.diff(walk(body), walk(by))
        raise TypeError(node)

    return walk(expr)


def chains():
    for name, topic in DERIVATIONS.items():
        for at in (Place(), Place(layer=2, neuron=1), Place(layer=3, neuron=2, neurons=4, inputs=3)):
            if "softmax" in name and at.neuron is None:
                continue
            for chain in topic.chains(at):
                yield pytest.param(chain, id=f"{name}: {chain.title}, neuron {at.neuron}")


@pytest.mark.parametrize("chain", list(chains()))
def test_every_line_equals_the_one_before(chain):
    """Symbolically; where a chain is one case of several, in that case."""
    names = {symbol.name for body, _ in chain.lines for symbol in symbols(body)}
    names |= {one.name for symbol, body in chain.where for one in (symbol, *symbols(body))}
    sign = {1: {"positive": True}, -1: {"negative": True}}
    known = {name: sympy.Symbol(f"v{place}", real=True) for place, name in enumerate(sorted(names))}
    if chain.sign is not None and chain.sign[0].name in known:
        known[chain.sign[0].name] = sympy.Symbol("signed", **sign[chain.sign[1]])
    where = [(known[symbol.name], in_sympy(body, known)) for symbol, body in chain.where]
    lines = [in_sympy(body, known).subs(where).subs(where) for body, _ in chain.lines]
    for before, after in pairwise(lines):
        assert sympy.simplify(before - after) == 0
    assert all(reason for _, reason in chain.lines)


@pytest.mark.parametrize("name", [one for one in TRAINABLE if one != "linear"])
def test_every_slope_of_the_table_is_derived(name):
    """The last line of a derivation is the slope that the narration uses."""
    topic = next(
        topic
        for topic in DERIVATIONS.values()
        if not topic.output and topic.fits(name, None) and not topic.fits("linear", None)
    )
    options = {key: one.default for key, one in ACTIVATIONS[name].parameters.items()}
    at = Place(layer=1, neuron=1, neurons=3, activation=name, options=options)
    last = [chain.lines[-1][0] for chain in topic.chains(at)]
    z, a = [at.z(j) for j in (1, 2, 3)], [at.a(j) for j in (1, 2, 3)]
    entry = ACTIVATIONS[name]
    wanted = [entry.slope_formula(z, a, k, 0, options) for k in ((0, 1) if entry.coupled else (0,))]
    values = {symbol.name: 0.1 * place + 0.2 for place, symbol in enumerate((*z, *a))}
    for formula in wanted:
        assert any(math.isclose(evaluate(one, values), evaluate(formula, values)) for one in last)


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_of_a_loss_is_derived(name):
    at = Place(layer=1, neuron=1, neurons=3, loss=name)
    a, y = at.a(), at.y()
    wanted = LOSSES[name].gradient_formulas(a, y, 3)[0]
    values = {a.name: 0.3, y.name: 0.0}
    if name in ("categorical_cross_entropy", "kl_divergence"):
        (chain,) = DERIVATIONS["softmax-cross-entropy"].chains(at)
        told = [body for symbol, body in chain.where if symbol.name == at.dL_da().name]
    else:
        topic = DERIVATIONS["cross-entropy" if name == "binary_cross_entropy" else "squared-error"]
        told = [chain.lines[-1][0] for chain in topic.chains(at)]
    assert any(math.isclose(evaluate(one, values), evaluate(wanted, values)) for one in told)


# with numbers ---------------------------------------------------------------------------------


def check_numbers(config):
    """Every line of every topic that applies has the engine's number; returns the count."""
    checked = 0
    step = engine.Trainer(config).record(next(engine.Trainer(config).batches(1)))
    lookup = Lookup.of(config, step)
    for topic in derive((), config).data["topics"]:
        document = derive([topic], config, View(limit=None))
        for section in document.sections:
            for block in section.blocks:
                if isinstance(block, Derivation):
                    values = [line.value for line in block.lines]
                    if isinstance(block.left, Symbol):
                        values.append(lookup(block.left))
                    if None not in values:
                        assert np.allclose(values, values[0], rtol=1e-9, atol=1e-12), (topic, values)
                        checked += len(values)
                elif (
                    isinstance(block, MatrixEquation)
                    and block.symbol.head != "da/dz"
                    and "dz/" not in block.symbol.head
                ):
                    numbers = {}
                    for name, matrix in block.matrices.items():
                        cells = [[evaluate(cell, block.values) for cell in row] for row in matrix.cells]
                        numbers[name] = np.array(cells)
                        assert numbers[name].shape == matrix.shape
                    told = evaluate(block.body, numbers, functions=FUNCTIONS)
                    made = numbers[block.symbol.name]
                    if np.isfinite(np.asarray(told, dtype=float)).all():
                        np.testing.assert_allclose(
                            told.astype(float), made.astype(float), rtol=1e-9, atol=1e-12
                        )
                        checked += 1
    return checked


@pytest.mark.parametrize("name", spec.bundled())
def test_a_lesson_puts_its_numbers_beside_every_line(name):
    assert check_numbers(spec.load(name)) > 15


@settings(max_examples=40, deadline=None)
@given(networks(optimizers=False))
def test_any_network_puts_its_numbers_beside_every_line(network):
    assert check_numbers(network) > 5


def test_the_case_of_this_network_is_told_alone():
    titles = [one.title for one in derive(["cross-entropy"], spec.load("lecture")).sections]
    assert "When y = 1" in titles
    assert "When y = 0" not in titles
    assert {"When y = 0", "When y = 1"} <= {one.title for one in derive(["cross-entropy"]).sections}


def test_what_a_network_has_no_place_for_is_refused():
    with pytest.raises(InputError, match="no place for it"):
        derive(["tanh"], spec.load("lecture"))
    assert derive((), spec.load("lecture")).data["topics"] == [
        "cross-entropy",
        "sigmoid",
        "chain-rule",
        "shortcut",
        "matrix",
    ]
    with pytest.raises(InputError, match="too wide"):
        derive(["matrix"], random_config([20, 12], ["sigmoid"], "squared_error"))


def test_the_slide_is_set_right():
    text = render(derive(["shortcut"]), "plain", Layout(200))
    assert "It is the other way round" in text
    assert "positive gradient decreases weights" in text
    assert " 0.01            0.0099       -100   -0.99                    -0.00980" in text


# differentiation ------------------------------------------------------------------------------

X, Y = Symbol("x"), Symbol("y")


@pytest.mark.parametrize(
    "expr",
    [
        X, Y, X * Y + 3 * X, X / (1 + X), (2 * X - 1) ** 3, Call("exp", -X), Call("ln", 1 + X * X),
        Call("tanh", X), Call("sigmoid", X * 2), Call("sqrt", X + 2), Call("max", 0, X),
        Call("max", 0.1 * X, X), Call("abs", X), Gate(X, 1, 0.5), X * Call("exp", X) * (1 - X), -(X / Y),
    ],
    ids=range(16),
)  # fmt: skip
@pytest.mark.parametrize("at", [0.7, -0.4])
def test_a_derivative_is_the_difference_quotient(expr, at):
    slope = evaluate(differentiate(expr, X), {"x": at, "y": 1.3})
    h = 1e-6
    above, below = (evaluate(expr, {"x": at + step, "y": 1.3}) for step in (h, -h))
    assert math.isclose(slope, (above - below) / (2 * h), rel_tol=1e-7, abs_tol=1e-8)
    assert math.isclose(evaluate(worked_out(Derivative(expr, X)), {"x": at, "y": 1.3}), slope)


def test_what_has_no_rule_is_refused():
    with pytest.raises(TypeError):
        differentiate(Call("step", X), X)


# the command ----------------------------------------------------------------------------------


# what neither the lecture's network nor that of softmax has a place for
NOT_THERE = (
    "tanh", "relu", "softplus", "softsign", "elu", "squared-error", "gelu", "silu", "hard-sigmoid",
    "log-softmax", "conv", "batch-norm", "l2", "bptt", "lstm", "attention",
)  # fmt: skip


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("format", ["table", "plain", "json", "jsonl", "markdown", "latex"])
def test_every_topic_in_every_format(topic, format):
    for config in (None, spec.load("softmax" if "softmax" in topic else "lecture")):
        if config and topic in NOT_THERE:
            continue
        text = render(derive([topic], config), format, Layout(60))
        if format == "json":
            jsonschema.validate(json.loads(text, parse_constant=pytest.fail), output_schema())
        if format in ("table", "plain"):
            assert max(map(cell_len, text.split("\n"))) <= 60
            assert render(derive([topic], config), format, Layout(60, unicode=False)).isascii()


def test_an_unknown_topic_gets_a_hint():
    done = CliRunner().invoke(app, ["derive", "sigmod"])
    assert done.exit_code == 2
    assert "did you mean 'sigmoid'?" in done.stderr
