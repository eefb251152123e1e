"""A stand-in for a CMS: receives webhooks on 127.0.0.1 and checks both the submitter's secret and the signature.

Must not go here: how webhooks are signed (``webhooks/signing.py``).
"""

import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from meeting_pipeline.webhooks.signing import verify


@dataclass(frozen=True)
class Hook:
    """A received webhook."""

    body: dict[str, Any]
    at: datetime
    secret_ok: bool
    signature_ok: bool


@dataclass
class Receiver:
    """The webhook endpoint and what it received. ``signing_secret`` is set once the installation has created it."""

    secret: str
    url: str = ""
    signing_secret: str = ""
    hooks: list[Hook] = field(default_factory=list)


@contextmanager
def receiving(secret: str) -> Iterator[Receiver]:
    """Receive webhooks on a free port until the block ends."""
    receiver = Receiver(secret)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds on an idle connection

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            sent = self.headers.get("x-webhook-secret", "")
            hook = Hook(
                body=json.loads(body),
                at=datetime.now(UTC),
                secret_ok=hmac.compare_digest(sent.encode(), receiver.secret.encode()),
                signature_ok=verify(body, dict(self.headers.items()), receiver.signing_secret),
            )
            receiver.hooks.append(hook)
            good = hook.secret_ok and hook.signature_ok
            self.send_response(HTTPStatus.NO_CONTENT if good else HTTPStatus.UNAUTHORIZED)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
            """Log nothing: the demo prints the received webhooks."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
    thread = threading.Thread(target=server.serve_forever, name="demo-receiver", daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
