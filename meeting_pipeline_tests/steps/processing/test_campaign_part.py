"""Recordings of a campaign in a run of many: made and paid for once, within the cap, and without leaving gaps."""

from typing import Any

import pytest

from meeting_pipeline.domain.campaigns import CampaignItem, CampaignState, ItemState
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing import one_recording
from meeting_pipeline.steps.processing.batch import ProcessingEvent, process_batch
from meeting_pipeline.steps.processing.one_recording import Item
from meeting_pipeline.store.campaigns.starting import NewCampaign
from meeting_pipeline.store.campaigns.work import CampaignWork
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.steps.processing.test_batch import ASK, Leases, items, outcomes

NAME = "again"
MADE = ("summary", "decisions", "minutes")


class LaterLeases(Leases):
    """Those of another run."""

    def __init__(self, installation: Installation, run: str) -> None:
        super().__init__(installation)
        self.run = run

    def one_of_batch(self, key: str, number: int, **more: Any) -> Any:
        return super().one_of_batch(key, f"{self.run}-{number}", **more)  # type: ignore[arg-type]  # a part of the lease's name


@pytest.fixture
def keys(paid: Installation, providers: Providers) -> list[str]:
    """Three recordings that are completed."""
    batch = items(paid, *"abc")
    list(process_batch(paid, batch, Leases(paid), calls=4))
    return [item.key for item in batch]


def start(installation: Installation, keys: list[str], **options: Any) -> None:
    installation.store.campaign_changes.start(NewCampaign(NAME, [(key, MADE) for key in keys], **options), "ada")


def work(installation: Installation, keys: list[str], run: str = "c1", *, hold: bool = False) -> list[ProcessingEvent]:
    """A run of the campaign."""
    batch = [
        Item(key, number, MADE, requested_by_user=True, hold=hold, campaign=NAME) for number, key in enumerate(keys)
    ]
    return list(process_batch(installation, batch, LaterLeases(installation, run), calls=1))


def shown(installation: Installation) -> list[CampaignItem]:
    return installation.store.campaigns.items(NAME)


def asked(providers: Providers) -> int:
    return len(providers.ledger()["llm_calls"])


def test_each_is_made_anew_and_noted_with_what_it_changed(
    paid: Installation, providers: Providers, keys: list[str]
) -> None:
    start(paid, keys)
    before = asked(providers)
    assert set(outcomes(work(paid, keys)).values()) == {"available"}
    assert asked(providers) == before + 2 * len(keys), "a person wants new answers"
    assert [item.state for item in shown(paid)] == [ItemState.DONE] * 3
    change = shown(paid)[0].changes["summary"]
    assert (change.version, change.before, change.size, change.held) == (2, 1, 0, False)
    assert change.claims == change.claims_before > 0
    spent = paid.store.campaigns.spent(NAME)
    assert (spent.calls, spent.unanswered) == (2 * len(keys), 0)
    assert spent.usd > 0
    assert set(outcomes(work(paid, keys, "c2")).values()) == {"skipped"}
    assert asked(providers) == before + 2 * len(keys)


def test_what_is_held_is_noted_as_held(paid: Installation, providers: Providers, keys: list[str]) -> None:
    start(paid, keys, hold=True)
    assert set(outcomes(work(paid, keys, hold=True)).values()) == {"held"}
    assert {change.held for item in shown(paid) for change in item.changes.values()} == {True}
    assert paid.store.version_history.held_numbers(keys[0]) == {Insight.SUMMARY: 2, Insight.DECISIONS: 2}


def test_at_the_cap_nothing_more_is_asked_and_what_was_there_stays(
    paid: Installation, providers: Providers, keys: list[str]
) -> None:
    start(paid, keys, cap_usd=1e-9)
    before = asked(providers)
    work(paid, keys)
    in_flight = 2  # both insights of the recording whose turn it was
    assert before < asked(providers) <= before + in_flight
    campaign = paid.store.campaigns.get(NAME)
    assert (campaign.state, campaign.pause_code) == (CampaignState.PAUSED, "cap_reached")
    left = [item for item in shown(paid) if item.state is ItemState.WAITING]
    assert len(left) >= 2
    assert {item.tries for item in left} <= {0}
    for key in keys:
        assert paid.store.overviews.get(key).gaps == ()
        assert paid.store.records.get(key).summary is not None


def test_a_paused_campaign_begins_nothing(paid: Installation, providers: Providers, keys: list[str]) -> None:
    start(paid, keys)
    paid.store.campaign_changes.pause(NAME, "ada")
    before = asked(providers)
    assert set(outcomes(work(paid, keys)).values()) == {"skipped"}
    assert asked(providers) == before


def test_a_run_that_dies_after_it_has_paid_is_continued_without_paying_again(
    paid: Installation, providers: Providers, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise SystemExit

    start(paid, keys)
    with monkeypatch.context() as patch:
        patch.setattr(CampaignWork, "done", dies)
        work(paid, keys)
    before, version = asked(providers), paid.store.version_history.of(keys[0], Insight.SUMMARY)[0].version
    assert [item.state for item in shown(paid)] == [ItemState.WORKING] * 3
    assert paid.store.campaign_work.take_back(NAME, over=(), at_hand=()) == 3
    work(paid, keys, "c2")
    assert [item.state for item in shown(paid)] == [ItemState.DONE] * 3
    assert asked(providers) == before
    assert paid.store.version_history.of(keys[0], Insight.SUMMARY)[0].version == version, "and not stored again either"
    assert shown(paid)[0].changes["summary"].before == 1, "compared with what was there before the campaign"


def test_what_cannot_be_made_leaves_the_earlier_result_and_no_gap(
    paid: Installation, providers: Providers, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_recording, "_wait_s", lambda *_: 0.0)
    start(paid, keys)
    providers.fault(ASK, "output", insight="summary", times=-1, text="no JSON at all")
    work(paid, keys)
    states = {item.state for item in shown(paid)}
    assert states <= {ItemState.FAILED, ItemState.WAITING}
    assert {item.error_code for item in shown(paid)} != {None}
    for key in keys:
        assert paid.store.overviews.get(key).gaps == ()
        assert paid.store.version_history.of(key, Insight.SUMMARY)[0].version == 1
    assert paid.store.campaigns.spent(NAME).refused > 0


def test_a_recording_that_a_campaign_does_not_name_is_left(
    paid: Installation, providers: Providers, keys: list[str]
) -> None:
    start(paid, keys[:2])
    before = asked(providers)
    assert outcomes(work(paid, keys[2:])) == {keys[2]: "skipped"}
    assert asked(providers) == before
