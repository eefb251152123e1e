"""Our own WebVTT export: title and notices as comments, then one voice per cue, in one row and without identifiers.

It is recognised before repeated captions are detected: its cues are whole utterances, and are read back unchanged.
Must not go here: writing it (``domain/exports.py``), our SRT export (``formats/own_srt.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.cues.blocks import CueFile

_CUE: Final = re.compile(r"<v [^<>]{1,1000}+>[^<>]*+</v>")


def is_own_vtt(text: str, file: CueFile) -> bool:
    """Whether a file can only be our own export."""
    if not text.startswith("WEBVTT\n\nNOTE ") or not file.cues or file.definitions or file.settings or file.strays:
        return False
    return all(not cue.identifier and len(cue.rows) == 1 and _CUE.fullmatch(cue.rows[0]) for cue in file.cues)
