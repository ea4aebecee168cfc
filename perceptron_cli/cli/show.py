"""From a config to a document and from a document to its reader, as the shared options say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from perceptron_cli.cli.options import Output
from perceptron_cli.cli.stream import (
    has_color,
    has_unicode,
    is_terminal,
    put_pieces,
    require_writable,
    say,
    screen_width,
    write_whole,
)
from perceptron_cli.errors import InputError
from perceptron_cli.render import BINARY, SHEETS, Layout, pieces, render

if TYPE_CHECKING:
    from perceptron_cli.document import Document
    from perceptron_cli.spec import DataSet
    from perceptron_cli.spec.config import Config, Given
    from perceptron_cli.trace import View

display: Callable[[Document], object] | None = None  # takes documents in place of stdout: a notebook's
LIMIT = 8  # of neurons, weights and terms that a reader is shown in full


def load(
    config: str,
    overrides: list[str] | None,
    flags: Mapping[str, str | None] | None = None,
    kind: str = "",
    data: DataSet | None = None,
) -> Config:
    """Return the config with `--set` and the flags that change it, checked as one.

    `flags` gives a flag's value by its name and path: {"--lr training.learning_rate": "0.5"}.
    `data` says which samples are wanted instead of its own.
    """
    from perceptron_cli import spec

    changes = [("--set", override) for override in overrides or ()]
    for name, value in (flags or {}).items():
        flag, path = name.split()
        if value is not None:
            changes.append((flag, f"{path}={value}"))
    return spec.load(config, changes, kind, data or spec.OWN_DATA)


def numbers(flag: str, texts: Sequence[str]) -> list[Given]:
    """Read a flag's numbers as a config's are read. Raises InputError for what is none."""
    from perceptron_cli.spec.nodes import Node
    from perceptron_cli.spec.reader import Reader

    reader = Reader(flag)
    found = [reader.number(Node("scalar", text, 1, 1, file=flag), "") for text in texts]
    if reader.problems:
        raise InputError(reader.problems)
    return [one for one in found if one is not None]


def one_sample(config: Config, number: int | None) -> Config:
    """Return the config with one of its samples (from 1), or as it is."""
    if number is None:
        return config
    if not 1 <= number <= len(config.samples):
        raise InputError(f"--sample: expected a number from 1 to {len(config.samples)}, got {number}")
    return replace(config, samples=(config.samples[number - 1],))


def view_of(output: Output) -> View:
    """Return how numbers are told; a program gets all of them, unless it wants no equations."""
    from perceptron_cli.trace import View

    whole = output.all or (output.is_data and not output.brief)
    if output.chosen in SHEETS and output.arithmetic != "float":
        message = f"a workbook calculates unrounded, got --arithmetic {output.arithmetic}"
        raise InputError(message, hint="take another format")
    if output.view == "matrix" and output.arithmetic == "both":
        raise InputError("--view matrix shows one arithmetic, got both", hint="take float or hand")
    return View(
        output.decimals, output.arithmetic, output.rounding, None if whole else LIMIT, form=output.view,
        input_gradients=output.is_data, names=output.names,
    )  # fmt: skip


def layout_of(output: Output) -> Layout:
    """Return what the page or screen can show."""
    to_file = output.output not in (None, "-")
    return Layout(
        width=output.width or (80 if to_file else screen_width()),
        color=output.chosen == "table" and not to_file and has_color(output.color),
        unicode=not output.ascii and (to_file or has_unicode()),
        boxes=output.chosen == "table",
        brief=output.brief,
        limit=None if output.all else LIMIT,
    )


def show(document: Document, output: Output, hint: str | None = None) -> None:
    """Write a document where it is wanted; `hint` says what to do next, to a person alone."""
    if display is not None:
        display(document)
        return
    content = pieces(document, output.chosen, layout_of(output))
    if output.output not in (None, "-"):
        write_whole(output.output or "", content, force=output.force)
        return
    if isinstance(content, bytes):
        raise _not_for_a_screen(output)
    put_pieces([content] if isinstance(content, str) else content)
    if hint and not output.quiet and is_terminal():
        say(f"next: {hint}")


def _not_for_a_screen(output: Output) -> InputError:
    return InputError(f"--format {output.chosen} is not for a screen", hint="write it with -o FILE")


def require_shown(output: Output) -> None:
    """Raise InputError where a document could not be shown as it is wanted, before the work that makes it."""
    to_file = output.output not in (None, "-")
    if to_file:
        require_writable(output.output or "", force=output.force)
    if display is not None:
        return
    if output.chosen in BINARY:
        if not to_file:
            raise _not_for_a_screen(output)
        _require_maker(output.chosen)


def require_picture(path: str, *, force: bool) -> None:
    """Raise InputError where a picture cannot be written, for its name, its folder or lack of Matplotlib."""
    if not path.endswith((".svg", ".png")):
        raise InputError(f"--plot: expected a file that ends in .svg or .png, got {path}")
    require_writable(path, force=force)
    if path[-3:] in BINARY:
        _require_maker(path[-3:])


def _require_maker(format: str) -> None:
    """Raise InputError where the package that writes a format is not installed."""
    if format in SHEETS:
        from perceptron_cli.render.workbook import require_writer

        require_writer(format)
        return
    from perceptron_cli.render.png import require_matplotlib

    require_matplotlib(format)


def picture(document: Document, path: str, output: Output) -> str | bytes:
    """Return a document's plots as the picture that the file's name says."""
    return render(document, path[-3:], layout_of(output))
