"""Straight code in Python: for what the NumPy script has no arrays for, and for JAX with its own gradient."""

from __future__ import annotations

from collections.abc import Iterable
from string import Template

from perceptron_cli.export.example import Update
from perceptron_cli.export.source import END, made_by, rows, samples, title
from perceptron_cli.export.straight import (
    Bodies,
    Straight,
    assignments,
    data_lines,
    helpers,
    needed,
    outputs,
    straight,
    wrapped,
)
from perceptron_cli.export.trees import JAX, PYTHON, identifier
from perceptron_cli.expr import symbols
from perceptron_cli.spec.config import Config

LOCAL = "{name} = {value}"
DATA = "{name} = {letter}[{sample}][{place}]"
OF_ONE = "{name} = x[{place}]"

HEAD = Template('''\
"""$title, in $language.

$made_by
It needs $needs. Run it, and it compares $what with nnstep's; exit code 1
says that a number differs. Each line is one number of the narration.
"""

$imports
''')

SIGMOID = """

def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
"""

PREDICT = Template('''

def predict(p, x):
    """Return the prediction for one sample, with the parameters p."""
$lines
    return [$results]
''')

LOSS = Template('''

def $name(p, x, y):
    """Return the loss over the samples, with the parameters p."""
$lines
    return $loss
''')

STEP = Template('''

def step(p, x, y):
    """Make one training step; return the parameters after it, and the loss before it."""
$lines
    return {
        **p,
$changes
    }, L
''')

GRADIENT = Template('''

value_and_grad = jax.jit(jax.value_and_grad(training_loss))


def step(p, x, y):
    """Make one training step with the gradient that JAX takes; return the parameters, and the loss before."""
    L, g = value_and_grad(p, x, y)
$lines
    return {
        **p,
$changes
    }, L
''')

NUMBERS = Template("""

# The numbers: $samples.

P = {
$parameters
}
$constants
X = $x
PREDICTIONS = $predictions
""")

EXPECTED = Template("""\
Y = $y
LOSS = $loss
NEW_LOSS = $new_loss
NEW = {
$new
}
""")

CHECK = Template('''

def differs(what, found, expected):
    """Say whether a result is nnstep's, else how far from it."""
    distance = abs(float(found) - expected) / max(1, abs(expected))
    if distance <= 1e-9:
        return False
    print(f"DIFFERS  {what}: by {distance:.1g}")
    return True


def main():
    wrong = []
$checks
    if not any(wrong):
        print("ok       $what")
''')

PREDICTED = """\
    for x, expected in zip(X, PREDICTIONS):
        wrong += [differs("prediction", *one) for one in zip(predict(P, x), expected)]
"""
STEPPED = """\
    p, value = step(P, X, Y)
    wrong.append(differs("loss", value, LOSS))
    wrong += [differs(name, p[name], expected) for name, expected in NEW.items()]
    wrong.append(differs("loss after the step", loss(p, X, Y), NEW_LOSS))
"""


def write_python(config: Config) -> str:
    """Return a script that needs nothing but Python. Raises InputError where no straight code can be made."""
    told = straight(config, "numpy")
    parts = [_head(told, "Python", "nothing but Python", "import math\nimport sys\n")]
    parts.append(SIGMOID if "sigmoid" in helpers(told) else "")
    if told.predicted:
        parts.append(_predict(told, PYTHON))
    if told.step:
        made = assignments(told.step, PYTHON, LOCAL, told.first, "{first} if t == 1 else {later}")
        parts += [
            _loss(told.loss, told, PYTHON, "loss", "L_new"),
            _step(told, STEP, [told.step, told.first], made),
        ]
    return "".join([*parts, _rest(told)])


def write(config: Config) -> str:
    """Return a script for JAX. Raises InputError where no straight code can be made."""
    told = straight(config, "jax")
    imports = (
        "import math\nimport sys\n\nimport jax\nimport jax.numpy as jnp\n\n"
        'jax.config.update("jax_enable_x64", True)\n'
    )
    parts = [_head(told, "JAX", "JAX", imports)]
    if told.predicted:
        parts.append(_predict(told, JAX))
    if told.step:
        gradients = {f"dL/d{name}" for name in told.learnt}
        update = needed(told.step, [f"{name}'" for name in told.learnt], stop=gradients)
        made = assignments(update, PYTHON, LOCAL, told.first, "{first} if t == 1 else {later}")
        trained = needed(told.step, ["L"])
        parts += [
            _loss(trained, told, JAX, "training_loss", "L"),
            _loss(told.loss, told, JAX, "loss", "L_new"),
            _step(told, GRADIENT, [update, told.first], made, gradients=gradients),
        ]
    return "".join([*parts, _rest(told)])


def _head(told: Straight, language: str, needs: str, imports: str) -> str:
    return HEAD.substitute(
        title=title(told.example), made_by=made_by(language.lower()), language=language, needs=needs,
        what="a training step" if told.step else "the forward pass", imports=imports,
    )  # fmt: skip


def _unpacked(told: Straight, groups: Iterable[Bodies]) -> list[str]:
    """Return an assignment for each parameter that lines use."""
    used = {one.name for group in groups for body in group.values() for one in symbols(body)}
    return [f'{identifier(one)} = p["{identifier(one)}"]' for one in told.learnt if one in used] + (
        ['t = p["t"] + 1'] if "t" in used else []
    )


def _predict(told: Straight, language: dict[str, str]) -> str:
    lines = [
        *_unpacked(told, [told.predicted]),
        *data_lines(told, [told.predicted], OF_ONE),
        *assignments(told.predicted, language, LOCAL),
    ]
    return PREDICT.substitute(lines=wrapped(lines, "    ", brackets=True), results=", ".join(outputs(told)))


def _loss(bodies: Bodies, told: Straight, language: dict[str, str], name: str, value: str) -> str:
    lines = [
        *_unpacked(told, [bodies]),
        *data_lines(told, [bodies], DATA),
        *assignments(bodies, language, LOCAL),
    ]
    return LOSS.substitute(name=name, lines=wrapped(lines, "    ", brackets=True), loss=value)


def _step(
    told: Straight,
    template: Template,
    groups: list[Bodies],
    made: Iterable[str],
    *,
    gradients: Iterable[str] = (),
) -> str:
    lines = _unpacked(told, groups)
    if told.counts and 't = p["t"] + 1' not in lines:
        lines.append('t = p["t"] + 1')
    used = {one.name for group in groups for body in group.values() for one in symbols(body)}
    lines += [f'{identifier(name)} = g["{identifier(name[4:])}"]' for name in sorted(used & {*gradients})]
    lines += data_lines(told, groups, DATA)
    changes = [f'        "{identifier(one)}": {identifier(one)}_new,' for one in told.learnt]
    changes += ['        "t": t,'] if told.counts else []
    return template.substitute(
        lines=wrapped([*lines, *made], "    ", brackets=True), changes="\n".join(changes)
    )


def _rest(told: Straight) -> str:
    groups = (told.predicted, told.step, told.first, told.loss)
    used = {one.name for group in groups for body in group.values() for one in symbols(body)}
    parameters = [f'    "{identifier(one)}": {told.given[one]!r},' for one in told.learnt]
    parameters += ['    "t": 0.0,'] if told.counts else []
    constants = [
        f"{identifier(name)} = {value!r}"
        for name, value in told.given.items()
        if name in used and name not in told.learnt and name != "t"
    ]
    example = told.example
    found = NUMBERS.substitute(
        samples=samples(example), parameters="\n".join(parameters), constants="\n".join(constants),
        x=rows(example.x), predictions=rows(told.predictions),
    )  # fmt: skip
    if example.update is not None:
        found += _expected(told, example.update)
    checks = PREDICTED * bool(told.predicted) + STEPPED * bool(told.step)
    what = "a training step" if told.step else "the forward pass"
    return found + CHECK.substitute(checks=checks.rstrip("\n"), what=what) + END


def _expected(told: Straight, update: Update) -> str:
    new = [f'    "{identifier(name[:-1])}": {value!r},' for name, value in told.expected.items()]
    return EXPECTED.substitute(
        y=rows(update.y), loss=repr(update.loss), new_loss=repr(update.new_loss), new="\n".join(new)
    )
