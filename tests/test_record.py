"""A record is a frozen dataclass in all but what it costs to define."""

from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from inspect import signature

import pytest

from perceptron_cli.records import record


@record
class Neuron:
    """A layer's neuron."""

    layer: int
    name: str = "a"
    weights: tuple[float, ...] = ()
    options: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plain:
    layer: int
    name: str = "a"
    weights: tuple[float, ...] = ()
    options: dict[str, float] = field(default_factory=dict)


def test_it_is_made_told_and_taken_apart_like_a_dataclass():
    for made in (Neuron(2, weights=(0.5,)), Neuron(layer=2, name="b"), replace(Neuron(2), options={"k": 1})):
        same = Plain(**{one.name: getattr(made, one.name) for one in fields(made)})
        assert asdict(made) == asdict(same)
        assert repr(made) == repr(same).replace("Plain", "Neuron")
        assert made.__match_args__ == same.__match_args__
    assert Neuron(1).options is not Neuron(1).options


def test_its_signature_is_told_before_one_is_made():
    @record
    class Fresh:
        layer: int
        name: str = "a"

    assert str(signature(Fresh)) == "(layer, name='a')"
    assert Fresh(1) == Fresh(1, "a")
    assert str(signature(Fresh)) == "(layer, name='a')"


def test_it_is_equal_to_what_has_the_same_fields_and_class():
    assert Neuron(1, "a") == Neuron(1)
    assert Neuron(1) != Neuron(2)
    assert Neuron(1) != Plain(1)
    options = ()
    assert hash(Neuron(1, options=options)) == hash(Plain(1, options=options))


def test_it_cannot_be_changed():
    neuron = Neuron(1)
    with pytest.raises(FrozenInstanceError):
        neuron.layer = 2
    with pytest.raises(FrozenInstanceError):
        del neuron.layer
    assert neuron == Neuron(1)


@pytest.mark.parametrize("arguments", [{}, {"layer": 1, "size": 2}])
def test_wrong_arguments_are_refused(arguments):
    with pytest.raises(TypeError, match="layer|size"):
        Neuron(**arguments)
