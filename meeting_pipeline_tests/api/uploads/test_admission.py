"""The limits of upload admission, over real sockets: a full disk, too many uploads at once, stalled uploads, and memory."""

import errno
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.uploads import sinks
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.scenario.media import wav

MEGABYTE = 1024**2
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.wav"\r\n\r\n'
FORM = "Content-Type: multipart/form-data; boundary=b"


@pytest.fixture
def server(installation: Installation) -> Iterator[LoopbackServer]:
    """The service in a thread of this process, so that tests can patch policies and the disk."""
    with LoopbackServer(build_app(Service(installation, guarded=False))) as server:
        yield server


def begin(url: str, *lines: str) -> socket.socket:
    """Open a connection and send the head of a request."""
    address = urlsplit(url)
    link = socket.create_connection((address.hostname or "", address.port or 0), timeout=60)
    head = ["POST /v1/recordings HTTP/1.1", f"Host: {address.netloc}", FORM, *lines, "", ""]
    link.sendall("\r\n".join(head).encode())
    return link


def upload(url: str, content: bytes, **more: Any) -> httpx.Response:
    return httpx.post(f"{url}/v1/recordings", files={"file": ("a.wav", content)}, timeout=120, trust_env=False, **more)


def staged(installation: Installation) -> list[Path]:
    return list((installation.settings.recordings / ".incoming").rglob("*"))


def folders(installation: Installation) -> list[Path]:
    return list((installation.settings.recordings / ".incoming").glob("*"))


def answer_of(link: socket.socket) -> str:
    """Everything received until the other side closes."""
    found = b""
    while block := link.recv(65536):
        found += block
    return found.decode()


def wait_for(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.02)


def free(monkeypatch: pytest.MonkeyPatch, bytes_free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, bytes_free))


def test_a_nearly_full_disk_is_told_before_the_body_is_sent(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 60 * MEGABYTE)
    with begin(server.url, f"Content-Length: {20 * MEGABYTE}", "Expect: 100-continue", "Connection: close") as link:
        answer = answer_of(link)
    assert answer.startswith("HTTP/1.1 507 ")
    assert '"disk_full"' in answer
    assert f"retry-after: {policies.UPLOAD_RETRY_SECONDS}" in answer.lower()
    assert str(installation.settings.home) not in answer
    assert upload(server.url, wav("fits")).status_code == 202


def test_uploads_under_way_are_counted_as_what_they_will_take(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 100 * MEGABYTE)
    with begin(server.url, f"Content-Length: {40 * MEGABYTE}") as first:
        first.sendall(PART)
        wait_for(lambda: staged(installation), "the first upload")
        with begin(server.url, f"Content-Length: {40 * MEGABYTE}", "Expect: 100-continue") as second:
            assert second.recv(65536).startswith(b"HTTP/1.1 507 ")

    def may_begin() -> bool:
        with begin(server.url, f"Content-Length: {40 * MEGABYTE}", "Expect: 100-continue") as third:
            return third.recv(65536).startswith(b"HTTP/1.1 100 ")

    wait_for(may_begin, "the first to be cleared")


def test_an_upload_that_does_not_say_how_long_it_is_is_asked_again_while_it_arrives(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "UPLOAD_ROOM_BYTES", MEGABYTE)
    with begin(server.url, "Transfer-Encoding: chunked") as link:
        link.sendall(f"{len(PART):x}\r\n".encode() + PART + b"\r\n")
        wait_for(lambda: staged(installation), "the upload to begin")
        free(monkeypatch, 0)
        block = b"40000\r\n" + bytes(0x40000) + b"\r\n"
        for _ in range(8):
            link.sendall(block)
        assert link.recv(65536).startswith(b"HTTP/1.1 507 ")
    wait_for(lambda: not staged(installation), "it to be cleared")


def test_a_disk_that_is_full_while_it_is_written_leaves_nothing_half_done(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as filled:
        filled.setattr(sinks.Sink, "write", full)
        answer = upload(server.url, wav("full"), headers={"Idempotency-Key": "full"})
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert staged(installation) == []
    assert installation.store.recordings.list() == []
    assert upload(server.url, wav("full"), headers={"Idempotency-Key": "full"}).status_code == 202


def test_a_repetition_needs_no_room(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = upload(server.url, wav("again"), headers={"Idempotency-Key": "again"})
    free(monkeypatch, 0)
    again = upload(server.url, wav("again"), headers={"Idempotency-Key": "again"})
    assert (again.status_code, again.content) == (202, first.content)


def test_more_uploads_than_there_are_places_are_told_to_come_again(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "UPLOADS_AT_ONCE", 2)
    with ExitStack() as stack:
        for number in (1, 2):
            link = stack.enter_context(begin(server.url, "Content-Length: 100000"))
            link.sendall(PART)
            wait_for(lambda: len(folders(installation)) == number, "a place")  # noqa: B023 - waited for within the turn
        answer = upload(server.url, wav("third"))
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_uploads")
        assert int(answer.headers["retry-after"]) > 0
    wait_for(lambda: upload(server.url, wav("third")).status_code == 202, "a place to be free")


def test_an_upload_that_stops_arriving_is_cut_and_a_slow_one_is_not(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "UPLOAD_IDLE_SECONDS", 20.0)
    content = wav("slow")
    end = b"\r\n--b--\r\n"
    with begin(server.url, f"Content-Length: {len(PART) + len(content) + len(end)}") as slow:
        data = PART + content + end
        began = time.monotonic()
        for start in range(0, len(data), len(data) // 5 + 1):
            slow.sendall(data[start : start + len(data) // 5 + 1])
            time.sleep(0.5)
        assert time.monotonic() - began > 2.0
        assert slow.recv(65536).startswith(b"HTTP/1.1 202 ")
    monkeypatch.setattr(policies, "UPLOAD_IDLE_SECONDS", 2.0)
    with begin(server.url, "Content-Length: 100000") as idle:
        idle.sendall(PART)
        answer = answer_of(idle)
    assert answer.startswith("HTTP/1.1 408 ")
    assert "upload_idle" in answer
    wait_for(lambda: not staged(installation), "it to be cleared")


def test_trouble_with_the_database_is_503_and_leaves_nothing(
    server: LoopbackServer, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meeting_pipeline.domain.errors import StoreUnavailable
    from meeting_pipeline.store.recordings.recordings import Recordings

    def away(*_: Any) -> None:
        raise StoreUnavailable("database_unreachable", "The database does not answer.", "It is retried.")

    with monkeypatch.context() as gone:
        gone.setattr(Recordings, "accept", away)
        answer = upload(server.url, wav("away"))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
    assert int(answer.headers["retry-after"]) > 0
    assert staged(installation) == []
    answer = upload(server.url, wav("away"))
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)


def test_what_a_killed_service_left_is_removed_when_it_starts_again(installation: Installation) -> None:
    home = installation.settings.home
    with served(home) as service, begin(service.url, "Content-Length: 1000000", 'Idempotency-Key: "killed"') as link:
        link.sendall(PART + bytes(600_000))
        wait_for(lambda: any(path.is_file() for path in staged(installation)), "the upload to begin")
        service.process.kill()
        service.process.wait()
    assert staged(installation) != []
    with served(home):
        assert staged(installation) == []


def peak_bytes(pid: int) -> int:
    """The kernel's high-water mark of a process's memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process's memory")
def test_memory_does_not_grow_with_the_size_of_an_upload(installation: Installation) -> None:
    large = 64 * MEGABYTE
    sound = wav("small")  # followed by two hours of silence
    small = sound[:4] + (len(sound) + large - 8).to_bytes(4, "little") + sound[8:40]
    small += (len(sound) + large - 44).to_bytes(4, "little") + sound[44:]
    with served(installation.settings.home) as service:
        for number in range(3):
            assert upload(service.url, wav(f"warm {number}")).status_code == 202
        before = peak_bytes(service.process.pid)
        with begin(service.url, f"Content-Length: {len(PART) + len(small) + large + 9}", "Connection: close") as link:
            link.sendall(PART + small)
            for _ in range(64):
                link.sendall(bytes(MEGABYTE))
            link.sendall(b"\r\n--b--\r\n")
            assert answer_of(link).startswith("HTTP/1.1 202 ")
        assert peak_bytes(service.process.pid) - before < 25 * MEGABYTE
