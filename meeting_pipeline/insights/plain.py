"""Plain text from a model's answer: one line of limited length.

Belongs here: normalization of every text field of every insight. Markup stays unchanged as text; the renderers escape it. Must
not go here: rules about the meaning of a field, cleaning by renderers (``domain/text.py``).
"""

from meeting_pipeline.domain.speaker_placeholders import marked
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript


def plain_text(value: str, limit: int) -> str:
    """``value`` on one line, without control characters; cut at ``limit`` characters with an ellipsis."""
    flat = one_line(value)
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip() + "…"


def statement(value: str, limit: int, transcript: Transcript) -> str:
    """A sentence or title: plain text in which speakers are proper marks (``domain/speaker_placeholders.py``)."""
    return plain_text(marked(value, transcript.speakers, transcript.speaker_names), limit)
