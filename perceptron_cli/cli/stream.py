"""Standard output and standard error: what they can show, and what happens when they end."""

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping

from perceptron_cli.errors import InputError, Problem


def say(text: str) -> None:
    """Write a message to stderr; one that has gone is no reason to fail."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def is_terminal() -> bool:
    """Whether the answer is read by a person, as it comes."""
    return sys.stdout.isatty()


def has_unicode() -> bool:
    """Whether stdout takes subscripts and Greek letters; LC_ALL=C asks for none."""
    if os.environ.get("LC_ALL") in ("C", "POSIX") and not os.environ.get("PYTHONIOENCODING"):
        return False
    try:
        "∂ŷ₁′─▁".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def has_color(choice: str) -> bool:
    """Whether to use colour: the flag, then NO_COLOR and FORCE_COLOR, then the terminal decide."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal() and os.environ.get("TERM") != "dumb"


def screen_width() -> int:
    """Return COLUMNS, else the terminal's width, else 80."""
    import shutil

    return max(20, shutil.get_terminal_size((80, 24)).columns)


def put(text: str) -> None:
    """Write to stdout and see it through, as `put_pieces` does."""
    put_pieces((text,))


def put_pieces(pieces: Iterable[str]) -> None:
    """Write to stdout and see it through; a reader that has left ends the process quietly.

    Raises InputError where stdout cannot be written to, as on a full disk.
    """
    try:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.writelines(pieces)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
        raise SystemExit(0) from None
    except OSError as error:
        discard_stdout()
        raise InputError(Problem(f"cannot write to stdout: {error.strerror}")) from None


def discard_stdout() -> None:
    """Let what is still in the buffer go nowhere, so that the interpreter's last flush cannot fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_whole(path: str, content: str | bytes | Iterable[str], *, force: bool) -> None:
    """Write a file whole or not at all, also one that comes in pieces; what exists is kept unless `force`.

    Raises InputError where it exists, or cannot be written.
    """
    whole = [content] if isinstance(content, str | bytes) else content
    data: Iterable[bytes] = (piece if isinstance(piece, bytes) else piece.encode() for piece in whole)
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        _write_device(path, target, data)
        return
    require_writable(path, force=force)
    half_way = f"{target}.{os.getpid()}.part"
    _remove_abandoned(target)
    try:
        with open(half_way, "xb") as stream:
            stream.writelines(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(half_way, target)
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}", file=path)) from None
    finally:
        if os.path.exists(half_way):
            os.unlink(half_way)


def _remove_abandoned(target: str) -> None:
    """Remove what processes that were killed left half written of a file."""
    import glob

    for part in glob.glob(f"{glob.escape(target)}.*.part"):
        number = part.removeprefix(f"{target}.").removesuffix(".part")
        if number.isdecimal() and not _is_running(int(number)):
            with contextlib.suppress(OSError):
                os.unlink(part)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def require_writable(path: str, *, force: bool) -> None:
    """Raise InputError where `write_whole` could not write, before the work whose result it is."""
    if path == "-":
        told = "expected a file, as stdout has the answer"
        raise InputError(Problem(told, file=path, hint="./- is a file of that name"))
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise InputError(Problem("cannot be written: it is a folder", file=path))
    if os.path.exists(target) and not os.path.isfile(target):
        return
    if os.path.exists(target) and not force:
        raise InputError(
            Problem("the file exists and was left as it is", file=path, hint="--force overwrites it")
        )
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise InputError(Problem("cannot be written: its folder is not there", file=path))
    if not os.access(folder, os.W_OK):
        raise InputError(Problem("cannot be written: its folder may not be written to", file=path))


def is_same_file(path: str, other: str) -> bool:
    """Whether two paths lead to one file, that need not be there yet."""
    return os.path.realpath(path) == os.path.realpath(other)


def require_apart(files: Mapping[str, str | None]) -> None:
    """Raise InputError where two options, by their names, are given one file; a device may be shared.

    Raises it for the empty name of a shell's variable that is not set, too.
    """
    options: dict[str, str] = {}
    for option, path in files.items():
        if path == "":
            raise InputError(f"{option}: expected a file, got nothing")
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            continue
        target = os.path.realpath(path)
        if target in options:
            raise InputError(
                Problem(f"expected two files for {options[target]} and {option}, got one", file=path)
            )
        options[target] = option


def _write_device(path: str, target: str, data: Iterable[bytes]) -> None:
    """Write to what is no ordinary file: a pipe, /dev/null."""
    try:
        with open(target, "wb") as stream:
            stream.writelines(data)
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}", file=path)) from None
