"""`doctor` on an installation with a broker: what must agree, who takes runs, and whose clock is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.cli.checkup import machines as checkup
from meeting_pipeline.cli.checkup.findings import Finding
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.consumers import QueueState
from meeting_pipeline.launching.fleet import announcement, own_fleet
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.store.machines import CONTROL, RESTARTING, WORKER, Machine, Machines
from meeting_pipeline.store.store import Store

pytestmark = pytest.mark.postgres
QUEUE = "meeting-pipeline-abc-recordings"
KEYS = {
    "MEETING_PIPELINE_BROKER_URL": "redis://127.0.0.1:1/0",
    "MEETING_PIPELINE_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_" + "c2NlbmFyaW9zY2VuYXJpb3NjZW5hcmlvc2NlbmFyaW8=",
    "MEETING_PIPELINE_PUBLIC_URL": "https://meetings.example.com",
}
Given = Callable[..., None]


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    own = {"MEETING_PIPELINE_HOME": str(tmp_path / "home"), "MEETING_PIPELINE_DATABASE_URL": postgres_url}
    return load_settings({**KEYS, **own})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_installation(settings)
    yield opened.store
    opened.store.close()


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> dict[str, QueueState]:
    found: dict[str, QueueState] = {}
    monkeypatch.setattr(
        checkup, "queue_states", lambda _url, _prefix, names: {n: found[n] for n in names if n in found}
    )
    return found


@pytest.fixture
def fine(settings: Settings, store: Store, queues: dict[str, QueueState]) -> tuple[Machine, Machine]:
    """`up` and one worker, which agree."""
    fleet = own_fleet(settings, "abc")
    up = announcement(fleet, name=CONTROL, role=CONTROL, queue=QUEUE, slots=4)
    one = announcement(fleet, name="one-17", role=WORKER, queue=QUEUE, slots=2)
    store.machines.announce(up)
    store.machines.announce(one)
    queues[QUEUE] = QueueState(3, frozenset({"one-17"}))
    return up, one


def told(settings: Settings) -> list[str]:
    return [str(one) for one in checkup.machines(settings)]


def odd(settings: Settings) -> list[Finding]:
    return [one for one in checkup.machines(settings) if one.level != "OK"]


def test_machines_that_agree_are_listed_with_slots_queues_fingerprints_and_clock(
    settings: Settings, fine: tuple[Machine, Machine]
) -> None:
    assert odd(settings) == []
    said = "\n".join(told(settings))
    assert "Worker one-17, 0 of 2 slots busy" in said
    assert f"{QUEUE}: 1 workers, 3 runs wait." in said
    assert f"encryption key {fine[0].encryption_key}, signing secret {fine[0].signing_secret}" in said
    assert "This machine's clock and the database's are 0.0 s apart" in said
    assert not any(KEYS[name] in said for name in KEYS if "KEY" in name or "SECRET" in name)


def test_without_a_broker_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert told(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)})) == []


def test_a_missing_shared_setting_fails() -> None:
    [found] = odd(load_settings({**KEYS, "MEETING_PIPELINE_DATABASE_URL": ""}))
    assert (found.level, "MEETING_PIPELINE_DATABASE_URL" in found.advice) == ("FAIL", True)


def test_a_system_that_does_not_run_is_said(settings: Settings, store: Store) -> None:
    [found] = odd(settings)
    assert found.message == "No `meeting-pipeline up` with this broker is running."


@pytest.mark.parametrize("name", ["MEETING_PIPELINE_ENCRYPTION_KEY", "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET"])
def test_another_key_on_this_machine_fails(settings: Settings, fine: tuple[Machine, Machine], name: str) -> None:
    given = {
        "MEETING_PIPELINE_ENCRYPTION_KEY": {"encryption_key": Fernet.generate_key().decode()},
        "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": {"webhook_signing_secret": "whsec_" + "b3RoZXI=" * 6},
    }[name]
    from pydantic import SecretStr

    other = settings.model_copy(update={field: SecretStr(value) for field, value in given.items()})
    [found] = odd(other)
    assert (found.level, name in found.message) == ("FAIL", True)


def test_a_worker_with_other_code_fails(settings: Settings, store: Store, fine: tuple[Machine, Machine]) -> None:
    store.machines.announce(replace(fine[1], code="0036-older"))
    [found] = odd(settings)
    assert (found.level, "one-17" in found.message, "0036-older" in found.message) == ("FAIL", True, True)


def test_a_queue_without_workers_fails(
    settings: Settings, store: Store, fine: tuple[Machine, Machine], queues: dict[str, QueueState]
) -> None:
    queues[QUEUE] = QueueState(3, frozenset())
    [found] = odd(settings)
    assert (found.level, found.message) == ("FAIL", f"No worker serves {QUEUE}; 3 runs wait.")


def test_a_broker_that_is_away_fails(
    settings: Settings, fine: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperatorError("broker_unreachable", "The broker does not respond.", "Check it.")

    monkeypatch.setattr(checkup, "queue_states", away)
    [found] = odd(settings)
    assert (found.level, found.name) == ("FAIL", "broker")


def test_nobody_listens_where_the_broker_should_be() -> None:
    from meeting_pipeline.launching.consumers import queue_states

    for url, code in (
        ("redis://127.0.0.1:1/0", "broker_unreachable"),
        ("amqp://guest@127.0.0.1:1//", "broker_unreachable"),
        ("nonsense://x", "bad_broker_url"),
    ):
        with pytest.raises(OperatorError) as caught:
            queue_states(url, "meeting-pipeline-abc-", [QUEUE])
        assert caught.value.code == code, url


@pytest.mark.parametrize(
    ("seconds", "way"), [(90.0, "90.0 s ahead of"), (-90.0, "90.0 s behind"), (2.0, "2.0 s ahead of")]
)
def test_a_clock_that_is_off_is_a_warning(
    settings: Settings, store: Store, fine: tuple[Machine, Machine], seconds: float, way: str
) -> None:
    at = store.database.now()
    off = Machines(replace(store.context, clock=lambda: at), lambda: at + timedelta(seconds=seconds))
    off.announce(fine[1])
    [found] = odd(settings)
    assert (found.level, found.message) == ("WARN", f"The clock of one-17 is {way} the database's.")


def test_a_clock_that_is_nearly_right_is_fine(settings: Settings, store: Store, fine: tuple[Machine, Machine]) -> None:
    Machines(store.context, lambda: datetime.now(UTC) + timedelta(seconds=1.5)).announce(fine[1])
    assert odd(settings) == []


def test_more_slots_than_up_fills_are_a_warning(
    settings: Settings, store: Store, fine: tuple[Machine, Machine]
) -> None:
    store.machines.announce(replace(fine[1], name="two-18", slots=8))
    [found] = odd(settings)
    assert (found.level, "10 slots" in found.message) == ("WARN", True)


def test_a_worker_that_is_started_again_or_silent_is_a_warning(
    settings: Settings, store: Store, fine: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.machines.announce(replace(fine[1], state=RESTARTING))
    [found] = odd(settings)
    assert "being restarted" in found.message
    monkeypatch.setattr("meeting_pipeline.policies.LEASE_SECONDS", -1.0)
    assert [("silent since" in one.message) for one in odd(settings) if one.name == "machines"] == [True, True]
