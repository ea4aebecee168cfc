"""One C99 file: prediction and training step as straight code in double, and a main that checks itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Template

from perceptron_cli.arrays import Array
from perceptron_cli.export.source import made_by, samples, title
from perceptron_cli.export.straight import (
    Straight,
    assignments,
    data_lines,
    helpers,
    outputs,
    straight,
    wrapped,
)
from perceptron_cli.export.trees import C, identifier
from perceptron_cli.expr import symbols
from perceptron_cli.spec.config import Config

LOCAL = "const double {name} = {value};"
DATA = "const double {name} = {letter}[{sample}][{place}];"
OF_ONE = "const double {name} = x[{place}];"

HEAD = Template("""\
/* $title, in C99.

   $made_by
   cc -O2 -std=c99 net.c -lm && ./a.out: it compares $what with nnstep's numbers, and
   its exit code 1 says that a number differs. Everything is a double; nothing else is needed.$alone */

#include <math.h>
#include <stdio.h>

enum { INPUTS = $inputs, OUTPUTS = $outputs, SAMPLES = $samples };
""")

ALONE = """
   There is no prediction for one sample: its lines depend on the others, or on the tokens in it."""
SIGMOID = """
static double sigmoid(double z)
{
    return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z));
}
"""

PREDICT = Template("""
/* The prediction for one sample. */
static void predict(const double x[INPUTS], double prediction[OUTPUTS])
{
$lines
$results
}
""")

STEP = Template("""
/* One training step on $which: changes the weights, and returns the loss before it. */
static double step(double x[SAMPLES][INPUTS], double y[SAMPLES][OUTPUTS])
{
$count$lines

$changes
    return L;
}

/* The loss with the weights as they are. */
static double loss(double x[SAMPLES][INPUTS], double y[SAMPLES][OUTPUTS])
{
$again
    return L_new;
}
""")

CHECK = """
static int differs(const char *what, double found, double expected)
{
    const double distance = fabs(found - expected) / fmax(1, fabs(expected));

    if (distance <= 1e-9)
        return 0;
    printf("DIFFERS  %s: %.17g, expected %.17g\\n", what, found, expected);
    return 1;
}
"""

MAIN = Template("""
int main(void)
{
    static double x[SAMPLES][INPUTS] = {
$x
    };
$more    int wrong = 0;

$checks
    if (!wrong)
        printf("ok       $what\\n");
    return wrong != 0;
}
""")


def write(config: Config) -> str:
    """Return the program. Raises InputError where no straight code can be made of a network."""
    told = straight(config, "c")
    example = told.example
    what = "a training step" if example.update else "the forward pass"
    parts = [
        HEAD.substitute(
            title=title(example).replace("*/", ""),
            made_by=made_by("c"),
            what=what,
            alone="" if told.predicted else ALONE,
            inputs=config.inputs,
            outputs=config.sizes[-1],
            samples=len(example.x),
        ),
        SIGMOID if "sigmoid" in helpers(told) else "",
        _given(told),
    ]
    if told.predicted:
        parts.append(_predict(told))
    if example.update is not None:
        parts.append(_step(told))
    return "".join([*parts, CHECK, _main(told, what)])


def _given(told: Straight) -> str:
    """Return what is learnt as variables, and what is not as constants; nothing that no line uses."""
    groups = (told.predicted, told.step, told.first, told.loss)
    used = {one.name for group in groups for body in group.values() for one in symbols(body)}
    lines = ["/* What a step changes, and what it does not. */"]
    for name, value in told.given.items():
        if name == "t":
            continue
        if name in told.learnt and (name in used or f"{name}'" in told.step):
            lines.append(f"static double {identifier(name)} = {value!r};")
        elif name in used:
            lines.append(f"static const double {identifier(name)} = {value!r};")
    if told.counts:
        lines.append("static double t = 0; /* updates made so far */")
    return "\n" + "\n".join(lines) + "\n"


def _predict(told: Straight) -> str:
    data = data_lines(told, [told.predicted], OF_ONE)
    results = (f"    prediction[{k}] = {name};" for k, name in enumerate(outputs(told)))
    return PREDICT.substitute(
        lines=wrapped([*data, *assignments(told.predicted, C, LOCAL)], "    "), results="\n".join(results)
    )


def _step(told: Straight) -> str:
    made = assignments(told.step, C, LOCAL, told.first, "t == 1 ? {first} : {later}")
    again = [*data_lines(told, [told.loss], DATA), *assignments(told.loss, C, LOCAL)]
    return STEP.substitute(
        which=samples(told.example),
        count="    t += 1;\n" if told.counts else "",
        lines=wrapped([*data_lines(told, [told.step, told.first], DATA), *made], "    "),
        changes="\n".join(f"    {identifier(one)} = {identifier(one)}_new;" for one in told.learnt),
        again=wrapped(again, "    "),
    )


def _main(told: Straight, what: str) -> str:
    example, update = told.example, told.example.update
    checks: list[str] = []
    if told.predicted:
        checks += [
            "double prediction[OUTPUTS];",
            *(
                line
                for row, values in enumerate(told.predictions.tolist())
                for line in (
                    f"predict(x[{row}], prediction);",
                    *(
                        f'wrong += differs("prediction", prediction[{k}], {value!r});'
                        for k, value in enumerate(values)
                    ),
                )
            ),
        ]
    more = ""
    if update is not None:
        more = f"    static double y[SAMPLES][OUTPUTS] = {{\n{_rows(update.y)}\n    }};\n"
        checks.append(f'wrong += differs("loss", step(x, y), {update.loss!r});')
        checks += _compared(told.expected)
        checks.append(f'wrong += differs("loss after the step", loss(x, y), {update.new_loss!r});')
    declared = [one for one in checks if one.startswith("double")]
    rest = [one for one in checks if not one.startswith("double")]
    return MAIN.substitute(
        x=_rows(example.x),
        more=more + "".join(f"    {one}\n" for one in declared),
        checks=wrapped(rest, "    "),
        what=what,
    )


def _compared(expected: Mapping[str, float]) -> Iterable[str]:
    return (
        f'wrong += differs("{name}", {identifier(name[:-1])}, {value!r});' for name, value in expected.items()
    )


def _rows(array: Array) -> str:
    return "\n".join(f"        {{ {', '.join(map(repr, row))} }}," for row in array.tolist())
