"""Keys of an installation, and webhook secrets at rest."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, text

from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.secrets import KEY_FOLDER, Cipher, encryption_key, signing_secret
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Submission
from meeting_pipeline_tests.store.samples import HOOK, new_recording, race_processes

SECRET = "tell-nobody-4711"


def make_keys(home: str) -> tuple[str, str]:
    """Runs in separate processes."""
    settings = Settings(home=Path(home))
    return encryption_key(settings), signing_secret(settings)


def test_a_webhook_secret_is_encrypted_in_the_database(store: Store) -> None:
    store.recordings.accept(new_recording(options=SidecarOptions(webhook_url=HOOK, webhook_secret=SECRET)))
    with store.database.read() as session:
        stored = session.scalars(select(Submission.webhook_secret)).one()
        everything = [
            str(row)
            for table in ("recordings", "submissions", "recording_events")
            for row in session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - names of our own tables
        ]
    assert store.context.cipher.decrypt(stored or "") == SECRET
    assert [row for row in everything if SECRET in row] == []


def test_a_webhook_secret_is_in_no_file_of_the_database(store: Store) -> None:
    if not store.database.sqlite:
        pytest.skip("PostgreSQL's files are its own; the test above reads its tables")
    store.recordings.accept(new_recording(options=SidecarOptions(webhook_url=HOOK, webhook_secret=SECRET)))
    folder = Path(store.database.url.database or "").parent
    written = [path for path in folder.iterdir() if path.name.startswith("meetings.sqlite3")]
    assert any(HOOK.encode() in path.read_bytes() for path in written)
    assert [path.name for path in written if SECRET.encode() in path.read_bytes()] == []


def test_another_key_is_a_clear_error_without_the_secret() -> None:
    token = Cipher(Fernet.generate_key().decode()).encrypt(SECRET)
    with pytest.raises(OperatorError) as caught:
        Cipher(Fernet.generate_key().decode()).decrypt(token)
    assert caught.value.code == "wrong_encryption_key"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("key", ["short", "ä" * 44, ""])
def test_what_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(PermanentError) as caught:
        Cipher(key)
    assert caught.value.code == "bad_setting"
    assert not key or key not in str(caught.value)


def test_eight_processes_at_once_make_one_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    found = race_processes(8, make_keys, str(tmp_path))
    assert len(set(found)) == 1
    files = sorted((tmp_path / KEY_FOLDER).iterdir())
    assert [path.name for path in files] == ["encryption.key", "webhook-signing.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert found[0] == make_keys(str(tmp_path))
    Cipher(found[0][0])


def test_keys_of_the_settings_win_and_no_file_is_made(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    settings = Settings(
        home=tmp_path, encryption_key=SecretStr(key), webhook_signing_secret=SecretStr("whsec_c2VjcmV0")
    )
    assert (encryption_key(settings), signing_secret(settings)) == (key, "whsec_c2VjcmV0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\0" * 44, b"\xff\xfe", b"whsec_short"])
@pytest.mark.parametrize("key", [encryption_key, signing_secret])
def test_a_key_file_that_a_power_cut_has_damaged_is_named_and_never_replaced(
    tmp_path: Path, key: Callable[[Settings], str], content: bytes
) -> None:
    settings = Settings(home=tmp_path)
    key(settings)
    [file] = (tmp_path / KEY_FOLDER).iterdir()
    file.write_bytes(content)
    with pytest.raises(PermanentError) as caught:
        key(settings)
    assert caught.value.code == "bad_setting"
    assert str(file) in caught.value.message
    assert "backup" in caught.value.advice
    assert file.read_bytes() == content
