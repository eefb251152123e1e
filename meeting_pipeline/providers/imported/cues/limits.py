"""Files of cues that are larger than any meeting are recognised by counting, before anything is parsed.

Must not go here: limits of the finished transcript (``build_transcript.py``).
"""

import re
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.text import too_many_lines

_TAG: Final = re.compile(r"<[^<>\n]{0,200}+>")
_TIMING_ROW: Final = 50
"""Characters of a timing row with its number."""
_SHOWN_TWICE: Final = 2
"""Rolling captions show each row twice."""


def refusal(text: str) -> IntakeRefused | None:
    """Why the text is too large; ``None`` if it is not. Takes the time of a few searches."""
    arrows = text.count("-->")
    if arrows > policies.MAX_TRANSCRIPT_LINES:
        return too_many_lines()
    if max(text.count(mark) for mark in ("\n", "<", "&", "{")) > policies.MAX_TRANSCRIPT_MARKUP:
        return IntakeRefused(
            "too_large",
            f"The transcript has more than {policies.MAX_TRANSCRIPT_MARKUP:,} rows, tags or entities.",
            "Check that this is the right file; split it if it is.",
        )
    most = _SHOWN_TWICE * policies.MAX_TRANSCRIPT_CHARACTERS + _TIMING_ROW * arrows
    if len(text) > most and len(_TAG.sub("", text)) > most:
        return too_much_text()
    return None


def too_much_text() -> IntakeRefused:
    """Return the refusal of a transcript with more text than a meeting has."""
    return IntakeRefused(
        "too_large",
        f"The transcript has more than {policies.MAX_TRANSCRIPT_CHARACTERS:,} characters of text.",
        "Check that this is the right file; split it if it is.",
    )
