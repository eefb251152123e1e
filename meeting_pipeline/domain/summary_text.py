"""The text of a summary, made from those of its sentences that are published.

Must not go here: which sentences are published (``claim_edits.py``, ``relocation.py``).
"""

from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.insight_results import Summary

_BETWEEN: Final = {True: " … ", False: " "}
"""Between the sentences of a text that has only one: a text that introduces it quotes, and quotes are set apart."""


def text_with(summary: Summary, facts: Sequence[str]) -> str:
    """The text of ``summary`` with these sentences instead of those that it states.

    A text with words of its own around the sentences, such as a draft's "Key sentences, chosen by rule: ... … ....", keeps them.
    """
    text = summary.short_summary
    if not facts:
        return "" if summary.sentences else text
    stated = [sentence.text for sentence in summary.sentences if not sentence.withheld]
    if list(facts) == stated or (len(facts) == len(summary.sentences) and _places(text, facts)):
        return text  # as it is stored, or as it was made before
    places = _places(text, stated)
    if not places:
        return " ".join(facts)
    (first, end), (_, last) = places[0], places[-1]
    between = text[end : places[1][0]] if len(places) > 1 else _BETWEEN[first > 0]
    return text[:first] + between.join(facts) + text[last:]


def _places(text: str, sentences: Sequence[str]) -> list[tuple[int, int]]:
    """Where the sentences begin and end in the text, one after the other; empty if they do not."""
    places, at = [], 0
    for one in sentences:
        found = text.find(one, at)
        if found < 0:
            return []
        at = found + len(one)
        places.append((found, at))
    return places
