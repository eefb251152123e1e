"""What verdicts and people's judgements do to a record: only facts are presented as facts."""

import json
from collections.abc import Callable

import pytest

from meeting_pipeline.domain.claim_edits import judged, listed, unverified_counts, waiting
from meeting_pipeline.domain.exports import to_json, to_srt, to_transcript_json, to_vtt
from meeting_pipeline.domain.insight_results import ActionItem, SpeakerName, Summary, SummarySentence
from meeting_pipeline.domain.judged_claims import ClaimState, Judgement
from meeting_pipeline.domain.minutes import minutes_markdown, minutes_text
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import claim_json, record_fields
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.speaker_edits import SpeakerEdit, applied
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline_tests.domain.claimed import (
    DELETE,
    FACTS,
    LIE,
    LIE_NAME,
    LIES,
    OFFER,
    claim,
    claimed,
    edit_of,
)
from meeting_pipeline_tests.domain.meetings import meeting
from meeting_pipeline_tests.domain.results import changed

WITHOUT_MINUTES = pytest.mark.parametrize("render", [to_json, to_vtt, to_srt, to_transcript_json])
Render = Callable[[MeetingRecord], str]


@WITHOUT_MINUTES
@pytest.mark.parametrize("record", [claimed(), applied(claimed(), ())])
def test_no_export_has_an_unverified_claim(render: Render, record: MeetingRecord) -> None:
    assert [lie for lie in LIES if lie in render(record)] == []


def test_what_is_verified_or_was_not_checked_is_published() -> None:
    assert [fact for fact in FACTS if fact not in to_json(claimed())] == []
    told = record_fields(applied(meeting(), ()))["meeting"]
    assert [item["verdict"] for item in told["action_items"] + told["decisions"]] == ["not_checked"] * 2


def test_the_record_s_results_are_facts_alone() -> None:
    record = applied(claimed(), ())
    assert record.action_items == (OFFER,)
    assert record.summary is not None
    assert record.summary.short_summary == "The offer goes out."
    assert [topic.title for topic in record.summary.topics] == ["The offer"]
    assert [sentence.text for sentence in record.summary.sentences] == ["The offer goes out."]
    assert unverified_counts(record) == {"speakers": 1, "summary": 2, "action_items": 1, "decisions": 1}


def test_a_name_that_is_not_confirmed_is_nobody_s_name() -> None:
    for record in (claimed(), applied(claimed(), ())):
        assert record.speaker_name("B") == "Speaker B"
        assert f"- **{LIE_NAME}**" not in minutes_markdown(record)
    owner = record_fields(claimed())["meeting"]["action_items"][0]
    assert (owner["owner"], owner["owner_name"]) == ("B", "Speaker B")


def test_a_name_given_by_a_person_stands_above_one_that_is_not_confirmed() -> None:
    record = applied(claimed(), [SpeakerEdit("B", "Ben")])
    speaker = record_fields(record)["meeting"]["speakers"][1]
    assert (speaker["name"], speaker["verdict"]) == ("Ben", None)


def test_marked_claims_are_told_with_verdict_and_reasons() -> None:
    told = record_fields(claimed(), mark_unverified=True)["meeting"]
    text = json.dumps(told)
    assert [lie for lie in LIES if lie not in text] == []
    item = told["action_items"][1]
    assert (item["task"], item["verdict"], item["reasons"]) == (LIE, "unverified", ["quote_too_short", "not_supported"])
    assert told["summary"]["short_summary"] == "The offer goes out."
    assert told["speakers"][1]["verdict"] == "unverified"
    assert told["unverified"]["action_items"] == 1


@pytest.mark.parametrize("render", [minutes_markdown, minutes_text])
def test_minutes_show_them_apart_with_reason_and_quote(render: Render) -> None:
    text = render(claimed())
    facts, _, apart = text.partition("Action items")[2].partition("Not confirmed by the words of the meeting")
    assert "Send the offer" in facts
    assert LIE not in facts
    assert LIE in apart
    assert "The quote has too few words to prove anything. Too few of its words were said there." in apart.replace(
        "\n    ", " "
    )
    assert "Said at 0:01:05: “I”" in apart


def test_minutes_of_nothing_confirmed_claim_nothing() -> None:
    text = minutes_text(changed(claimed(), action_items=(DELETE,)))
    assert "No action items can be stated as facts." in text
    assert "None were found." not in text


def test_minutes_of_a_summary_without_a_fact_say_so() -> None:
    summary = claimed().summary
    assert summary is not None
    lies = summary.model_copy(update={"sentences": summary.sentences[1:]})
    assert "Nothing that can be stated as a fact." in minutes_text(changed(claimed(), summary=lies))


def test_an_accepted_claim_is_a_fact_with_the_one_who_accepted_it() -> None:
    record = applied(claimed(), (), [edit_of(claimed(), LIE, Judgement.ACCEPTED)])
    assert record.action_items == (OFFER, DELETE)
    item = record_fields(record)["meeting"]["action_items"][1]
    assert (item["task"], item["verdict"], item["accepted_by"]) == (LIE, "unverified", "Grace")
    assert "Accepted by Grace" in minutes_text(record)
    assert unverified_counts(record)["action_items"] == 0


def test_an_accepted_sentence_is_in_the_summary_again() -> None:
    record = applied(claimed(), (), [edit_of(claimed(), "Everything", Judgement.ACCEPTED)])
    assert record.summary is not None
    assert record.summary.short_summary == "The offer goes out. Everything is cancelled."


def test_an_accepted_name_is_used() -> None:
    record = applied(claimed(), (), [edit_of(claimed(), LIE_NAME, Judgement.ACCEPTED)])
    assert record.speaker_name("B") == LIE_NAME
    assert "Napoleon: I will send" in to_srt(record)


@pytest.mark.parametrize("text", ["Send the offer", LIE])
def test_a_deleted_claim_is_in_no_rendering_and_stays_listed(text: str) -> None:
    record = applied(claimed(), (), [edit_of(claimed(), text, Judgement.DELETED)])
    everywhere = [to_json(record), minutes_markdown(record), json.dumps(record_fields(record, mark_unverified=True))]
    assert [rendered for rendered in everywhere if text in rendered] == []
    assert claim(record, text).state is ClaimState.DELETED
    assert unverified_counts(record)["action_items"] == (0 if text == LIE else 1)


def test_an_edit_without_its_claim_waits() -> None:
    edit = edit_of(claimed(), LIE, Judgement.ACCEPTED)
    record = applied(changed(claimed(), action_items=(OFFER,)), (), [edit])
    assert waiting(record) == (edit,)
    assert waiting(applied(claimed(), (), [edit])) == ()


def test_a_speaker_without_a_name_claims_nothing() -> None:
    nobody = SpeakerName(label="B", name=None, confidence=0.0, verdict=Verdict.UNVERIFIED)
    record = applied(changed(claimed(), speakers=(nobody,)), ())
    assert unverified_counts(record)["speakers"] == 0
    assert record.claims_withheld(Insight.SPEAKERS) == ()


# --- the same claim -------------------------------------------------------------------------------------------------


def ids(*items: ActionItem) -> list[str]:
    return [one.claim_id for one in listed(meeting(action_items=items), Insight.ACTION_ITEMS)]


def test_the_id_of_a_claim_depends_on_what_it_says_and_on_its_place() -> None:
    first, same, other_words, other_place = ids(
        OFFER,
        OFFER.model_copy(update={"task": "send  the OFFER.", "reasons": ("not_supported",)}),
        OFFER.model_copy(update={"task": "Do not send the offer"}),
        OFFER.model_copy(update={"evidence": Evidence(segment_ids=(2,), quote=OFFER.evidence.quote)}),
    )
    assert first == same
    assert len({first, other_words, other_place}) == 3


@pytest.mark.parametrize("other", [{"owner": "C"}, {"due_words": "by Monday"}, {"task": "Send the €5 offer"}])
def test_another_statement_in_the_same_words_has_another_id(other: dict[str, str]) -> None:
    known = OFFER.model_copy(update={"task": "Send the $5 offer"})
    assert len(set(ids(known, known.model_copy(update=other)))) == 2


def test_a_rename_does_not_change_the_id() -> None:
    item = OFFER.model_copy(update={"task": "Send {A} the offer"})
    before = applied(meeting(action_items=(item,)), ())
    after = applied(meeting(action_items=(item,)), [SpeakerEdit("A", "Zoe")])
    known = listed(before, Insight.ACTION_ITEMS)[0]
    renamed = listed(after, Insight.ACTION_ITEMS)[0]
    assert (known.claim_id, known.text) == (renamed.claim_id, "Send Anna Berg the offer")
    assert renamed.text == "Send Zoe the offer"


def test_a_record_is_judged_once() -> None:
    record = judged(claimed())
    assert judged(record) is record


def test_a_draft_keeps_its_own_words_when_names_are_put_into_its_summary() -> None:
    sentences = tuple(
        SummarySentence(text=text, segment_ids=(0,), verdict=Verdict.VERIFIED)
        for text in ("{A}: We start", "{B}: We end")
    )
    draft = Summary(short_summary="Chosen by rule: {A}: We start … {B}: We end.", topics=(), sentences=sentences)
    shown = applied(changed(meeting(), summary=draft), [SpeakerEdit("A", "Zoe")]).summary
    assert shown is not None
    assert shown.short_summary.startswith("Chosen by rule: Zoe: We start … ")
    assert shown.short_summary.endswith(": We end.")


def test_what_became_of_an_item_is_in_json_and_minutes_and_not_in_its_id() -> None:
    dropped = DELETE.model_copy(update={"status": ItemStatus.DROPPED, "status_segment_id": 2})
    record = judged(changed(claimed(), action_items=(OFFER, dropped)))
    before = judged(claimed())
    (claim,) = record.claims_withheld(Insight.ACTION_ITEMS)
    assert claim.claim_id == before.claims_withheld(Insight.ACTION_ITEMS)[0].claim_id
    told = claim_json(record, claim)
    assert (told["status"], told["status_segment_id"]) == ("dropped", 2)
    assert "Status: dropped, said at" in minutes_markdown(record)
