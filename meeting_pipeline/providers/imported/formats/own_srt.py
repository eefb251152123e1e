"""Our own SRT export, read back without loss: one row per cue, ``Name: words``, and ``[Draft]`` in the first.

Must not go here: writing it (``domain/exports.py``).
"""

import re
from itertools import pairwise
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming, Spoken

_ROW: Final = re.compile(r"[0-9]{2,9}+:[0-9]{2}:[0-9]{2},[0-9]{3} --> [0-9]{2,9}+:[0-9]{2}:[0-9]{2},[0-9]{3}")
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", '"', "”", "»", "」", "।", "؟")  # noqa: RUF001 - full-width marks are meant
_CUT: Final = 0.2
"""In more than this share of the places where a speaker continues, captions of other programs end within a sentence."""


def _marks(timed: TimedText) -> float:
    file, talk = timed.file, timed.talk
    if file.header or file.head or file.strays or not file.cues or talk.naming is not Naming.PREFIXES or talk.chevrons:
        return 0.0
    numbered = all(cue.identifier == str(number) for number, cue in enumerate(file.cues, start=1))
    alone = all(len(cue.rows) == 1 for cue in file.cues) and len(talk.spoken) == len(file.cues)
    if not numbered or not alone or talk.only_changes or any(piece.speaker is None for piece in talk.spoken):
        return 0.0
    stamped = sum(_ROW.fullmatch(row) is not None for row in timed.text.split("\n") if "-->" in row)
    if stamped < len(file.cues):
        return 0.0
    return 0.95 if talk.draft else 0.0 if _are_cut(talk.spoken) else 0.9


def _are_cut(spoken: tuple[Spoken, ...]) -> bool:
    """Whether utterances are cut into captions."""
    same = [one for one, other in pairwise(spoken) if one.speaker == other.speaker]
    return sum(not piece.text.endswith(_ENDS) for piece in same) > _CUT * len(same)


FORMAT: Final = timed_format("own-srt", "meeting_pipeline, SRT", _marks, whole=True)
