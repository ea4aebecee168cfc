"""The entry point: answers what needs no library at once, and starts the command line for the rest."""

import gc

# A short-lived process has no garbage worth looking for: this is a fifth of a command's time.
gc.disable()

import atexit  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

atexit.register(gc.freeze)


def main() -> None:
    """Run nnstep with the arguments of the process; ends it with the command's exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from perceptron_cli import __version__

        sys.stdout.write(f"nnstep {__version__}\n")
        return
    # One thread: a small network gains nothing from more, and starting them costs 60 ms.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from perceptron_cli.cli.app import run
    except KeyboardInterrupt:  # before there is a command line that answers it
        sys.exit(130)
    sys.exit(run())


if __name__ == "__main__":
    main()
