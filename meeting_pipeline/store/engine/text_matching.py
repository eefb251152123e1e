"""Whether a column contains a text, in any case, on every database alike.

SQLite knows the case of ASCII letters only, and PostgreSQL that of its database's locale. Must not go here: words and their order
(``store/search/``).
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

_LETTERS: Final = 16
"""Letters of other alphabets whose case is ignored: each is a call inside of another, and SQLite's parser has a limit."""


def contains(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """The condition that a column contains a text, ignoring case."""
    wanted = text.lower()
    known: ColumnElement[Any] = func.lower(column, type_=column.type)
    pairs = ((letter.upper(), letter) for letter in dict.fromkeys(wanted) if not letter.isascii())
    cased = [(great, small) for great, small in pairs if great != small and len(great) == 1]
    for great, small in cased[:_LETTERS]:
        known = func.replace(known, great, small, type_=column.type)
    return known.contains(wanted, autoescape=True)
