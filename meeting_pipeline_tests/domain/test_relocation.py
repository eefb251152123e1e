"""Results on a replaced transcript: what still stands is found again, the rest is not confirmed any more."""

import pytest

from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    InsightResult,
    SpeakerName,
    Speakers,
    Summary,
    SummarySentence,
    Topic,
)
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.relocation import Relocation
from meeting_pipeline.domain.transcript import Evidence, Transcript
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline_tests.domain.meetings import segment, transcript

OFFER = "I will send the offer by Friday."
OLD = transcript(segment(0, "A", "Welcome to the weekly.", 1000), segment(1, "B", OFFER, 65_000))
MOVED = transcript(
    segment(0, "A", "Hello.", 0),
    segment(1, "A", "Welcome to the weekly.", 1000),
    segment(2, "B", OFFER, 66_000),
)
OTHER = transcript(segment(0, "A", "Something else entirely.", 1000))
SWAPPED = transcript(segment(0, "B", "Welcome to the weekly.", 1000), segment(1, "A", OFFER, 65_000))
ITEM = ActionItem(
    task="Send the offer",
    owner="B",
    due_date=None,
    due_words=None,
    evidence=Evidence(segment_ids=(1,), quote="send the offer ... Friday"),
    verdict=Verdict.VERIFIED,
)


def moved(result: InsightResult, new: Transcript, old: Transcript = OLD) -> InsightResult:
    return Relocation(old, new).result(result)


def item(new: Transcript, old: Transcript = OLD, known: ActionItem = ITEM) -> ActionItem:
    found = moved(ActionItems(items=(known,)), new, old)
    assert isinstance(found, ActionItems)
    return found.items[0]


def test_a_quote_that_stands_keeps_its_verdict_and_gets_its_new_place() -> None:
    found = item(MOVED)
    assert (found.verdict, found.reasons, found.evidence.segment_ids) == (Verdict.VERIFIED, (), (2,))
    assert found.evidence.quote == ITEM.evidence.quote


def test_a_quote_that_is_gone_is_not_confirmed_and_points_nowhere() -> None:
    found = item(OTHER)
    assert (found.verdict, found.reasons) == (Verdict.UNVERIFIED, ("transcript_changed",))
    assert found.evidence == Evidence(segment_ids=(), quote=ITEM.evidence.quote)


@pytest.mark.parametrize(
    ("new", "status", "place"), [(MOVED, ItemStatus.DROPPED, 1), (OTHER, None, None)], ids=["stands", "gone"]
)
def test_the_segment_that_says_what_became_of_an_item_gets_its_new_place(
    new: Transcript, status: ItemStatus | None, place: int | None
) -> None:
    known = ITEM.model_copy(update={"status": ItemStatus.DROPPED, "status_segment_id": 0})
    found = item(new, known=known)
    assert (found.status, found.status_segment_id) == (status, place)


def test_an_unverified_claim_keeps_its_reasons() -> None:
    known = ITEM.model_copy(update={"verdict": Verdict.UNVERIFIED, "reasons": ("not_supported",)})
    assert item(MOVED, known=known).reasons == ("not_supported",)
    assert item(OTHER, known=known).reasons == ("transcript_changed", "not_supported")


def test_of_the_same_words_twice_the_nearest_in_time_is_taken() -> None:
    new = transcript(segment(0, "B", OFFER, 0), *(segment(i, "A", "Well.", i * 10_000) for i in range(1, 6)),
                     segment(6, "B", OFFER, 66_000))  # fmt: skip
    assert item(new).evidence.segment_ids == (6,)


def test_the_same_words_by_another_label_do_not_prove_a_claim_that_names_labels() -> None:
    assert item(SWAPPED).verdict is Verdict.UNVERIFIED
    nobody = ITEM.model_copy(update={"owner": None})
    assert item(SWAPPED, known=nobody).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(("new", "verdict"), [(MOVED, Verdict.VERIFIED), (OTHER, Verdict.UNVERIFIED)])
def test_a_sentence_stands_if_all_that_it_is_based_on_was_said(new: Transcript, verdict: Verdict) -> None:
    sentence = SummarySentence(text="An offer goes out.", segment_ids=(0, 1), verdict=Verdict.VERIFIED)
    found = moved(Summary(short_summary=sentence.text, topics=(), sentences=(sentence,)), new)
    assert isinstance(found, Summary)
    assert found.sentences[0].verdict is verdict
    assert found.sentences[0].segment_ids == ((1, 2) if verdict is Verdict.VERIFIED else ())
    assert found.short_summary == (sentence.text if verdict is Verdict.VERIFIED else "")


def test_a_summary_without_sources_is_withheld_whole() -> None:
    found = moved(Summary(short_summary="All is well.", topics=()), OTHER)
    assert isinstance(found, Summary)
    assert found.short_summary == ""
    assert [(one.text, one.reasons) for one in found.sentences] == [("All is well.", ("transcript_changed",))]


def test_a_topic_stands_while_its_words_do() -> None:
    topic = Topic(title="The offer", start_ms=60_000, end_ms=70_000, verdict=Verdict.VERIFIED)
    result = Summary(short_summary="", topics=(topic,))
    for new, verdict in ((MOVED, Verdict.VERIFIED), (OTHER, Verdict.UNVERIFIED)):
        found = moved(result, new)
        assert isinstance(found, Summary)
        assert found.topics[0].verdict is verdict


def test_a_name_stands_with_its_label_and_quote() -> None:
    said = Evidence(segment_ids=(0,), quote="Welcome to the weekly")
    names = Speakers(
        names=(
            SpeakerName(label="A", name="Anna", confidence=0.9, evidence=said),
            SpeakerName(label="B", name=None, confidence=0.1),
        )
    )
    for new, verdict in ((MOVED, Verdict.NOT_CHECKED), (SWAPPED, Verdict.UNVERIFIED)):
        found = moved(names, new)
        assert isinstance(found, Speakers)
        assert [one.verdict for one in found.names] == [verdict, Verdict.NOT_CHECKED]


def test_a_name_given_by_the_source_stands_while_the_source_gives_it() -> None:
    names = Speakers(names=(SpeakerName(label="A", name="Dana", confidence=1.0),))
    given = MOVED.model_copy(update={"speaker_names": {"A": "Dana"}})
    assert moved(names, given) == names
    assert moved(names, MOVED) != names


def test_segments_that_are_only_cut_differently_say_the_same() -> None:
    cut = transcript(
        segment(0, "A", "Welcome to", 1000), segment(1, "A", "the weekly!", 2000), segment(2, "B", OFFER, 65_000)
    )
    relocation = Relocation(OLD, cut)
    assert relocation.needed
    assert not relocation.other_words
    assert Relocation(OLD, MOVED).other_words
    assert not Relocation(OLD, OLD).needed


def test_the_coverage_is_that_of_the_new_transcript() -> None:
    whole, half = Coverage(segments_read=2, segments_total=2), Coverage(segments_read=1, segments_total=2)
    assert Relocation(OLD, MOVED).coverage(whole) == Coverage(segments_read=2, segments_total=3)
    assert Relocation(OLD, OTHER).coverage(whole) == Coverage(segments_read=0, segments_total=1)
    assert Relocation(OLD, MOVED).coverage(half).segments_read == 1


def test_a_topic_stands_if_only_the_segments_are_cut_differently() -> None:
    cut = transcript(
        segment(0, "A", "Welcome to", 1000), segment(1, "A", "the weekly!", 2000), segment(2, "B", OFFER, 65_000)
    )
    topic = Topic(title="The weekly", start_ms=0, end_ms=1500, verdict=Verdict.VERIFIED)
    result = Summary(short_summary="", topics=(topic,))
    assert moved(result, cut) == result
