"""The blocks of an upload as they arrive: at most one is held in memory, and an upload that stops arriving is cut off.

Must not go here: what the blocks mean (``multipart_form.py``), where they are written (``sinks.py``).
"""

import asyncio
from collections.abc import AsyncIterator

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError


async def blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in blocks of about ``UPLOAD_BLOCK_BYTES``.

    Raises: ApiError 408 ``upload_idle``, ``upload_slow``; whatever ``chunks`` raises.
    """
    ends = asyncio.get_running_loop().time() + policies.UPLOAD_SECONDS_IN_ALL
    held = bytearray()
    while True:
        try:
            async with asyncio.timeout(policies.UPLOAD_IDLE_SECONDS):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise _cut("upload_idle", f"Nothing arrived for {policies.UPLOAD_IDLE_SECONDS:g} s.") from None
        if chunk is None:
            break
        if asyncio.get_running_loop().time() > ends:
            raise _cut("upload_slow", f"The upload took longer than {policies.UPLOAD_SECONDS_IN_ALL / 3600:g} h.")
        held += chunk
        if len(held) >= policies.UPLOAD_BLOCK_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


async def whole(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """Read a short body. Raises: ApiError 413 ``too_large``, and as ``blocks``."""
    body = bytearray()
    async for block in blocks(chunks):
        body += block
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def too_large(limit: int) -> ApiError:
    """The error for a body above a limit in bytes."""
    return ApiError(413, "too_large", f"The body is larger than {limit} bytes.", "Send less.")


def _cut(code: str, message: str) -> ApiError:
    return ApiError(408, code, message, "Send it again.", {"Connection": "close"})
