"""The text of a summary, made from those of its sentences that are published.

Must not go here: which sentences are published (``claim_edits.py``, ``relocation.py``).
"""

from collections.abc import Sequence

from meeting_pipeline.domain.insight_results import Summary


def text_with(summary: Summary, facts: Sequence[str]) -> str:
    """The text of ``summary`` with these sentences instead of those that it states.

    A text with words of its own around the sentences, such as a draft's "Key sentences, chosen by rule: ... … ....", keeps them.
    """
    if not facts:
        return "" if summary.sentences else summary.short_summary
    stated = [sentence.text for sentence in summary.sentences if not sentence.withheld]
    if list(facts) == stated:
        return summary.short_summary
    places, at = [], 0
    for text in stated:
        found = summary.short_summary.find(text, at)
        if found < 0:
            return " ".join(facts)
        places.append((found, at := found + len(text)))
    if not places:
        return " ".join(facts)
    between = (
        summary.short_summary[places[0][1] : places[1][0]] if len(places) > 1 else _BETWEEN.get(places[0][0] > 0, " ")
    )
    return summary.short_summary[: places[0][0]] + between.join(facts) + summary.short_summary[places[-1][1] :]


_BETWEEN = {True: " … ", False: " "}
"""Between the sentences of a text that has only one: a text that introduces it quotes, and quotes are set apart."""
