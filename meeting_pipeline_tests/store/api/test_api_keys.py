"""API keys in the store."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import event, exists, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ApiKey
from meeting_pipeline_tests.store.samples import Clock


def test_a_key_is_found_by_itself_and_never_stored(store: Store) -> None:
    keys = store.api_keys
    made = keys.create("cms", "submit")
    assert made.key.startswith("mp_")
    assert len(made.key) == 46
    found = keys.find(made.key)
    assert found is not None
    assert (found.id, found.name, found.scopes) == (made.id, "cms", ["submit"])
    assert made.key not in repr(made)
    stored = [str(getattr(found, column.key)) for column in ApiKey.__table__.columns]
    assert not any(made.key in text or made.key[3:] in text for text in stored)


def test_no_two_keys_are_alike(store: Store) -> None:
    keys = store.api_keys
    made = [keys.create("cms", "read") for _ in range(20)]
    assert len({one.key for one in made}) == len({one.id for one in made}) == 20


@pytest.mark.parametrize("wrong", ["", "mp_", "key_", "mp_\ud800"])
def test_what_is_no_key_is_not_found(store: Store, wrong: str) -> None:
    store.api_keys.create("cms", "read")
    assert store.api_keys.find(wrong) is None


def test_a_revoked_key_stays_in_the_list_and_is_not_found(store: Store, clock: Clock) -> None:
    keys = store.api_keys
    made = keys.create("cms", "read")
    assert keys.any_in_force()
    first = keys.revoke(made.id[:8]).revoked_at
    clock.advance(100)
    assert keys.revoke(made.id).revoked_at == first
    assert keys.find(made.key) is None
    assert not keys.is_in_force(made.id)
    assert not keys.any_in_force()
    assert [row.id for row in keys.list()] == [made.id]


def test_a_slow_look_up_from_before_the_first_key_does_not_open_the_service_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, database = store.api_keys, store.context.database
    plain, slow = database.read, iter([True])

    @contextlib.contextmanager
    def read() -> Iterator[Session]:
        """The first look-up reads its answer, but a key is created before it can save that answer."""
        with plain() as session:
            if not next(slow, False):
                yield session
                return
            answer = session.scalar(select(exists().where(ApiKey.revoked_at.is_(None))))
            keys.create("cms", "read")
            assert keys.any_in_force()
            yield cast(Session, SimpleNamespace(scalar=lambda _query: answer))

    monkeypatch.setattr(database, "read", read)
    assert keys.any_in_force()
    assert keys.any_in_force()


@pytest.mark.parametrize(("given", "code"), [("key_nothing", "unknown_key"), ("", "unknown_key"), ("%", "unknown_key")])
def test_no_key_is_revoked_that_was_not_meant(store: Store, given: str, code: str) -> None:
    made = store.api_keys.create("cms", "read")
    with pytest.raises(PermanentError) as caught:
        store.api_keys.revoke(given)
    assert caught.value.code == code
    assert store.api_keys.is_in_force(made.id)


def test_a_beginning_that_fits_two_keys_revokes_neither(store: Store) -> None:
    keys = store.api_keys
    keys.create("cms", "read")
    keys.create("archive", "read")
    with pytest.raises(PermanentError, match="matches several"):
        keys.revoke("key_")
    assert all(row.revoked_at is None for row in keys.list())


@pytest.mark.parametrize(("name", "scope"), [("", "read"), (" ", "read"), ("a\nb", "read"), ("cms", "root")])
def test_a_key_has_a_name_that_can_be_shown_and_a_scope_that_exists(store: Store, name: str, scope: str) -> None:
    with pytest.raises(PermanentError):
        store.api_keys.create(name, scope)


def test_a_use_is_noted_once_a_minute(store: Store, clock: Clock) -> None:
    keys = store.api_keys
    made = keys.create("cms", "read")
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if statement.startswith("UPDATE api_keys"):
            writes.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    for _ in range(5):
        row = keys.find(made.key)
        assert row is not None
        keys.note_use(row)
    assert len(writes) == 1
    clock.advance(policies.API_KEY_NOTED_SECONDS + 1)
    row = keys.find(made.key)
    assert row is not None
    keys.note_use(row)
    assert len(writes) == 2
