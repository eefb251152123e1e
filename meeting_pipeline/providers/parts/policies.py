"""Policies of transcription in parts, each with its reason. Must not go here: code that acts on them, settings."""

from typing import Final

from meeting_pipeline.domain.units import MS_PER_HOUR

CUT_SHARE: Final = 0.5
"""A part is at least this share of the longest one, so that there are at most twice as many parts as needed ..."""
CUT_SLACK: Final = 0.1
"""... and if the last possible place for a cut leaves less room than this share to find a pause, one more part is made."""
PAUSE_ENOUGH_MS: Final = 1_500
"""Pauses of this length are as good as longer ones: of those, the one nearest to even parts is taken."""
SHORTEST_PART_MS: Final = 10_000
"""A server that refuses a part of this length for its size will not take the recording."""
LOST_ANSWER_SECONDS: Final = 60.0
"""Wait before a part whose answer was lost is requested again: what broke the connection may break the next one too, and each
call may be on the bill."""
ENCODED_MS: Final = 12 * MS_PER_HOUR
"""Sound that is encoded at once, and waits on the disk: 0.4 GB as MP3, 1.4 GB as WAV. For each further piece of this length the
recording is decoded from its beginning once more; nearly all recordings are shorter."""
LINK_MIN_FRAMES: Final = 40
"""Audible frames (20 ms each) of a label in a part that are needed to recognise its voice in other parts."""
