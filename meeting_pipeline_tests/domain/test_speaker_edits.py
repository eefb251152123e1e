"""Speaker edits by people: which are allowed, and how a record looks with them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.claim_edits import judged
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.exports import to_srt, to_vtt
from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName, Summary, Topic
from meeting_pipeline.domain.minutes import minutes_markdown
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import record_fields
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, applied, clean_name, in_force, merged, renamed
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline_tests.domain.claimed import NO_CLAIM
from meeting_pipeline_tests.domain.meetings import meeting, segment, transcript

LABELS = ("A", "B", "C", "D")


def record(**changes: Any) -> MeetingRecord:
    """A meeting whose texts contain placeholders."""
    quote = Evidence(segment_ids=(1,), quote="I will ask {A} about the offer.")
    return meeting(
        summary=Summary(short_summary="{A} asked {B}.", topics=(Topic(title="What {B} said", start_ms=0, end_ms=9),)),
        action_items=(ActionItem(task="Write to {A}", owner="B", due_date=None, due_words=None, evidence=quote),),
        decisions=(Decision(decision="{B} decides", decided_by=("A", "B", "Carl"), evidence=quote),),
        **changes,
    )


def edits(**given: SpeakerEdit) -> dict[str, SpeakerEdit]:
    return given


def into(label: str, target: str) -> SpeakerEdit:
    return SpeakerEdit(label, merged_into=target)


def test_without_edits_texts_have_the_names_that_were_found() -> None:
    found = applied(record(), ())
    assert found.summary is not None
    assert found.summary.short_summary == "Anna Berg asked Speaker B."
    assert found.summary.topics[0].title == "What Speaker B said"


def test_a_name_stands_in_every_rendering() -> None:
    found = applied(record(), [SpeakerEdit("B", "Ada Lovelace")])
    for rendered in (
        minutes_markdown(found, with_transcript=True), to_vtt(found), to_srt(found), json.dumps(record_fields(found)),
    ):  # fmt: skip
        assert "Ada Lovelace" in rendered
        assert "Speaker B" not in rendered
        assert "Anna Berg" in rendered
    fields = record_fields(found)["meeting"]
    assert fields["speakers"][1] == {"label": "B", "name": "Ada Lovelace", "confidence": 1.0, **NO_CLAIM}
    assert (fields["action_items"][0]["owner"], fields["action_items"][0]["owner_name"]) == ("B", "Ada Lovelace")
    assert fields["decisions"][0]["decided_by_names"] == ["Anna Berg", "Ada Lovelace", "Carl"]
    assert fields["decisions"][0]["decision"] == "Ada Lovelace decides"


def test_a_name_that_a_person_gave_stands_above_one_that_was_found_and_says_so() -> None:
    found = applied(record(), [SpeakerEdit("A", "Ann")])
    assert found.speaker_name("A") == "Ann"
    assert "Label A, named by a person" in minutes_markdown(found)


def test_evidence_stays_what_was_said() -> None:
    found = applied(record(), [SpeakerEdit("A", "Ann"), into("B", "A")])
    assert found.action_items is not None
    assert found.action_items[0].evidence == Evidence(segment_ids=(1,), quote="I will ask {A} about the offer.")


def test_a_merged_label_is_the_other_one_everywhere() -> None:
    found = applied(record(), [into("B", "A")])
    assert found.transcript is not None
    assert {segment.speaker for segment in found.transcript.segments} == {"A"}
    assert found.transcript.speakers == ("A",)
    fields = record_fields(found)["meeting"]
    assert [speaker["label"] for speaker in fields["speakers"]] == ["A"]
    assert fields["action_items"][0]["owner"] == "A"
    assert fields["decisions"][0]["decided_by"] == ["A", "Carl"]
    assert fields["summary"]["short_summary"] == "Anna Berg asked Anna Berg."
    assert "Labels A, B" in minutes_markdown(found)
    assert "Speaker B" not in to_vtt(found)


def test_the_other_one_takes_the_name_if_it_has_none() -> None:
    found = applied(record(), [into("A", "B")])
    assert found.speaker_name("B") == "Anna Berg"
    assert found.speaker_name("A") == "Anna Berg"


def test_a_given_name_of_the_other_one_stands() -> None:
    found = applied(record(), [SpeakerEdit("A", "Ann", "B"), SpeakerEdit("B", "Bea")])
    assert found.speaker_name("A") == "Bea"


def test_edits_of_labels_that_are_gone_do_nothing() -> None:
    plain = applied(record(), ())
    kept = [SpeakerEdit("Z", "Zoe"), into("A", "Z"), into("Y", "A")]
    assert record_fields(applied(record(), kept)) == record_fields(plain)


def test_imported_names_can_be_changed_and_merged_too() -> None:
    spoken = transcript(segment(0, "A", "Hello.", 0), segment(1, "B", "Hi.", 5000)).model_copy(
        update={"speaker_names": {"A": "Dana", "B": "Dana (phone)"}}
    )
    imported = record(transcript=spoken, speakers=None)
    assert applied(imported, ()).speaker_name("B") == "Dana (phone)"
    assert applied(imported, [SpeakerEdit("B", "Dan")]).speaker_name("B") == "Dan"
    together = applied(imported, [into("B", "A")])
    (only,) = record_fields(together)["meeting"]["speakers"]
    assert only == {"label": "A", "name": "Dana", "confidence": None, **NO_CLAIM}


def test_a_name_by_a_person_fills_no_gap() -> None:
    found = applied(record(speakers=None), [SpeakerEdit("A", "Ann")])
    assert found.speakers is None
    assert found.speaker_name("A") == "Ann"


def test_without_a_transcript_nothing_is_applied() -> None:
    empty = replace(record(), transcript=None)
    assert applied(empty, [SpeakerEdit("A", "Ann")]) == judged(empty)


def test_the_names_that_were_found_stay_in_the_record() -> None:
    found = applied(record(), [SpeakerEdit("A", "Ann")])
    assert found.speakers is not None
    assert found.speakers[0] == SpeakerName(label="A", name="Anna Berg", confidence=0.93)


# --- what is allowed ------------------------------------------------------------------------------------------------


def refused(code: str, label: str, target: str, known: dict[str, SpeakerEdit]) -> str:
    with pytest.raises(PermanentError) as caught:
        merged(LABELS, known, label, target)
    assert caught.value.code == code
    return f"{caught.value.message} {caught.value.advice}"


def test_a_merge_into_itself_is_refused() -> None:
    refused("merged_into_itself", "A", "A", {})


def test_a_chain_is_refused_from_both_ends() -> None:
    known = edits(B=into("B", "C"))
    assert "merge A into C" in refused("merge_chain", "A", "B", known)
    assert "Merge B into D first" in refused("merge_chain", "C", "D", known)


def test_a_circle_is_refused() -> None:
    assert refused("merge_chain", "C", "B", edits(B=into("B", "C"))).endswith("Undo that first.")


def test_several_may_be_merged_into_one_and_a_merge_may_be_changed() -> None:
    known = edits(A=into("A", "C"))
    assert merged(LABELS, known, "B", "C").merged_into == "C"
    assert merged(LABELS, known, "A", "D").merged_into == "D"
    assert merged(LABELS, known, "A", None) == SpeakerEdit("A")


@pytest.mark.parametrize(("label", "target"), [("Z", "A"), ("A", "Z")])
def test_an_unknown_label_is_refused(label: str, target: str) -> None:
    refused("unknown_speaker", label, target, {})


def test_a_merged_label_cannot_be_renamed_but_its_name_can_be_taken_back() -> None:
    known = edits(A=SpeakerEdit("A", "Ann", "B"))
    with pytest.raises(PermanentError) as caught:
        renamed(LABELS, known, "A", "Anna")
    assert caught.value.code == "merged_speaker"
    assert renamed(LABELS, known, "A", None) == into("A", "B")


def test_renaming_keeps_a_merge_that_waits_for_its_label() -> None:
    assert renamed(LABELS, edits(A=into("A", "Z")), "A", "Ann") == SpeakerEdit("A", "Ann", "Z")


def test_chains_that_come_about_by_a_new_transcript_end_where_they_end() -> None:
    known = edits(A=into("A", "B"), B=into("B", "C"))
    assert in_force(LABELS, known) == {"A": "C", "B": "C"}
    assert in_force(("A", "B"), known) == {"A": "B"}


def test_circles_that_come_about_are_no_merge() -> None:
    assert in_force(LABELS, edits(A=into("A", "B"), B=into("B", "A"), D=into("D", "A"))) == {}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  Ada \n Lovelace ", "Ada Lovelace"), ("<b>Zoë</b>", "<b>Zoë</b>"), ("李雷", "李雷"), ("\u202eevil", "evil")],
)
def test_a_name_is_one_clean_line(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "...", "{}", "a" * (policies.SPEAKER_NAME_CHARACTERS + 1)])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        clean_name(name)
    assert caught.value.code == "bad_name"
