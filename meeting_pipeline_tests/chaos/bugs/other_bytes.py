"""I3: the receiver of recording 3 gets bytes that no row contains."""

from typing import Any

MODULE = "meeting_pipeline.webhooks.deliver"
HOOK = "h3"


def spoil(module: Any) -> None:
    """Add a space in transit."""
    post = module.post

    async def careless(url: str, body: bytes, *given: Any, **named: Any) -> Any:
        return await post(url, body + b" " if url.endswith(HOOK) else body, *given, **named)

    module.post = careless
