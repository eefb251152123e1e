"""People's judgements of claims: visible at once, told once, kept over reprocessing, and reversible."""

import pytest

from meeting_pipeline.domain.claim_edits import listed, waiting
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import ActionItems, SpeakerName, Speakers, Summary, SummarySentence
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim, Judgement
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, ClaimEdit, SpeakerRow
from meeting_pipeline_tests.store.edits.edited import refresh, rows, told
from meeting_pipeline_tests.store.samples import (
    EVIDENCE,
    HOOK,
    Clock,
    Journey,
    action_items,
    decisions,
    event_types,
    race,
    speakers,
)

TRUE, LIE = "Send the report", "Delete the database"
TRUE_SENTENCE, FALSE_SENTENCE = "A report was promised.", "Everything is cancelled."


def tasks() -> ActionItems:
    """One item that is verified, and one that is not."""
    fact, lie = action_items(TRUE, LIE).items
    return ActionItems(
        items=(
            fact.model_copy(update={"verdict": Verdict.VERIFIED}),
            lie.model_copy(update={"verdict": Verdict.UNVERIFIED, "reasons": ("not_supported",)}),
        )
    )


def summed_up() -> Summary:
    return Summary(
        short_summary=TRUE_SENTENCE,
        topics=(),
        sentences=(
            SummarySentence(text=TRUE_SENTENCE, segment_ids=(1,), verdict=Verdict.VERIFIED),
            SummarySentence(text=FALSE_SENTENCE, segment_ids=(0,), verdict=Verdict.UNVERIFIED),
        ),
    )


def done(store: Store, number: int = 1) -> Journey:
    journey = Journey(store, number=number).accept(hook=HOOK).begin().collect()
    journey.answer(summed_up(), speakers(), tasks(), decisions("Ship it"))
    journey.complete()
    return journey


def claim(store: Store, key: str, text: str) -> JudgedClaim:
    (found,) = (one for one in listed(store.records.get(key)) if one.text == text)
    return found


def judge(store: Store, key: str, text: str, judgement: Judgement | None, by: str = "Grace") -> bool:
    return store.claim_edits.judge(key, claim(store, key, text).claim_id, judgement, by=by)


def test_rows_for_sql_have_verdicts_and_reasons(store: Store) -> None:
    done(store)
    assert rows(store, ActionItemRow, "task", "verdict", "reasons", "accepted_by") == [
        (TRUE, "verified", [], None),
        (LIE, "unverified", ["not_supported"], None),
    ]


def test_a_name_that_is_withheld_is_in_no_row_and_offered_to_nobody(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    name = SpeakerName(
        label="A",
        name="Napoleon",
        confidence=0.9,
        evidence=EVIDENCE,
        verdict=Verdict.UNVERIFIED,
        reasons=("name_taken",),
    )
    journey.answer(Speakers(names=(name,)))
    assert rows(store, SpeakerRow, "label", "name", "verdict", "reasons") == [("A", None, "unverified", ["name_taken"])]
    assert store.speaker_edits.get(journey.key).found == {}
    judge(store, journey.key, "A: Napoleon", Judgement.ACCEPTED)
    assert store.speaker_edits.get(journey.key).found == {"A": "Napoleon"}
    judge(store, journey.key, "A: Napoleon", None)
    store.speaker_edits.rename(journey.key, "A", "Ada", by="x")
    assert rows(store, SpeakerRow, "label", "name", "verdict") == [("A", "Ada", "not_checked")]


def test_an_accepted_claim_is_a_fact_at_once_with_who_and_when(store: Store, clock: Clock) -> None:
    key = done(store).key
    clock.advance(60)
    assert [item.task for item in store.records.get(key).action_items or ()] == [TRUE]
    assert judge(store, key, LIE, Judgement.ACCEPTED)
    assert [item.task for item in store.records.get(key).action_items or ()] == [TRUE, LIE]
    assert rows(store, ActionItemRow, "task", "accepted_by")[1] == (LIE, "Grace")
    assert rows(store, ClaimEdit, "insight", "text", "judgement", "edited_by", "edited_at") == [
        ("action_items", LIE, "accepted", "Grace", clock.now)
    ]


def test_a_deleted_claim_has_no_row_and_stays_listed(store: Store) -> None:
    key = done(store).key
    judge(store, key, TRUE, Judgement.DELETED)
    assert rows(store, ActionItemRow, "task") == [(LIE,)]
    assert claim(store, key, TRUE).state is ClaimState.DELETED


def test_each_edit_is_told_as_a_revision_and_an_edit_that_was_undone_is_not(store: Store, clock: Clock) -> None:
    key = done(store).key
    judge(store, key, FALSE_SENTENCE, Judgement.ACCEPTED)
    assert refresh(store, clock) == [key]
    judge(store, key, TRUE_SENTENCE, Judgement.DELETED)
    refresh(store, clock)
    judge(store, key, TRUE_SENTENCE, None)
    judge(store, key, TRUE_SENTENCE, Judgement.DELETED)
    refresh(store, clock)
    judge(store, key, TRUE_SENTENCE, None)
    judge(store, key, FALSE_SENTENCE, None)
    refresh(store, clock)
    assert told(store, key) == [TRUE_SENTENCE, f"{TRUE_SENTENCE} {FALSE_SENTENCE}", FALSE_SENTENCE, TRUE_SENTENCE]
    assert rows(store, ClaimEdit, "claim_id") == []


def test_the_same_judgement_again_changes_nothing(store: Store, clock: Clock) -> None:
    key = done(store).key
    judge(store, key, LIE, Judgement.ACCEPTED)
    refresh(store, clock)
    events = event_types(store, key)
    assert not judge(store, key, LIE, Judgement.ACCEPTED, by="somebody else")
    assert not judge(store, key, TRUE, None)
    assert event_types(store, key) == events
    assert rows(store, ClaimEdit, "edited_by") == [("Grace",)]


def test_an_edit_applies_to_the_same_claim_when_it_comes_again(store: Store) -> None:
    journey = done(store)
    judge(store, journey.key, LIE, Judgement.ACCEPTED)
    judge(store, journey.key, TRUE, Judgement.DELETED)
    fact, lie = tasks().items
    journey.begin(collecting=False)
    journey.answer(ActionItems(items=(lie.model_copy(update={"task": "delete the DATABASE."}), fact)))
    assert [item.task for item in store.records.get(journey.key).action_items or ()] == ["delete the DATABASE."]


def test_an_edit_whose_claim_is_gone_waits_and_can_be_undone(store: Store) -> None:
    journey = done(store)
    judge(store, journey.key, LIE, Judgement.ACCEPTED)
    journey.begin(collecting=False).answer(action_items("Something else"))
    (edit,) = waiting(store.records.get(journey.key))
    assert (edit.text, edit.judgement) == (LIE, Judgement.ACCEPTED)
    assert store.claim_edits.judge(journey.key, edit.claim_id, Judgement.DELETED, by="Ada")
    assert store.claim_edits.judge(journey.key, edit.claim_id, None, by="Ada")
    assert waiting(store.records.get(journey.key)) == ()


def test_the_outcome_of_a_failed_meeting_is_told_again(store: Store) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect().answer(summed_up())
    store.lifecycle.fail(journey.key, journey.run_id, PermanentError("no_speech", "Nobody speaks."))
    store.leases.end(journey.run_id)
    judge(store, journey.key, FALSE_SENTENCE, Judgement.ACCEPTED)
    assert told(store, journey.key) == [TRUE_SENTENCE, f"{TRUE_SENTENCE} {FALSE_SENTENCE}"]
    assert store.recordings.get(journey.key).status == "failed"


@pytest.mark.parametrize("judgement", [Judgement.ACCEPTED, None])
def test_a_claim_that_does_not_exist_cannot_be_judged(store: Store, judgement: Judgement | None) -> None:
    key = done(store).key
    with pytest.raises(PermanentError) as caught:
        store.claim_edits.judge(key, "no-such-claim", judgement, by="x")
    assert caught.value.code == "unknown_claim"


def test_of_two_who_judge_at_once_the_last_one_counts(store: Store) -> None:
    key = done(store).key
    known = claim(store, key, LIE).claim_id
    assert all(race(2, lambda i: store.claim_edits.judge(key, known, list(Judgement)[i], by=f"person {i}")))
    ((judgement, by),) = rows(store, ClaimEdit, "judgement", "edited_by")
    assert (judgement, by) in [("accepted", "person 0"), ("deleted", "person 1")]


def test_a_deletion_takes_the_edits_along(store: Store) -> None:
    key = done(store).key
    judge(store, key, LIE, Judgement.DELETED)
    store.deletions.delete(key, "an admin", drop_deliveries=True)
    assert rows(store, ClaimEdit, "claim_id") == []
