"""Multipart forms, split into blocks at any position."""

from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.api import policies as api_policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.uploads.multipart_form import Form, boundary_of
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline_tests.installations import sha256_of

SAFE = bytes(range(256)) * 20 + b"\r\n--c\r\n\r\n-\r\n--" + b"--b--" * 5 + b"\r\n"
"""Bytes that resemble the boundary; a real one begins at the start of a line (RFC 2046, section 5.1.1)."""


def body(*parts: tuple[str, str | None, bytes], end: bytes = b"--b--\r\n") -> bytes:
    found = b""
    for name, filename, content in parts:
        shown = f'; filename="{filename}"' if filename is not None else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n\r\n'
        found += head.encode() + content + b"\r\n"
    return found + end


def arrived(folder: Path | None, data: bytes, step: int = 1 << 20) -> Any:
    form = Form("b", folder)
    try:
        for start in range(0, len(data), step):
            form.feed(data[start : start + step])
        return form.finish()
    finally:
        form.close()


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 1000, 1 << 20])
def test_the_same_arrives_however_it_is_cut(tmp_path: Path, step: int) -> None:
    data = body(
        ("title", None, "Größe".encode()), ("keyterms", None, b"a"), ("keyterms", None, b"b"), ("file", "x.wav", SAFE)
    )
    found = arrived(tmp_path, data, step)
    assert found.file.path.read_bytes() == SAFE
    assert found.sha256 == sha256_of(SAFE)
    assert (found.options.title, found.options.keyterms) == ("Größe", ("a", "b"))


def test_what_is_only_hashed_is_stored_nowhere(tmp_path: Path) -> None:
    found = arrived(None, body(("file", "x.wav", SAFE)))
    assert (found.sha256, found.file.path) == (sha256_of(SAFE), None)


@pytest.mark.parametrize(
    ("name", "stored"),
    [("../../etc/x.WAV", "original.wav"), ("C:\\\\temp\\\\x.mp3", "original.mp3"), ("a\u202e.wav", "original.wav")],
)
def test_a_name_decides_the_ending_and_nothing_else(tmp_path: Path, name: str, stored: str) -> None:
    found = arrived(tmp_path, body(("file", name, b"x")))
    assert found.file.path == tmp_path / stored
    assert "/" not in found.file.name
    assert "\\" not in found.file.name


@pytest.mark.parametrize(
    "data",
    [
        body(("file", "x.wav", b"x"), end=b""),
        body(("file", "x.wav", b"x"))[:-20],
        b"",
        b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"' + b"x" * 10_000,
        b"preamble " * 100,
    ],
)
def test_a_form_that_is_cut_or_malformed_is_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ApiError) as told:
        arrived(tmp_path, data)
    assert (told.value.status, told.value.code) == (400, "malformed_form")


@pytest.mark.parametrize(
    ("parts", "at"),
    [
        ([("title", None, b"a")], "file"),
        ([("file", None, b"a")], "file"),
        ([("file", "a.wav", b"a"), ("file", "b.wav", b"a")], "file"),
        ([("file", "a.vtt", b"a"), ("transcript", "b.vtt", b"a")], "transcript"),
        ([("file", "a.wav", b"a"), ("transcript", "b.wav", b"a")], "transcript"),
        ([("title", None, b"\xff"), ("file", "a.wav", b"a")], "title"),
        ([("webhook_secret", None, b"x"), ("file", "a.wav", b"a")], "webhook_secret"),
        ([("evil\x00name", None, b"x")], None),
    ],
)
def test_a_wrong_part_is_named(tmp_path: Path, parts: Any, at: str | None) -> None:
    with pytest.raises(ApiError) as told:
        arrived(tmp_path, body(*parts))
    assert told.value.status == 422
    assert at is None or [error["at"] for error in told.value.errors or []] == [at]


def test_what_is_wrong_with_the_fields_is_told_before_the_file_arrives(tmp_path: Path) -> None:
    form = Form("b", tmp_path)
    with pytest.raises(ApiError):
        form.feed(body(("date", None, b"never"), ("file", "x.wav", b""), end=b"")[:-2])
    assert list(tmp_path.iterdir()) == []


def test_fields_without_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as told:
        arrived(tmp_path, body(("title", None, b"x" * 300_000)))
    assert told.value.status == 413
    with pytest.raises(ApiError):
        arrived(tmp_path, body(*[("keyterms", None, b"x")] * (api_policies.UPLOAD_FIELDS + 1)))


def test_the_limit_is_kept_while_the_file_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MAX_RECORDING_BYTES", 1000)
    form = Form("b", tmp_path)
    form.feed(body(("file", "x.wav", b""), end=b"")[:-2])
    with pytest.raises(IntakeRefused) as refused:
        form.feed(bytes(1100))
    form.close()
    assert refused.value.code == "too_large"
    assert (tmp_path / "original.wav").stat().st_size <= 1000


@pytest.mark.parametrize(
    "header", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 201]
)
def test_a_form_without_a_boundary_is_told(header: str) -> None:
    with pytest.raises(ApiError):
        boundary_of(header)


def _part(header: str, content: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data; " + header.encode() + b"\r\n\r\n" + content + b"\r\n"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("name=\"file\"; filename*=utf-8''M%C3%BCller%20weekly.wav", "Müller weekly.wav"),
        ("name=\"file\"; filename*=UTF-8'de'%E2%82%AC.wav", "€.wav"),
        ("name=\"file\"; filename*=iso-8859-1''M%FCller.wav", "Müller.wav"),
        ('name="file"; filename="plain.wav"; filename*=utf-8\'\'other.wav', "plain.wav"),
        ("filename*=utf-8''first.wav; name=\"file\"", "first.wav"),
        ("name=\"file\"; filename*=utf-8''..%2F..%2Fetc%2Fx.wav", "x.wav"),
    ],
)
def test_a_file_name_may_come_in_extended_notation(tmp_path: Path, header: str, name: str) -> None:
    assert arrived(tmp_path, _part(header, SAFE) + b"--b--\r\n").file.name == name


@pytest.mark.parametrize("given", ["koi8-r''%ED.wav", "utf-8''%FF.wav", "name.wav", "utf-8'"])
def test_a_file_name_in_a_broken_extended_notation_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(ApiError) as caught:
        arrived(tmp_path, _part(f'name="file"; filename*={given}', SAFE) + b"--b--\r\n")
    assert caught.value.errors
    assert "filename*" in caught.value.errors[0]["problem"]


@pytest.mark.parametrize("names", [("participants[]", "participants[]"), ("participants[0]", "participants[1]")])
def test_items_of_a_list_may_carry_brackets(tmp_path: Path, names: tuple[str, str]) -> None:
    fields = [(name, None, value) for name, value in zip(names, (b"Dana", b"Priya"), strict=True)]
    found = arrived(tmp_path, body(*fields, ("file", "x.wav", SAFE)))
    assert found.options.participants == ("Dana", "Priya")


@pytest.mark.parametrize("name", ["title[]", "file[]", "participants[x]", "participants[", "attendees[]"])
def test_brackets_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ApiError):
        arrived(tmp_path, body((name, None, b"x"), ("file", "x.wav", SAFE)))
