"""Partition keys: any input gives a key that is safe everywhere."""

import hashlib
from datetime import date
from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.keys import MAX_KEY, hash_file, hash_json, is_key, mint_key, mint_keys, slug

SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dates(min_value=date(1000, 1, 1)), st.text(), SHA256)
def test_every_name_gives_a_valid_key(day: date, name: str, sha256: str) -> None:
    key = mint_key(day, name, sha256)
    assert is_key(key)
    assert len(key) <= MAX_KEY
    assert key.startswith(day.isoformat())
    assert key.endswith(sha256[:8])


@given(st.text())
def test_a_slug_of_a_slug_is_the_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)


@given(st.text(), SHA256, SHA256)
def test_contents_that_differ_in_their_first_digits_have_different_keys(name: str, one: str, other: str) -> None:
    day = date(2025, 3, 14)
    assert (mint_key(day, name, one) == mint_key(day, name, other)) == (one[:8] == other[:8])


def test_a_slug_keeps_what_ascii_can_say() -> None:
    assert slug("Größe & Übung: Café №5!") == "groe-ubung-cafe-no5"
    assert slug("会議") == "recording"
    assert slug("--A--b--") == "a-b"
    assert slug("x" * 100) == "x" * 40


def test_what_only_looks_like_a_key_is_none() -> None:
    good = "2025-03-14-weekly-0badcafe"
    assert is_key(good)
    for odd in (
        good.upper(), f"{good}\n", f" {good}", "2025-03-14-0badcafe", "2025-03-14-weekly-0badcaf", "2025-03-14-a--b-0badcafe",
        "../2025-03-14-weekly-0badcafe", "2025-03-14-" + "a" * 80 + "-0badcafe", "2025-03-14-wéekly-0badcafe", "",
    ):  # fmt: skip
        assert not is_key(odd), odd


@given(JSON)
def test_equal_values_have_equal_hashes_in_any_order(value: object) -> None:
    assert hash_json({"a": value, "b": 1}) == hash_json({"b": 1, "a": value})
    assert hash_json([value]) != hash_json([value, value])


def test_a_file_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(content)
    assert hash_file(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_the_same_content_has_keys_without_end_of_which_none_is_the_beginning_of_another() -> None:
    day, sha256 = date(2026, 11, 20), hash_json("content")
    keys = list(islice(mint_keys(day, "Weekly", sha256), 20))
    assert keys[0] == mint_key(day, "Weekly", sha256)
    assert len(set(keys)) == 20
    assert all(is_key(key) and len(key) == len(keys[0]) for key in keys)
