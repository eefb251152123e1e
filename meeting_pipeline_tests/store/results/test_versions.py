"""Versions: listed with their states, held until a person promotes them, and restored at any later time."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.domain.insight_results import InsightResult, Summary, SummarySentence
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import VersionState
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store.deletions.own_rows import delete_own_rows
from meeting_pipeline.store.results import version_history
from meeting_pipeline.store.results.versions import NEWER_HELD, REPLACED, THE_PROGRAM, TRANSCRIPT_REPLACED
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, Artifact, VersionChange
from meeting_pipeline_tests.store.edits.edited import refresh, rows, told
from meeting_pipeline_tests.store.samples import (
    HOOK,
    Clock,
    Journey,
    action_items,
    answer,
    completed,
    event_types,
    failed,
    race,
    speakers,
    summary,
    transcript,
    unavailable,
)

BEFORE, AFTER = "A report was promised.", "Ben promised the report for Friday."
STATES = list[tuple[int, str]]


def hold(store: Store, key: str, *results: InsightResult, run_id: str = "held-1") -> None:
    """What a run with ``--hold`` does."""
    store.lifecycle.begin(key, run_id, collecting=False)
    for result in results:
        store.results.store_held_answer(key, run_id, answer(result), input_hash="new")
    store.leases.end(run_id)


def again(store: Store, journey: Journey, *results: InsightResult) -> None:
    """A run that a person requested without ``--hold``."""
    journey.runs += 1
    journey.run_id = f"again-{journey.runs}"
    store.lifecycle.begin(journey.key, journey.run_id, collecting=False)
    journey.answer(*results)
    journey.complete()


def states(store: Store, key: str, insight: Insight = Insight.SUMMARY) -> STATES:
    return [(one.version, one.state.value) for one in store.version_history.of(key, insight)]


def shown(store: Store, key: str) -> str | None:
    found = store.records.get(key).summary
    return None if found is None else found.short_summary


def reasons(store: Store) -> Sequence[tuple[str, str, str | None]]:
    return [tuple(row) for row in rows(store, VersionChange, "change", "made_by", "reason")]


def test_versions_say_who_made_them_what_they_cost_and_how_many_claims_are_verified(store: Store) -> None:
    key = completed(store).key
    found = {one.kind.value: one for one in store.version_history.of(key)}
    assert list(found) == ["transcript", *Insight.names()[:4]]
    assert found["transcript"].verdicts is None
    made = found["action_items"]
    assert (made.version, made.state, made.provenance.model, made.prompt_version) == (1, "current", "scripted", "1")
    assert (made.usage.cost_usd, made.transcript_version) == (0.01, 1)
    assert made.verdicts == {Verdict.VERIFIED: 0, Verdict.UNVERIFIED: 0, Verdict.NOT_CHECKED: 1}


def test_an_earlier_version_is_listed_behind_the_current_one_and_a_failed_attempt_is_not(store: Store) -> None:
    journey = completed(store)
    again(store, journey, summary(AFTER))
    store.lifecycle.begin(journey.key, "failing", collecting=False)
    store.results.store_gap(journey.key, "failing", unavailable())
    assert states(store, journey.key) == [(2, "current"), (1, "earlier")]


def test_the_current_version_is_known_however_many_were_made_since(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_history, "_SHOWN", 2)
    key = completed(store).key
    for number in range(3):
        hold(store, key, summary(f"{AFTER} {number}"), run_id=f"held-{number}")
    assert states(store, key) == [(4, "held"), (3, "discarded")]
    assert store.version_history.pair(key, Insight.SUMMARY).before is not None


def test_versions_of_an_unknown_recording_are_refused(store: Store) -> None:
    with pytest.raises(PermanentError) as caught:
        store.version_history.of("2025-03-14-nothing-00000000")
    assert caught.value.code == "unknown_recording"


# --- held -------------------------------------------------------------------------------------------------------------


def test_a_version_that_is_held_changes_nothing_that_anybody_is_shown(store: Store, clock: Clock) -> None:
    key = completed(store, hook=HOOK).key
    before = store.records.get(key)
    hold(store, key, summary(AFTER), action_items("Something else"))
    assert states(store, key) == [(2, "held"), (1, "current")]
    assert store.records.get(key) == before
    assert rows(store, ActionItemRow, "task") == [("Send the report",)]
    assert refresh(store, clock) == []
    assert told(store, key) == [BEFORE]
    assert store.recordings.get(key).status == "completed"
    assert event_types(store, key)[-2:] == ["version_held", "version_held"]


def test_a_version_that_is_held_leaves_a_gap_and_its_next_attempt_alone(store: Store) -> None:
    journey = Journey(store).accept().begin().collect().answer(speakers())
    store.results.store_gap(journey.key, journey.run_id, unavailable())
    journey.complete()
    gaps = store.records.get(journey.key).gaps
    hold(store, journey.key, summary(AFTER))
    assert store.records.get(journey.key).gaps == gaps
    assert shown(store, journey.key) is None


def test_a_run_whose_lease_is_lost_holds_nothing(store: Store) -> None:
    key = completed(store).key
    with pytest.raises(WorkerFenced):
        store.results.store_held_answer(key, "nobody", answer(summary(AFTER)), input_hash="new")
    assert states(store, key) == [(1, "current")]


def test_a_newer_version_that_is_held_takes_the_place_of_the_one_before(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    hold(store, key, summary("Better still."), run_id="held-2")
    assert states(store, key) == [(3, "held"), (2, "discarded"), (1, "current")]
    assert reasons(store) == [("discarded", THE_PROGRAM, NEWER_HELD)]


def test_another_current_version_discards_what_was_compared_with_the_one_before(store: Store) -> None:
    journey = completed(store)
    hold(store, journey.key, summary(AFTER), speakers("Grace"))
    again(store, journey, summary("Made again."))
    assert states(store, journey.key) == [(3, "current"), (2, "discarded"), (1, "earlier")]
    assert states(store, journey.key, Insight.SPEAKERS) == [(2, "held"), (1, "current")]
    assert reasons(store) == [("discarded", THE_PROGRAM, REPLACED)]


def test_another_transcript_discards_what_is_held_also_of_an_insight_that_is_missing(store: Store) -> None:
    journey = Journey(store).accept().begin().collect().answer(speakers())
    journey.complete()
    hold(store, journey.key, summary(AFTER), speakers("Grace"))
    store.lifecycle.begin(journey.key, "other", collecting=False)
    store.results.store_transcript(journey.key, "other", transcript("Nothing of that."), input_hash="t2")
    assert states(store, journey.key) == [(1, "discarded")]
    assert states(store, journey.key, Insight.SPEAKERS) == [(3, "current"), (2, "discarded"), (1, "earlier")]
    assert {reason for _, _, reason in reasons(store)} == {TRANSCRIPT_REPLACED}


def test_the_same_transcript_made_again_discards_nothing(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    store.lifecycle.begin(key, "same", collecting=False)
    store.results.store_transcript(key, "same", transcript(), input_hash="t2")
    assert states(store, key) == [(2, "held"), (1, "current")]


# --- promoted, discarded ----------------------------------------------------------------------------------------------


def test_a_promotion_is_told_once_with_who_and_why(store: Store, clock: Clock) -> None:
    key = completed(store, hook=HOOK).key
    hold(store, key, summary(AFTER), speakers("Grace"))
    moment = clock.advance(60)
    changed = store.versions.promote(key, "Ada", "reads better")
    assert changed.versions == {Insight.SPEAKERS: 2, Insight.SUMMARY: 2}
    assert states(store, key) == [(2, "current"), (1, "earlier")]
    assert shown(store, key) == AFTER
    assert refresh(store, clock) == [key]
    assert refresh(store, clock) == []
    assert told(store, key) == [BEFORE, AFTER]
    assert set(reasons(store)) == {("promoted", "Ada", "reads better")}
    (note,) = store.version_history.of(key, Insight.SUMMARY)[0].notes
    assert (note.change, note.made_by, note.made_at) == ("promoted", "Ada", moment)


def test_only_the_named_insight_is_promoted(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER), speakers("Grace"))
    store.versions.promote(key, "Ada", insights=[Insight.SPEAKERS])
    assert states(store, key) == [(2, "held"), (1, "current")]
    assert states(store, key, Insight.SPEAKERS) == [(2, "current"), (1, "earlier")]


def test_what_is_the_same_as_before_is_promoted_and_not_told(store: Store, clock: Clock) -> None:
    key = completed(store, hook=HOOK).key
    hold(store, key, summary(BEFORE))
    store.versions.promote(key, "Ada")
    assert states(store, key) == [(2, "current"), (1, "earlier")]
    assert refresh(store, clock) == []
    assert told(store, key) == [BEFORE]


def test_a_promotion_closes_the_gap(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect().answer(speakers())
    store.results.store_gap(journey.key, journey.run_id, unavailable())
    journey.complete()
    hold(store, journey.key, summary(AFTER))
    store.versions.promote(journey.key, "Ada")
    assert store.records.get(journey.key).gaps == ()
    assert refresh(store, clock) == [journey.key]
    assert told(store, journey.key) == [None, AFTER]


def test_what_people_said_stays_after_a_promotion(store: Store) -> None:
    key = completed(store).key
    (item,) = [one for one in store.records.get(key).claims or () if one.insight is Insight.ACTION_ITEMS]
    store.speaker_edits.rename(key, "A", "Ada Lovelace", by="Grace")
    store.claim_edits.judge(key, item.claim_id, Judgement.DELETED, by="Grace")
    hold(store, key, action_items("Send the report", "Call the bank"), speakers("Eve"))
    store.versions.promote(key, "Ada")
    record = store.records.get(key)
    assert record.speaker_name("A") == "Ada Lovelace"
    assert [one.task for one in record.action_items or ()] == ["Call the bank"]
    assert rows(store, ActionItemRow, "task") == [("Call the bank",)]


def test_what_is_discarded_changes_nothing_and_can_be_restored(store: Store, clock: Clock) -> None:
    key = completed(store, hook=HOOK).key
    hold(store, key, summary(AFTER))
    assert store.versions.discard(key, "Ada", "worse").versions == {Insight.SUMMARY: 2}
    assert states(store, key) == [(2, "discarded"), (1, "current")]
    assert refresh(store, clock) == []
    store.versions.restore(key, Insight.SUMMARY, 2, "Ada")
    assert states(store, key) == [(3, "current"), (2, "discarded"), (1, "earlier")]
    assert shown(store, key) == AFTER


@pytest.mark.parametrize("act", ["promote", "discard"])
def test_nothing_held_is_an_error_that_says_so(store: Store, act: str) -> None:
    key = completed(store).key
    for insights in ([], [Insight.SUMMARY]):
        with pytest.raises(PermanentError) as caught:
            getattr(store.versions, act)(key, "Ada", None, insights)
        assert caught.value.code == "nothing_held"


def test_a_failed_recording_has_nothing_to_restore(store: Store) -> None:
    with pytest.raises(PermanentError) as caught:
        store.versions.restore(failed(store).key, Insight.SUMMARY, 1, "Ada")
    assert caught.value.code == "failed_recording"


def test_of_two_who_promote_at_once_one_promotes(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))

    def promote(number: int) -> str:
        try:
            store.versions.promote(key, f"person-{number}")
        except PermanentError as error:
            return error.code
        return "done"

    assert sorted(race(2, promote)) == ["done", "nothing_held"]
    assert len(reasons(store)) == 1


# --- restored ---------------------------------------------------------------------------------------------------------


def test_an_earlier_version_is_restored_as_a_new_one_and_told_once(store: Store, clock: Clock) -> None:
    journey = completed(store, hook=HOOK)
    again(store, journey, summary(AFTER))
    assert store.versions.restore(journey.key, Insight.SUMMARY, 1, "Ada", "was right").versions == {Insight.SUMMARY: 3}
    first, *_ = store.version_history.of(journey.key, Insight.SUMMARY)
    assert (first.version, first.state, first.restored_from) == (3, VersionState.CURRENT, 1)
    assert shown(store, journey.key) == BEFORE
    assert refresh(store, clock) == [journey.key]
    assert told(store, journey.key) == [BEFORE, AFTER, BEFORE]
    assert reasons(store) == [("restored", "Ada", "was right")]


def test_restoring_the_current_version_changes_nothing(store: Store, clock: Clock) -> None:
    key = completed(store).key
    assert store.versions.restore(key, Insight.SUMMARY, 1, "Ada").versions == {}
    assert refresh(store, clock) == []
    assert reasons(store) == []


def test_a_version_that_does_not_exist_is_refused(store: Store) -> None:
    journey = completed(store)
    store.lifecycle.begin(journey.key, "failing", collecting=False)
    store.results.store_gap(journey.key, "failing", unavailable())
    for version in (0, 2, 7):
        with pytest.raises(PermanentError) as caught:
            store.versions.restore(journey.key, Insight.SUMMARY, version, "Ada")
        assert caught.value.code == "no_such_version"


def test_a_version_that_is_held_is_restored_by_promoting_it(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    store.versions.restore(key, Insight.SUMMARY, 2, "Ada")
    assert states(store, key) == [(2, "current"), (1, "earlier")]


def test_what_an_earlier_version_says_is_checked_against_the_transcript_of_now(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    said = SummarySentence(text="Greeted.", segment_ids=(0,), verdict=Verdict.VERIFIED)
    promised = SummarySentence(text="Promised.", segment_ids=(1,), verdict=Verdict.VERIFIED)
    journey.answer(Summary(short_summary="Greeted. Promised.", topics=(), sentences=(said, promised)))
    journey.complete()
    store.lifecycle.begin(journey.key, "other", collecting=False)
    texts = ("Well, well.", "Nobody promises.", "Good morning.")
    store.results.store_transcript(journey.key, "other", transcript(*texts), input_hash="t2")
    store.results.store_answer(journey.key, "other", answer(summary("Another.")), input_hash="i2")
    store.leases.end("other")
    store.versions.restore(journey.key, Insight.SUMMARY, 1, "Ada")
    current = store.results.current(journey.key)[ResultKind.SUMMARY]
    sentences = Summary.model_validate(current.payload).sentences
    assert [(one.verdict, one.segment_ids) for one in sentences] == [("verified", (2,)), ("unverified", ())]
    assert current.transcript_version == 2
    assert shown(store, journey.key) == "Greeted."


def test_a_person_who_restores_closes_the_gap_of_a_replaced_transcript(store: Store) -> None:
    key = completed(store).key
    store.lifecycle.begin(key, "other", collecting=False)
    store.results.store_transcript(key, "other", transcript("Nothing of that."), input_hash="t2")
    store.leases.end("other")
    assert Insight.SUMMARY in [gap.insight for gap in store.records.get(key).gaps]
    store.versions.restore(key, Insight.SUMMARY, 1, "Ada")
    assert Insight.SUMMARY not in [gap.insight for gap in store.records.get(key).gaps]


# --- compared ---------------------------------------------------------------------------------------------------------


def compared(store: Store, key: str, before: int | None = None, after: int | None = None) -> tuple[int | None, ...]:
    pair = store.version_history.pair(key, Insight.SUMMARY, before, after)
    return tuple(one.version if one is not None else None for one in (pair.before, pair.after))


def test_what_is_compared_by_default_is_what_a_promotion_would_change_or_what_the_last_change_did(store: Store) -> None:
    journey = completed(store)
    assert compared(store, journey.key) == (None, 1)
    again(store, journey, summary(AFTER))
    assert compared(store, journey.key) == (1, 2)
    hold(store, journey.key, summary("Third."))
    assert compared(store, journey.key) == (2, 3)
    assert compared(store, journey.key, before=1, after=2) == (1, 2)
    assert compared(store, journey.key, after=2) == (1, 2)
    assert compared(store, journey.key, before=1) == (1, 2)


def test_deleting_a_recording_deletes_what_was_done_with_its_versions(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    store.versions.promote(key, "Ada", "why")
    assert rows(store, VersionChange, "recording_key") == [(key,)]
    with store.database.write() as session:
        delete_own_rows(session, key)
    assert rows(store, VersionChange, "recording_key") == []


def test_a_version_that_this_program_cannot_read_is_listed_and_never_becomes_current(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    with store.database.write() as session:
        for artifact in session.scalars(select(Artifact).where(Artifact.hold == "held")):
            artifact.payload = {"of": "a later program"}
    assert states(store, key) == [(2, "held"), (1, "current")]
    assert store.version_history.of(key, Insight.SUMMARY)[0].verdicts is None
    for act in (
        lambda: store.versions.promote(key, "Ada"),
        lambda: store.versions.restore(key, Insight.SUMMARY, 2, "Ada"),
        lambda: store.version_history.pair(key, Insight.SUMMARY),
    ):
        with pytest.raises(PermanentError) as caught:
            act()
        assert caught.value.code == "unreadable_version"
    assert shown(store, key) == BEFORE


def test_a_promotion_of_some_that_fails_for_one_promotes_none(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER), speakers("Eve"))
    with store.database.write() as session:
        query = select(Artifact).where(Artifact.hold == "held", Artifact.kind == "summary")
        for artifact in session.scalars(query):
            artifact.payload = {"of": "a later program"}
    with pytest.raises(PermanentError):
        store.versions.promote(key, "Ada")
    assert states(store, key, Insight.SPEAKERS) == [(2, "held"), (1, "current")]
    store.versions.promote(key, "Ada", insights=[Insight.SPEAKERS])
    assert states(store, key, Insight.SPEAKERS) == [(2, "current"), (1, "earlier")]


def test_a_reason_may_hold_any_character(store: Store) -> None:
    key = completed(store).key
    hold(store, key, summary(AFTER))
    store.versions.promote(key, "A\x00da", "weil\x00 \ud800 \U0001f600 \u200f\u05d0")
    ((_, by, reason),) = reasons(store)
    assert (by, reason is not None and reason.endswith("\U0001f600 \u200f\u05d0")) == (by, True)
    assert "da" in by
