"""The wording of an item, without its owner and its due date: these are compared on their own.

Must not go here: comparing (``wording.py``).
"""

import re

from meeting_pipeline.domain.commitments.people import name_words
from meeting_pipeline.domain.commitments.values import Part
from meeting_pipeline.domain.commitments.wording import Wording, wording_of


def part_wording(part: Part) -> Wording:
    """How an item is worded. Its due date is left out: "by 6 February" and "by 13 February" would be two numbers."""
    text = part.text
    if part.due_words and part.due_words.strip():
        text = re.sub(re.escape(part.due_words.strip()), " ", text, count=1, flags=re.IGNORECASE)
    return wording_of(text, part.insight, tuple(name_words(part.owner or "")))
