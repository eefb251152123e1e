"""The offline engine on the shipped sample: what it must find there, and how its drafts are marked.

The sample is recognised once for the whole module, which takes some seconds.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_pipeline.demo.samples import SAMPLES
from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.insight_results import ActionItems, Decisions, Speakers, Summary
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.providers.offline.analyst import OfflineAnalyst
from meeting_pipeline.providers.offline.diarization import Voice, diarize
from meeting_pipeline.providers.offline.features import mfcc
from meeting_pipeline.providers.offline.segmentation import stretches
from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText
from meeting_pipeline.providers.ports import Audio, Rejected

SCRIPT: dict[str, Any] = json.loads((SAMPLES / "meeting.json").read_text(encoding="utf-8"))
CONTEXT = MeetingContext("Weekly", date.fromisoformat(SCRIPT["date"]), ())
RATE_HZ = 16_000


def transcribe(path: Path, speakers_expected: int | None) -> Transcript:
    engine = OfflineSpeechToText()
    options = engine.options(language=None, keyterms=(), speakers_expected=speakers_expected)
    found = engine.collect(None, Audio(path, None, 84_000), options)
    assert isinstance(found, Transcript)
    return found


@pytest.fixture(scope="module")
def transcript() -> Transcript:
    return transcribe(SAMPLES / "meeting.webm", 3)


def words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "' " else " " for c in text.lower()).split()


def errors(said: list[str], heard: list[str]) -> int:
    """Word errors: the edit distance between two lists of words."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (one != other))
    return row[-1]


@pytest.mark.slow
def test_most_words_of_the_sample_are_recognised(transcript: Transcript) -> None:
    said = [word for turn in SCRIPT["turns"] for word in words(turn["text"])]
    assert errors(said, words(transcript.text)) < 0.3 * len(said)


@pytest.mark.slow
def test_the_three_voices_are_told_apart(transcript: Transcript) -> None:
    assert transcript.speakers == ("A", "B", "C")


@pytest.mark.slow
def test_a_draft_is_stamped_with_what_it_is(transcript: Transcript) -> None:
    assert transcript.provenance.draft
    assert transcript.provenance.provider == "offline"
    assert "Draft" in transcript.provenance.note
    assert transcript.confidence is not None
    assert 0.5 < transcript.confidence < 1


@pytest.mark.slow
def test_segments_are_in_order_and_within_the_recording(transcript: Transcript) -> None:
    assert [s.index for s in transcript.segments] == list(range(len(transcript.segments)))
    for one, following in zip(transcript.segments, transcript.segments[1:], strict=False):
        assert one.start_ms <= following.start_ms
        assert one.start_ms < one.end_ms <= 90_000


@pytest.mark.slow
def test_one_speaker_is_not_split(transcript: Transcript) -> None:
    samples = np.concatenate(list(decode_pcm16k_mono(SAMPLES / "meeting.webm")))
    alone = [
        samples[s.start_ms * RATE_HZ // 1000 : s.end_ms * RATE_HZ // 1000]
        for s in transcript.segments
        if s.speaker == "A"
    ]
    voices = [Voice(*mfcc(stretch.samples)) for stretch in stretches([np.concatenate(alone)])]
    heard = [path[voice.audible] for voice, path in zip(voices, diarize(voices, None), strict=True)]
    assert np.unique(np.concatenate(heard)).tolist() == [0]


@pytest.mark.slow
def test_every_action_item_of_the_script_is_found_with_owner_and_date(transcript: Transcript) -> None:
    names = OfflineAnalyst().extract(Insight.SPEAKERS, transcript, CONTEXT).result
    items = OfflineAnalyst().extract(Insight.ACTION_ITEMS, transcript, CONTEXT).result
    assert isinstance(names, Speakers)
    assert isinstance(items, ActionItems)
    name_of = {named.label: named.name for named in names.names}
    found = {(name_of.get(i.owner or ""), i.due_date.isoformat() if i.due_date else None) for i in items.items}
    assert found == {(item["owner"], item["due_date"]) for item in SCRIPT["expected"]["action_items"]}


@pytest.mark.slow
def test_every_decision_of_the_script_is_found(transcript: Transcript) -> None:
    result = OfflineAnalyst().extract(Insight.DECISIONS, transcript, CONTEXT).result
    assert isinstance(result, Decisions)
    found = [set(words(d.decision)) for d in result.decisions]
    for expected in SCRIPT["expected"]["decisions"]:
        assert any(len(set(words(expected)) & heard) >= len(words(expected)) / 2 for heard in found), expected


@pytest.mark.slow
@pytest.mark.parametrize("insight", list(Insight))
def test_every_answer_is_a_draft_that_read_the_whole_meeting(transcript: Transcript, insight: Insight) -> None:
    answer = OfflineAnalyst().extract(insight, transcript, CONTEXT)
    assert answer.provenance.draft
    assert answer.coverage.complete
    assert answer.usage.cost_usd == 0


@pytest.mark.slow
def test_evidence_stands_in_the_transcript(transcript: Transcript) -> None:
    by_index = {s.index: s.text for s in transcript.segments}
    items = OfflineAnalyst().extract(Insight.ACTION_ITEMS, transcript, CONTEXT).result
    assert isinstance(items, ActionItems)
    for item in items.items:
        assert item.evidence.quote in " ".join(by_index[i] for i in item.evidence.segment_ids)


@pytest.mark.slow
def test_a_draft_of_low_confidence_has_candidates_only(transcript: Transcript) -> None:
    poor = transcript.model_copy(update={"confidence": 0.4})
    items = OfflineAnalyst().extract(Insight.ACTION_ITEMS, poor, CONTEXT).result
    decisions = OfflineAnalyst().extract(Insight.DECISIONS, poor, CONTEXT).result
    assert isinstance(items, ActionItems)
    assert isinstance(decisions, Decisions)
    assert items.items
    assert decisions.decisions
    assert all(item.candidate for item in items.items)
    assert all(decision.candidate for decision in decisions.decisions)


def test_a_good_transcript_export_gives_facts() -> None:
    exported = read_transcript(SAMPLES / "review.vtt")
    items = OfflineAnalyst().extract(Insight.ACTION_ITEMS, exported, CONTEXT).result
    names = OfflineAnalyst().extract(Insight.SPEAKERS, exported, CONTEXT).result
    assert isinstance(items, ActionItems)
    assert isinstance(names, Speakers)
    assert len(items.items) == 3
    assert not any(item.candidate for item in items.items)
    assert [named.name for named in names.names] == ["Priya Nair", "Tom Becker", "Aiko Sato"]


def test_a_meeting_without_agreements_has_none() -> None:
    chat = Transcript(
        segments=(Segment(index=0, speaker="A", start_ms=0, end_ms=4000, text="The weather was nice last week."),),
        language="en",
        duration_ms=4000,
        confidence=None,
        provenance=Provenance(provider="imported", model="txt"),
    )
    items = OfflineAnalyst().extract(Insight.ACTION_ITEMS, chat, CONTEXT).result
    decisions = OfflineAnalyst().extract(Insight.DECISIONS, chat, CONTEXT).result
    summary = OfflineAnalyst().extract(Insight.SUMMARY, chat, CONTEXT).result
    assert isinstance(items, ActionItems)
    assert isinstance(decisions, Decisions)
    assert isinstance(summary, Summary)
    assert not items.items
    assert not decisions.decisions
    assert summary.short_summary


def test_another_language_is_refused_and_said() -> None:
    engine = OfflineSpeechToText()
    options = engine.options(language="fr", keyterms=(), speakers_expected=None)
    answer = engine.collect(None, Audio(SAMPLES / "meeting.webm", None, 1), options)
    assert isinstance(answer, Rejected)
    assert answer.code == "unsupported_language"
