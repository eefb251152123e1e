"""Our own WebVTT export, read back without loss: title and notices as comments, then one voice per cue.

Must not go here: what makes it ours (``cues/own.py``), writing it (``domain/exports.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format

_DRAFT: Final = re.compile(
    r"Draft made without a language model|The transcript is a draft of offline speech recognition"
)
"""How ``domain/status_notes.py`` says it."""


def _is_draft(timed: TimedText) -> bool:
    return any("offline speech recognition" in comment and _DRAFT.search(comment) for comment in timed.file.comments)


FORMAT: Final = timed_format(
    "own-vtt",
    "meeting_pipeline, WebVTT",
    lambda timed: 0.97 if timed.is_own_vtt else 0.0,
    whole=True,
    draft=_is_draft,
)
