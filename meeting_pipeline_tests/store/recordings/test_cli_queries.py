"""Queries of the command line: look-ups by the beginning of a key or id."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.recordings.cli_queries import (
    all_keys,
    resolve_delivery,
    resolve_key,
    stored_secret,
)
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import (
    HOOK,
    completed,
    new_recording,
)


@pytest.fixture
def keys(store: Store) -> list[str]:
    found = ["2025-03-14-weekly-aaaaaaaa", "2025-03-14-weekly-aaaabbbb", "2025-03-15-retro-cccccccc"]
    for number, key in enumerate(found):
        store.recordings.accept(new_recording(number, key=key))
    return found


@pytest.mark.parametrize("text", ["2025-03-15", " 2025-03-15-RETRO ", "2025-03-15-retro-cccccccc"])
def test_a_key_is_found_by_how_it_begins(store: Store, keys: list[str], text: str) -> None:
    assert resolve_key(store.database, text) == keys[2]


@pytest.mark.parametrize("text", ["", "  ", "2024", "retro", "%", "2025-03-15_"])
def test_what_begins_no_key_is_unknown(store: Store, keys: list[str], text: str) -> None:
    with pytest.raises(PermanentError) as caught:
        resolve_key(store.database, text)
    assert caught.value.code == "unknown_recording"


def test_what_begins_several_keys_names_them(store: Store, keys: list[str]) -> None:
    with pytest.raises(PermanentError, match="weekly-aaaabbbb") as caught:
        resolve_key(store.database, "2025-03-14")
    assert caught.value.code == "ambiguous_id"


def test_a_key_that_begins_another_is_itself(store: Store, keys: list[str]) -> None:
    store.recordings.accept(new_recording(9, key="2025-03-15-retro"))
    assert resolve_key(store.database, "2025-03-15-retro") == "2025-03-15-retro"


def test_a_delivery_is_found_by_how_its_id_begins(store: Store) -> None:
    completed(store, hook=HOOK)
    (delivery,) = store.deliveries.list()
    assert resolve_delivery(store.database, delivery.id[:6].upper()).id == delivery.id
    for text in ("", "no-such"):
        with pytest.raises(PermanentError) as caught:
            resolve_delivery(store.database, text)
        assert caught.value.code == "unknown_delivery"


def test_all_keys_come_in_order(store: Store, keys: list[str]) -> None:
    assert list(all_keys(store.database)) == sorted(keys)


def test_a_stored_secret_is_found_to_try_the_key_on(store: Store) -> None:
    new = new_recording()
    assert stored_secret(store.database) is None
    store.recordings.accept(new)
    assert stored_secret(store.database) is None
    store.recordings.accept(new_recording(options=new.options.model_copy(update={"webhook_secret": "tell-nobody"})))
    token = stored_secret(store.database)
    assert token is not None
    assert store.context.cipher.decrypt(token) == "tell-nobody"
