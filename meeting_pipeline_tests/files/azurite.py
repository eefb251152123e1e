"""A blob storage as Azure's on 127.0.0.1: Azurite, Microsoft's own emulator, from an npm package. `make azurite` installs it.

Must not go here: assertions.
"""

import base64
import hashlib
import hmac
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Final

import httpx
import pytest

from meeting_pipeline_tests.ports import free_port

CONTAINER: Final = "recordings-of-tests"
ACCOUNT: Final = "devstoreaccount1"
KEY: Final = base64.b64encode(b"a key that the tests make up for their own emulator, 64 bytes.. ").decode()
_VERSION: Final = "2021-08-06"
_START_SECONDS: Final = 120.0
_INSTALLED: Final = Path(__file__).parents[2] / ".venv-azurite" / "node_modules" / ".bin"


@contextmanager
def running_azurite(folder: Path) -> Iterator[str]:
    """The emulator with one container; yields the address of its account. Skips the test where it is not installed."""
    program = shutil.which("azurite-blob", path=str(_INSTALLED)) or shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite is not installed: make azurite")
    port = free_port()
    with (folder / "azurite.out").open("wb") as output:
        process = subprocess.Popen(
            [program, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", folder, "--skipApiVersionCheck"],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}/{ACCOUNT}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _made_container(address):
            assert process.poll() is None, (folder / "azurite.out").read_text()
            assert time.monotonic() < deadline, "Azurite does not answer"
            time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


def _made_container(address: str) -> bool:
    date = formatdate(usegmt=True)
    signed = f"PUT{chr(10) * 12}x-ms-date:{date}\nx-ms-version:{_VERSION}\n/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)).decode()
    headers = {"x-ms-date": date, "x-ms-version": _VERSION, "Authorization": f"SharedKey {ACCOUNT}:{signature}"}
    try:
        answer = httpx.put(f"{address}/{CONTAINER}?restype=container", headers=headers, trust_env=False, timeout=60)
    except httpx.TransportError:
        return False
    return answer.raise_for_status().status_code == 201
