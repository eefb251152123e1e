"""Minutes state what happened, what produced them, and what is missing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from meeting_pipeline.domain.minutes import minutes_markdown, minutes_text
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.record import Gap, MeetingRecord, Problem, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline_tests.domain.meetings import MODEL, OFFLINE, meeting, segment, stamps, transcript
from meeting_pipeline_tests.domain.results import changed

Render = Callable[[MeetingRecord], str]


def section(text: str, heading: str) -> str:
    """The Markdown below a heading of level 2, up to the next one."""
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_an_action_item_has_owner_due_date_raw_words_time_and_quote() -> None:
    items = section(minutes_markdown(meeting()), "Action items")
    assert "- **Send the offer**" in items
    assert "Owner: Speaker B" in items
    assert "Due: 2026-03-06 (“by Friday”)" in items
    assert "Said at 0:01:05: “I will send the offer by Friday.”" in items


def test_a_decision_has_people_time_and_quote() -> None:
    decisions = section(minutes_markdown(meeting()), "Decisions")
    assert "- **Ship on Monday**" in decisions
    assert "Decided by: Anna Berg, Carl" in decisions
    assert "Said at 1:02:05: “we ship on Monday”" in decisions


def test_topics_have_times() -> None:
    assert "0:01:00 to 1:00:00" in section(minutes_markdown(meeting()), "Summary")


def test_a_due_date_that_could_not_be_told_keeps_its_words() -> None:
    record = meeting()
    assert record.action_items
    item = record.action_items[0].model_copy(update={"due_date": None, "due_words": "soonish", "owner": None})
    items = section(minutes_markdown(changed(record, action_items=(item,))), "Action items")
    assert "Due: “soonish” (no date could be derived)" in items
    assert "Owner: nobody was named" in items


def test_the_transcript_is_left_out_unless_asked_for() -> None:
    assert "Welcome to the weekly." not in minutes_markdown(meeting())
    spoken = section(minutes_markdown(meeting(), with_transcript=True), "Transcript")
    assert "**0:00:01 Anna Berg:** Welcome to the weekly." in spoken


@pytest.mark.parametrize("render", [minutes_markdown, minutes_text])
def test_a_draft_is_stamped_at_the_top_with_its_confidence(render: Render) -> None:
    spoken = transcript(segment(0, "A", "we ship on monday", 0), confidence=0.612, provenance=OFFLINE)
    text = render(meeting(transcript=spoken, stamps=stamps(OFFLINE)))
    top = " ".join(text.split("Summary")[0].split())
    assert "Draft made without a language model" in top
    assert "Mean word confidence 0.61" in top


def test_results_of_one_maker_share_an_entry_and_its_note() -> None:
    noted = OFFLINE.model_copy(update={"note": "Finds explicit wording."})
    made_by = section(minutes_markdown(meeting(stamps=stamps(noted) | {"transcript": Stamp(1, MODEL)})), "Made by")
    assert "- **Action items, decisions, speakers, summary: offline, rules**" in made_by
    assert "- **Transcript: openai, gpt-6-luna**" in made_by
    assert made_by.count("Finds explicit wording.") == 1


def test_minutes_without_makers_warn_of_no_draft_and_name_nobody() -> None:
    text = minutes_text(meeting(stamps=stamps(OFFLINE)), with_makers=False)
    assert "raft" not in text
    assert "Made by" not in text


def test_no_results_give_no_heading_for_their_makers() -> None:
    assert "Made by" not in minutes_markdown(meeting(stamps={}))


def test_a_decision_that_nobody_is_known_for_has_no_line_of_people() -> None:
    record = meeting()
    assert record.decisions
    decision = record.decisions[0].model_copy(update={"decided_by": ()})
    assert "Decided by" not in minutes_markdown(changed(record, decisions=(decision,)))


def test_what_a_language_model_made_is_not_called_a_draft() -> None:
    assert "raft" not in minutes_markdown(meeting())


def test_a_draft_transcript_under_a_model_s_insights_is_named_as_the_draft() -> None:
    marks = stamps(MODEL) | {"transcript": replace(stamps(OFFLINE)["transcript"])}
    text = minutes_markdown(meeting(stamps=marks))
    assert "The transcript is a draft of offline speech recognition." in text
    assert "without a language model" not in text


def test_candidates_stand_below_a_heading_of_their_own_and_not_among_the_facts() -> None:
    record = meeting()
    assert record.action_items
    unsure = record.action_items[0].model_copy(update={"task": "Call the bank", "candidate": True})
    items = section(minutes_markdown(changed(record, action_items=(*record.action_items, unsure))), "Action items")
    facts, candidates = items.split("### Candidate action items")
    assert "Send the offer" in facts
    assert "Call the bank" not in facts
    assert "Call the bank" in candidates
    assert "These action items are not certain." in candidates


def test_candidates_without_facts_need_no_heading_of_their_own() -> None:
    record = meeting()
    assert record.decisions
    unsure = record.decisions[0].model_copy(update={"candidate": True})
    decisions = section(minutes_markdown(changed(record, decisions=(unsure,))), "Decisions")
    assert decisions.strip().startswith("These decisions are not certain. Compare each with the recording.")
    assert "###" not in decisions
    assert record.decisions[0].decision in decisions


def test_a_gap_shows_its_reason_and_when_it_is_asked_for_again() -> None:
    gap = Gap(
        Insight.SUMMARY, "rate_limited", "The model was overloaded.", retry_at=datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
    )
    text = minutes_markdown(meeting(summary=None, gaps=(gap,)))
    summary = section(text, "Summary")
    assert "Missing: The model was overloaded." in summary
    assert "2026-03-02 10:15 UTC" in summary
    assert "Incomplete: summary." in text.split("## Summary")[0]


def test_a_gap_that_is_left_to_people_says_which_command_asks_again() -> None:
    gap = Gap(Insight.ACTION_ITEMS, "refused", "The model refused.", "Try another model.")
    text = minutes_text(meeting(action_items=None, gaps=(gap,)))
    assert "meeting-pipeline reprocess 2026-03-02-weekly-0a1b2c3d --assets action_items" in " ".join(text.split())
    assert "Try another model." in text


def test_a_gap_beside_an_earlier_result_hides_neither() -> None:
    gap = Gap(Insight.SUMMARY, "rate_limited", "The model was overloaded.")
    summary = section(minutes_markdown(meeting(gaps=(gap,))), "Summary")
    assert "an earlier version" in summary
    assert "The offer goes out" in summary


def test_an_empty_result_is_not_a_gap() -> None:
    items = section(minutes_markdown(meeting(action_items=())), "Action items")
    assert "None were found." in items
    assert "Missing" not in items


def test_incomplete_coverage_is_said_at_the_top_and_at_the_result() -> None:
    part = Coverage(segments_read=120, segments_total=400)
    text = minutes_markdown(meeting(stamps=stamps(coverage=part)))
    assert "Based on a part of the meeting only: action items, decisions, speakers, summary." in text
    assert "120 of 400 segments" in section(text, "Summary")


@pytest.mark.parametrize("render", [minutes_markdown, minutes_text])
def test_a_failed_recording_shows_error_and_advice_and_no_empty_sections(render: Render) -> None:
    failed = meeting(
        status=RecordingStatus.FAILED,
        error=Problem("silent", "The recording is silent.", "Check the microphone."),
        transcript=None,
        speakers=None,
        summary=None,
        action_items=None,
        decisions=None,
        stamps={},
    )
    text = render(failed)
    assert "This recording failed: The recording is silent. Check the microphone." in " ".join(text.split())
    assert "Action items" not in text


def test_a_recording_that_waits_says_for_what() -> None:
    waiting = meeting(
        status=RecordingStatus.PENDING,
        stage=Stage.ORDERING,
        error=Problem("bad_key", "The key is refused.", "Set a valid key."),
        transcript=None,
    )
    assert "Not finished: pending, ordering. It waits: The key is refused. Set a valid key." in minutes_markdown(
        waiting
    )


def test_speakers_are_listed_with_label_and_confidence() -> None:
    speakers = section(minutes_markdown(meeting()), "Speakers")
    assert "- **Anna Berg**\n  - Label A, confidence of the name 0.93" in speakers
    assert "- **Speaker B**\n  - Label B, no name was given" in speakers


def test_names_given_by_the_transcript_itself_are_used() -> None:
    record = meeting()
    assert record.transcript
    spoken = record.transcript.model_copy(update={"speaker_names": {"B": "Ben"}})
    text = minutes_markdown(meeting(transcript=spoken))
    assert "Owner: Ben" in text
    assert "Label B, named in the transcript" in text


def test_a_name_that_the_transcript_gives_is_not_said_to_be_certain_to_some_degree() -> None:
    record = meeting()
    assert record.transcript
    assert record.speakers
    spoken = record.transcript.model_copy(update={"speaker_names": {"A": "Anna Berg"}})
    given = record.speakers[0].model_copy(update={"confidence": 1.0})
    text = minutes_markdown(changed(meeting(transcript=spoken), speakers=(given,)))
    assert "- **Anna Berg**\n  - Label A, named in the transcript" in text


def test_markup_in_names_titles_and_quotes_stays_text() -> None:
    record = meeting(title="<img src=x> ![p](http://e.example/p.png)")
    assert record.action_items
    item = record.action_items[0].model_copy(update={"owner": "<b>Eve</b>"})
    text = minutes_markdown(changed(record, action_items=(item,)))
    assert "<img" not in text.replace("\\<img", "")
    assert "Owner: \\<b\\>Eve\\</b\\>" in text
    assert "http://" not in text
