"""WebVTT with a voice tag for each speaker (``<v Ana>``), as Teams, Descript and others write it.

Must not go here: Teams' numbered cues (``teams_vtt.py``), our own exports (``own_vtt.py``).
"""

from typing import Final

from meeting_pipeline.providers.imported.cues.scoring import timed_format
from meeting_pipeline.providers.imported.cues.talk import Naming

FORMAT: Final = timed_format(
    "voices-vtt",
    "WebVTT with voices",
    lambda timed: 0.8 if timed.file.header and timed.talk.naming is Naming.VOICES else 0.0,
)
