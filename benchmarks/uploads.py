"""Uploads of two gigabytes to the real service: its peak memory, an upload cut halfway, and a disk that is nearly full.

Then a player reads the recording: all of it, and from places that somebody jumps to.
Run: ``python -m benchmarks.uploads [MEGABYTES] [--bucket]``. The service is a separate process; peaks are the kernel's ``VmHWM``.
The decoder that checks a file is a process too, and is measured separately. As root, the full disk is a small tmpfs. With
``--bucket`` the recordings are sent on to a SeaweedFS on this machine, which dies once in the middle of that.
"""

import contextlib
import http.client
import json
import shutil
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.api.serving import Served, served, service_environment
from meeting_pipeline_tests.object_storage import KEY, SECRET, ObjectStorage

MEGABYTE = 1024**2
RATE_HZ, CHANNELS = 44_100, 2
JUMPS = 20
IN_PROGRESS = 409
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.wav"\r\n\r\n'
END = b"\r\n--b--\r\n"


def wav_blocks(size: int) -> Iterator[bytes]:
    """A valid WAV file of this size: one megabyte of noise, repeated."""
    sound = size - 44
    rate = RATE_HZ * CHANNELS * 2
    yield struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size - 8, b"WAVE", b"fmt ", 16, 1, CHANNELS, RATE_HZ, rate,
                      CHANNELS * 2, 16, b"data", sound)  # fmt: skip
    noise = np.random.default_rng(7).integers(-9000, 9000, MEGABYTE // 2, dtype=np.int16).tobytes()
    while sound > 0:
        yield noise[: min(sound, MEGABYTE)]
        sound -= MEGABYTE


def peak_mb(pid: int) -> float:
    """The kernel's high-water mark of a process's memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Watch(threading.Thread):
    """Peak memory of the decoders that a service starts."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak, self.done = psutil.Process(pid), 0.0, threading.Event()

    def run(self) -> None:
        """Poll until told to stop."""
        while not self.done.wait(0.1):
            with contextlib.suppress(psutil.Error, OSError):
                for child in self.process.children():
                    self.peak = max(self.peak, peak_mb(child.pid))


def upload(service: Served, size: int, *, until: float = 1.0, key: str | None = None) -> tuple[int, dict[str, object]]:
    """Upload a recording of ``size`` bytes, or its beginning; returns status and response (0 if the upload was cut)."""
    address = urlsplit(service.url)
    link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=1800)
    link.putrequest("POST", "/v1/recordings")
    link.putheader("Content-Type", "multipart/form-data; boundary=b")
    link.putheader("Content-Length", str(len(PART) + size + len(END)))
    if key:
        link.putheader("Idempotency-Key", f'"{key}"')
    link.endheaders()
    link.send(PART)
    sent = 0
    for block in wav_blocks(size):
        if sent >= size * until:
            link.close()
            return 0, {}
        link.send(block)
        sent += len(block)
    link.send(END)
    answer = link.getresponse()
    said = json.loads(answer.read())
    link.close()
    return answer.status, said


def read_media(service: Served, key: str, first: int = 0, enough: int | None = None) -> tuple[float, int]:
    """Read a recording from a byte on, until there is ``enough`` of it; returns the seconds to the first block, and bytes."""
    address = urlsplit(service.url)
    began = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=1800)) as link:
        link.request("GET", f"/v1/recordings/{key}/media", headers={"Range": f"bytes={first}-"})
        answer = link.getresponse()
        assert answer.status == 206, answer.read()
        got, until_first = 0, 0.0
        while block := answer.read(65536):
            until_first = until_first or time.monotonic() - began
            got += len(block)
            if enough is not None and got >= enough:
                break
    return until_first, got


def play(service: Served, key: str, size: int) -> None:
    """What a player costs the service: the whole recording, and jumps in it, each of which the player breaks off."""
    process = psutil.Process(service.process.pid)

    def spent() -> float:
        used = process.cpu_times()
        return used.user + used.system

    before, began = spent(), time.monotonic()
    _, got = read_media(service, key)
    rate = got / MEGABYTE / (time.monotonic() - began)
    print(
        f"played as a whole:                      {rate:6.0f} MB/s, {(spent() - before) / got * 1024**3:.2f} CPU-s a GB"
    )
    before, waits = spent(), []
    for n in range(JUMPS):
        waits.append(read_media(service, key, size * n // JUMPS, MEGABYTE)[0])
    print(
        f"a jump, until there is sound:           {statistics.median(waits) * 1000:6.0f} ms, at most "
        f"{max(waits) * 1000:.0f} ms, {(spent() - before) / JUMPS * 1000:.0f} CPU-ms"
    )
    print(f"peak of the service:                    {peak_mb(process.pid):6.0f} MB")


def staged(home: Path) -> int:
    """Bytes in the staging folder."""
    return sum(path.stat().st_size for path in (home / "recordings" / ".incoming").rglob("*") if path.is_file())


def new_home(home: Path) -> None:
    open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)})).store.close()


def measure(home: Path, size: int, environment: Mapping[str, str] | None = None) -> None:
    with served(home, environment) as service:
        pid = service.process.pid
        print(f"service at rest:                        {peak_mb(pid):6.0f} MB")
        status, _ = upload(service, 5 * MEGABYTE)
        print(f"after 5 MB ({status}):                       {peak_mb(pid):6.0f} MB")
        watch = Watch(pid)
        watch.start()
        status, _ = upload(service, size, until=0.5, key="big")
        began = time.monotonic()
        while staged(home):
            time.sleep(0.02)
        print(f"cut at 50 %: nothing left after         {time.monotonic() - began:6.2f} s")
        while True:
            began = time.monotonic()
            status, said = upload(service, size, key="big")
            took = time.monotonic() - began
            if status != IN_PROGRESS:
                break
            print("the key was still in use")  # its release waits for a busy disk
        print(f"again with the same key: {status} {said.get('stage')}, {took:.1f} s, {size / MEGABYTE / took:.0f} MB/s")
        began = time.monotonic()
        again, repeated = upload(service, size, key="big")
        print(f"repeated: {again}, the same answer: {repeated == said}, {time.monotonic() - began:.1f} s")
        print(f"peak of the service:                    {peak_mb(pid):6.0f} MB")
        watch.done.set()
        watch.join()
        print(f"peak of the decoder, a process apart:   {watch.peak:6.0f} MB")
        print(f"left in staging:                        {staged(home):6d} bytes")
        play(service, str(said["recording_id"]), size)


def in_a_bucket(folder: Path, size: int) -> None:
    """The same uploads, stored in object storage; and the storage dies while it gets one."""
    program = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"
    storage = ObjectStorage(program, folder, megabytes=4 * size // MEGABYTE + 1280)
    storage.start()
    home = folder / "home"
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    environment = {**storage.environment("uploads"), **keys}
    try:
        measure(home, size, environment)
        print(f"left: {left_of(home, storage)}")
        with served(home, environment) as service:
            said: list[tuple[int, dict[str, object]]] = []
            thread = threading.Thread(target=lambda: said.append(upload(service, size - MEGABYTE)))
            thread.start()
            while not left_of(home, storage)[0]:
                time.sleep(0.05)
            time.sleep(1.0)  # some of its parts are there
            storage.stop()
            thread.join()
            print(f"the storage died meanwhile: {said[0][0]} {said[0][1].get('code')}")
            print(f"peak of the service:                    {peak_mb(service.process.pid):6.0f} MB")
            storage.start()
            print(f"left, until it is removed: {left_of(home, storage)}")
            service.end()
        command = [str(Path(sys.executable).with_name("meeting-pipeline")), "prune"]
        for more in (["--dry-run"], []):
            done = subprocess.run(
                [*command, *more],
                env=service_environment(home, environment),
                capture_output=True,
                text=True,
                check=True,
            )
            print(*(line for line in done.stdout.splitlines() if "uploads" in line))
        print(f"left: {left_of(home, storage)}")
    finally:
        storage.stop()


def left_of(home: Path, storage: ObjectStorage) -> tuple[int, int, int]:
    """Uploads that are noted, bytes in the staging folder, objects."""
    with contextlib.closing(sqlite3.connect(home / "meetings.sqlite3")) as database:
        noted = int(database.execute("SELECT count(*) FROM staged_objects").fetchone()[0])
    objects = 0 if storage.is_stopped else len(storage.names("uploads") - {"uploads/storage-id"})
    return noted, staged(home), objects


def full_disk(folder: Path) -> None:
    """A file system of 100 MB with 40 MB free: an upload of 60 MB is rejected before its body is read."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "none", str(disk)], check=False).returncode:
        print("no small file system can be mounted here: full disk not measured")
        return
    try:
        new_home(disk)
        (disk / "ballast").write_bytes(bytes(60 * MEGABYTE))
        with served(disk) as service:
            address = urlsplit(service.url)
            with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as link:
                lines = ["POST /v1/recordings HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {60 * MEGABYTE}",
                         "Content-Type: multipart/form-data; boundary=b", "Expect: 100-continue", "", ""]  # fmt: skip
                link.sendall("\r\n".join(lines).encode())
                answer = link.recv(65536).decode()
            print("full disk, nothing of the body sent:   ", answer.splitlines()[0])
            print("a file that fits:                      ", upload(service, 5 * MEGABYTE)[0])
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def main() -> None:
    given = [word for word in sys.argv[1:] if word != "--bucket"]
    size = int(given[0] if given else 2048) * MEGABYTE - MEGABYTE
    folder = Path(tempfile.mkdtemp(prefix="uploads-"))
    try:
        new_home(folder / "home")
        if "--bucket" in sys.argv:
            in_a_bucket(folder, size)
            return
        measure(folder / "home", size)
        full_disk(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
