"""The beginning of a line of the prompt, ``[index] LABEL (h:mm:ss):``, which models copy into quotes.

Must not go here: writing these lines (``prompting.py``).
"""

import re
from typing import Final

_PREFIX: Final = re.compile(
    r"(?<!\S)"
    r"(?:\[[0-9]{1,9}\]\s{0,3}+(?:[^\[\]():\n]{0,80}+\([0-9]{1,3}:[0-9]{2}:[0-9]{2}\)\s?+:?+)"  # whole, wherever a line begins
    r"|(?<![^\n])\[[0-9]{1,9}\](?:\s{0,3}+[A-Z][A-Z0-9_]{0,19}+\s?+:(?=\s))?+"  # without the time
    r"|(?<![^\n])[^\[\]():\n]{1,80}+\([0-9]{1,3}:[0-9]{2}:[0-9]{2}\)\s?+:)"  # without the index
    r"\s{0,3}+"
)


def without_prefixes(quote: str) -> str:
    """The quote without the beginnings of lines: at its own beginning, after a line break, and a whole one anywhere."""
    return _PREFIX.sub("", quote.strip())
