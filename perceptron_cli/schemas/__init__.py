"""JSON Schemas (draft-07) of the config and of `--json`, made from the tables that the program reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perceptron_cli.schemas.config import config_schema
from perceptron_cli.schemas.output import output_schema
from perceptron_cli.schemas.parts import Schema

__all__ = ["SCHEMAS", "config_schema", "output_schema"]

SCHEMAS: Mapping[str, Callable[[], Schema]] = {"config": config_schema, "output": output_schema}
