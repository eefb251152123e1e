"""Plain text out of a model's answer: one line, no control characters, a stated greatest length.

Belongs here: what is done to every text field of every insight. Markup stays as it is, as text: whoever
renders escapes it. Must not go here: rules about what a field means.
"""

import unicodedata

_DROPPED = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Invisible characters that reorder or hide text. Joiners stay: Indic and Persian words need them."""


def plain_text(value: str, limit: int) -> str:
    """``value`` on one line, without control characters; cut at ``limit`` characters with an ellipsis."""
    flat = one_line(value)
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip() + "…"


def one_line(value: str) -> str:
    """``value`` with every run of white space and control characters as one space."""
    kept = ("" if c in _DROPPED else " " if unicodedata.category(c) in ("Cc", "Cs") else c for c in value)
    return " ".join("".join(kept).split())
