"""Dagster's real web application behind the guard, in this process, and arbitrary requests to it.

Belongs here: sending any bytes, and checking whether something changed. Must not go here: which requests are allowed.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dagster import DagsterInstance
from starlette.types import ASGIApp, Message

from meeting_pipeline.installation import Installation
from meeting_pipeline.ui.addresses import addresses_of
from meeting_pipeline.ui.callers import Callers
from meeting_pipeline.ui.guard import Guard
from meeting_pipeline.ui.login import Login

PORT = 3000
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
PUBLIC = "https://dagster.example"
INTERNAL = "the secret of this start"
POOL = "transcription"
CHANGE = f'mutation {{ setConcurrencyLimit(concurrencyKey: "{POOL}", limit: 0) }}'
LOOK = "query { version }"
JSON = ("content-type", "application/json")
OWN_PAGE = (("origin", ORIGIN), ("sec-fetch-site", "same-origin"))
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """The response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> str:
        """The error code of a refusal."""
        return str(json.loads(self.body)["code"])

    def header(self, name: str) -> str:
        """All values of a header, joined."""
        return ", ".join(value for key, value in self.headers if key == name)


class Asked:
    """The application and the instance that it changes."""

    def __init__(self, dagster: ASGIApp, instance: DagsterInstance, installation: Installation) -> None:
        self.instance, self.installation = instance, installation
        self._dagster = dagster
        self.app = self.served()

    def served(self, public_url: str | None = None) -> Guard:
        """The application as a new process with this public URL serves it; later requests go to it."""
        addresses = addresses_of(PORT, public_url)
        callers = Callers(self.installation, beyond_loopback=addresses.beyond_loopback, internal_token=INTERNAL)
        self.app = Guard(self._dagster, addresses, callers, PORT)
        self.cookie = Login(callers, PORT).cookie
        return self.app

    def send(
        self,
        method: str,
        path: str,
        *headers: tuple[str, str],
        query: str = "",
        body: bytes = b"",
        host: str | None = HOST,
    ) -> Answer:
        """Send one request, valid or not."""
        return asyncio.run(
            self._send(method, path, query, [*([("host", host)] if host is not None else []), *headers], body)
        )

    async def _send(self, method: str, path: str, query: str, headers: Pairs, body: bytes) -> Answer:
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", PORT), "state": {},
        }  # fmt: skip
        await self.app(scope, receive, send)
        start = sent[0]
        found = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        return Answer(start["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))

    def ask(self, document: str, *headers: tuple[str, str], **more: Any) -> Answer:
        """Send a JSON POST to the GraphQL endpoint."""
        return self.send("POST", "/graphql", JSON, *headers, body=graphql(document), **more)

    @property
    def changed(self) -> bool:
        """Whether any request changed the pool."""
        return POOL in self.instance.event_log_storage.get_concurrency_keys()

    @property
    def reported(self) -> bool:
        """Whether any request reported a materialization."""
        from dagster import AssetKey

        return self.instance.get_latest_materialization_event(AssetKey("weather")) is not None


def graphql(document: str, **more: Any) -> bytes:
    """The body of a GraphQL request."""
    return json.dumps({"query": document, **more}).encode()


def bearer(key: str) -> tuple[str, str]:
    """The header that carries a key."""
    return ("authorization", f"Bearer {key}")
