"""The options that reporting commands share, declared once, and what they come to.

`shared` adds them to a command's signature, so that a command is written as
`def forward(config: Config, output: Output)` and Typer sees each option.
"""

import inspect
import os
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from perceptron_cli.errors import InputError, NnstepError, Problem
from perceptron_cli.records import record
from perceptron_cli.render import PICTURES, RENDERERS, SHEETS, TABLES

SUFFIXES = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".txt": "plain",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".dot": "dot",
    ".mmd": "mermaid",
    ".xlsx": "xlsx",
    ".xml": "moodle",
    ".gift": "gift",
    ".zip": "qti",
}


@cache
def choices(name: str, words: tuple[str, ...]) -> Any:
    """Return a type of which Typer makes a choice; it is costly to make, so that commands share it."""
    return Enum(name, {word: word for word in words}, type=str)


Jobs = Annotated[
    int,
    typer.Option(
        "--jobs", min=0, max=256, metavar="N",
        help="Work in N processes; 0 is one for each core where there is much to do.",
    ),
]  # fmt: skip


def config_names(incomplete: str) -> list[str]:
    """Complete a config: the bundled names, and the YAML files that begin so."""
    from perceptron_cli.spec.source import bundled

    folder, _, start = incomplete.rpartition("/")
    files = sorted(Path(folder or ".").glob(f"{start}*.y*ml")) if Path(folder or ".").is_dir() else []
    return [*(name for name in bundled() if name.startswith(incomplete)), *map(str, files)]


Config = Annotated[
    str,
    typer.Argument(
        metavar="[CONFIG]",
        help="A YAML file, a bundled name, or - for stdin.",
        autocompletion=config_names,
        show_default=True,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the config, such as training.seed=7. May be repeated.",
        show_default=False,
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="Take the samples from this .csv, .tsv, .jsonl or .npz file; - reads CSV from stdin.",
        show_default=False,
    ),
]
Rate = Annotated[
    str | None,
    typer.Option(
        "--lr",
        "--learning-rate",
        metavar="RATE",
        help="Use this learning rate instead of the config's.",
        show_default=False,
    ),
]
ClipNorm = Annotated[
    str | None,
    typer.Option(
        "--clip-norm",
        metavar="LIMIT",
        help="Scale the gradient down where its norm is above this limit.",
        show_default=False,
    ),
]

Truncate = Annotated[
    str | None,
    typer.Option(
        "--truncate",
        metavar="K",
        help="Let no gradient come back over every K time steps of a recurrent layer.",
        show_default=False,
    ),
]


def dialect_names(incomplete: str) -> list[str]:
    """Complete a dialect's name."""
    from perceptron_cli.dialects import DIALECTS

    return [name for name in DIALECTS if name.startswith(incomplete)]


Names = Annotated[
    str | None,
    typer.Option(
        "--names",
        metavar="DIALECT",
        help="The names of a book or a library: mazur, nielsen, fausett, pytorch, ... ('nnstep names').",
        autocompletion=dialect_names,
        show_default=False,
    ),
]


DRAWN = frozenset({"svg", "png", "pdf"})  # the formats of plots; a network's drawing has all of PICTURES


@record
class Output:
    """How the answer is to be shown, and where; `formats` are those that the command can make.

    Without any the command has one form of text, whatever the file is called.
    """

    format: str | None
    json: bool
    output: str | None
    force: bool
    decimals: int
    arithmetic: str
    rounding: str
    view: str
    ascii: bool
    width: int | None
    color: str
    all: bool
    brief: bool
    quiet: bool
    verbose: bool
    names: str | None = None
    formats: tuple[str, ...] = tuple(RENDERERS)

    @property
    def chosen(self) -> str:
        """The format: as asked, by the file's name, or by whether a person reads it."""
        from perceptron_cli.cli.stream import has_color, is_terminal

        if self.json:
            return "json"
        if self.format:
            return self.format
        if self.output and self.output != "-":
            return self._by_ending(self.output)
        return "table" if is_terminal() or has_color(self.color) else "plain"

    def _by_ending(self, path: str) -> str:
        """Return the format of a file's ending; a name without one is text. Raises InputError for another."""
        ending = Path(path).suffix
        known = [one for one, format in SUFFIXES.items() if format in self.formats]
        if ending and known and ending not in known:
            raise InputError(
                Problem(
                    f"expected a file that ends in {', '.join(known)}, got {ending}",
                    file=path,
                    hint="--format beside it chooses the format, whatever the ending",
                )
            )
        return SUFFIXES.get(ending, "plain")

    @property
    def is_data(self) -> bool:
        """Whether a program reads the answer: then it is whole."""
        return self.chosen in ("json", "jsonl", *SHEETS)


def clipping(limit: str | None) -> dict[str, str | None]:
    """Return the flag of `ClipNorm` with what it puts into a config."""
    return {"--clip-norm training.clip": limit and f"{{name: norm, limit: {limit}}}"}


def _option(kind: Any, default: Any, *names: str, **settings: Any) -> tuple[Any, Any]:
    return Annotated[kind, typer.Option(*names, **settings)], default


def _format(formats: Sequence[str]) -> tuple[Any, Any]:
    return _option(
        choices("Format", tuple(formats)) | None, None, "--format", envvar="NNSTEP_FORMAT", metavar="NAME",
        show_default=False, show_envvar=False,
        help=f"The form of the answer: {', '.join(formats)}. By default a table on a terminal, plain text in "
        "a pipe.",
    )  # fmt: skip


_OPTIONS = {
    "format": _format(tuple(RENDERERS)),
    "json": _option(bool, False, "--json", help="Short for --format json."),
    "output": _option(
        str | None, None, "--output", "-o", metavar="FILE", show_default=False,
        help="Write the answer to a file. Its ending chooses the format.",
    ),
    "force": _option(bool, False, "--force", "-f", help="Overwrite a file that exists."),
    "decimals": _option(
        int, 4, "--decimals", min=0, max=15, envvar="NNSTEP_DECIMALS", show_envvar=False,
        help="Show results with this many decimals; small numbers get more.",
    ),
    "arithmetic": _option(
        choices("Arithmetic", ("float", "hand", "both")), "float", "--arithmetic",
        envvar="NNSTEP_ARITHMETIC", show_envvar=False,
        help="float: unrounded. hand: every step rounded, as on paper. both: side by side.",
    ),
    "view": _option(
        choices("View", ("scalar", "matrix")), "scalar", "--view",
        help="Show each neuron by itself, or each layer as matrices.",
    ),
    "rounding": _option(
        choices("Rounding", ("half-up", "half-even")), "half-up", "--rounding",
        envvar="NNSTEP_ROUNDING", show_envvar=False, help="How --arithmetic hand rounds a 5 at the end.",
    ),
    "ascii": _option(
        bool, False, "--ascii", envvar="NNSTEP_ASCII", show_envvar=False, help="Use ASCII characters only."
    ),
    "width": _option(
        int | None, None, "--width", min=20, max=10_000, metavar="N", show_default=False,
        help="Fit the answer to this many columns instead of the terminal's.",
    ),
    "color": _option(
        choices("Color", ("auto", "always", "never")), "auto", "--color",
        envvar="NNSTEP_COLOR", show_envvar=False, help="Use colour. NO_COLOR and FORCE_COLOR are respected.",
    ),
    "all": _option(bool, False, "--all", help="Show every neuron and every row, however many there are."),
    "brief": _option(bool, False, "--brief", help="Show the results without the working."),
    "quiet": _option(bool, False, "--quiet", "-q", help="Show no progress and no hints."),
    "names": (Names, None),
    "verbose": _option(bool, False, "--verbose", "-v", help="Report where each setting comes from."),
}  # fmt: skip


# what every command that shows a document takes, whatever it tells
REPORT = ("format", "json", "output", "force", "decimals", "ascii", "width", "color", "quiet", "verbose")


def shared(
    *names: str, pictures: frozenset[str] | set[str] = frozenset(), more: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the named options (all where none is named) as one `output`, and report its errors.

    `pictures` are the formats of PICTURES and TABLES that the command can make, beside those of text, and
    `more` those that it makes of its own.
    """
    taken = names or tuple(_OPTIONS)
    special = PICTURES | TABLES | SHEETS
    formats = tuple(one for one in RENDERERS if one not in special or one in pictures) + more
    formats = formats if "format" in taken else ()

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        return _with_options(command, taken, formats)

    return decorate


def _with_options(
    command: Callable[..., None], taken: Sequence[str], formats: tuple[str, ...]
) -> Callable[..., None]:
    own = inspect.signature(command, eval_str=True).parameters
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [one.replace(kind=keyword) for name, one in own.items() if name != "output"]
    parameters += [
        inspect.Parameter(name, keyword, default=default, annotation=annotation)
        for name, (annotation, default) in {**_OPTIONS, "format": _format(formats)}.items()
        if name in taken
    ]
    context = inspect.Parameter("ctx", keyword, annotation=typer.Context)

    def wrapped(*, ctx: typer.Context, **values: Any) -> None:
        plain = {key: value.value if isinstance(value, Enum) else value for key, value in values.items()}
        settings = {
            name: plain.pop(name) if name in taken else default for name, (_, default) in _OPTIONS.items()
        }
        output = Output(**settings, formats=formats)
        if output.verbose:
            _tell_settings(ctx, output)
        try:
            require_names(output)
            command(**plain, output=output)
        except NnstepError as error:
            _report(error, as_json=output.json or output.format in ("json", "jsonl"))
            raise typer.Exit(error.exit_code) from None

    wrapped.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    return wrapped


def require_names(output: Output) -> None:
    """Raise InputError where --names is no dialect."""
    if output.names is not None:
        from perceptron_cli.dialects import require_dialect

        require_dialect(output.names)


def require_one_stdin(answers: str | None, config: str | None) -> None:
    """Raise InputError where two inputs are to come from stdin: the first to read it would take all."""
    if answers == config == "-":
        raise InputError("expected one input from stdin, got the answers and the config", hint="name a file")


def _tell_settings(ctx: typer.Context, output: Output) -> None:
    """Say each setting's value and whether a flag, the environment or the default gave it."""
    from perceptron_cli.cli.stream import say

    origins = {"COMMANDLINE": "command line", "ENVIRONMENT": "environment"}
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        origin = origins.get(source.name if source else "", "default")
        say(f"{name}: {getattr(output, name, ctx.params.get(name))} ({origin})")


def as_json_text(error: NnstepError, exit_code: int) -> str:
    """Return an error as one JSON object, in the contract's form."""
    import json

    fields = ("file", "line", "column", "key", "message", "hint")
    problems = [{field: getattr(one, field) for field in fields} for one in error.problems]
    return json.dumps({"schema": 1, "error": {"exit_code": exit_code, "problems": problems}})


def _report(error: NnstepError, *, as_json: bool) -> None:
    """Print an error on stderr: a line a problem and its hint, or one JSON object."""
    from perceptron_cli.cli.stream import say
    from perceptron_cli.render.text import clean

    if os.environ.get("NNSTEP_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if as_json:
        say(as_json_text(error, error.exit_code))
        return
    for problem in error.problems:
        say(clean(str(problem)))
        if problem.hint:
            say(f"hint: {clean(problem.hint)}")
