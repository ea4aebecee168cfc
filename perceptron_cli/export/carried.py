"""The config that an exported file carries, so that `nnstep import` has the network back, whole."""

from __future__ import annotations

from perceptron_cli.engine.network import initial_weights
from perceptron_cli.spec.config import Config
from perceptron_cli.spec.write import written

BEGINS = "the network as a config; 'nnstep import' reads it back"
PROPERTY = "nnstep_config"  # where a file has properties with names


def config_text(config: Config, folder: str) -> str:
    """Return the config as YAML, with its weights; its data set is named as seen from `folder`."""
    return written(config, initial_weights(config), folder, config.name)


def as_comment(text: str, prefix: str) -> str:
    """Return a config as the comment that `carried` reads; the prefix has three characters."""
    told = "\n".join(f"{prefix}{line}".rstrip() for line in text.rstrip("\n").split("\n"))
    return f"\n{prefix.rstrip()} {BEGINS}\n{told}\n"


def carried(text: str) -> str | None:
    """Return the config that a script carries in its comments, None where it has none."""
    _, mark, rest = text.rpartition(BEGINS)
    if not mark:
        return None
    lines = [line[3:] for line in rest.split("\n")[1:] if line.startswith(("#  ", "// "))]
    return "\n".join(lines) + "\n"
