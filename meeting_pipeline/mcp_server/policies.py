"""How much one call of a tool may return, with the reasons."""

from typing import Final

MEETINGS: Final = 50
"""Meetings in one answer: about as much as an assistant reads before it narrows its question down."""
LINES: Final = 20
"""Hits for each meeting."""
SEGMENTS: Final = 200
"""Segments of a transcript in one answer: about a quarter of an hour of talk, some 3,000 tokens."""
ITEMS: Final = 200
"""Open items in one answer."""
MEETINGS_READ: Final = 200
"""Meetings whose records are read for one list of open items, the newest first: a record takes milliseconds."""
