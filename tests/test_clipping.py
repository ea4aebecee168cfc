"""A clipped gradient is that of its source, every optimizer takes it, and each of its lines is true."""

import json
import math

import jsonschema
import numpy as np
import pytest
from equations import check_every_equation, equations, values
from networks import config, layer, random_config
from test_checkpoints import assert_same, kept
from test_engine import papers_update
from test_matrices import check_every_matrix
from test_runs import call, training

from perceptron_cli import engine, render, spec, trace
from perceptron_cli.answers import answer, diagnose
from perceptron_cli.clipping import CLIPPINGS
from perceptron_cli.errors import InputError, NumberError
from perceptron_cli.optimizers import OPTIMIZERS
from perceptron_cli.schemas import config_schema, output_schema
from perceptron_cli.spec.write import written
from perceptron_cli.trace import View
from perceptron_cli.trace.questions.what_if import what_if
from perceptron_cli.trace.step.lines import lines

pytestmark = pytest.mark.exhaustive

NAMES = [name for name in CLIPPINGS if name != "none"]
WHOLE = View(limit=None)


def clipped(name: str, limit: float = 0.2, **more: object):
    """Two outputs, several samples, a batch smaller than the set."""
    settings = {"batch_size": 2, "clip": name, "clip_options": {"limit": float(limit)}, **more}
    return random_config([2, 3, 2], ["tanh", "sigmoid"], "binary_cross_entropy", samples=5, **settings)


def sources_gradient(name: str, gradients: list[np.ndarray], limit: float, biases: bool) -> list[np.ndarray]:
    """Pascanu, Mikolov and Bengio (2013), algorithm 1; or each number between its bounds. In plain Python."""
    learn = [one[:, 0 if biases else 1 :] for one in gradients]
    if name == "value":
        return [np.array([[min(max(g, -limit), limit) for g in row] for row in one]) for one in learn]
    norm = math.sqrt(math.fsum(g * g for one in learn for row in one.tolist() for g in row))
    return [one * (limit / norm) if norm >= limit else one for one in learn]


def steps(network, count=5):
    trainer = engine.Trainer(network)
    found = []
    while True:
        for batch in trainer.batches(len(found) // trainer.updates_per_epoch + 1):
            found.append(trainer.record(batch))
            if len(found) == count:
                return found


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("limit", [0.02, 0.2, 50])
@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_is_clipped_as_its_source_says(name, limit, reduction, biases):
    """After the reduction; what does not learn takes no part. Central differences hold dL_dw true."""
    network = clipped(name, limit, reduction=reduction, update_biases=biases)
    for step in steps(network):
        expected = sources_gradient(name, step.dL_dw, limit, biases)
        for found, wanted in zip(step.clipped, expected, strict=True):
            np.testing.assert_allclose(found[:, 0 if biases else 1 :], wanted, rtol=1e-12)
        norm = math.sqrt(sum(float((one**2).sum()) for one in expected))
        assert name == "value" or norm <= limit * (1 + 1e-12)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_makes_its_papers_update_of_the_clipped_gradient(name, optimizer, decay, biases):
    """Five updates of every weight; the decay comes after the clipping, as in PyTorch."""
    options = {"weight_decay": decay}
    network = clipped(name, 0.05, optimizer=optimizer, options=options, update_biases=biases)
    told = steps(network)
    for l, weights in enumerate(told[0].weights):
        for (j, i), start in np.ndenumerate(weights):
            if not i and not biases:
                assert all(step.new_weights[l][j, i] == start for step in told)
                continue
            gradients = [lambda w, g=step.clipped[l][j, i]: g for step in told]
            expected = papers_update(optimizer, start, gradients, 0.1, network.training.options)
            found = [step.new_weights[l][j, i] for step in told]
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_out_of_reach_changes_nothing(name):
    for one, other in zip(steps(clipped(name, 1e9)), steps(clipped("none")), strict=True):
        for found, wanted in zip(one.new_weights, other.new_weights, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_a_norm_whose_squares_are_no_numbers_is_still_a_limit():
    gradient = np.array([3e200, 0.0, -4e200])
    with np.errstate(over="ignore"):
        numbers = CLIPPINGS["norm"].bind(gradient, {"limit": 10.0})()
    assert math.isclose(numbers["norm"], 5e200)
    np.testing.assert_allclose(gradient, [6, 0, -8])


@pytest.mark.parametrize("arithmetic", ["float", "hand"])
def test_the_line_of_a_norm_whose_squares_are_no_numbers_is_true(arithmetic):
    """Each gradient is 1e100 or 1e200, and so is their norm; its plain formula has no value."""
    network = config(
        [layer("linear", [[0.0, 1.0]])],
        "half_squared_error",
        [([1e100], [0.0])],
        clip="norm",
        clip_options={"limit": 1.0},
    )
    document = trace.backprop(network, View(arithmetic=arithmetic))
    norm = next(one for one in equations(document.parts[0]) if one.symbol.name == "norm")
    assert math.isclose(norm.value, 1e200)
    if arithmetic == "float":
        assert check_every_equation(document) > 10


def test_what_is_no_number_stays_none():
    """So that the run is found to diverge."""
    for name in NAMES:
        gradient = np.array([1.0, math.nan])
        CLIPPINGS[name].bind(gradient, {"limit": 0.5})()
        assert math.isnan(gradient[1])


def test_a_run_that_diverges_is_saved_by_clipping():
    """(3 w)^2 with eta = 0.2: each plain step takes w to -2.6 w, a clipped one by at most 0.1 towards 0."""
    network = config(
        [layer("linear", [[0.0, 1.0]])], "squared_error", [([3.0], [0])], learning_rate=0.2, epochs=800
    )
    with pytest.raises(NumberError, match="left the finite range") as told:
        engine.train(network)
    assert "--clip-norm 1" in (told.value.problems[0].hint or "")
    run = engine.train(training(network, clip="norm", clip_options={"limit": 0.5}))
    assert run.loss < 0.1 < run.first_loss == 9


# what is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [0.05, 5])
def test_every_line_of_a_clipped_step_is_true(name, limit, optimizer):
    options = {"weight_decay": 0.1}
    network = clipped(name, limit, optimizer=optimizer, options=options)
    document = trace.backprop(network, WHOLE, steps=3)
    assert check_every_equation(document) > 200
    for part in document.parts:
        known = values(part)
        for told in part.data["layers"]:
            for (j, i), value in np.ndenumerate(told["clipped_dL_dw"]):
                assert known[f"g:w[{told['layer']}]_{i}{j + 1}"] == value
        assert known["limit"] == limit == part.data["clipping"]["limit"]


@pytest.mark.parametrize("name", NAMES)
def test_a_clipped_step_is_told_in_matrices(name):
    check_every_matrix(clipped(name), steps=2)
    text = render(trace.backprop(clipped(name), View(form="matrix")))
    assert "g(W)" in text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("biases", [True, False])
def test_a_clipped_step_is_told_by_hand(name, biases):
    """To four decimals the clipped gradients on paper are near the engine's."""
    network = clipped(name, update_biases=biases)
    (part,) = trace.backprop(network, View(arithmetic="hand")).parts
    (exact,) = trace.backprop(network).parts
    for one, other in zip(part.data["layers"], exact.data["layers"], strict=True):
        np.testing.assert_allclose(one["clipped_dL_dw"], other["clipped_dL_dw"], atol=1e-3)


@pytest.mark.parametrize(
    "name, limit, told",
    [
        ("norm", 1e-3, "The norm is above the limit"),
        ("norm", 1e3, "The norm is not above the limit"),
        ("value", 1e-3, "Numbers beyond the limit become the limit"),
        ("value", 1e3, "No number of the gradient is beyond the limit"),
    ],
)
def test_whether_a_gradient_was_cut_is_said(name, limit, told):
    assert told in " ".join(render(trace.backprop(clipped(name, limit))).split())


def test_a_long_norm_is_shortened_and_counted():
    network = random_config([20, 30, 2], ["tanh", "sigmoid"], "half_squared_error", clip="norm",
                            clip_options={"limit": 1.0})  # fmt: skip
    weights = 30 * 21 + 2 * 31
    shown = render(trace.backprop(network))
    (line,) = (one for one in shown.splitlines() if one.lstrip().startswith("‖∂L/∂w‖  ="))
    terms = line.count("²")
    assert 0 < terms <= 8
    assert f"{weights - terms} more" in line


def test_the_numbers_of_a_clipping_stand_in_the_json():
    done = call("backprop", "mazur", "--clip-norm", "0.1", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, output_schema())
    (step,) = found["steps"]
    told = [one for section in step["sections"] for one in section.get("equations", ())]
    norm = next(one for one in told if one["symbol"] == "norm")
    gradients = [g for one in step["layers"] for row in one["dL_dw"] for g in row[1:]]  # its biases stay
    assert math.isclose(norm["value"], math.sqrt(sum(g * g for g in gradients)), rel_tol=1e-12)
    assert len(norm["uses"]) == len(gradients) == 8
    assert step["clipping"] == {"name": "norm", "limit": 0.1, "norm": norm["value"],
                                "clip": pytest.approx(0.1 / norm["value"])}  # fmt: skip
    updates = [one for one in told if one["symbol"].startswith("w[") and one["symbol"].endswith("'")]
    moved = [one for one in updates if len(one["uses"]) > 1]
    assert len(moved) == 8
    assert all(any(used.startswith("g:w[") for used in one["uses"]) for one in moved)


def test_a_step_that_does_not_clip_says_nothing_of_it():
    step = json.loads(call("backprop", "mazur", "--json").stdout)["steps"][0]
    assert "clipping" not in step
    assert not any("clipped_dL_dw" in one for one in step["layers"])


def test_observations_blame_the_decay_for_no_direction():
    """A weight that decays may move with the sign of its gradient."""
    text = render(trace.backprop(clipped("norm", options={"weight_decay": 0.5})))
    assert "against the sign of its gradient" not in text


# what is asked of a clipped step ----------------------------------------------------------------


def test_a_clipped_gradient_says_where_it_comes_from():
    told = lines(spec.load("mazur", [("--clip-norm", "training.clip={name: norm, limit: 0.1}")]))
    assert set(told.uses["g:w[1]_11"]) == {"clip", "dL/dw[1]_11"}
    assert set(told.uses["clip"]) == {"limit", "norm"}
    assert told.uses["w[1]_11'"] == ("w[1]_11", "eta", "g:w[1]_11")
    shown = call("why", "g:w[1]_11", "mazur", "--set", "training.clip=norm")
    assert shown.exit_code == 0
    assert "norm" in shown.stdout


def test_another_limit_is_another_step():
    """Twice the limit, still below the norm, is twice the step of every weight."""
    network = spec.load("mazur", [("--clip-norm", "training.clip={name: norm, limit: 0.05}")])
    found = what_if(network, {"limit": 0.1})
    for name, (was, now) in found.changed.items():
        if name.startswith("g:"):
            assert math.isclose(now, 2 * was, rel_tol=1e-12)
    with pytest.raises(InputError, match="limit"):
        what_if(network, {"limit": 0.0})


def test_another_gradient_is_carried_on_through_the_norm():
    network = spec.load("mazur", [("--clip-norm", "training.clip={name: norm, limit: 0.05}")])
    found = what_if(network, {"dL/dw[1]_11": 3.0})
    gradients = [found.values[name] for name in found.now.uses["norm"]]
    norm = math.sqrt(sum(g * g for g in gradients))
    assert math.isclose(found.values["norm"], norm, rel_tol=1e-12)
    assert math.isclose(found.values["g:w[1]_11"], 3 * 0.05 / norm, rel_tol=1e-12)
    before = found.values["w[2]_11"] - found.values["w[2]_11'"]
    assert math.isclose(before, 0.5 * 0.05 / norm * found.values["dL/dw[2]_11"], rel_tol=1e-9)


# the config -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_config_names_its_clipping(name):
    plain = spec.load("xor", [("--set", f"training.clip={name}")])
    assert (plain.training.clip, dict(plain.training.clip_options)) == (name, {"limit": 1})
    limited = spec.load("xor", [("--set", f"training.clip={{name: {name}, limit: 0.25}}")])
    assert dict(limited.training.clip_options) == {"limit": 0.25}
    again = spec.parse(written(limited, engine.Network(limited).weights, "", "a comment"))
    assert again.training == limited.training


def test_the_schema_takes_what_a_config_takes():
    schema = config_schema()["properties"]["training"]
    for clip in ("norm", "none", {"name": "value", "limit": 2}):
        jsonschema.validate({"clip": clip}, schema)
    for clip in ("nrm", {"name": "norm", "limit": 0}, {"limit": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"clip": clip}, schema)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--clip-norm", "0"], "--clip-norm: training.clip.limit: expected a number above 0, got 0"),
        (["--clip-norm", "high"], "expected a number above 0, got the text 'high'"),
        (["--set", "training.clip=nrm"], "did you mean 'norm'?"),
        (["--set", "training.clip={name: norm, limt: 1}"], "did you mean 'limit'?"),
        (["--set", "training.clip.limit=2"], "known: none, norm, value"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["backprop", "train"])
def test_a_wrong_clipping_is_told(command, arguments, message):
    done = call(command, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_clipped_run_goes_on_to_the_bit(name):
    network = training(clipped(name), epochs=7)
    stop = engine.Stop()

    def ask(epoch: int, loss: float, validation: float | None) -> None:
        stop.asked = epoch == 3

    _, (progress,) = kept(network, stop=stop, on_epoch=ask)
    assert progress.told == 3
    assert_same(engine.train(network, resume=progress), engine.train(network))


def test_another_clipping_is_another_run(tmp_path):
    file = str(tmp_path / "run.npz")
    assert call("train", "xor", "--clip-norm", "0.5", "--checkpoint", file, "--epochs", "3").exit_code == 0
    for more in ([], ["--clip-norm", "0.25"], ["--set", "training.clip={name: value, limit: 0.5}"]):
        refused = call("train", "xor", *more, "--resume", file, "--epochs", "6")
        assert refused.exit_code == 2
        assert "another training.clip: it has norm {'limit': 0.5}" in refused.stderr
    done = call("train", "xor", "--clip-norm", "0.5", "--resume", file, "--epochs", "6")
    whole = call("train", "xor", "--clip-norm", "0.5", "--epochs", "6")
    assert done.stdout == whole.stdout


def test_a_norm_is_told_of_each_narrated_epoch():
    done = call("train", "xor", "--clip-norm", "0.01", "--epochs", "3", "--narrate", "1,last", "--json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, output_schema())
    assert [one["clipping"]["name"] for one in found["narrated"]] == ["norm", "norm"]


def test_a_line_of_a_clipped_step_has_its_general_formula():
    (part,) = trace.backprop(clipped("norm"), WHOLE).parts
    section = next(one for one in part.sections if one.title == "Gradient clipping")
    assert section.phase == "gradients"
    assert [one.symbol.name for one in equations(part) if one.symbol.layer is None][-1]
    assert section.blocks[0].formulas[0].symbol.name == "norm"


@pytest.mark.parametrize(
    "symbol, mistaken, name",
    [
        ("g:w[2]_11", {"clip": 1.0}, "clipping left out"),
        ("w[2]_11'", {"clip": 1.0}, "clipping left out"),
        ("w[2]_11'", {"weight_decay": 0.0}, "weight decay left out"),
    ],
)
def test_what_was_left_out_of_an_answer_is_named(symbol, mistaken, name):
    changes = [
        ("--set", "training.optimizer={name: gradient_descent, weight_decay: 0.1}"),
        ("--clip-norm", "training.clip={name: norm, limit: 0.05}"),
    ]
    network = spec.load("mazur", changes)
    step = lines(network)
    wrong = f"{step.recalculated(mistaken)[symbol]:.6f}"
    right = f"{step.values[symbol]:.6f}"
    (verdict,) = diagnose(network, step, {symbol: answer(wrong)})
    assert verdict.mistakes == (name,)
    (verdict,) = diagnose(network, step, {symbol: answer(right)})
    assert verdict.kind == "right"
