"""Ordering: a transcription is bought once, whatever breaks at any point."""

from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import RecordingStatus, Stage, TranscriptionOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.assemblyai import AssemblyAI
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.stored_files import audio_of
from meeting_pipeline.steps.transcription import policies as transcription_policies
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.steps.transcription.outages import probe
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.ledger.orders import Orders
from meeting_pipeline.store.tables import Recording, TranscriptionOrder
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, drop, take_all

CREATE, UPLOAD = "POST /v2/transcript", "POST /v2/upload"


class Crash(BaseException):
    """Ends the process here: the package never catches it."""


def crash(*_: object, **__: object) -> Any:
    raise Crash


def bought(providers: Providers) -> tuple[int, int]:
    """The number of uploads and orders in the provider's ledger."""
    ledger = providers.ledger()
    return len(ledger["uploads"]), len(ledger["orders"])


def shown(installation: Installation, row: Recording) -> tuple[str, str, int, str | None]:
    now = installation.store.recordings.get(row.key)
    return now.status, now.stage, now.attempts, now.error_code


def order_of(installation: Installation, row: Recording) -> TranscriptionOrder:
    [order] = installation.store.orders.list([row.key])
    return order


def test_an_order_is_placed_with_what_the_submitter_said(paid: Installation, providers: Providers) -> None:
    row = accepted(paid, keyterms=["Kubernetes"], language="en", speakers_expected=3)
    assert order_due(paid, "worker") == OrderReport(placed=1)
    [bill] = providers.ledger()["orders"]
    assert bill["sha256"] == row.sha256
    config = bill["config"]
    assert (config["keyterms_prompt"], config["language_code"], config["speakers_expected"]) == (
        ["Kubernetes"],
        "en",
        3,
    )
    order = order_of(paid, row)
    assert (order.state, order.provider_id, order.claimed_by) == ("ordered", bill["id"], None)
    assert shown(paid, row) == (RecordingStatus.PENDING, Stage.TRANSCRIBING, 0, None)


def test_what_is_ordered_is_not_due_again(paid: Installation, providers: Providers) -> None:
    accepted(paid)
    order_due(paid, "one")
    assert order_due(paid, "two") == OrderReport()
    assert bought(providers) == (1, 1)


@pytest.mark.parametrize(
    ("where", "uploads"),
    [
        ("open", 1), ("claim", 1), ("uploaded", 2), ("ordering", 1), ("ordered", 1), ("release", 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_write_of_the_ledger_buys_nothing_twice(
    paid: Installation, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch, where: str, moment: str, uploads: int
) -> None:  # fmt: skip
    row = accepted(paid)
    real = getattr(Orders, where)

    def write_and_crash(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        raise Crash

    with monkeypatch.context() as dying:
        dying.setattr(Orders, where, crash if moment == "before" else write_and_crash)
        if where != "release":
            dying.setattr(Orders, "release", crash)  # a process that dies releases nothing
        with pytest.raises(Crash):
            order_due(paid, "dead")
    clock.advance(policies.LEASE_SECONDS + 1)
    order_due(paid, "next")
    found = bought(providers)
    assert found[1] == 1
    assert found[0] == (1 if (where, moment) == ("uploaded", "after") else uploads)
    assert order_of(paid, row).provider_id == providers.ledger()["orders"][0]["id"]
    assert paid.store.recordings.get(row.key).stage == Stage.TRANSCRIBING


@pytest.mark.parametrize("kind", ["apply_then_reset", "cut", "malformed"])
def test_an_order_whose_answer_was_lost_is_found_and_adopted(
    paid: Installation, providers: Providers, clock: Clock, kind: str
) -> None:
    row = accepted(paid)
    providers.fault(CREATE, kind)
    assert order_due(paid, "one") == OrderReport(deferred=1)
    assert order_of(paid, row).state == "ordering"
    clock.advance(policies.RETRY_BASE_SECONDS + 1)
    assert order_due(paid, "two") == OrderReport(placed=1)
    assert bought(providers) == (1, 1)


def test_an_order_that_never_arrived_is_placed_without_a_second_upload(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    row = accepted(paid)
    providers.fault(CREATE, "status", status=503)
    assert order_due(paid, "one") == OrderReport(deferred=1)
    assert shown(paid, row) == (RecordingStatus.PENDING, Stage.ORDERING, 1, "provider_unavailable")
    clock.advance(policies.RETRY_BASE_SECONDS + 1)
    assert order_due(paid, "two") == OrderReport(placed=1)
    assert bought(providers) == (1, 1)


def test_a_long_retry_after_becomes_the_due_time(paid: Installation, providers: Providers, clock: Clock) -> None:
    row = accepted(paid)
    providers.fault(UPLOAD, "status", status=429, retry_after=900)
    order_due(paid, "one")
    due = paid.store.recordings.get(row.key).due_at
    assert due is not None
    assert 890 < (due - clock()).total_seconds() <= 900


def test_an_order_that_somebody_else_is_placing_is_left_to_them(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    order = paid.store.orders.open(row.key, options_of(paid.speech.choose(has_transcript=False), row))
    assert paid.store.orders.claim(order.id, "other") is not None
    assert order_due(paid, "one") == OrderReport()
    assert bought(providers) == (0, 0)
    assert shown(paid, row) == (RecordingStatus.PENDING, Stage.ORDERING, 0, None)


def test_an_intake_leaves_large_uploads_to_others(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    assert order_due(paid, "intake", largest_bytes=row.size_bytes - 1) == OrderReport()
    assert order_due(paid, "order run") == OrderReport(placed=1)
    assert bought(providers) == (1, 1)


def test_who_lost_the_claim_while_uploading_orders_nothing(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    row = accepted(paid)
    real = AssemblyAI.upload

    def slow(self: AssemblyAI, audio: Any) -> str:
        url = real(self, audio)
        clock.advance(policies.LEASE_SECONDS + 1)  # as if no heartbeat arrived during the upload
        assert paid.store.orders.claim(order_of(paid, row).id, "other") is not None
        return url

    monkeypatch.setattr(AssemblyAI, "upload", slow)
    assert order_due(paid, "late") == OrderReport(deferred=1)
    assert bought(providers) == (1, 0)
    assert order_of(paid, row).claimed_by == "other"


@pytest.mark.parametrize(
    ("fault", "code"), [({"status": 401}, "assemblyai_key_refused"), ({"status": 402}, "assemblyai_no_credit")]
)
def test_an_operators_error_waits_and_costs_no_try(
    paid: Installation, providers: Providers, clock: Clock, fault: dict[str, int], code: str
) -> None:
    row = accepted(paid)
    providers.fault(UPLOAD, "status", times=-1, **fault)
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS + 1):
        assert order_due(paid, "worker") == OrderReport(deferred=1)
        assert shown(paid, row) == (RecordingStatus.PENDING, Stage.ORDERING, 0, code)
        clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
    providers.clear_faults()
    assert order_due(paid, "worker") == OrderReport(placed=1)


def test_after_all_tries_the_recording_fails(paid: Installation, providers: Providers, clock: Clock) -> None:
    row = accepted(paid)
    providers.fault(UPLOAD, "status", status=500, times=-1)
    reports = []
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS):
        reports.append(order_due(paid, "worker"))
        clock.advance(policies.RETRY_MAX_SECONDS)
    assert reports == [OrderReport(deferred=1), OrderReport(deferred=1), OrderReport(failed=1)]
    assert shown(paid, row)[:2] == (RecordingStatus.FAILED, Stage.DONE)
    assert order_due(paid, "worker") == OrderReport()


def test_a_permanent_refusal_fails_the_recording_at_once(paid: Installation, providers: Providers) -> None:
    row = accepted(paid, webhook_url="http://127.0.0.1:9/hook")
    providers.fault(CREATE, "status", status=400, message="Invalid option", times=-1)
    assert order_due(paid, "worker") == OrderReport(failed=1)
    assert shown(paid, row) == (RecordingStatus.FAILED, Stage.DONE, 1, "provider_refused")
    assert order_of(paid, row).state == "rejected"
    assert paid.store.deliveries.due() == 1


def test_an_upload_of_an_earlier_try_that_is_refused_is_uploaded_once_more(
    paid: Installation, providers: Providers, clock: Clock
) -> None:
    accepted(paid)
    providers.fault(CREATE, "status", status=500)
    order_due(paid, "one")
    clock.advance(policies.RETRY_BASE_SECONDS + 1)
    providers.fault(CREATE, "status", status=404, message="audio_url has expired")
    assert order_due(paid, "two") == OrderReport(placed=1)
    assert bought(providers) == (2, 1)


def test_a_recording_whose_stored_copy_is_gone_fails_and_delays_no_other(
    paid: Installation, providers: Providers
) -> None:
    gone = accepted(paid, "gone.wav")
    (paid.settings.recordings / gone.key / "original.wav").unlink()
    accepted(paid, "whole.wav")
    assert order_due(paid, "worker") == OrderReport(placed=1, failed=1)
    assert shown(paid, gone)[3] == "no_content"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "HTTPS_PROXY"])
def test_a_mistake_in_the_environment_waits_costs_no_try_and_goes_on_when_it_is_fixed(
    open_with: OpenWith, providers: Providers, monkeypatch: pytest.MonkeyPatch, clock: Clock, variable: str
) -> None:
    elsewhere = open_with(**{**providers.environment(), "ASSEMBLYAI_BASE_URL": "https://provider.test"})
    row = accepted(elsewhere)
    monkeypatch.setenv(variable, "/gone://cacert.pem")
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS + 1):
        order_due(elsewhere, "worker")
        assert shown(elsewhere, row) == (RecordingStatus.PENDING, Stage.ORDERING, 0, "bad_environment")
        clock.advance(store_policies.OPERATOR_RETRY_SECONDS + 1)
    (outage,) = elsewhere.store.outages.open()
    assert outage.operator
    assert variable in outage.line()
    fixed = open_with(**providers.environment())
    fixed.store.outages.probe_soon()  # as `up` does when it starts
    probe(fixed, Service.TRANSCRIPTION)
    assert order_due(fixed, "worker") == OrderReport(placed=1)


def test_an_error_of_the_system_that_the_stored_copy_does_not_explain_is_not_blamed_on_it(
    paid: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(paid)

    def upload(self: AssemblyAI, audio: Any) -> str:
        raise FileNotFoundError(2, "No such file or directory", "/gone/cacert.pem")

    monkeypatch.setattr(AssemblyAI, "upload", upload)
    with pytest.raises(FileNotFoundError):
        order_due(paid, "worker")
    assert shown(paid, row)[0] == RecordingStatus.PENDING
    assert shown(paid, row)[3] == "internal_error"


def test_a_bug_met_by_one_recording_delays_no_other_uses_up_its_tries_and_fails_the_run(
    paid: Installation, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = accepted(paid, "bad.wav"), accepted(paid, "good.wav")
    real = AssemblyAI.upload

    def upload(self: AssemblyAI, audio: Any) -> str:
        if bad.key in str(audio.media_path):
            raise KeyError("a bug")
        return real(self, audio)

    monkeypatch.setattr(AssemblyAI, "upload", upload)
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS):
        with pytest.raises(KeyError):
            order_due(paid, "worker")
        clock.advance(policies.RETRY_MAX_SECONDS)
    assert paid.store.recordings.get(good.key).stage == Stage.TRANSCRIBING
    assert shown(paid, bad)[0] == RecordingStatus.FAILED
    assert order_due(paid, "worker") == OrderReport()


def test_without_a_key_what_waited_for_an_order_is_made_here(open_with: OpenWith, providers: Providers) -> None:
    row = accepted(open_with(**providers.environment()))
    without = open_with()
    assert order_due(without, "worker") == OrderReport(placed=1)
    assert without.store.recordings.get(row.key).stage == Stage.READY


def test_what_was_bought_and_collected_before_is_not_waited_for(paid: Installation, providers: Providers) -> None:
    row = accepted(paid)
    order_due(paid, "worker")
    paid.store.orders.finish(order_of(paid, row).id)
    paid.store.lifecycle.begin(row.key, "run", collecting=True)
    paid.store.lifecycle.fail(row.key, "run", audio_error())
    assert paid.store.recordings.retry(row.key, needs_order=True)
    order_due(paid, "worker")
    assert paid.store.recordings.get(row.key).stage == Stage.READY
    assert bought(providers) == (1, 1)


def audio_error() -> Any:
    from meeting_pipeline.domain.errors import PermanentError

    return PermanentError("worker_lost", "Lost.")


def test_many_uploads_go_side_by_side(paid: Installation, providers: Providers) -> None:
    for number in range(6):
        drop(paid, f"{number}.wav")
    take_all(paid)
    providers.fault(UPLOAD, "slow", seconds=0.5, times=-1)
    assert order_due(paid, "worker") == OrderReport(placed=6)
    assert 1 < providers.ledger()["most_open"][UPLOAD] <= transcription_policies.INTAKE_UPLOADS


def test_audio_names_the_stored_files(installation: Installation) -> None:
    drop(installation, "weekly.vtt", TALK)
    row = accepted(installation, "weekly.wav", participants=["Dana"])
    audio = audio_of(installation, row)
    assert audio.media_path is not None
    assert audio.media_path.is_file()
    assert audio.transcript_path is not None
    assert audio.transcript_path.is_file()
    assert audio.participants == ("Dana",)


def test_equal_wishes_are_equal_options(paid: Installation) -> None:
    row = accepted(paid)
    provider = paid.speech.choose(has_transcript=False)
    assert options_of(provider, row) == options_of(provider, row)
    assert isinstance(options_of(provider, row), TranscriptionOptions)


# --- cancelled ----------------------------------------------------------------------------------------------------------


def test_a_recording_that_is_cancelled_during_its_upload_is_not_ordered(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(paid)
    provider = paid.speech.choose(has_transcript=False)
    upload = provider.upload

    def uploading(audio: Audio) -> str:
        found = upload(audio)
        paid.store.cancelling.cancel(row.key)
        return found

    monkeypatch.setattr(provider, "upload", uploading)
    assert order_due(paid, "worker") == OrderReport(deferred=1)
    assert providers.ledger()["orders"] == []
    assert paid.store.recordings.get(row.key).error_code == "cancelled"


def test_a_recording_that_is_cancelled_after_it_was_listed_is_not_uploaded(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(paid)
    listed = paid.store.due_work.orders_due(10)
    paid.store.cancelling.cancel(row.key)
    monkeypatch.setattr(paid.store.due_work, "orders_due", lambda *_, **__: listed)
    order_due(paid, "worker")
    assert (providers.ledger()["uploads"], providers.ledger()["orders"]) == ([], [])


def test_an_order_that_was_paid_before_the_cancellation_is_collected_by_a_reprocessing(
    paid: Installation, providers: Providers
) -> None:
    row = accepted(paid)
    order_due(paid, "worker")
    paid.store.cancelling.cancel(row.key)
    assert paid.store.recordings.retry(row.key, needs_order=True)
    assert order_due(paid, "worker") == OrderReport(placed=1)
    assert paid.store.recordings.get(row.key).stage == "transcribing"
    assert len(providers.ledger()["orders"]) == 1
