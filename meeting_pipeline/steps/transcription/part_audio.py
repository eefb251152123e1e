"""The sound of a recording for transcription in parts: where to cut, the encoded parts, and the speakers, each from the sandbox.

Must not go here: the work itself (``providers/parts``), buying (``parts.py``).
"""

import base64
from collections import deque
from collections.abc import Iterator, Sequence

from meeting_pipeline.media.encoding import ENCODINGS
from meeting_pipeline.providers.parts import policies as part_policies
from meeting_pipeline.providers.parts.cutting import Span
from meeting_pipeline.providers.parts.port import PartLimits
from meeting_pipeline.providers.parts.voices import Labelled, Turn
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.transcription import policies
from meeting_pipeline.steps.transcription.local import ask_here


def longest_part_ms(limits: PartLimits) -> int:
    """The longest part within both limits of a server."""
    by_size = limits.largest_bytes * 1000 // ENCODINGS[limits.audio].bytes_per_second
    return min(limits.longest_ms, by_size)


def planned_spans(audio: Audio, longest_ms: int, ranges: Sequence[Span] | None = None) -> list[Span]:
    """Where to cut the recording, or these ranges of it. Raises: as ``ask_here``."""
    given = {"media": str(audio.media_path), "longest_ms": longest_ms, "ranges": ranges}
    found = ask_here("cuts", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [(start, end) for start, end in found["spans"]]


def encoded_spans(audio: Audio, spans: Sequence[Span], limits: PartLimits) -> Iterator[bytes]:
    """The sound of these spans, in order. A few are encoded at a time, so that memory does not grow with the recording.

    Raises: as ``ask_here``.
    """
    waiting = deque(spans)
    rate = ENCODINGS[limits.audio].bytes_per_second
    while waiting:
        batch = [waiting.popleft()]
        held = (batch[0][1] - batch[0][0]) * rate // 1000
        while waiting and held + (waiting[0][1] - waiting[0][0]) * rate // 1000 <= part_policies.ENCODED_BYTES:
            batch.append(waiting.popleft())
            held += (batch[-1][1] - batch[-1][0]) * rate // 1000
        given = {"media": str(audio.media_path), "spans": batch, "audio": limits.audio}
        found = deque(ask_here("parts", given, audio, 2 * held + policies.PART_OVERHEAD_BYTES)["parts"])
        while found:
            yield base64.b64decode(found.popleft())


def turns_of(audio: Audio, speakers_expected: int | None) -> list[Turn]:
    """Who speaks when, by voice. Raises: as ``ask_here``."""
    given = {"media": str(audio.media_path), "speakers_expected": speakers_expected}
    found = ask_here("turns", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [Turn(*turn) for turn in found["turns"]]


def linked_voices(
    audio: Audio, spoken: Sequence[Labelled], speakers_expected: int | None
) -> list[tuple[int, str, int]]:
    """Which labels of different parts are one person, by voice. Raises: as ``ask_here``."""
    pieces = [[one.start_ms, one.end_ms, one.part, one.label] for one in spoken]
    given = {"media": str(audio.media_path), "spoken": pieces, "speakers_expected": speakers_expected}
    found = ask_here("voices", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [(part, label, speaker) for part, label, speaker in found["speakers"]]
