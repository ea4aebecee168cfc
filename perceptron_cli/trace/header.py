"""What every document begins with: its title, the network, and the conventions in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perceptron_cli.activation import ungrouped
from perceptron_cli.activations import ACTIVATIONS
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.datasets import NORMALIZERS
from perceptron_cli.document import Document, Formula, Part, Words
from perceptron_cli.errors import InputError
from perceptron_cli.expr import Gate, Naming, Symbol, each
from perceptron_cli.layers import kind_of
from perceptron_cli.losses import LOSSES, averaged_over, unweighed
from perceptron_cli.notation import percent
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.rules import RULES
from perceptron_cli.schedules import SCHEDULES
from perceptron_cli.smooth import own_formula
from perceptron_cli.spec.config import Config, Data, Given, Layer, Penalty, Training
from perceptron_cli.symbols import Names
from perceptron_cli.trace.view import View
from perceptron_cli.words import counted

MOST_CLASSES = 10  # that are named in the header


def title_of(config: Config) -> str:
    """Return a network's name with its sizes: `xor: a 2-2-1 network`."""
    sizes = "-".join(map(str, config.sizes))
    return f"{config.name}: a {sizes} network"


def document(command: str, config: Config, view: View, parts: tuple[Part, ...], *, trained: bool) -> Document:
    """Return a command's document with its head; `trained` adds the learning rate and the optimizer."""
    about: dict[str, Any] = {
        "network": {
            "name": config.name,
            "sizes": list(config.sizes),
            "activations": [layer.activation for layer in config.layers],
            "loss": config.loss and unweighed(config.loss),
            **({} if config.is_dense else {"kinds": [layer.kind for layer in config.layers]}),
        }
    }
    if trained:
        about["learning_rate"] = float(config.training.learning_rate)
    return Document(
        command,
        title_of(config),
        about,
        tuple(_of_rule(config) if trained and config.is_neuron else _conventions(config, view, trained)),
        parts=parts,
        outputs=(len(config.layers), config.sizes[-1]),
        naming=naming(config, view),
    )


def naming(config: Config, view: View) -> Naming | None:
    """Return the names that symbols are written with, where they are not nnstep's."""
    if not (view.names or config.names):
        return None
    if view.names not in (None, "nnstep") and not config.is_dense:
        hint = "leave --names out; a map of your own names may stand in the config"
        raise InputError(f"--names {view.names}: these names are for dense layers alone", hint=hint)
    from perceptron_cli.dialects import naming_of  # most commands never need it

    return naming_of(view.names, config.names, config.sizes)


def _of_rule(config: Config) -> list[str | Words]:
    """Say the learning rule of a neuron with a step, and its rate."""
    rule = RULES[config.training.rule]
    told = f"{rule.summary} ({rule.source})"
    return [f"Rule {rule.name}: {rule.formula}; {told}. Learning rate {config.training.learning_rate.text}."]


def _conventions(config: Config, view: View, trained: bool) -> list[str | Words]:
    """Say what is in force: activations, loss with its factor, rate, reduction, biases, arithmetic."""
    training = config.training
    told: list[str | Words] = [f"Activations: {', '.join(layer.activation for layer in config.layers)}."]
    if not config.is_dense:
        told = [f"Layers: {', '.join(map(_layer, config.layers))}."]
    if view.names and view.names != "nnstep":
        from perceptron_cli.dialects import DIALECTS

        told.append(f"Names as in {view.names}: {DIALECTS[view.names].summary}")
    drawn = [f"layer {l} by {one.init}" for l, one in enumerate(config.layers, 1) if one.init_is_chosen]
    if drawn:
        told.append(f"Weights drawn to fit the activations: {', '.join(drawn)}; seed {training.seed}.")
    if config.loss is not None:
        told.append(_loss(config, config.loss))
    if config.smoothing:
        few = max(config.sizes[-1], 2)
        told.append(f"The targets are smoothed: {1 - config.smoothing:g} y + {config.smoothing:g}/{few}.")
    if config.penalty is not None:
        told.append(_penalty(config.penalty, training))
    told.extend(_own(config))
    if trained:
        biases = "biases are updated" if training.update_biases else "biases are not updated"
        told.append(
            (
                f"Learning rate {training.learning_rate.text}{_schedule(training)}, {training.optimizer}: ",
                *_update(training),
                f"{_decay(training)}; {biases}.",
            )
        )
        if training.truncate:
            every = "time step" if training.truncate == 1 else f"{training.truncate} time steps"
            told.append(f"Truncated: no gradient comes back over the end of every {every}.")
        if training.clip != "none":
            numbers = ", ".join(f"{name} {_text(one)}" for name, one in training.clip_options.items())
            summary = CLIPPINGS[training.clip].summary
            told.append(f"The gradient is clipped by {training.clip} ({numbers}): {summary}.")
    if config.data is not None:
        told.append(_data(config.data))
    if len(config.samples) > 1:
        size = training.batch_size or len(config.samples)
        batch = f", {size} in a batch" if trained and size < len(config.samples) else ""
        told.append(
            f"{len(config.samples)} samples{batch}; losses and gradients are reduced by their "
            f"{training.reduction}."
        )
    if view.form == "matrix":
        told.append(
            "Matrix view: a column per sample. W has the biases in column 0, and [1; a] is a with a 1 on "
            "top, for them; V is W without that column. All but the product of matrices goes element by "
            "element."
        )
    told.append(_arithmetic(view))
    return told


def loss_outcome(before: tuple[float | None, str], after: tuple[float | None, str], during: str) -> str:
    """Say in one sentence what became of the loss, each given with the text that it is shown as."""
    (first, first_text), (last, last_text) = before, after
    if first is None or last is None or first == last:
        return f"The loss is {first_text} before and {last_text} after {during}."
    share = f" by {percent(100 * abs(first - last) / first)} %" if first else ""
    way = "fell" if last < first else "rose"
    return f"The loss {way}{share} in {during}: from {first_text} to {last_text}."


def _loss(config: Config, name: str) -> Words:
    """Say the loss of one output by its formula, and how the outputs' losses become one."""
    entry, outputs = LOSSES[name], config.sizes[-1]
    k: str | int = "k" if outputs > 1 else 1
    names, how = Names(), "summed" if entry.share(outputs) == 1 else "averaged"
    part = Formula(
        names.loss(k if outputs > 1 else None),
        (entry.general(names.a(len(config.layers), k), Symbol("y", None, ("k",) if outputs > 1 else ())),),
    )
    over = f", {how} over the outputs" if outputs > 1 else ""
    if averaged_over(unweighed(name)):
        over = ", summed over the outputs and averaged over the time steps"
    natural = "; ln is the natural logarithm" if "entropy" in name else ""
    return (f"Loss: {ungrouped(unweighed(name))}, ", part, f"{over}{natural}.")


def _penalty(penalty: Penalty, training: Training) -> str:
    """Say what is added to the loss, and when that is the same as an optimizer's weight decay."""
    terms = []
    if penalty.l2:
        terms.append(f"{_text(penalty.l2)}/2 times the sum of w^2")
    if penalty.l1:
        terms.append(f"{_text(penalty.l1)} times the sum of |w|")
    over = ", over the number of samples" if penalty.reduction == "mean" else ""
    which = "biases too" if penalty.biases else "without the biases"
    told = f"Penalty: L is D, the loss of the data, plus R: {' plus '.join(terms)}{over}, {which}."
    if penalty.l2 and not penalty.l1 and training.optimizer == "gradient_descent":
        told += f" For plain gradient descent this is weight decay {_text(penalty.l2)}"
        told += "." if penalty.biases else ", which would take the biases too."
    return told


def _own(config: Config) -> Iterator[Words]:
    """Say the derivative of an activation of one's own, and that it has a corner where it has one."""
    for l, layer in enumerate(config.layers, start=1):
        if own_formula(layer.activation) is None:
            continue
        z = Symbol("z")
        entry = ACTIVATIONS[layer.activation]
        slope = entry.slope_formula([z], [Symbol("a")], 0, 0, {})
        corners = any(isinstance(one, Gate) for one in each(slope))
        yield (
            f"Layer {l} has an activation of its own: ",
            Formula(Symbol("a"), (entry.formulas([z], 0, {})[0],)),
            "; its derivative: ",
            Formula(Symbol("da/dz"), (slope,)),
            ". At a corner, where there is none, that of one side is taken." if corners else ".",
        )


def _update(training: Training) -> Words:
    """Say an optimizer by its formula where that is one line, else in words."""
    entry = OPTIMIZERS[training.optimizer]
    w, gradient = Symbol("w"), Symbol("dL/dw")
    if training.clip != "none":  # a clipped gradient is that of one weight: g(w_ij)
        w, gradient = Symbol("w", None, ("i", "j")), Symbol("g", None, ("i", "j"))
    lines = entry.lines(w, gradient, 2, training.options)
    return (Formula(lines[0].symbol, (lines[0].body,)),) if len(lines) == 1 else (entry.summary,)


def _data(data: Data) -> str:
    """Say where the samples are from, what was made of them, and what their classes are called."""
    told = [f"Data: {data.file}"]
    if len(data.held_out):
        told.append(f"{counted(len(data.held_out), 'row')} held out")
    if data.normalize != "none":
        told.append(f"x normalized ({data.normalize}: {NORMALIZERS[data.normalize].summary})")
    if data.classes:
        named = enumerate(data.classes[:MOST_CLASSES])
        told.append("classes " + ", ".join(name if name == str(k) else f"{k} {name}" for k, name in named))
        told[-1] += ", ..." * (len(data.classes) > MOST_CLASSES)
    return "; ".join(told) + "."


def _arithmetic(view: View) -> str:
    places = f"{view.decimals} decimals"
    rounding = f"every result is rounded as shown, ties {view.rounding}, and carried on"
    return {
        "float": f"Numbers are float64 and are rounded only for display, to {places}.",
        "hand": f"Arithmetic by hand, to {places}: {rounding}.",
        "both": f"Unrounded beside arithmetic by hand, to {places}: {rounding}.",
    }[view.arithmetic]


def _layer(layer: Layer) -> str:
    """Say a layer's kind, its activation and the shape of what it gives."""
    shape = " x ".join(map(str, layer.shape or (layer.neurons,)))
    activation = ungrouped(layer.activation) if kind_of(layer.kind).has_activation else ""
    return f"{layer.kind} {f'{activation} ' * bool(activation)}({shape})"


def _schedule(training: Training) -> str:
    if training.schedule == "constant":
        return ""
    return f" ({training.schedule}: {SCHEDULES[training.schedule].summary})"


def _decay(training: Training) -> str:
    decay = training.options["weight_decay"]
    return f"; weight decay {_text(decay)}" if decay else ""


def _text(number: float) -> str:
    """Return a setting as it was written, or the default in short."""
    return number.text if isinstance(number, Given) else f"{number:g}"
