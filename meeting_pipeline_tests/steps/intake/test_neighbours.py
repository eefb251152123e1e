"""What lies beside a recording and is no ordinary file harms neither the recording nor what it points at."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.installations import drop, take_all
from meeting_pipeline_tests.scenario.media import wav

SECRET = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ana>Nobody may read this here.\n"


def a_pipe(path: Path, _secret: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path, _secret: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def a_link(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def a_loop(path: Path, _secret: Path) -> None:
    path.symlink_to(path.name)


def a_dangling_link(path: Path, secret: Path) -> None:
    path.symlink_to(secret.with_name("gone"))


def an_empty_file(path: Path, _secret: Path) -> None:
    path.touch()


def a_file_of_zeros(path: Path, _secret: Path) -> None:
    path.write_bytes(bytes(5000))


KINDS = (a_pipe, a_socket, a_link, a_loop, a_dangling_link, an_empty_file, a_file_of_zeros)


@pytest.mark.parametrize("name", ["weekly.vtt", "weekly.json"])
@pytest.mark.parametrize("made", KINDS)
def test_a_neighbour_that_is_no_file_is_named_and_nothing_is_read_through_it(
    installation: Installation, tmp_path: Path, made: Callable[[Path, Path], None], name: str
) -> None:
    secret = tmp_path / "secret.vtt"
    secret.write_text(SECRET)
    drop(installation, "weekly.wav", wav("weekly"))
    drop(installation, "other.wav", wav("other"))
    made(installation.settings.inbox / name, secret)
    report = take_all(installation)
    assert "other" in [each.new.title for each in report.taken if each.new]
    assert (len(report.taken) + len(report.refused), report.left) == (2, 0)
    assert secret.read_text() == SECRET
