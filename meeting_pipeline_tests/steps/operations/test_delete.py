"""Deleting recordings: only their costs are kept, and a crash halfway leaves no permanent orphan."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError, StoreUnavailable
from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.intake.accept import admit
from meeting_pipeline.steps.intake.arrival import Arrival
from meeting_pipeline.steps.intake.staging import StagedCopy, staging_folder
from meeting_pipeline.steps.operations import delete
from meeting_pipeline.steps.operations.audit import audit, compare
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.recordings.cli_queries import resolve_key
from meeting_pipeline.store.tables import Base, DeletedRecording, Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, accepted, sha256_of
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.steps.journeys import collected, completed, ordered, transcribed

HOOK = "http://127.0.0.1:9/hook"


def done(installation: Installation, **sidecar: Any) -> Recording:
    """A completed recording with a paid transcript."""
    row = accepted(installation, "weekly.wav", **sidecar)
    from meeting_pipeline.steps.transcription.order import order_due

    order_due(installation, "intake")
    collected(installation, row)
    completed(installation, row)
    return row


def rows_of(installation: Installation, key: str) -> dict[str, int]:
    """The number of rows per table that still name the recording."""
    found: dict[str, int] = {}
    with installation.store.database.read() as session:
        for table in Base.metadata.sorted_tables:
            column = table.columns.get("recording_key" if table.name != "recordings" else "key")
            if column is not None:
                count = len(session.execute(select(column).where(column == key)).all())
                found |= {table.name: count} if count else {}
    return found


def clear(installation: Installation) -> list[str]:
    """Clear what is due once. Returns the removed partitions."""
    removed: list[str] = []
    for deleted in installation.store.deletions.due(10):
        clear_deleted(installation, deleted, removed.append)
    return removed


def refresh_tables(installation: Installation) -> None:
    """Until the next refresh of the tables over all meetings, their list of changes names a deleted recording."""
    changes = installation.store.table_changes
    changes.settle(changes.behind().changes)


def test_nothing_is_left_but_the_feed_and_the_books(paid: Installation, providers: Providers) -> None:
    row = done(paid)
    folder = paid.settings.recordings / row.key
    assert folder.is_dir()
    before = audit(paid, Span())
    delete_recording(paid, row.key, "ops")
    refresh_tables(paid)
    assert set(rows_of(paid, row.key)) <= {"feed"}
    assert not folder.exists()
    after = audit(paid, Span())
    assert after.cost_usd == pytest.approx(before.cost_usd)
    assert before.cost_usd > 0
    assert after.deleted.recordings == 1
    assert after.orders == []
    with pytest.raises(PermanentError, match="no recording"):
        delete_recording(paid, row.key, "ops")


def test_every_table_that_names_a_recording_is_known_to_the_deletion(installation: Installation) -> None:
    """Fails for a new table that refers to recordings, until deletion covers it."""
    from meeting_pipeline.store.deletions.own_rows import OF_A_RECORDING

    with installation.store.database.read() as session:
        inspected = inspect(session.connection())
        referring = {
            name
            for name in inspected.get_table_names()
            for key in inspected.get_foreign_keys(name)
            if key["referred_table"] == "recordings"
        }
    known = {table.__tablename__ for table in OF_A_RECORDING}
    relinked = {"commitment_edits", "commitment_meetings", "commitment_parts", "commitment_reports", "person_names"}
    assert referring == known | relinked | {"submissions", "webhook_events", "transcription_parts", "search_meetings"}


def test_the_transcript_at_the_provider_is_deleted_and_the_partition_removed(
    paid: Installation, providers: Providers
) -> None:
    row = done(paid)
    delete_recording(paid, row.key, "ops")
    assert providers.ledger()["deletions"] == []
    assert clear(paid) == [row.key]
    [order] = providers.ledger()["orders"]
    assert providers.ledger()["deletions"] == [order["id"]]
    assert paid.store.deletions.due(10) == []
    assert compare(paid, None).agrees  # type: ignore[union-attr]  # there is a provider


def test_a_provider_that_is_away_is_asked_again_later(paid: Installation, providers: Providers, clock: Clock) -> None:
    row = done(paid)
    delete_recording(paid, row.key, "ops")
    providers.fault("DELETE /v2/transcript/*", "status", status=503)
    assert clear(paid) == [row.key]
    assert providers.ledger()["deletions"] == []
    assert paid.store.deletions.due(10) == []
    clock.advance(61)
    assert clear(paid) == []
    assert len(providers.ledger()["deletions"]) == 1


def test_an_order_that_is_still_worked_on_is_deleted_once_it_is_done(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    providers.script(processing_seconds=3600.0)
    row = ordered(paid)
    paid.store.cancelling.cancel(row.key)
    delete_recording(paid, row.key, "ops")
    clear(paid)
    clock.advance(61)
    assert len(paid.store.deletions.due(10)) == 1
    assert not paid.store.deletions.due(10)[0].references[0].forgotten


def test_what_is_worked_on_is_not_deleted(paid: Installation, providers: Providers) -> None:
    row = ordered(paid)
    with pytest.raises(PermanentError) as refused:
        delete_recording(paid, row.key, "ops")
    assert refused.value.code == "not_finished"
    assert (paid.settings.recordings / row.key).is_dir()


def test_a_completed_recording_that_a_run_is_at_is_not_deleted(installation: Installation) -> None:
    row = transcribed(installation)
    completed(installation, row)
    installation.store.lifecycle.begin(row.key, "run-2", collecting=False)
    with pytest.raises(PermanentError) as refused:
        delete_recording(installation, row.key, "ops")
    assert refused.value.code == "not_finished"


def test_webhooks_that_are_still_to_be_delivered_stand_in_the_way_unless_they_are_dropped(
    paid: Installation, providers: Providers
) -> None:
    row = done(paid, webhook_url=HOOK)
    with pytest.raises(PermanentError) as refused:
        delete_recording(paid, row.key, "ops", drop_deliveries=False)
    assert refused.value.code == "deliveries_pending"
    delete_recording(paid, row.key, "ops", drop_deliveries=True)
    refresh_tables(paid)
    assert set(rows_of(paid, row.key)) <= {"feed"}


def test_a_webhook_that_is_being_sent_cannot_be_dropped_and_one_whose_sender_died_changes_nothing(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = done(paid, webhook_url=HOOK)
    [taken] = paid.store.outbox.take(10)
    with pytest.raises(PermanentError):
        delete_recording(paid, row.key, "ops", drop_deliveries=True)
    clock.advance(100)
    delete_recording(paid, row.key, "ops", drop_deliveries=True)
    from meeting_pipeline.webhooks.outcome import Outcome

    outcome = Outcome(True, 200, None, "", None, False, 5, None, False)
    assert paid.store.outbox.settle(taken, outcome, None) is None
    paid.store.outbox.give_back(taken)


def test_after_a_crash_between_rows_and_files_the_next_round_removes_the_files(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = done(paid)
    with monkeypatch.context() as dying:
        dying.setattr(delete, "_remove_files", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            delete_recording(paid, row.key, "ops")
    assert (paid.settings.recordings / row.key).is_dir()
    clear(paid)
    assert not (paid.settings.recordings / row.key).exists()


def test_files_that_cannot_be_removed_are_tried_again_later_and_stop_nobody(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    row = transcribed(installation)
    completed(installation, row)

    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(delete, "_remove_files", forbidden)
        delete_recording(installation, row.key, "a person")
        assert clear(installation) == []
    place = installation.settings.recordings / row.key
    assert place.is_dir()
    assert clear(installation) == [], "not due yet"
    clock.advance(3600)
    clear(installation)
    assert not place.exists()
    assert installation.store.deletions.due(10) == []


def test_files_of_a_recording_that_got_no_row_are_removed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("database_busy", "It is busy.", "")

    monkeypatch.setattr(type(installation.store.recordings), "accept", away)
    content = wav("a")
    with staging_folder(installation) as folder:
        main = folder / "original.wav"
        main.write_bytes(content)
        copy = StagedCopy(folder, main, None, sha256_of(content), len(content))
        with pytest.raises(StoreUnavailable):
            admit(installation, copy, Arrival("a.wav", None, SidecarOptions(date=date(2026, 11, 20)), "api"))
    assert [one.name for one in installation.settings.recordings.iterdir() if not one.name.startswith(".")] == []


def test_the_same_content_handed_in_again_is_a_recording_of_its_own_and_is_bought_anew(
    paid: Installation, providers: Providers
) -> None:
    keys = []
    for number in range(3):
        row = done(paid)
        assert row.key not in keys
        assert (row.revision, row.requests) == (0, 0)
        keys.append(row.key)
        assert len(providers.ledger()["orders"]) == number + 1
        assert paid.store.recordings.get(row.key).revision == 1
        if number < 2:
            delete_recording(paid, row.key, "ops")
    cost = audit(paid, Span()).cost_usd
    assert clear(paid) == keys[:2], "of the living one nothing is removed"
    assert (paid.settings.recordings / keys[2] / "original.wav").is_file()
    orders = [order["id"] for order in providers.ledger()["orders"]]
    assert providers.ledger()["deletions"] == orders[:2]
    delete_recording(paid, keys[2], "ops")
    assert audit(paid, Span()).cost_usd == pytest.approx(cost)
    clear(paid)
    assert providers.ledger()["deletions"] == orders
    with paid.store.database.read() as session:
        assert set(session.scalars(select(DeletedRecording.key))) == set(map(erased_key, keys))
    assert done(paid).key not in keys, "also after its words are erased"


def test_the_key_of_a_deleted_recording_is_the_beginning_of_no_other(installation: Installation) -> None:
    old = accepted(installation, "a.wav")
    installation.store.cancelling.cancel(old.key)
    delete_recording(installation, old.key, "ops")
    again = accepted(installation, "a.wav")
    with pytest.raises(PermanentError) as refused:
        resolve_key(installation.store.database, old.key)
    assert refused.value.code == "unknown_recording"
    assert resolve_key(installation.store.database, again.key[:12]) == again.key


def test_a_worker_of_a_deleted_recording_changes_nothing_of_the_same_content_handed_in_again(
    installation: Installation, clock: Clock
) -> None:
    old = accepted(installation, "weekly.vtt", TALK)
    lifecycle, leases = installation.store.lifecycle, installation.store.leases
    [ticket] = lifecycle.request_runs(10)
    lifecycle.begin(old.key, "old-run", collecting=True, request=ticket.request)
    installation.store.cancelling.cancel(old.key)
    clock.advance(policies.LEASE_SECONDS + 1)  # it gives no sign of life, and comes back
    delete_recording(installation, old.key, "ops", drop_deliveries=True)
    again = accepted(installation, "weekly.vtt", TALK)
    for late in (
        lambda: lifecycle.begin(old.key, "old-run-2", collecting=True, request=ticket.request),
        lambda: lifecycle.extracting(old.key, "old-run"),
        lambda: lifecycle.request_again(ticket),
        lambda: finish(installation, old.key, "old-run"),
    ):
        with pytest.raises(PermanentError):
            late()
    assert not leases.heartbeat("old-run")
    assert not (installation.settings.recordings / old.key).exists()
    now = installation.store.recordings.get(again.key)
    assert (now.status, now.stage, now.requests) == ("pending", "ready", 0)


def test_a_recording_without_its_files_is_deleted_too(installation: Installation) -> None:
    row = transcribed(installation)
    completed(installation, row)
    shutil.rmtree(Path(installation.settings.recordings / row.key))
    delete_recording(installation, row.key, "ops")
    assert clear(installation) == [row.key]


def test_handing_in_and_deleting_the_same_content_at_once_leaves_a_whole_recording_or_none(
    installation: Installation,
) -> None:
    content = wav("contested")

    def drop_file(number: int) -> None:
        with staging_folder(installation) as folder:
            main = folder / "original.wav"
            main.write_bytes(content)
            copy = StagedCopy(folder, main, None, sha256_of(content), len(content))
            admit(installation, copy, Arrival("contested.wav", None, SidecarOptions(date=date(2026, 5, 4)), "api"))

    def delete(_: int) -> None:
        row = installation.store.recordings.find_by_hash(sha256_of(content))
        if row is None:
            return
        with suppress(PermanentError):
            installation.store.cancelling.cancel(row.key)
            delete_recording(installation, row.key, "ops")
        clear(installation)

    with ThreadPoolExecutor(6) as pool:
        turns = [pool.submit(drop_file if number % 2 else delete, number) for number in range(60)]
        for turn in turns:
            turn.result()
        clear(installation)
    row = installation.store.recordings.find_by_hash(sha256_of(content))
    kept = list(installation.settings.recordings.glob("[!.]*"))
    if row is None:
        assert kept == []
    else:
        assert [path.name for path in kept] == [row.key]
        assert (kept[0] / "original.wav").read_bytes() == content
    assert list((installation.settings.recordings / ".incoming").iterdir()) == []
