"""The wording of an item, without its owner and its due date: these are compared on their own.

Must not go here: comparing (``wording.py``).
"""

from meeting_pipeline.domain.commitments.people import name_words
from meeting_pipeline.domain.commitments.values import Part
from meeting_pipeline.domain.commitments.wording import Wording, wording_of


def part_wording(part: Part) -> Wording:
    """How an item is worded. Its due date is left out: "by 6 February" and "by 13 February" would be two numbers."""
    return wording_of(
        _without(part.text, (part.due_words or "").strip()), part.insight, tuple(name_words(part.owner or ""))
    )


def _without(text: str, words: str) -> str:
    """The text without the first place of these words, in any case."""
    at = text.lower().find(words.lower())
    if not words or at < 0 or text[at : at + len(words)].lower() != words.lower():  # lower case may be longer
        return text
    return f"{text[:at]} {text[at + len(words) :]}"
