"""People in answers: a speaker label if the person speaks, otherwise the name as said.

Belongs here: mapping a model's word for a person to a label or name. Must not go here: naming labels (``speakers.py``).
"""

from collections.abc import Iterable

from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.plain import plain_text


def person(word: str | None, transcript: Transcript) -> str | None:
    """The label that ``word`` refers to, otherwise the word itself.

    ``B``, ``{B}``, ``Speaker B``, and the name that the source of the transcript gives to B all refer to label B.
    ``None`` for an empty word, or one that means nobody.
    """
    name = plain_text(word or "", policies.INSIGHT_NAME_CHARACTERS)
    if not name or name.casefold() in {"null", "none", "unknown", "n/a", "nobody", "unassigned"}:
        return None
    labels = {one_line(label): label for label in transcript.speakers}
    bare = name.removeprefix("{").removesuffix("}").strip()
    if name in labels or bare in labels:
        return labels.get(name) or labels[bare]
    folded = name.casefold()
    for shown, label in labels.items():
        known = transcript.speaker_names.get(label, "")
        if folded in (shown.casefold(), f"speaker {shown}".casefold()) or (known and folded == known.casefold()):
            return label
    return name


def people(words: Iterable[str], transcript: Transcript) -> tuple[str, ...]:
    """Each person once, in the order given, at most ``policies.INSIGHT_PEOPLE``."""
    found = (person(word, transcript) for word in words)
    return tuple(dict.fromkeys(name for name in found if name))[: policies.INSIGHT_PEOPLE]
