"""Our own WebVTT export, read back without loss: title and notices as comments, then one voice per cue.

Must not go here: writing it (``domain/exports.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format

_CUE: Final = re.compile(r"<v [^<>]{1,1000}+>[^<>]*+</v>")
_DRAFT: Final = re.compile(
    r"Draft made without a language model|The transcript is a draft of offline speech recognition"
)
"""How ``domain/status_notes.py`` says it."""


def _marks(timed: TimedText) -> float:
    file = timed.file
    if not file.header or not file.comments or not file.cues or file.definitions or file.settings:
        return 0.0
    ours = all(not cue.identifier and len(cue.rows) == 1 and _CUE.fullmatch(cue.rows[0]) for cue in file.cues)
    return 0.97 if ours and timed.text.startswith("WEBVTT\n\nNOTE ") else 0.0


def _is_draft(timed: TimedText) -> bool:
    return any("offline speech recognition" in comment and _DRAFT.search(comment) for comment in timed.file.comments)


FORMAT: Final = timed_format("own-vtt", "meeting_pipeline, WebVTT", _marks, whole=True, draft=_is_draft)
