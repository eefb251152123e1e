"""The metadata of insights: the same keys for every outcome, with values short enough to read in a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs.assets.insight_metadata import extracted_metadata, missing_metadata
from meeting_pipeline.defs.preview import preview
from meeting_pipeline.domain.answers import Answer
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    InsightResult,
    SpeakerName,
    Speakers,
    Summary,
    Topic,
)
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.record import Gap, MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, applied
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import REASONS
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline_tests.domain.claimed import LIE, LIE_NAME, LIES, claimed, edit_of
from meeting_pipeline_tests.domain.meetings import meeting

WORDS = "*something* | that <b>was</b> said "
EVIDENCE = Evidence(segment_ids=(0,), quote=WORDS * 5)
RESULTS: dict[Insight, InsightResult] = {
    Insight.SPEAKERS: Speakers(names=(SpeakerName(label="A", name="Dana", confidence=0.9, evidence=EVIDENCE),)),
    Insight.SUMMARY: Summary(short_summary=WORDS * 100, topics=(Topic(title="One", start_ms=0, end_ms=5_000),)),
    Insight.ACTION_ITEMS: ActionItems(
        items=(
            ActionItem(
                task=WORDS * 3, owner="Priya", due_date=date(2026, 3, 6), due_words="by Friday", evidence=EVIDENCE
            ),
        )
        * 40
    ),
    Insight.DECISIONS: Decisions(decisions=(Decision(decision=WORDS, decided_by=("A",), evidence=EVIDENCE),)),
}
UI_INLINE_LIMIT = 1_000
"""The Dagster UI hides longer Markdown behind a button."""


def _record(*gaps: Gap) -> MeetingRecord:
    return MeetingRecord(
        key="2026-03-04-review-65975b61",
        title="Review",
        original_name="review.wav",
        meeting_date=date(2026, 3, 4),
        duration_ms=60_000,
        status=RecordingStatus.COMPLETED,
        stage=Stage.DONE,
        revision=1,
        submitted_at=datetime(2026, 3, 4, tzinfo=UTC),
        completed_at=datetime(2026, 3, 4, tzinfo=UTC),
        gaps=gaps,
    )


def _extracted(insight: Insight, *, draft: bool = False, reused: bool = False) -> Extracted:
    answer = Answer(
        insight=insight,
        result=RESULTS[insight],
        coverage=Coverage(segments_read=3, segments_total=3),
        usage=Usage(calls=2, input_tokens=100, output_tokens=50, cost_usd=0.01),
        provenance=Provenance(provider="offline", model="rules", draft=draft, note="A draft." if draft else ""),
        prompt_version="p1",
    )
    return Extracted(insight, 3, changed=True, reused=reused, answer=answer)


def _missing(insight: Insight, kept_version: int | None = None) -> Missing:
    return Missing(insight, ProviderUnavailable("provider_unavailable", "It did not answer."), kept_version)


def _markdown(metadata: dict[str, dg.MetadataValue]) -> str:
    value = metadata["preview"]
    assert isinstance(value, dg.MarkdownMetadataValue)
    return value.md_str or ""


@pytest.mark.parametrize("insight", Insight)
def test_every_outcome_has_the_same_keys_in_the_same_order_with_the_same_types(insight: Insight) -> None:
    shapes = [
        [(key, type(value)) for key, value in metadata.items()]
        for metadata in (
            extracted_metadata(_extracted(insight), _record()),
            extracted_metadata(_extracted(insight, draft=True), _record()),
            missing_metadata(_missing(insight), _record()),
        )
    ]
    assert shapes[0] == shapes[1] == shapes[2]
    assert shapes[0][0][0] == "outcome"


@pytest.mark.parametrize("insight", Insight)
def test_a_preview_is_short_enough_to_stand_in_a_table(insight: Insight) -> None:
    assert len(_markdown(extracted_metadata(_extracted(insight, draft=True), _record()))) < UI_INLINE_LIMIT


def test_a_preview_says_what_it_leaves_out() -> None:
    text = _markdown(extracted_metadata(_extracted(Insight.ACTION_ITEMS), _record()))
    assert text.endswith("*... and more*")
    assert preview(["short"]).md_str == "short"


def test_what_was_said_does_not_become_markup() -> None:
    text = _markdown(extracted_metadata(_extracted(Insight.DECISIONS), _record()))
    assert r"\*something\*" in text
    assert "<b>" not in text.replace(r"\<b", "")


def test_a_draft_says_so_before_anything_else() -> None:
    metadata = extracted_metadata(_extracted(Insight.SUMMARY, draft=True), _record())
    assert metadata["outcome"] == dg.MetadataValue.text(policies.OUTCOME_DRAFT)
    assert _markdown(metadata).startswith("> **A draft.**")


def test_a_gap_says_why_and_when_it_is_asked_again() -> None:
    gap = Gap(Insight.SUMMARY, "provider_unavailable", "-", retry_at=datetime(2026, 3, 4, 10, 30, tzinfo=UTC))
    metadata = missing_metadata(_missing(Insight.SUMMARY), _record(gap))
    assert metadata["outcome"] == dg.MetadataValue.text(policies.OUTCOME_GAP)
    assert metadata["problem"] == dg.MetadataValue.text("provider_unavailable")
    assert metadata["next_attempt"] == dg.MetadataValue.text("automatically, at 2026-03-04 10:30 UTC")
    assert "It did not answer." in _markdown(metadata)


def test_what_a_gap_leaves_unknown_is_not_zero() -> None:
    metadata = missing_metadata(_missing(Insight.ACTION_ITEMS), _record())
    assert metadata["item_count"] == dg.IntMetadataValue(None)
    assert metadata["version"] == dg.IntMetadataValue(None)


def test_an_earlier_version_that_stays_is_named() -> None:
    metadata = missing_metadata(_missing(Insight.SUMMARY, kept_version=2), _record())
    assert metadata["version"] == dg.IntMetadataValue(2)
    assert "version 2 stays" in _markdown(metadata)
    assert metadata["next_attempt"] == dg.MetadataValue.text("when somebody materializes this partition")


def test_a_reused_answer_costs_nothing_again() -> None:
    metadata = extracted_metadata(_extracted(Insight.SUMMARY, reused=True), _record())
    assert metadata["llm_calls"] == dg.IntMetadataValue(0)
    assert metadata["cost_usd"] == dg.FloatMetadataValue(0.0)


def test_what_the_run_paid_is_told_of_a_gap_too() -> None:
    spent = Usage(calls=2, input_tokens=100, output_tokens=50, cost_usd=0.01)
    for metadata in (
        extracted_metadata(replace(_extracted(Insight.SUMMARY), spent=spent), _record()),
        missing_metadata(replace(_missing(Insight.SUMMARY), spent=spent), _record()),
    ):
        assert metadata["llm_calls"] == dg.IntMetadataValue(2)
        assert metadata["cost_usd"] == dg.FloatMetadataValue(0.01)


@pytest.mark.parametrize("insight", [Insight.SUMMARY, Insight.ACTION_ITEMS, Insight.DECISIONS])
def test_marks_of_speakers_are_shown_as_names(insight: Insight) -> None:
    results: dict[Insight, InsightResult] = {
        Insight.SUMMARY: Summary(short_summary="{A} spoke.", topics=(Topic(title="{B}", start_ms=0, end_ms=5_000),)),
        Insight.ACTION_ITEMS: ActionItems(
            items=(ActionItem(task="Ask {A}", owner="B", due_date=None, due_words=None, evidence=EVIDENCE),)
        ),
        Insight.DECISIONS: Decisions(decisions=(Decision(decision="{A} rests", decided_by=("B",), evidence=EVIDENCE),)),
    }
    found = _extracted(insight)
    found = replace(found, answer=found.answer.model_copy(update={"result": results[insight]}))
    record = applied(meeting(), [SpeakerEdit("B", "Ada Lovelace")])
    metadata = extracted_metadata(found, record)
    table = metadata["result"]
    assert isinstance(table, dg.TableMetadataValue)
    shown = f"{_markdown(metadata)} {table.records}"
    assert "{" not in str([record.data for record in table.records]).replace("{'", "").replace("'}", "")
    assert "Anna Berg" in shown
    assert "Ada Lovelace" in shown


def _judged(insight: Insight) -> dict[str, dg.MetadataValue]:
    """The metadata of a result in which one claim of each kind is verified, and one is not."""
    record = claimed()
    found = _extracted(insight)
    found = replace(found, answer=found.answer.model_copy(update={"result": record.results[insight]}))
    return extracted_metadata(found, applied(record, ()))


def _rows(metadata: dict[str, dg.MetadataValue], name: str) -> list[dict[str, object]]:
    table = metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(row.data) for row in table.records]


@pytest.mark.parametrize("insight", Insight)
def test_a_claim_that_is_not_confirmed_stands_apart_from_the_facts(insight: Insight) -> None:
    metadata = _judged(insight)
    assert not [lie for lie in LIES if lie in str(_rows(metadata, "result"))]
    apart = _rows(metadata, "unverified")
    assert metadata["unverified_count"] == dg.IntMetadataValue(len(apart))
    assert {row["claim"] for row in apart} == {
        Insight.SPEAKERS: {f"B: {LIE_NAME}"},
        Insight.SUMMARY: {"The end of the world", "Everything is cancelled."},
        Insight.ACTION_ITEMS: {LIE},
        Insight.DECISIONS: {"Fire everybody"},
    }[insight]
    assert all("not_supported" in str(row["reasons"]) for row in apart)
    facts, _, others = _markdown(metadata).partition("Not confirmed by the words of the meeting")
    assert not [lie for lie in LIES if lie in facts]
    assert REASONS["not_supported"].rstrip(".") in others


@pytest.mark.parametrize("insight", Insight)
def test_each_row_of_the_facts_has_its_verdict(insight: Insight) -> None:
    rows = _rows(_judged(insight), "result")
    withheld_names = [""] if insight is Insight.SPEAKERS else []
    assert [row["verdict"] for row in rows] == ["verified", *withheld_names]


def test_a_row_says_who_accepted_it() -> None:
    record = claimed()
    found = _extracted(Insight.ACTION_ITEMS)
    items = record.results[Insight.ACTION_ITEMS]
    found = replace(found, answer=found.answer.model_copy(update={"result": items}))
    edited = applied(record, (), [edit_of(record, LIE, Judgement.ACCEPTED)])
    rows = _rows(extracted_metadata(found, edited), "result")
    assert [row["verdict"] for row in rows] == ["verified", "accepted by Grace"]
