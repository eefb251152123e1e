"""Text and times as people read them: one clean line, a clock time.

Belongs here: what every renderer does to a piece of text before its own escaping. Must not go here: the escaping of
one format (``document.py``, ``exports.py``), or how long a field may be (``insights/plain.py``).
"""

import unicodedata

_DROPPED = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Invisible characters that reorder or hide text. Joiners stay: Indic and Persian words need them."""


def one_line(value: str) -> str:
    """``value`` with every run of white space and control characters as one space, safe to print on a terminal."""
    kept = ("" if c in _DROPPED else " " if unicodedata.category(c) in ("Cc", "Cs") else c for c in value)
    return " ".join("".join(kept).split())


def short_line(value: str, limit: int) -> str:
    """``value`` on one line, at most ``limit`` characters, with an ellipsis where it was cut."""
    line = one_line(value)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clock(ms: int) -> str:
    """A time inside a recording as ``h:mm:ss``, rounded down to the second."""
    seconds = max(ms, 0) // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
