"""A model is fetched whole and intact, or not at all; what arrived is not fetched twice."""

import errno
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import PermanentError, StoreUnavailable, TransientError
from meeting_pipeline.providers.whisper import fetching
from meeting_pipeline.providers.whisper.fetching import fetch, unfinished
from meeting_pipeline.providers.whisper.folders import FoundModel
from meeting_pipeline.providers.whisper.verifying import verify
from meeting_pipeline_tests.providers.whisper.hub import CONTENT, MODEL, Hub, hub

pytestmark = pytest.mark.services
SIZE = len(CONTENT["model.bin"])


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub() as found:
        yield found


def fetched(server: Hub, top: Path) -> Path:
    return fetch(server.url, MODEL, top, lambda done, total: None)


def code(server: Hub, top: Path, kind: type[Any]) -> str:
    with pytest.raises(kind) as caught:
        fetched(server, top)
    assert caught.value.advice
    assert not (top / "toy").exists()
    return str(caught.value.code)


def test_a_model_is_fetched_at_its_revision_and_is_intact(server: Hub, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = fetch(server.url + "/", MODEL, tmp_path / "models", lambda done, total: seen.append((done, total)))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert verify(FoundModel(folder, MODEL)) == MODEL.files[1].sha256
    assert server.asked[0] == ("/Somebody/toy/resolve/0123abc/config.json", None)
    assert seen[-1] == (MODEL.size, MODEL.size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_cut_download_continues_where_it_ended(server: Hub, tmp_path: Path) -> None:
    server.cut["model.bin"] = [100_000, 200_000]
    fetched(server, tmp_path)
    ranges = [given for path, given in server.asked if path.endswith("model.bin")]
    assert ranges == [None, "bytes=100000-", "bytes=300000-"]


def test_a_download_that_is_cut_too_often_is_resumed_by_the_next_call(server: Hub, tmp_path: Path) -> None:
    server.cut["model.bin"] = [1000, 1000, 1000]
    assert code(server, tmp_path, TransientError) == "model_hub_unavailable"
    fetched(server, tmp_path)
    assert server.asked[-3][1] == "bytes=3000-"
    assert [path for path, _ in server.asked].count("/Somebody/toy/resolve/0123abc/config.json") == 1


def test_a_hub_without_ranges_sends_the_file_from_its_beginning(server: Hub, tmp_path: Path) -> None:
    server.ranges = False
    server.cut["model.bin"] = [1000]
    assert (fetched(server, tmp_path) / "model.bin").read_bytes() == CONTENT["model.bin"]


@pytest.mark.parametrize("data", [CONTENT["model.bin"][:-1] + b"x", CONTENT["model.bin"] + b"more"])
def test_a_file_with_another_hash_is_deleted(server: Hub, tmp_path: Path, data: bytes) -> None:
    server.instead["model.bin"] = data
    assert code(server, tmp_path, PermanentError) == "model_download_damaged"
    assert not list(unfinished(tmp_path, "toy").glob("model.bin*"))
    server.instead.clear()
    fetched(server, tmp_path)


def test_a_shorter_file_is_no_model(server: Hub, tmp_path: Path) -> None:
    server.instead["model.bin"] = CONTENT["model.bin"][:-1]
    assert code(server, tmp_path, PermanentError) == "model_download_damaged"


def test_a_beginning_of_another_file_is_found_out(server: Hub, tmp_path: Path) -> None:
    unfinished(tmp_path, "toy").mkdir()
    (unfinished(tmp_path, "toy") / "model.bin.part").write_bytes(b"x" * 5000)
    assert code(server, tmp_path, PermanentError) == "model_download_damaged"
    fetched(server, tmp_path)


def test_redirects_to_the_storage_are_followed(server: Hub, tmp_path: Path) -> None:
    server.redirect["model.bin"] = "/storage/model.bin"
    server.cut["model.bin"] = [10]
    fetched(server, tmp_path)
    assert ("/storage/model.bin", "bytes=10-") in server.asked


@pytest.mark.parametrize("target", ["model.bin", "ftp://127.0.0.1/model.bin", "http:///model.bin", ""])
def test_a_redirect_that_leads_nowhere_ends(server: Hub, tmp_path: Path, target: str) -> None:
    server.redirect["model.bin"] = target
    assert code(server, tmp_path, TransientError) == "model_hub_unavailable"


@pytest.mark.parametrize(
    ("before", "after"),
    [("https://hub.example/m", "http://hub.example/m"), ("https://hub.example/m", "https://127.0.0.1/m")],
)
def test_a_redirect_never_leaves_the_secured_connection_or_leads_inside(before: str, after: str) -> None:
    with pytest.raises(TransientError):
        fetching._redirected(before, after)


@pytest.mark.parametrize("status", [404, 401, 500, 503])
def test_a_refusing_hub_is_reported(server: Hub, tmp_path: Path, status: int) -> None:
    server.status["config.json"] = [status] * 3
    assert code(server, tmp_path, TransientError) == "model_hub_unavailable"


def test_no_hub_at_all_is_reported(tmp_path: Path) -> None:
    assert code(Hub(url="http://127.0.0.1:9"), tmp_path, TransientError) == "model_hub_unavailable"


def test_without_room_nothing_is_fetched(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert code(server, tmp_path, StoreUnavailable) == "disk_full"
    assert server.asked == []


def test_a_disk_that_fills_up_keeps_what_arrived(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fetching._download

    def full(url: str, file: Any, part: Path, arrived: Any) -> None:
        if file.name == "model.bin":
            part.write_bytes(CONTENT["model.bin"][:700])
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(url, file, part, arrived)

    monkeypatch.setattr(fetching, "_download", full)
    assert code(server, tmp_path, StoreUnavailable) == "disk_full"
    monkeypatch.setattr(fetching, "_download", whole)
    fetched(server, tmp_path)
    assert ("/Somebody/toy/resolve/0123abc/model.bin", "bytes=700-") in server.asked


def test_two_at_once_do_not_write_the_same_files(server: Hub, tmp_path: Path) -> None:
    with (tmp_path / ".toy.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert code(server, tmp_path, TransientError) == "model_busy"
    fetched(server, tmp_path)


def test_a_damaged_model_is_replaced_in_one_step(server: Hub, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "model.bin").write_bytes(b"damaged")
    fetched(server, tmp_path)
    assert verify(FoundModel(tmp_path / "toy", MODEL))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".toy.lock", "toy"]
