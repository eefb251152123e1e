"""A sidecar is read strictly, and the error for a rejected one never shows its content."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.steps.intake.sidecar import read_sidecar

SECRET = "correct-horse-battery"


def write(folder: Path, content: Any) -> Path:
    path = folder / "a.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def refusal(path: Path) -> IntakeRefused:
    with pytest.raises(IntakeRefused) as caught:
        read_sidecar(path)
    assert caught.value.code == "bad_sidecar"
    return caught.value


def test_everything_that_a_submitter_may_say_is_read(tmp_path: Path) -> None:
    said = {
        "title": "Weekly",
        "webhook_url": "https://cms.example/hook",
        "webhook_secret": SECRET,
        "participants": ["Dana", "Priya"],
        "keyterms": ["Kubernetes"],
        "language": "en_us",
        "speakers_expected": 3,
        "date": "2025-03-14",
    }
    found = read_sidecar(write(tmp_path, said))
    assert found.participants == ("Dana", "Priya")
    assert found.date == date(2025, 3, 14)
    assert found.model_dump(mode="json", exclude_defaults=True) == said


def test_names_and_terms_are_read_as_one_clean_line_each(tmp_path: Path) -> None:
    said = {"participants": ["Dana\0\n# heading", "\x1b[31mPriya"], "keyterms": [" Acme\r\nTurbo "]}
    found = read_sidecar(write(tmp_path, said))
    assert found.participants == ("Dana # heading", "[31mPriya")
    assert found.keyterms == ("Acme Turbo",)


@pytest.mark.parametrize("field", ["participants", "keyterms"])
@pytest.mark.parametrize("value", ["\ud800", "x" * 201], ids=["half a character", "endless"])
def test_names_and_terms_that_nobody_can_be_sent_are_refused(tmp_path: Path, field: str, value: str) -> None:
    assert f"{field}.0" in str(refusal(write(tmp_path, {field: [value]})))


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert read_sidecar(write(tmp_path, b"\xef\xbb\xbf" + b'{"title": "Weekly"}')).title == "Weekly"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"titel": "x"}, "titel"),
        ({"webhook_secret": "short"}, "webhook_secret"),
        ({"speakers_expected": 0}, "speakers_expected"),
        ({"speakers_expected": "many"}, "speakers_expected"),
        ({"language": "English"}, "language"),
        ({"date": "14.3.2025"}, "date"),
        ({"participants": "Dana"}, "participants"),
        ({"participants": ["Dana", 7]}, "participants.1"),
        ([], "file"),
        (None, "file"),
    ],
)
def test_what_is_odd_is_named(tmp_path: Path, content: Any, named: str) -> None:
    assert f"{named}:" in refusal(write(tmp_path, content)).message


@pytest.mark.parametrize(
    "content",
    [
        b"{'title': 'x'}",
        b"",
        b"\xff\xfe\x00",
        b'{"title": "a"',
        b"[" * 100_000,
        b'{"speakers_expected": ' + b"1" * 10_000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "not valid JSON" in refusal(write(tmp_path, content)).message


@pytest.mark.parametrize(
    "content",
    [
        {"webhook_secret": [SECRET]},
        {"webhook_secret": SECRET, "speakers_expected": SECRET},
        {"language": SECRET},
        {"date": SECRET},
        {"title": {"a": SECRET}},
        b'{"webhook_secret": "' + SECRET.encode() + b'", ',
        b'{"webhook_secret": "' + SECRET.encode() + b'\xff"}',
    ],
)
def test_a_refusal_shows_no_value_and_neither_does_its_chain(tmp_path: Path, content: Any) -> None:
    error: BaseException | None = refusal(write(tmp_path, content))
    while error is not None:
        assert SECRET not in f"{error!s}{error!r}{vars(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_only_a_regular_small_file_is_read(tmp_path: Path) -> None:
    refusal(write(tmp_path, b'{"title": "' + b"x" * 300_000 + b'"}'))
    (tmp_path / "link.json").symlink_to(write(tmp_path, {}))
    refusal(tmp_path / "link.json")
    os.mkfifo(tmp_path / "pipe.json")
    refusal(tmp_path / "pipe.json")


def test_a_sidecar_that_is_gone_again_is_no_fault_of_the_submitter(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_sidecar(tmp_path / "gone.json")
