"""Microsoft Stream: a GUID above each cue and ``NOTE Confidence: 0.89`` between them; no names.

Must not go here: Teams (``teams_vtt.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.cues.scoring import timed_format

_GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}+", re.IGNORECASE)


def _marks(timed: TimedText) -> float:
    file = timed.file
    if not file.header:
        return 0.0
    if any(comment.startswith(("Confidence:", "recognizability")) for comment in file.comments):
        return 0.93
    guids = sum(_GUID.fullmatch(cue.identifier) is not None for cue in file.cues)
    return 0.9 if file.cues and guids > len(file.cues) / 2 else 0.0


FORMAT: Final = timed_format("stream-vtt", "Microsoft Stream, WebVTT", _marks)
