"""Support HEAD wherever GET is supported: the same headers, no body.

Pure ASGI, between the middleware and the framework, which does not support HEAD. Must not go here: routes.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FLAG: Final = "is_head"


def is_head(scope: Scope) -> bool:
    """Whether the client asked only for the headers, so that an expensive body need not be made."""
    return bool(scope.get("state", {}).get(_FLAG))


class HeadAsGet:
    """Runs a HEAD request as GET and drops the body.

    Once the headers are sent, the route sees a disconnected client, so that an endless response ends too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        started = ended = False

        async def take() -> Message:
            return {"type": "http.disconnect"} if ended else await receive()

        async def give(message: Message) -> None:
            nonlocal started, ended
            if message["type"] == "http.response.start" and not started:
                started = True
                await send(message)
            elif message["type"] == "http.response.body" and not ended:
                ended = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        scope["state"][_FLAG] = True
        scope["method"] = "GET"
        try:
            await self._app(scope, take, give)
        finally:
            scope["method"] = "HEAD"
