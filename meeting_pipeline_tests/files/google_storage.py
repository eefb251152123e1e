"""An object storage on 127.0.0.1 that takes the requests of Google's XML API: moto, in an environment of its own. `make google`.

moto stands for Amazon S3, whose protocol that API shares: objects in one request and in parts, ranges, listings, deletion. It
shows that the requests of our client and the answers fit, not what is Google's alone: generations, signatures, permissions.
Must not go here: assertions.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from meeting_pipeline_tests.ports import free_port

BUCKET: Final = "recordingsoftests"
"""The client escapes hyphens in the name of a bucket, and moto does not read that."""
_START_SECONDS: Final = 120.0
_PROGRAM: Final = Path(__file__).parents[2] / ".venv-google" / "bin" / "moto_server"


def service_account() -> str:
    """A key as Google gives one to a program, made up here. With it, the client signs its own tokens and asks nobody."""
    private = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    account = {"type": "service_account", "client_email": "tests@example.org", "private_key_id": "1"}
    return json.dumps({**account, "private_key": private.decode()})


@contextmanager
def running_google_storage(folder: Path) -> Iterator[str]:
    """The storage with one bucket; yields its address. Skips the test where it is not installed."""
    if not _PROGRAM.exists():
        pytest.skip("moto is not installed: make google")
    port = free_port()
    with (folder / "moto.out").open("wb") as output:
        process = subprocess.Popen(
            [_PROGRAM, "-H", "127.0.0.1", "-p", str(port)], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _made_bucket(address):
            assert process.poll() is None, (folder / "moto.out").read_text()
            assert time.monotonic() < deadline, "moto does not answer"
            time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


def _made_bucket(address: str) -> bool:
    try:
        answer = httpx.put(f"{address}/{BUCKET}", trust_env=False, timeout=60)
    except httpx.TransportError:
        return False
    return answer.raise_for_status().status_code == 200
