"""Partition keys: any input gives a key that is safe everywhere."""

import hashlib
import re
from datetime import date
from itertools import islice
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.keys import (
    KEY_LENGTH,
    blanked,
    erased_key,
    hash_file,
    hash_json,
    is_key,
    mentions_of,
    mint_key,
    mint_keys,
    place_digits,
    slug,
)

DAY = date(2026, 11, 20)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dates(min_value=date(1000, 1, 1)), st.text(), SHA256)
def test_every_name_gives_a_valid_key(day: date, name: str, sha256: str) -> None:
    for key in islice(mint_keys(day, name, sha256), 12):
        assert is_key(key)
        assert len(key) <= KEY_LENGTH
        assert key.startswith(day.isoformat())


@given(st.text())
def test_a_slug_of_a_slug_is_the_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)


def test_a_key_ends_with_the_first_words_of_the_title_that_fit() -> None:
    assert mint_key(DAY, "Weekly planning") == "2026-11-20-weekly-planning"
    assert mint_key(DAY, "Review of the fourth quarter") == "2026-11-20-review-of-the-fourth"
    assert mint_key(DAY, "x" * 100) == "2026-11-20-" + "x" * 21
    assert mint_key(DAY, "Weekly planning of the team", "3fa9") == "2026-11-20-3fa9-weekly-planning"


def test_the_day_of_the_meeting_stands_in_a_key_once() -> None:
    assert mint_key(DAY, "2026-11-20 Weekly") == "2026-11-20-weekly"
    assert mint_key(DAY, "20261120_weekly") == "2026-11-20-weekly"
    assert mint_key(DAY, "2026-11-13 Weekly") == "2026-11-20-2026-11-13-weekly"


def test_titles_of_any_script_give_keys_that_can_be_read() -> None:
    assert mint_key(DAY, "Совещание по бюджету") == "2026-11-20-soveshchanie-po"
    assert mint_key(DAY, "预算会议") == "2026-11-20-yusuanhuiyi"
    assert mint_key(DAY, "Συνάντηση") == "2026-11-20-synantisi"
    assert mint_key(DAY, "Größe & Übung: don\u2019t") == "2026-11-20-grosse-ubung-dont"
    assert mint_key(DAY, "\u200f ... ") == "2026-11-20-recording"


def test_another_recording_of_that_day_and_title_is_counted_and_then_told_by_its_hash() -> None:
    keys = list(islice(mint_keys(DAY, "Weekly", "3fa90123" + "0" * 56), 11))
    assert keys[:2] == ["2026-11-20-weekly", "2026-11-20-2-weekly"]
    assert keys[-3:] == ["2026-11-20-9-weekly", "2026-11-20-3fa9-weekly", "2026-11-20-3fa90123-weekly"]


@given(st.text(), SHA256, SHA256)
def test_who_cannot_see_others_gives_contents_that_differ_in_their_first_digits_different_keys(
    name: str, one: str, other: str
) -> None:
    mine, theirs = (next(mint_keys(DAY, name, digest, counted=False)) for digest in (one, other))
    assert (mine == theirs) == (one[:8] == other[:8])


@given(st.text("0123456789abcdef -", max_size=30))
def test_no_new_key_ends_like_one_of_an_earlier_version(name: str) -> None:
    assert re.fullmatch(r".*-[0-9a-f]{8}", mint_key(DAY, name)) is None


def test_keys_of_earlier_versions_stay_what_they_are() -> None:
    old = "2025-03-14-weekly-0badcafe"
    assert is_key(old)
    assert place_digits(old) == "0badcafe"
    assert erased_key(old).endswith("-0badcafe")


@given(st.text())
def test_a_deleted_recording_keeps_its_place_and_no_word_of_its_title(name: str) -> None:
    key = mint_key(DAY, name)
    erased = erased_key(key)
    assert is_key(erased)
    assert place_digits(erased) == place_digits(key)
    assert re.fullmatch(r"2026-11-20-deleted-[0-9a-f]{16}-[0-9a-f]{8}", erased)
    assert re.fullmatch(r"2026-11-20-[x-]+", blanked(key))


def test_what_only_looks_like_a_key_is_none() -> None:
    good = "2025-03-14-weekly"
    assert is_key(good)
    for odd in (
        good.upper(), f"{good}\n", f" {good}", "2025-03-14", "2025-03-14-", "2025-03-14-a--b", "2025-03-14-weekly-",
        "../2025-03-14-weekly", "2025-03-14-" + "a" * 80, "2025-03-14-wéekly", "",
    ):  # fmt: skip
        assert not is_key(odd), odd


def test_a_key_is_found_in_a_text_but_not_in_a_longer_key() -> None:
    pattern = mentions_of("2026-11-20-weekly")
    assert pattern.search("/v1/recordings/2026-11-20-weekly")
    assert not pattern.search("2026-11-20-weekly-planning, 2026-11-21-2026-11-20-weekly, 2026-11-20-weeklyx")


@given(JSON)
def test_equal_values_have_equal_hashes_in_any_order(value: object) -> None:
    assert hash_json({"a": value, "b": 1}) == hash_json({"b": 1, "a": value})
    assert hash_json([value]) != hash_json([value, value])


def test_a_file_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "a").write_bytes(content)
    assert hash_file(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_the_same_content_has_keys_without_end() -> None:
    keys = list(islice(mint_keys(DAY, "Weekly", hash_json("content")), 60))
    assert len(set(keys)) > 40
    assert all(is_key(key) for key in keys)
