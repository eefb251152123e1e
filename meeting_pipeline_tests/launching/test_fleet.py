"""What machines of one installation must have in common, and how a machine that differs is refused."""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.launching import fleet
from meeting_pipeline.launching.fleet import register, registered, require_same, require_shared_settings
from meeting_pipeline.settings import Settings, load_settings

SHARED = {
    "MEETING_PIPELINE_BROKER_URL": "redis://127.0.0.1:6379/0",
    "MEETING_PIPELINE_DATABASE_URL": "postgresql://user@127.0.0.1/meetings",
    "MEETING_PIPELINE_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_" + "c2NlbmFyaW9zY2VuYXJpb3NjZW5hcmlvc2NlbmFyaW8=",
    "MEETING_PIPELINE_PUBLIC_URL": "https://meetings.example.com",
}


def shared(**changed: str) -> Settings:
    return load_settings({**SHARED, **changed})


@pytest.fixture
def dagster() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.mark.parametrize("variable", [name for name in SHARED if name != "MEETING_PIPELINE_BROKER_URL"])
def test_each_shared_setting_is_required_and_told_how_to_make(variable: str) -> None:
    given = {name: value for name, value in SHARED.items() if name != variable}
    with pytest.raises(OperatorError) as caught:
        require_shared_settings(load_settings(given))
    assert caught.value.code == "shared_settings_needed"
    assert variable in caught.value.message
    assert f"Set {variable} (" in caught.value.advice
    assert [name for name in given if name in caught.value.advice and name != "MEETING_PIPELINE_BROKER_URL"] == []


def test_without_a_broker_nothing_is_required() -> None:
    require_shared_settings(load_settings({}))
    require_shared_settings(shared())


def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "celery" else object())
    with pytest.raises(OperatorError) as caught:
        require_shared_settings(shared())
    assert (caught.value.code, "[celery]" in caught.value.advice) == ("extra_needed", True)


def test_a_worker_with_the_same_settings_belongs_to_the_installation(dagster: dg.DagsterInstance) -> None:
    made = register(shared(), dagster)
    assert require_same(shared(), registered(dagster)) == made
    assert made.queue("recordings") == f"meeting-pipeline-{made.id}-recordings"


def test_the_identity_stays_when_keys_change(dagster: dg.DagsterInstance) -> None:
    made = register(shared(), dagster)
    again = register(shared(MEETING_PIPELINE_ENCRYPTION_KEY=Fernet.generate_key().decode()), dagster)
    assert again.id == made.id
    assert again.encryption_key != made.encryption_key


def test_two_installations_have_different_queues() -> None:
    with dg.DagsterInstance.ephemeral() as one, dg.DagsterInstance.ephemeral() as two:
        assert register(shared(), one).queue("recordings") != register(shared(), two).queue("recordings")


def test_no_key_is_stored(dagster: dg.DagsterInstance) -> None:
    register(shared(), dagster)
    stored = str(dagster.daemon_cursor_storage.get_cursor_values({"meeting_pipeline/fleet"}))
    assert SHARED["MEETING_PIPELINE_ENCRYPTION_KEY"] not in stored
    assert SHARED["MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET"] not in stored


def test_a_worker_waits_for_the_first_start_of_up(dagster: dg.DagsterInstance) -> None:
    with pytest.raises(OperatorError) as caught:
        require_same(shared(), registered(dagster))
    assert caught.value.code == "not_running"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"MEETING_PIPELINE_ENCRYPTION_KEY": Fernet.generate_key().decode()}, "wrong_encryption_key"),
        (
            {"MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_" + "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb28="},
            "wrong_signing_secret",
        ),
    ],
)
def test_another_key_is_refused(dagster: dg.DagsterInstance, changed: dict[str, str], code: str) -> None:
    register(shared(), dagster)
    with pytest.raises(OperatorError) as caught:
        require_same(shared(**changed), registered(dagster))
    assert caught.value.code == code
    assert not any(value in str(caught.value) for value in changed.values())


def test_other_code_is_refused(dagster: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    made = register(shared(), dagster)
    assert replace(made, code="") != made
    monkeypatch.setattr(fleet, "_code", lambda: "0001-older")
    with pytest.raises(OperatorError) as caught:
        require_same(shared(), registered(dagster))
    assert caught.value.code == "other_code"
