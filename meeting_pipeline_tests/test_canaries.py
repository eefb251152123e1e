"""The search for canaries finds them: an empty result proves nothing if the search cannot find anything."""

from __future__ import annotations

import base64
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from meeting_pipeline_tests.canaries import Found, in_files

WORD = "xylocanary-secret-27"


@pytest.mark.parametrize(
    "content",
    [
        f"a line with {WORD} in it".encode(),
        base64.b64encode(f"user:{WORD}@host".encode()),
        base64.b64encode(f"u:{WORD}".encode()),
        base64.b64encode(f"{WORD} first".encode()),
        WORD.encode().hex().encode(),
    ],
    ids=["plain", "base64", "base64 shifted", "base64 at the start", "hexadecimal"],
)
def test_a_word_in_a_file_is_found(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "some.log").write_bytes(content)
    (tmp_path / "other.log").write_bytes(b"nothing here")
    assert in_files(tmp_path, [WORD]) == {Found("some.log", WORD)}


def test_a_word_in_a_files_name_is_found(tmp_path: Path) -> None:
    (tmp_path / f"{WORD}.log").write_bytes(b"")
    assert in_files(tmp_path, [WORD]) == {Found(f"{WORD}.log", WORD)}


@pytest.mark.parametrize("value", [WORD, zlib.compress(WORD.encode() * 5)], ids=["text", "compressed"])
def test_a_word_in_a_table_is_found_with_its_column(value: object, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "some.db")) as connection, connection:
        connection.execute('CREATE TABLE things (id INTEGER, "order" BLOB)')
        connection.execute("INSERT INTO things VALUES (1, ?)", (value,))
    assert in_files(tmp_path, [WORD]) == {Found("some.db:things.order", WORD)}
