"""Draining the outbox: every webhook that is due is tried once, and the try is noted.

Must not go here: HTTP (``webhooks/``), the rows of a delivery (``store/outbox.py``).
"""

import asyncio
import random
from dataclasses import dataclass

from meeting_pipeline import policies
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.store.outbox import LeasedDelivery
from meeting_pipeline.store.secrets import signing_secret
from meeting_pipeline.webhooks.deliver import deliver_batch, signed_sender
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline.webhooks.schedule import next_attempt


@dataclass
class Drained:
    """What a drain did."""

    delivered: int = 0
    postponed: int = 0
    dead: int = 0
    left: int = 0


def drain(installation: Installation) -> Drained:
    """Try everything that is due, batch by batch, until nothing is, or a batch delivered nothing."""
    send = signed_sender(
        signing_secret=signing_secret(installation.settings), allow=installation.settings.webhook_allow
    )
    drained = Drained()

    def settle(taken: LeasedDelivery, outcome: Outcome) -> None:
        _settle(installation, taken, outcome, drained)

    while taken := installation.store.outbox.take(policies.WEBHOOK_BATCH):
        for delivery in taken:
            crash_point("delivering.taken", delivery.recording_key)
        before = drained.delivered
        left = asyncio.run(deliver_batch(taken, send, settle))
        for delivery in left:
            installation.store.outbox.give_back(delivery)
        drained.left += len(left)
        if left or drained.delivered == before:
            break  # slow or dead receivers: the next drain goes on, after the sensor's interval
    return drained


def _settle(installation: Installation, taken: LeasedDelivery, outcome: Outcome, drained: Drained) -> None:
    context = installation.store.context
    next_at = None
    if not outcome.delivered:
        next_at = next_attempt(
            taken.attempt, outcome, now=context.now(), random=random.random, time_scale=context.time_scale
        )
    crash_point("delivering.sent", taken.recording_key)
    if not installation.store.outbox.settle(taken, outcome, next_at):
        return
    crash_point("delivering.settled", taken.recording_key)
    if outcome.delivered:
        drained.delivered += 1
    elif next_at is None:
        drained.dead += 1
    else:
        drained.postponed += 1
