"""Recordings in which two people "speak" tones, with the transcripts of who speaks when.

Belongs here: what the tests of voices share. Must not go here: assertions.
"""

import io
import wave
from collections.abc import Sequence

import numpy as np

from meeting_pipeline.domain.insight_results import SpeakerName, Speakers
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.store.samples import SIMULATED, Journey

RATE_HZ = 16_000
LOW, HIGH, MIDDLE, OTHER = 300.0, 3_200.0, 6_200.0, 4_700.0
"""Heights of tones, each in the middle of a band of the engine that is made up: the "voices" of people."""
TURN_MS = 10_000


def sound(*tones: float, loudness: float = 0.3) -> bytes:
    """A WAV file in which each tone is heard for a turn; 0: silence."""
    times = np.arange(RATE_HZ * TURN_MS // 1000) / RATE_HZ
    samples = np.concatenate([np.sin(2 * np.pi * tone * times) * loudness for tone in tones])
    return as_wav(samples)


def as_wav(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bytes:
    """Samples between -1 and 1 as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return target.getvalue()


def talk(
    installation: Installation, number: int, first: str | None, second: str | None, tones: Sequence[float] = (LOW, HIGH),
    content: bytes | None = None,
) -> str:  # fmt: skip
    """A completed meeting in which A speaks for ten seconds, then B. Returns its key."""
    journey = Journey(installation.store, number=number).accept().begin()
    path = installation.folder.path(journey.key, "original.wav")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sound(*tones) if content is None else content)
    segments = tuple(
        Segment(
            index=place, speaker=label, start_ms=place * TURN_MS, end_ms=(place + 1) * TURN_MS, text="Good morning."
        )
        for place, label in enumerate("AB")
    )
    said = Transcript(segments=segments, language="en", duration_ms=2 * TURN_MS, confidence=0.9, provenance=SIMULATED)
    store = installation.store
    store.results.store_transcript(journey.key, journey.run_id, said, input_hash="t", cost_usd=0.0)
    store.lifecycle.extracting(journey.key, journey.run_id)
    evidence = Evidence(segment_ids=(0,), quote="Good morning.")
    named = [
        SpeakerName(label=label, name=name, confidence=0.9, evidence=evidence, verdict=Verdict.VERIFIED)
        for label, name in (("A", first), ("B", second))
        if name
    ]
    journey.answer(Speakers(names=tuple(named))).complete()
    return journey.key
