"""How much one call of a tool may return, with the reasons."""

from typing import Final

MEETINGS: Final = 50
"""Meetings in one answer: about as much as an assistant reads before it narrows its question down."""
LINES: Final = 20
"""Hits for each meeting."""
SEGMENTS: Final = 200
"""Segments of a transcript in one answer: about a quarter of an hour of talk, some 3,000 tokens."""
COMMITMENTS: Final = 100
"""Commitments in one answer: some 10,000 tokens with what each meeting says of them."""
