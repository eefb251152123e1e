"""Comparing the ledger with the provider's list: whatever is paid for and missing is reported, and nothing else."""

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import policies as providers_policies
from meeting_pipeline.providers.assemblyai import Timeouts
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.steps.operations.audit import audit, compare
from meeting_pipeline.steps.stored_files import audio_of
from meeting_pipeline.steps.transcription.collect import obtain
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, accepted
from meeting_pipeline_tests.steps.journeys import begun, collected, ordered, transcribed

ASK = "POST /v1/responses"


def placed_by_another(installation: Installation, row: Recording) -> str:
    """An order of the same account that is in no row."""
    speech = installation.speech.named("assemblyai")
    upload_url = speech.upload(audio_of(installation, row))
    return speech.order(upload_url, speech.options(language=None, keyterms=(), speakers_expected=None))


def test_the_books_agree_with_what_the_providers_billed(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    collected(paid, row)
    providers.fault(ASK, "refusal", insight="summary")
    for _ in range(2):
        extract(paid, row.key, "run-1", list(Insight), requested_by_user=False)
    billed = providers.ledger()
    books = audit(paid, Span())
    assert sum(answer.calls for answer in books.answers) == len(billed["llm_calls"])
    assert sum(answer.input_tokens for answer in books.answers) == sum(c["input_tokens"] for c in billed["llm_calls"])
    assert [(unusable.insight, unusable.code) for unusable in books.unusable] == [("summary", "refused")]
    assert [(order.state, order.orders) for order in books.orders] == [("collected", 1)]
    assert books.cost_usd == pytest.approx(paid.store.records.get(row.key).cost_usd)
    assert (books.unanswered, books.unstored) == ([], [])


def test_an_order_that_was_paid_for_and_gave_no_transcript_is_named(paid: Installation, providers: Providers) -> None:
    providers.script(text="Hi.")
    row = ordered(paid)
    begun(paid, row)
    with pytest.raises(PermanentError):
        obtain(paid, row.key, "run-1", requested_by_user=False)
    [unstored] = audit(paid, Span()).unstored
    assert unstored.order.recording_key == row.key
    assert unstored.order.cost_usd > 0


def test_a_call_whose_answer_was_lost_is_named(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "apply_then_reset")
    found = extract(paid, row.key, "run-1", [Insight.SUMMARY], requested_by_user=False)
    assert isinstance(found[Insight.SUMMARY], Missing)
    [lost] = audit(paid, Span()).unanswered
    assert (lost.insight, lost.state, lost.cost_usd) == ("summary", "lost", 0.0)


def test_equal_lists_agree(paid: Installation, providers: Providers) -> None:
    collected(paid, ordered(paid))
    found = compare(paid, None)
    assert found is not None
    assert (found.provider, found.listed, found.complete, found.agrees) == ("assemblyai", 1, True, True)


def test_an_order_that_nobody_here_knows_is_unlinked(paid: Installation, providers: Providers) -> None:
    strange = placed_by_another(paid, ordered(paid))
    found = compare(paid, None)
    assert found is not None
    assert [order.id for order in found.unlinked] == [strange]
    assert not found.agrees


def test_an_order_that_failed_is_charged_to_nobody(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    providers.fault("POST /v2/transcript", "error")
    placed_by_another(paid, row)
    found = compare(paid, None)
    assert found is not None
    assert (found.listed, found.unlinked, found.agrees) == (2, [], True)


def test_an_order_whose_answer_was_lost_is_to_be_adopted_and_no_stranger(
    paid: Installation, providers: Providers
) -> None:
    row = accepted(paid)
    providers.fault("POST /v2/transcript", "apply_then_reset")
    order_due(paid, "intake")
    found = compare(paid, None)
    assert found is not None
    assert [key for key, _ in found.to_adopt] == [row.key]
    assert found.agrees


def test_an_order_that_the_provider_does_not_list_is_named(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    ordered(paid)
    clock.advance(policies.CALL_SECONDS + 1)
    providers.clear()
    found = compare(paid, None)
    assert found is not None
    assert [order.state for order in found.unknown] == ["ordered"]
    assert not found.agrees


def test_a_list_that_is_not_complete_accuses_nobody(
    paid: Installation, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.wav", "two.wav"):
        accepted(paid, name)
    order_due(paid, "intake")
    clock.advance(policies.CALL_SECONDS + 1)
    monkeypatch.setattr(providers_policies, "LIST_PAGE", 1)
    monkeypatch.setattr(paid.speech.named("assemblyai"), "_timeouts", Timeouts(look_seconds=0.0))
    found = compare(paid, None)
    assert found is not None
    assert (found.complete, found.listed, found.unknown) == (False, 1, [])


def test_without_a_key_there_is_nothing_to_compare(installation: Installation) -> None:
    assert compare(installation, None) is None
    assert audit(installation, Span()).cost_usd == 0
