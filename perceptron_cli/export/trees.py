"""A tree as an expression of NumPy, of PyTorch, or as nodes of ONNX."""

from __future__ import annotations

from perceptron_cli.expr import (
    Call,
    Expr,
    Gate,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Result,
    Sum,
    Symbol,
)
from perceptron_cli.expr.walks import each

SUM, PRODUCT, POWER, ATOM = range(4)

NUMPY = {
    "exp": "np.exp({})", "ln": "np.log({})", "sqrt": "np.sqrt({})", "tanh": "np.tanh({})",
    "abs": "np.abs({})", "max": "np.maximum({}, {})", "min": "np.minimum({}, {})",
    "sigmoid": "sigmoid({})", "erf": "erf({})",
    "step": "np.where({} >= 0, 1.0, 0.0)", "cos": "np.cos({})", "gate": "np.where({} {} 0, {}, {})",
}  # fmt: skip
TORCH = {
    "exp": "torch.exp({})", "ln": "torch.log({})", "sqrt": "torch.sqrt({})", "tanh": "torch.tanh({})",
    "abs": "torch.abs({})", "max": "torch.maximum({}, {})", "min": "torch.minimum({}, {})",
    "sigmoid": "torch.sigmoid({})", "erf": "torch.erf({})", "step": "torch.where({} >= 0, 1.0, 0.0)",
    "cos": "torch.cos({})", "gate": "torch.where({} {} 0, {}, {})",
}  # fmt: skip


def numpy(tree: Expr) -> str:
    """Return a tree as NumPy's expression; `sigmoid` and `erf` are functions of the script."""
    return _walk(tree, NUMPY, SUM)


def torch(tree: Expr) -> str:
    """Return a tree as PyTorch's expression: a number that a function takes is made a tensor."""
    return _walk(tree, TORCH, SUM)


C = {
    "exp": "exp({})", "ln": "log({})", "sqrt": "sqrt({})", "tanh": "tanh({})", "abs": "fabs({})",
    "max": "fmax({}, {})", "min": "fmin({}, {})", "sigmoid": "sigmoid({})", "erf": "erf({})",
    "step": "({} >= 0 ? 1.0 : 0.0)", "cos": "cos({})", "gate": "({} {} 0 ? {} : {})", "power": "pow({}, {})",
}  # fmt: skip
PYTHON = {
    "exp": "math.exp({})", "ln": "math.log({})", "sqrt": "math.sqrt({})", "tanh": "math.tanh({})",
    "abs": "abs({})", "max": "max({}, {})", "min": "min({}, {})", "sigmoid": "sigmoid({})",
    "erf": "math.erf({})", "step": "(1.0 if {} >= 0 else 0.0)", "cos": "math.cos({})",
    "gate": "({2} if {0} {1} 0 else {3})",
}  # fmt: skip
JAX = {
    "exp": "jnp.exp({})", "ln": "jnp.log({})", "sqrt": "jnp.sqrt({})", "tanh": "jnp.tanh({})",
    "abs": "jnp.abs({})", "max": "jnp.maximum({}, {})", "min": "jnp.minimum({}, {})",
    "sigmoid": "jax.nn.sigmoid({})", "erf": "jax.lax.erf({})", "step": "jnp.where({} >= 0, 1.0, 0.0)",
    "cos": "jnp.cos({})", "gate": "jnp.where({} {} 0, {}, {})",
}  # fmt: skip


def scalar(tree: Expr, names: dict[str, str]) -> str:
    """Return a tree as an expression of scalars, its symbols as identifiers, every number a float."""
    return _walk(tree, names, SUM)


def identifier(name: str) -> str:
    """Return a symbol's name as an identifier: `s2:dL/dw[1]_01'` is s2_dL_dw1_01_new."""
    return name.replace("'", "_new").replace("[", "").replace("]", "").translate(_JOINED)


_JOINED = str.maketrans(":/,.", "____")


def functions(*trees: Expr) -> set[str]:
    """Return the functions that trees have."""
    return {node.function for tree in trees for node in each(tree) if isinstance(node, Call)}


def _walk(node: Expr, names: dict[str, str], need: int) -> str:
    level, text = _written(node, names)
    return f"({text})" if level < need else text


def _written(node: Expr, names: dict[str, str]) -> tuple[int, str]:
    match node:
        case Symbol(name=name):
            return ATOM, name if names in (NUMPY, TORCH) else identifier(name)
        case Number(value=value) if names not in (NUMPY, TORCH):
            return (ATOM if value >= 0 else SUM), repr(float(value))
        case Number(value=value):
            text = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
            return (ATOM if value >= 0 else SUM), text
        case Result(body=body):
            return _written(body, names)
        case Gate(z=z, above=above, below=below, closed=closed):
            sign = ">=" if closed else ">"
            inside = _walk(z, names, PRODUCT)
            return ATOM, names["gate"].format(inside, sign, float(above), float(below))
        case Sum(terms=terms):
            text = _walk(terms[0], names, PRODUCT)
            for term in terms[1:]:
                body = term.body if isinstance(term, Negative) else term
                text += (" - " if isinstance(term, Negative) else " + ") + _walk(body, names, PRODUCT)
            return SUM, text
        case Product(factors=factors):
            first, *rest = factors
            return PRODUCT, " * ".join(
                [_walk(first, names, PRODUCT), *(_walk(one, names, POWER) for one in rest)]
            )
        case Quotient(top=top, bottom=bottom):
            return PRODUCT, f"{_walk(top, names, PRODUCT)} / {_walk(bottom, names, POWER)}"
        case Power(base=base, exponent=exponent) if "power" in names:
            return ATOM, names["power"].format(_walk(base, names, SUM), _walk(exponent, names, SUM))
        case Power(base=base, exponent=exponent):
            return POWER, f"{_walk(base, names, ATOM)} ** {_walk(exponent, names, ATOM)}"
        case Negative(body=body):
            return PRODUCT, f"-{_walk(body, names, POWER)}"
        case Call(function=function, arguments=arguments):
            return ATOM, _called(function, [*arguments], names)
    raise TypeError(f"{type(node).__name__} cannot stand in a script")


def _called(function: str, arguments: list[Expr], names: dict[str, str]) -> str:
    parts = [_argument(one, names) for one in arguments]
    text = parts[0]
    if function not in ("max", "min"):
        return names[function].format(text)
    for part in parts[1:]:
        text = names[function].format(text, part)
    return text


def _argument(node: Expr, names: dict[str, str]) -> str:
    text = _walk(node, names, SUM)
    return f"torch.tensor({float(text)})" if names is TORCH and isinstance(node, Number) else text
