"""AssemblyAI's webhooks: one for each finished order that asks for it, repeated as the real service does.

Source: https://www.assemblyai.com/docs/pre-recorded-audio/webhooks
Must not go here: accepting orders (``assemblyai.py``).
"""

from __future__ import annotations

import asyncio
import time

import httpx

from meeting_pipeline_tests.fakes.state import Order, ProviderState

ATTEMPTS = 10
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.05


def start(state: ProviderState, order: Order) -> None:
    """Send the order's webhook once it is finished. A reset of the state ends this."""
    if order.config.get("webhook_url"):
        task = asyncio.create_task(_send_when_finished(state, order))
        state.webhook_tasks.add(task)
        task.add_done_callback(state.webhook_tasks.discard)


async def _send_when_finished(state: ProviderState, order: Order) -> None:
    while order.status() in ("queued", "processing"):
        await asyncio.sleep(LOOK_SECONDS)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        for _ in range(ATTEMPTS):
            order.webhook_status = await _sent(client, order)
            entry = {"id": order.id, "url": order.config["webhook_url"], "status": order.webhook_status}
            state.ledger.webhooks.append({**entry, "time": time.time()})
            if (
                order.webhook_status is not None
                and 200 <= order.webhook_status < 500
                and order.webhook_status // 100 != 3
            ):
                return
            await asyncio.sleep(state.settings["webhook_pause_seconds"])


async def _sent(client: httpx.AsyncClient, order: Order) -> int | None:
    """The status of the response; ``None`` without one."""
    name, value = order.config.get("webhook_auth_header_name"), order.config.get("webhook_auth_header_value")
    headers = {name: value} if name and value else {}
    body = {"transcript_id": order.id, "status": order.status()}
    try:
        return (await client.post(order.config["webhook_url"], json=body, headers=headers)).status_code
    except httpx.HTTPError:
        return None
