"""The server's connections: they hand their transport on to the application, so that a stream can be cut off.

Ending an answer waits until the client has taken all of it, and one that takes nothing keeps it for good. Must not go here:
when that is done (``event_stream.py``).
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """One connection. h11 refuses malformed requests, and headers without end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the class above
        """Note the transport where each request's state is copied from."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
