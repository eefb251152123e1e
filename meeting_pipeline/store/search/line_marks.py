"""Marks: words of the index that represent a property of a line. They contain an underscore, which no word of a text does.

Must not go here: words of texts (``domain/search_queries.py``).
"""

from typing import Final

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.search_queries import WORD_CHARACTERS, tokens

_WITHHELD: Final = "x_withheld"


def kind_mark(kind: LineKind) -> str:
    """Of a kind of line. Lines of the transcript, nearly all, have none."""
    return f"k_{kind.value}"


def status_mark(status: str) -> str:
    """Of a status of an item."""
    return f"s_{status}"


def withheld_mark() -> str:
    """Of a claim that is withheld."""
    return _WITHHELD


def folded_name(name: str) -> str:
    """A name as it is compared: its words without case and accents; empty for a name without letters and digits."""
    return " ".join(token.folded for token in tokens(name))[:WORD_CHARACTERS].strip()


def person_mark(name: str) -> str:
    """Of a person who said, does or decided something; empty for a name without letters and digits."""
    folded = folded_name(name)
    return f"w_{folded.replace(' ', '_')}" if folded else ""
