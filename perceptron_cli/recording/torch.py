"""A PyTorch module under observation: the values of its forward pass, what comes back, the update."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from perceptron_cli.arrays import Array
from perceptron_cli.engine.network import initial_weights
from perceptron_cli.errors import InputError
from perceptron_cli.imports.limits import require_package
from perceptron_cli.imports.samples import plain
from perceptron_cli.imports.torch_modules import Whole, stacked
from perceptron_cli.recording.sheet import Record


class Observer:
    """Watches a module's own training loop. Each step of the optimizer ends a record."""

    def __init__(self, model: Any, loss: Any, optimizer: Any, keep: Callable[[Record], None]) -> None:
        self.model, self.loss, self.optimizer, self.keep = model, loss, optimizer, keep
        self.torch = require_package("torch", "torch")
        self.original = model.forward
        self.handles: list[Any] = []
        self.values: dict[str, Any] = {}
        self.arrays: dict[str, Any] = {}
        self.x: Any = None
        self.turned = False  # whether x has channels before steps
        self.share = 1

    def start(self) -> None:
        """Put the hooks in place."""
        self.model.forward = self._forward
        if isinstance(self.loss, self.torch.nn.Module):
            self.handles.append(self.loss.register_forward_hook(self._seen_loss))
        if self.optimizer is not None:
            self.handles.append(self.optimizer.register_step_pre_hook(lambda *_: self.before_update()))
            self.handles.append(self.optimizer.register_step_post_hook(lambda *_: self.after_update()))

    def stop(self) -> None:
        """Take the hooks away: the module is as it was."""
        self.model.__dict__.pop("forward", None)
        for one in self.handles:
            one.remove()
        self.handles.clear()

    def one_step(self, x: Any, y: Any) -> None:
        """Make a step: forward, loss, backward, and the update where there is an optimizer."""
        self.start()
        try:
            output = self.model(x)
            value = self.loss(output, y)
            if "L" not in self.arrays:  # a function, which has no hooks
                self.take_loss(output, y, value)
            value.backward()
            if self.optimizer is not None:
                self.optimizer.step()
            else:
                self.before_update()
                self.finish()
        finally:
            self.stop()

    def _forward(self, x: Any) -> Any:
        """Run the module call by call, and keep what each gives."""
        if not self.model.training and not self.torch.is_grad_enabled():
            return self.original(x)  # an evaluation between two steps
        self.model.__dict__.pop("forward", None)
        try:
            stack = stacked(self.model, x, "the model")
            graph = self.torch.fx.symbolic_trace(Whole(self.model))
        finally:
            self.model.forward = self._forward
        self.x, self.arrays = x, {}
        self.turned = stack.inputs != tuple(x.shape[1:])
        self.values = {}
        left = [one.grad is not None and bool(one.grad.any()) for one in self.model.parameters()]
        if any(left):
            self._matrices("left:dL/dw", lambda one: one.grad)
        self._matrices("w", lambda one: one)
        return self._run(graph, x, stack.values)

    def _run(self, graph: Any, x: Any, meanings: Mapping[str, Any]) -> Any:
        values, fx = self.values, self.torch.fx

        class Watched(fx.Interpreter):  # type: ignore[misc, name-defined, unused-ignore]
            def run_node(self, node: Any) -> Any:
                result = super().run_node(node)
                meaning = meanings.get(node.name)
                if meaning is None or not hasattr(result, "retain_grad"):
                    return result
                if result.requires_grad:
                    result.retain_grad()
                values[meaning.name] = (result, meaning.turned, result.detach().clone())
                return result.clone()  # the next call may work in place

        return Watched(graph).run(x)

    def _seen_loss(self, module: Any, given: tuple[Any, ...], value: Any) -> None:
        self.take_loss(given[0], given[1], value)

    def take_loss(self, output: Any, y: Any, value: Any) -> None:
        """Take the targets and the loss of a forward pass."""
        if not self.values:
            return
        samples = len(self.x)
        self.arrays["x"] = _rows(plain(self.x), turned=self.turned)
        self.arrays["y"] = _targets(plain(y), int(np.prod(output.shape[1:])))
        self.arrays["L"] = plain(value)
        self.share = samples if _is_mean(self.loss, output, y) else 1

    def before_update(self) -> None:
        """Take what came back, before the optimizer changes the weights."""
        if "L" not in self.arrays:
            return
        for name, (tensor, turned, value) in self.values.items():
            self.arrays[name] = _rows(plain(value), turned=turned)
            if tensor.grad is not None:
                self.arrays[f"dL/d{name}"] = _rows(plain(tensor.grad), turned=turned) * self.share
        self._matrices("dL/dw", lambda one: one.grad)

    def after_update(self) -> None:
        """Take the new weights, and end the record."""
        if "L" not in self.arrays:
            return
        self._matrices("w", lambda one: one, after="'")
        self.finish()

    def finish(self) -> None:
        """End the record."""
        self.keep(Record(self.arrays))
        self.values, self.arrays = {}, {}

    def _matrices(self, head: str, of: Callable[[Any], Any], after: str = "") -> None:
        """Record something of every parameter, in each layer's matrix as nnstep has it."""
        self.arrays |= {f"{head}[{l}]{after}": one for l, one in matrices(self.model, self.x, of) if one.size}


def matrices(model: Any, x: Any, of: Callable[[Any], Any]) -> Sequence[tuple[int, Array]]:
    """Return the number and the matrix of each layer, with what `of` takes of a parameter for it."""
    torch = require_package("torch", "torch")
    was = model.__dict__.pop("forward", None)
    try:
        other = copy.deepcopy(model)
    finally:
        if was is not None:
            model.forward = was
    with torch.no_grad():
        for own, theirs in zip(other.parameters(), model.parameters(), strict=True):
            value = of(theirs)
            own.copy_(torch.zeros_like(theirs) if value is None else value)
    stack = stacked(other, x, "the model")
    found = initial_weights(stack.shape_alone())
    dtype = next((plain(one).dtype for one in model.parameters()), np.dtype(np.float64))
    return [(l, one.astype(dtype)) for l, one in enumerate(found, start=1)]


def _rows(array: Any, *, turned: bool = False) -> Any:
    """Return an array with a row a sample, its numbers in nnstep's order."""
    if turned and array.ndim == 3:
        array = array.swapaxes(1, 2)
    return array.reshape(len(array), -1)


def _targets(y: Any, outputs: int) -> Any:
    """Return targets as outputs have them: classes as ones and zeros."""
    if y.dtype.kind in "iu" and y.ndim == 1 and outputs > 1:
        return np.eye(outputs)[y]
    return y.reshape(len(y), -1)


def _is_mean(loss: Any, output: Any, y: Any) -> bool:
    """Whether a loss divides by the number of samples: of the same sample twice it is as large as of one."""
    reduction = getattr(loss, "reduction", None)
    if reduction in ("mean", "batchmean", "sum"):
        return bool(reduction != "sum")
    call = loss.forward if hasattr(loss, "forward") else loss
    one, other = output[:1].detach(), y[:1]
    try:
        single = call(one, other)
        double = call(one.repeat(2, *[1] * (one.dim() - 1)), other.repeat(2, *[1] * (other.dim() - 1)))
    except Exception:  # a loss that takes no such batch
        raise InputError("record: expected a loss of (output, y) for any number of samples") from None
    return bool(abs(double - single) <= abs(double - 2 * single))
