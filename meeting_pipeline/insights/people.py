"""People in answers: a speaker label if the person speaks, otherwise the name as said.

Belongs here: mapping a model's word for a person to a label or name. Must not go here: naming labels (``speakers.py``).
"""

import re
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.plain import plain_text

_AND: Final = re.compile(r"\s?,\s?|\s(?:and|und|et|y|e|&|\+|/)\s")
_ENDS: Final = ("{}", "[]", "<>", "()")
_SPEAKER: Final = re.compile(r"^speaker[\s_:-]{1,3}")
_LONGEST: Final = policies.INSIGHT_NAME_CHARACTERS


def person(word: str | None, transcript: Transcript) -> str | None:
    """The label that ``word`` refers to, otherwise the word itself.

    ``B``, ``{B}``, ``[B]``, ``Speaker B``, ``SPEAKER_B``, and the name that the source of the transcript gives to B all refer
    to label B. A name comes before ``Speaker B``: a source can call the speaker with label A "Speaker B".
    ``None`` for an empty word, one that means nobody, and one that names several speakers.
    """
    name = plain_text(word or "", policies.INSIGHT_NAME_CHARACTERS)
    if not name or name.casefold() in {"null", "none", "unknown", "n/a", "nobody", "unassigned"}:
        return None
    labels = {one_line(label): label for label in transcript.speakers}
    bare = next((name[1:-1].strip() for ends in _ENDS if name[0] + name[-1] == ends), name)
    if name in labels or bare in labels:
        return labels.get(name) or labels[bare]
    folded = bare.casefold()
    named = {one_line(transcript.speaker_names.get(label, "")).casefold(): label for label in labels.values()}
    plain = {shown.casefold(): label for shown, label in labels.items()}
    label = named.get(folded) or plain.get(folded) or plain.get(_SPEAKER.sub("", folded))
    if label is not None:
        return label
    return None if _several(name, transcript) else bare


def _several(name: str, transcript: Transcript) -> tuple[str, ...]:
    """The labels in an enumeration of speakers, such as "A and B"; empty if it is not one."""
    parts = _AND.split(name)
    found = [person(part, transcript) for part in parts] if 1 < len(parts) <= policies.INSIGHT_PEOPLE else []
    labels = [one for one in found if one in transcript.speakers]
    return tuple(label for label in labels if label) if len(labels) == len(parts) else ()


def people(words: Iterable[str], transcript: Transcript) -> tuple[str, ...]:
    """Each person once, in the order given, at most ``policies.INSIGHT_PEOPLE``."""
    found = (
        one for word in words for one in _several(plain_text(word, _LONGEST), transcript) or [person(word, transcript)]
    )
    return tuple(dict.fromkeys(name for name in found if name))[: policies.INSIGHT_PEOPLE]
