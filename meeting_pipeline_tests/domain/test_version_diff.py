"""Differences of versions: what people see as added, removed and changed, whatever the order, at a bounded cost."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from meeting_pipeline.domain.diff_text import diff_markdown, diff_plain
from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    InsightResult,
    SpeakerName,
    Speakers,
    Summary,
    SummarySentence,
    Topic,
)
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import ResultVersion, VersionState, verdict_counts
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.version_diff import VersionDiff, version_diff
from meeting_pipeline.domain.version_json import diff_fields
from meeting_pipeline.domain.word_diff import Op
from meeting_pipeline_tests.processor_time import assert_within

MOMENT = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
MADE = Provenance(provider="simulated", model="m")
SEGMENTS = tuple(
    Segment(index=i, speaker="AB"[i % 2], start_ms=i * 1000, end_ms=i * 1000 + 900, text="Words.", confidence=0.9)
    for i in range(10)
)
RECORD = MeetingRecord(
    key="2025-03-14-weekly-00000001",
    title="Weekly",
    original_name="weekly.wav",
    meeting_date=date(2025, 3, 14),
    duration_ms=60_000,
    status=RecordingStatus.COMPLETED,
    stage=Stage.DONE,
    revision=1,
    submitted_at=MOMENT,
    completed_at=MOMENT,
    transcript=Transcript(segments=SEGMENTS, language="en", duration_ms=60_000, confidence=0.9, provenance=MADE),
    named={"A": "Ada", "B": "Ben"},
    claims=(),
)


def item(task: str, quote: str = "", owner: str | None = "B", at: int = 1, **changes: object) -> ActionItem:
    made = ActionItem(
        task=task,
        owner=owner,
        due_date=None,
        due_words=None,
        evidence=Evidence(segment_ids=(at,), quote=quote or task),
        verdict=Verdict.VERIFIED,
    )
    return made.model_copy(update=changes)


def version(insight: Insight, number: int, result: InsightResult) -> ResultVersion:
    return ResultVersion(
        kind=ResultKind(insight.value),
        version=number,
        state=VersionState.CURRENT if number == 1 else VersionState.HELD,
        made_at=MOMENT,
        run_id="run",
        provenance=MADE,
        prompt_version=f"p{number}",
        transcript_version=1,
        usage=Usage(calls=1, cost_usd=0.0125),
        verdicts=verdict_counts(insight, result),
    )


def compared(
    insight: Insight, before: InsightResult, after: InsightResult, record: MeetingRecord = RECORD
) -> VersionDiff:
    return version_diff(record, insight, (version(insight, 1, before), before), (version(insight, 2, after), after))


def items(before: Sequence[ActionItem], after: Sequence[ActionItem]) -> VersionDiff:
    return compared(Insight.ACTION_ITEMS, ActionItems(items=tuple(before)), ActionItems(items=tuple(after)))


def said(diff: VersionDiff) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    pairs = [(change.before.text, change.after.text) for change in diff.changed]
    return [one.text for one in diff.removed], [one.text for one in diff.added], pairs


REPORT = item("Send the report to {A}", "I will send you the report")
BANK = item("Call the bank", "somebody has to call the bank", at=3)
ROOM = item("Book a room", "we need a room", at=5)


def test_another_order_is_no_change() -> None:
    diff = items([REPORT, BANK, ROOM], [ROOM, REPORT, BANK])
    assert not diff.differs
    assert diff.same == 3


def test_items_are_added_removed_and_changed() -> None:
    longer = item("Send the long report to {A}", "I will send you the report")
    diff = items([BANK, REPORT], [longer, ROOM])
    assert said(diff) == (
        ["Call the bank"],
        ["Book a room"],
        [("Send the report to Ada", "Send the long report to Ada")],
    )
    (change,) = diff.changed
    assert [piece.text for piece in change.words if piece.op is Op.ADDED] == ["long "]


def test_other_words_about_the_same_quote_are_a_change() -> None:
    diff = items([REPORT], [item("Mail quarterly figures", "I will send you the report")])
    assert said(diff)[2] == [("Send the report to Ada", "Mail quarterly figures")]


def test_two_items_of_one_quote_are_each_matched_with_the_one_that_says_most_of_the_same() -> None:
    quote = "I will send the report and then I will call the bank"
    before = [item("Send the report today", quote), item("Call the bank today", quote)]
    after = [item("Call the bank tomorrow", quote), item("Send the report tomorrow", quote)]
    pairs = set(said(items(before, after))[2])
    assert pairs == {
        ("Send the report today", "Send the report tomorrow"),
        ("Call the bank today", "Call the bank tomorrow"),
    }


def test_every_field_that_says_something_is_shown_with_its_words() -> None:
    after = REPORT.model_copy(
        update={
            "owner": "A",
            "due_date": date(2025, 3, 21),
            "candidate": True,
            "verdict": Verdict.UNVERIFIED,
            "reasons": ("not_supported",),
            "evidence": Evidence(segment_ids=(7,), quote="send it"),
        }
    )
    (change,) = items([REPORT], [after]).changed
    assert {(field.title, field.before, field.after) for field in change.fields} == {
        ("Owner", "Ben", "Ada"),
        ("Due", None, "2025-03-21"),
        ("Candidate", "no", "yes"),
        ("Verdict", "verified", "unverified"),
        ("Quote", "I will send you the report", "send it"),
    }


def test_segments_that_are_cut_otherwise_are_no_change() -> None:
    moved = REPORT.model_copy(update={"evidence": Evidence(segment_ids=(2,), quote="I will send you the report")})
    diff = items([REPORT], [moved])
    assert not diff.differs
    assert diff.same == 1


def test_items_that_are_twice_there_are_counted_twice() -> None:
    assert said(items([REPORT, REPORT], [REPORT])) == (["Send the report to Ada"], [], [])
    assert items([REPORT, REPORT], [REPORT, REPORT]).same == 2


def test_a_rename_is_no_change_and_a_merge_is_none() -> None:
    record = replace(RECORD, named={"A": "Grace"})
    one = ActionItems(items=(REPORT,))
    assert not compared(Insight.ACTION_ITEMS, one, one, record).differs


def test_names_are_compared_by_their_label() -> None:
    before = Speakers(
        names=(SpeakerName(label="A", name="Ada", confidence=0.5), SpeakerName(label="B", name=None, confidence=0))
    )
    after = Speakers(
        names=(SpeakerName(label="B", name="Ben", confidence=1), SpeakerName(label="A", name="Eve", confidence=1))
    )
    diff = compared(Insight.SPEAKERS, before, after)
    assert said(diff) == ([], ["B: Ben"], [("A: Ada", "A: Eve")])


def test_the_summary_is_compared_word_by_word_with_all_its_sentences_and_topics_by_their_titles() -> None:
    sure = SummarySentence(text="{A} sends it on Friday.", segment_ids=(1,), verdict=Verdict.VERIFIED)
    doubtful = SummarySentence(text="It rains.", segment_ids=(2,), verdict=Verdict.UNVERIFIED)
    other = sure.model_copy(update={"text": "{A} sends it on Monday."})
    topic = Topic(title="Report", start_ms=0, end_ms=5000)
    before = Summary(short_summary=sure.text, sentences=(sure, doubtful), topics=(topic,))
    after = Summary(
        short_summary=other.text, sentences=(other, doubtful), topics=(topic.model_copy(update={"end_ms": 9000}),)
    )
    diff = compared(Insight.SUMMARY, before, after)
    assert [(piece.op, piece.text) for piece in diff.text] == [
        ("same", "Ada sends it on "),
        ("removed", "Friday"),
        ("added", "Monday"),
        ("same", ". It rains."),
    ]
    assert [(field.title, field.before, field.after) for field in diff.changed[0].fields] == [
        ("Time", "0:00:00 to 0:00:05", "0:00:00 to 0:00:09")
    ]


def test_a_first_version_is_all_new_and_no_version_is_no_error() -> None:
    result = ActionItems(items=(REPORT,))
    first = version_diff(RECORD, Insight.ACTION_ITEMS, (None, None), (version(Insight.ACTION_ITEMS, 1, result), result))
    assert said(first) == ([], ["Send the report to Ada"], [])
    nothing = version_diff(RECORD, Insight.ACTION_ITEMS, (None, None), (None, None))
    assert not nothing.differs
    assert "Nothing differs" in diff_plain(nothing, RECORD)


def test_decisions_in_scripts_without_spaces_and_from_right_to_left_are_matched() -> None:
    def decided(*texts: str) -> Decisions:
        evidence = Evidence(segment_ids=(1,), quote="x")
        return Decisions(
            decisions=tuple(
                Decision(decision=t, decided_by=("A",), evidence=evidence.model_copy(update={"quote": t}))
                for t in texts
            )
        )

    diff = compared(
        Insight.DECISIONS,
        decided("予算は来週の金曜日に決める", "נפגשים שוב ביום שני בבוקר"),
        decided("נפגשים שוב ביום שלישי בבוקר", "予算は来週の月曜日に決める"),
    )
    assert len(diff.changed) == 2
    assert not diff.added
    assert "\u2068" in diff_markdown(diff, RECORD)


def test_what_was_said_is_no_markup() -> None:
    evil = item("<img src=x onerror=alert(1)> **bold** [a](http://b.example)", "<b>")
    shown = diff_markdown(items([], [evil]), RECORD)
    assert "\\<img" in shown
    assert shown.count("<") == shown.count("\\<")
    assert "\\<b\\>" in shown
    plain = diff_plain(items([evil], [item("\x1b[31mred", "\x1b[31m")]), RECORD)
    assert "\x1b" not in plain


def test_people_read_what_changed_with_verdicts_and_cost() -> None:
    shown = diff_plain(items([REPORT, BANK], [REPORT.model_copy(update={"owner": "A"}), ROOM]), RECORD)
    assert (
        shown
        == """Action items
Before: version 1 (current): simulated m, prompt p1; 2 verified; $0.0125
After: version 2 (held): simulated m, prompt p2; 2 verified; $0.0125
Added (1)
  * Book a room
      verified
      0:00:05 “we need a room”
Removed (1)
  * Call the bank
      verified
      0:00:03 “somebody has to call the bank”
Changed (1)
  * Send the report to Ada
      Owner: Ben → Ada
      Said at 0:00:01
"""
    )


def test_the_json_has_all_of_it() -> None:
    found = diff_fields(items([REPORT], [REPORT, ROOM]), RECORD)
    assert (found["insight"], found["differs"], found["same"]) == ("action_items", True, 1)
    assert found["before"]["provenance"]["state"] == "current"
    assert found["after"]["verdicts"] == {"verified": 2, "unverified": 0, "not_checked": 0}
    (added,) = found["added"]
    assert (added["quote"], added["at"], added["state"]) == ("we need a room", "0:00:05", "published")


@pytest.mark.parametrize("kind", ["same words", "one quote", "different"])
def test_many_items_take_no_long_time(kind: str) -> None:
    chance = random.Random(kind)
    words = [f"word{n}" for n in range(30 if kind == "same words" else 3000)]

    def many() -> list[ActionItem]:
        return [
            item(" ".join(chance.choices(words, k=12)), "the one quote" if kind == "one quote" else "", at=1)
            for _ in range(1000)
        ]

    before, after = many(), many()
    assert_within(8.0, lambda: items(before, after))


def test_half_of_a_character_and_empty_texts_are_compared_like_others() -> None:
    assert said(items([item("a\ud800 b c")], [item("a\ud800 b d")]))[2] == [("a\ud800 b c", "a\ud800 b d")]
    assert not items([item(" ", " ")], [item(" ", " ")]).differs
    assert said(items([item(" ", " ")], [item("…", "?")])) == ([" "], ["…"], [])
