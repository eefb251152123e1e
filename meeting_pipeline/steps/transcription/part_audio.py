"""The audio of a recording for transcription in parts: where to cut, the encoded parts, and the speakers, each from the sandbox.

Must not go here: the work itself (``providers/parts``), buying (``parts.py``).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.media.encoding import ENCODINGS
from meeting_pipeline.providers.parts import policies as part_policies
from meeting_pipeline.providers.parts.cutting import Span
from meeting_pipeline.providers.parts.port import PartLimits
from meeting_pipeline.providers.parts.voices import Labelled, Turn
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.transcription import policies
from meeting_pipeline.steps.transcription.local import ask_sandbox


def longest_part_ms(limits: PartLimits) -> int:
    """The longest part within both limits of a server."""
    by_size = limits.largest_bytes * 1000 // ENCODINGS[limits.audio].bytes_per_second
    return min(limits.longest_ms, by_size)


def planned_spans(audio: Audio, longest_ms: int, ranges: Sequence[Span] | None = None) -> list[Span]:
    """Where to cut the recording, or these ranges of it. Raises: as ``ask_sandbox``."""
    given = {"media": str(audio.media_path), "longest_ms": longest_ms, "ranges": ranges}
    found = ask_sandbox("cuts", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [(start, end) for start, end in found["spans"]]


def encoded_spans(audio: Audio, spans: Sequence[Span], limits: PartLimits, scratch: Path) -> Iterator[bytes]:
    """The audio of these spans, in order. They wait in a file in ``scratch``, so that memory does not grow with the recording.

    The first comes alone: whether the server takes parts of this size is known before the others are encoded.
    Raises: StoreUnavailable ``disk_full``; and as ``ask_sandbox``.
    """
    waiting = list(spans)
    rate = ENCODINGS[limits.audio].bytes_per_second
    count = 1
    while waiting:
        batch, waiting = waiting[:count], waiting[count:]
        count = max(1, part_policies.ENCODED_MS // max(end - start for start, end in spans))
        largest = sum((end - start) * rate // 1000 + policies.PART_OVERHEAD_BYTES for start, end in batch)
        yield from _encoded(audio, batch, limits, scratch / "parts", largest)


def _encoded(
    audio: Audio, spans: Sequence[Span], limits: PartLimits, target: Path, largest_bytes: int
) -> Iterator[bytes]:
    lack = lacking(target.parent, largest_bytes)
    if lack is not None:
        raise lack
    given = {"media": str(audio.media_path), "spans": spans, "audio": limits.audio, "target": str(target)}
    sizes = ask_sandbox("parts", given, audio, policies.LOCAL_TRANSCRIPT_BYTES, file_bytes=largest_bytes)["sizes"]
    with target.open("rb") as file:
        for size in sizes:
            yield file.read(size)


def turns_of(audio: Audio, speakers_expected: int | None) -> list[Turn]:
    """Who speaks when, by voice. Raises: as ``ask_sandbox``."""
    given = {"media": str(audio.media_path), "speakers_expected": speakers_expected}
    found = ask_sandbox("turns", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [Turn(*turn) for turn in found["turns"]]


def linked_voices(
    audio: Audio, spoken: Sequence[Labelled], speakers_expected: int | None
) -> list[tuple[int, str, int]]:
    """Which labels of different parts are one person, by voice. Raises: as ``ask_sandbox``."""
    pieces = [[one.start_ms, one.end_ms, one.part, one.label] for one in spoken]
    given = {"media": str(audio.media_path), "spoken": pieces, "speakers_expected": speakers_expected}
    found = ask_sandbox("voices", given, audio, policies.LOCAL_TRANSCRIPT_BYTES)
    return [(part, label, speaker) for part, label, speaker in found["speakers"]]
