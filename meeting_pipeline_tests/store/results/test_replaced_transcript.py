"""A transcript is replaced: what still stands keeps its verdict, the rest is withheld, and every insight is a stale gap."""

from sqlalchemy import select

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.insight_results import ActionItems, Decisions
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, ClaimEdit
from meeting_pipeline_tests.store.samples import (
    HOOK,
    Clock,
    Journey,
    action_items,
    decisions,
    speakers,
    summary,
    transcript,
    unavailable,
)

REPORT, MORNING = "I will send the report by Friday.", "Good morning."
ALL = {"speakers", "summary", "action_items", "decisions"}


def done(store: Store) -> Journey:
    """A completed meeting with an item and a decision about different words, both verified."""
    journey = Journey(store).accept(hook=HOOK).begin().collect(MORNING, REPORT)
    items = tuple(item.model_copy(update={"verdict": Verdict.VERIFIED}) for item in action_items("Send it").items)
    greeted = Evidence(segment_ids=(0,), quote=MORNING)
    decided = tuple(
        one.model_copy(update={"verdict": Verdict.VERIFIED, "evidence": greeted})
        for one in decisions("Greet").decisions
    )
    journey.answer(summary(), speakers(), ActionItems(items=items), Decisions(decisions=decided))
    journey.complete()
    return journey


def replaced(journey: Journey, *texts: str) -> MeetingRecord:
    journey.begin().collect(*texts)
    return journey.store.records.get(journey.key)


def test_what_still_stands_is_a_fact_at_its_new_place_and_the_rest_is_withheld(store: Store) -> None:
    record = replaced(done(store), "Well.", REPORT, "Then.", REPORT)
    assert record.action_items is not None
    assert [(item.task, item.verdict, item.evidence.segment_ids) for item in record.action_items] == [
        ("Send it", Verdict.VERIFIED, (1,))
    ]
    assert record.decisions == ()
    (gone,) = record.claims_withheld(Insight.DECISIONS)
    assert (gone.text, gone.reasons, gone.evidence) == (
        "Greet", ("transcript_changed",), Evidence(segment_ids=(), quote=MORNING),
    )  # fmt: skip
    with store.database.read() as session:
        (row,) = session.scalars(select(ActionItemRow))
    assert (row.segment_ids, row.verdict) == ([1], "verified")


def test_every_insight_is_a_stale_gap_that_says_why_and_waits_until_somebody_asks_for_it(store: Store) -> None:
    journey = done(store)
    record = replaced(journey, MORNING, "Nothing else.")
    assert {gap.insight.value for gap in record.gaps} == ALL
    assert {gap.code for gap in record.gaps} == {"transcript_changed"}
    assert record.stamps["summary"].coverage == Coverage(segments_read=1, segments_total=2)
    assert {record.stamps[name].transcript_version for name in ALL} == {2}
    assert {gap.retry_at for gap in record.gaps} == {None}
    assert all("reprocess --stale" in gap.advice for gap in record.gaps)
    journey.complete()
    assert store.gap_requests.gaps_due(10) == []


def test_a_new_answer_closes_the_gap_and_rests_on_the_new_transcript(store: Store) -> None:
    journey = done(store)
    replaced(journey, "Something else.")
    journey.answer(summary("New."))
    record = store.records.get(journey.key)
    assert {gap.insight.value for gap in record.gaps} == ALL - {"summary"}
    assert record.stamps["summary"].transcript_version == 2


def test_a_failed_attempt_at_a_stale_insight_is_repeated_later_and_later(store: Store, clock: Clock) -> None:
    journey = done(store)
    replaced(journey, "Something else.")
    assert store.results.store_gap(journey.key, journey.run_id, unavailable()) is not None
    (gap,) = (gap for gap in store.records.get(journey.key).gaps if gap.insight is Insight.SUMMARY)
    assert (gap.code, gap.tries) == ("provider_unavailable", 1)
    assert gap.retry_at is not None
    assert gap.retry_at > clock.now


def test_an_insight_that_is_up_to_date_gets_no_gap_from_a_failed_attempt(store: Store) -> None:
    journey = done(store)
    journey.begin(collecting=False)
    store.results.store_gap(journey.key, journey.run_id, unavailable())
    assert store.records.get(journey.key).gaps == ()


def test_the_same_words_in_other_segments_leave_no_gap(store: Store) -> None:
    journey = done(store)
    journey.begin()
    known = transcript(MORNING, REPORT)
    first, second = known.segments
    cut = (
        first.model_copy(update={"text": "Good", "end_ms": 500}),
        first.model_copy(update={"index": 1, "text": "morning!", "start_ms": 500}),
        second.model_copy(update={"index": 2}),
    )
    again = known.model_copy(update={"segments": cut})
    store.results.store_transcript(journey.key, journey.run_id, again, input_hash="t2")
    record = store.records.get(journey.key)
    assert record.gaps == ()
    assert record.action_items is not None
    assert [item.evidence.segment_ids for item in record.action_items] == [(2,)]
    assert record.decisions is not None
    assert [one.evidence.segment_ids for one in record.decisions] == [(0, 1)]


def test_the_same_transcript_again_changes_nothing(store: Store) -> None:
    journey = done(store)
    record = replaced(journey, MORNING, REPORT)
    assert record.gaps == ()
    assert len(store.results.versions(journey.key, ResultKind.SUMMARY)) == 1


def test_a_deleted_claim_stays_deleted_and_an_accepted_one_is_accepted_while_its_words_stand(store: Store) -> None:
    journey = done(store)
    for claim in listed(store.records.get(journey.key)):
        if claim.text in ("Send it", "Greet"):
            store.claim_edits.judge(journey.key, claim.claim_id, Judgement.ACCEPTED, by="Grace")
    record = replaced(journey, "Well.", "So.", "Then.", REPORT)
    by_text = {claim.text: claim for claim in listed(record)}
    assert by_text["Send it"].accepted_by == "Grace"
    assert by_text["Greet"].withheld
    store.claim_edits.judge(journey.key, by_text["Send it"].claim_id, Judgement.DELETED, by="Grace")
    record = replaced(journey, "Nothing of it.")
    assert {claim.text: claim.state.value for claim in listed(record)}["Send it"] == "deleted"


def test_earlier_versions_and_edits_are_kept(store: Store) -> None:
    journey = done(store)
    replaced(journey, "Something else.")
    first, second = store.results.versions(journey.key, ResultKind.ACTION_ITEMS)
    assert first.payload is not None
    assert first.payload["items"][0]["verdict"] == "verified"
    assert (second.calls, second.cost_usd, second.input_hash) == (0, 0.0, None)
    with store.database.read() as session:
        assert session.scalars(select(ClaimEdit)).all() == []
