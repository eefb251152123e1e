"""An installed Firefox, driven over WebDriver BiDi, the protocol that it speaks without a driver beside it.

Playwright drives only a Firefox of its own. Belongs here: starting one and the few commands that tests need. Must not go here:
what they look for.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from meeting_pipeline_tests.browsing import ARTIFACTS, PATIENCE_MS

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

NAMES: Final = ("firefox", "firefox-esr")
"""Names searched on the path, after the variable ``FIREFOX``."""
PATIENCE_SECONDS: Final = PATIENCE_MS / 1000
_POLL_SECONDS: Final = 0.1
_LARGEST_MESSAGE: Final = 64 * 1024**2
"""Bytes: a screenshot is one message."""
_NOWHERE: Final = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.allow_hijacking_localhost": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.volume_scale": "0.0",
    "media.autoplay.default": 0,
    "intl.accept_languages": "en-GB",
    "intl.locale.requested": "en-GB",
}
"""It reaches this machine only: everything else goes to a proxy that is not there."""


class Firefox:
    """One page of a running Firefox."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)
        self.send("session.new", capabilities={})
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **params: Any) -> Any:
        """Send a command and return its result. Raises: AssertionError with what the browser says if it is refused."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said = json.loads(self._connection.recv(timeout=PATIENCE_SECONDS))
            if said.get("id") == number:
                assert said["type"] == "success", f"{method}: {said.get('error')} {said.get('message')}"
                return said["result"]

    def open(self, url: str, width: int = 1280, height: int = 900) -> None:
        """Load an address in a window of this size."""
        self.send("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, as JSON."""
        said = self.send(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value) ?? 'null')",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert said["type"] == "success", said["exceptionDetails"]["text"]
        return json.loads(said["result"]["value"])

    def run(self, script: str) -> None:
        """Run statements in the page."""
        self.evaluate(f"(() => {{ {script} }})()")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(_POLL_SECONDS)

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.send(
            "input.performActions", context=self.context, actions=[{"type": "key", "id": "keys", "actions": actions}]
        )

    def shoot(self, name: str) -> Path:
        """Take a screenshot."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        path.write_bytes(base64.b64decode(self.send("browsingContext.captureScreenshot", context=self.context)["data"]))
        return path

    def printed(self) -> bytes:
        """The page on paper, as a PDF."""
        return base64.b64decode(self.send("browsingContext.print", context=self.context)["data"])


def installed() -> str | None:
    """The path of a Firefox."""
    return os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """A running Firefox; the tests are skipped if there is none."""
    from websockets.sync.client import connect

    found = installed()
    if found is None:
        pytest.skip("no Firefox is installed: install it (Debian: firefox-esr), or name it in the variable FIREFOX")
    profile = tmp_path_factory.mktemp("firefox")
    prefs = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _NOWHERE.items())
    (profile / "user.js").write_text(prefs, encoding="utf-8")
    log = profile / "log"
    command = [found, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
        )  # fmt: skip
    try:
        address = f"{_address(process, log)}/session"
        with connect(address, max_size=_LARGEST_MESSAGE, proxy=None, open_timeout=PATIENCE_SECONDS) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(errors="replace"))
        if found is not None:
            return found[1]
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"Firefox did not start:\n{log.read_text(errors='replace')}")
