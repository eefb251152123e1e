"""An open websocket of the UI: it changes nothing, and closes when its caller loses the right to read.

Must not go here: who may open one (``guard.py``).
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import Message, Receive, Send

from meeting_pipeline import policies
from meeting_pipeline.ui import operations

POLICY_VIOLATION: Final = 1008
"""Close code, RFC 6455."""


class Connection:
    """An open websocket: it changes nothing, and closes when its caller loses the right to read."""

    def __init__(self, receive: Receive, send: Send, still: Callable[[], Awaitable[bool]]) -> None:
        self._receive, self._send, self._still = receive, send, still
        self._closed = False
        self._asked_at = time.monotonic()

    async def receive(self) -> Message:
        """Receive from the client. A message that would change something closes the connection instead."""
        message = await self._receive()
        if message["type"] == "websocket.receive" and not (
            operations.subscribes_only(dict(message)) and await self._still_reads()
        ):
            await self._close()
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        return message

    async def send(self, message: Message) -> None:
        """Send to the client, unless it has lost the right to read meanwhile."""
        if self._closed:
            return
        if message["type"] == "websocket.send" and not await self._still_reads():
            await self._close()
            return
        await self._send(message)

    async def _still_reads(self) -> bool:
        if time.monotonic() - self._asked_at > policies.API_KEYS_SEEN_SECONDS:
            if not await self._still():
                return False
            self._asked_at = time.monotonic()
        return True

    async def _close(self) -> None:
        self._closed = True
        await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})
