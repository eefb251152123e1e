"""Which sensors have something to do."""

import pytest

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.pending_work import DROP_FOLDER, TRANSCRIPTS_READY, WEBHOOKS_DUE, PendingWork
from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline_tests.daemon.hand import Hand
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import Clock, drop, take_all
from meeting_pipeline_tests.store.samples import Journey, failed


def names(found: object) -> list[str]:
    return [name for name, _ in found]  # type: ignore[attr-defined]  # an iterator of pairs


def ordered(installation: Installation) -> None:
    """A recording that is with the provider and registered."""
    journey, orders = Journey(installation.store).accept(needs_order=True), installation.store.orders
    order = orders.open(journey.key, TranscriptionOptions(provider="assemblyai"))
    orders.claim(order.id, "worker")
    orders.uploaded(order.id, "worker", "https://upload.example/1")
    orders.ordering(order.id, "worker")
    orders.ordered(order.id, "provider-1")
    installation.store.lifecycle.ordered(journey.key)
    installation.store.registrations.note_registered([journey.key])


def test_the_sensors_that_are_woken_exist() -> None:
    sensors = {sensor.name for sensor in build_definitions().sensors or ()}
    assert {DROP_FOLDER, TRANSCRIPTS_READY, WEBHOOKS_DUE} <= sensors


def test_an_idle_installation_has_no_work(installation: Installation) -> None:
    waiting = PendingWork(installation)
    assert [*waiting.in_folder(), *waiting.in_store(), *waiting.at_provider()] == []


def test_a_change_that_the_tables_lack_is_seen_until_it_is_written(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_policies, "CATALOG_QUIET_SECONDS", 0.0)
    journey = failed(installation.store)
    installation.store.registrations.note_registered([journey.key])
    waiting = PendingWork(installation)
    list(waiting.in_store())
    assert waiting.unrefreshed
    changes = installation.store.table_changes
    changes.settle(changes.behind().changes)
    list(waiting.in_store())
    assert not waiting.unrefreshed


def test_a_file_is_work_for_intake_once_it_has_settled(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand()
    monkeypatch.setattr("time.monotonic", hand)
    waiting = PendingWork(installation, hand)
    drop(installation, "weekly.wav")
    assert names(waiting.in_folder()) == []
    hand.at += intake_policies.SETTLE_SECONDS
    assert names(waiting.in_folder()) == [DROP_FOLDER]


def test_a_folder_that_takes_long_to_read_is_read_less_often(installation: Installation) -> None:
    times = iter([10.0, 11.0, 11.0, 12.0])  # a look that takes a second, then the next turn
    waiting = PendingWork(installation, lambda: next(times))
    assert list(waiting.in_folder()) == []
    assert list(waiting.in_folder()) == []
    assert waiting._folder_at == 11.0 + policies.FOLDER_SHARE


def test_a_recording_submitted_over_http_is_work_for_intake(installation: Installation) -> None:
    Journey(installation.store).accept()
    assert DROP_FOLDER in names(PendingWork(installation).in_store())


def test_a_recording_that_is_ready_is_work(installation: Installation) -> None:
    Journey(installation.store).accept()
    assert TRANSCRIPTS_READY in names(PendingWork(installation).in_store())


def test_a_young_order_is_polled_for_often_and_an_old_one_rarely(installation: Installation, clock: Clock) -> None:
    hand = Hand()
    waiting = PendingWork(installation, hand)
    ordered(installation)
    assert TRANSCRIPTS_READY not in names(waiting.in_store())
    assert names(waiting.at_provider()) == [TRANSCRIPTS_READY]
    hand.at += policies.POLL_FIRST_SECONDS / 2
    assert names(waiting.at_provider()) == []
    hand.at += policies.POLL_FIRST_SECONDS
    assert names(waiting.at_provider()) == [TRANSCRIPTS_READY]
    clock.advance(3600)
    hand.at += 3600
    assert names(waiting.in_store()) == []
    assert names(waiting.at_provider()) == [TRANSCRIPTS_READY]
    hand.at += policies.ALL_SENSORS_SECONDS - 0.1
    assert names(waiting.at_provider()) == []
    hand.at += 0.1
    assert names(waiting.at_provider()) == [TRANSCRIPTS_READY]


def test_an_order_that_its_provider_announces_is_polled_for_at_once_and_not_for_ever(
    installation: Installation, clock: Clock
) -> None:
    waiting = PendingWork(installation)
    ordered(installation)
    assert list(waiting.in_store()) == []
    installation.store.orders_in_flight.announced("assemblyai", "provider-1")
    [work] = waiting.in_store()
    assert work[0] == TRANSCRIPTS_READY
    assert list(waiting.in_store()) == [work], "the same work: the sensor is woken later and later"
    clock.advance(policies.ANNOUNCED_SECONDS)
    assert list(waiting.in_store()) == []


def test_a_new_webhook_is_first_left_to_its_own_run(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    drop(installation, "empty.wav", b"", webhook_url=receiver.hook("empty"))
    take_all(installation)
    waiting = PendingWork(installation)
    assert WEBHOOKS_DUE not in names(waiting.in_store())
    clock.advance(shared_policies.WEBHOOK_OWN_SECONDS)
    assert WEBHOOKS_DUE in names(waiting.in_store())
