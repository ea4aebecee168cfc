"""The words of a document - notes, tables, titles - with the names that its symbols are written with."""

from __future__ import annotations

import re
from dataclasses import replace

from perceptron_cli.document import Block, Document, Note, Section, Table
from perceptron_cli.expr import symbol_of
from perceptron_cli.notation import Notation

_SYMBOL = re.compile(
    r"(?<![\w.'])(?:s\d+:)?(?:dL/d|da/d)?[A-Za-z]+(?:\[\d+\])?_\d+(?:,\d+)*'?(?![\w(\]])|(?<![\w/.'])L'?(?![\w/])"
)


def with_names(document: Document, notation: Notation) -> Document:
    """Return a document whose words name symbols as its formulas do."""
    sections = tuple(_section(one, notation) for one in document.sections)
    parts = tuple(
        replace(part, sections=tuple(_section(one, notation) for one in part.sections))
        for part in document.parts
    )
    return replace(document, title=_named(document.title, notation), sections=sections, parts=parts)


def _section(section: Section, notation: Notation) -> Section:
    blocks = tuple(_block(block, notation) for block in section.blocks)
    return replace(section, title=_named(section.title, notation), blocks=blocks)


def _block(block: Block, notation: Notation) -> Block:
    match block:
        case Note() if block.kind != "convention":
            return replace(block, text=_named(block.text, notation))
        case Table():
            rows = tuple(tuple(_named(cell, notation) for cell in row) for row in block.rows)
            return replace(block, rows=rows)
    return block


def _named(text: str, notation: Notation) -> str:
    """Put a symbol's name in place of nnstep's, where there is one."""

    def name(found: re.Match[str]) -> str:
        symbol = symbol_of(found.group())
        known = symbol is not None and notation.naming is not None and notation.naming(symbol)
        return notation.symbol(symbol) if symbol is not None and known else found.group()

    return _SYMBOL.sub(name, text)
