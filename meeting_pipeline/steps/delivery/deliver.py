"""Drains the outbox: makes one attempt for every due delivery, or for those of one recording, and records it.

Must not go here: HTTP and scheduling (``webhooks/``), the rows of a delivery (``store/outbox/outbox.py``).
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.interruptible import StopEvent, run_interruptibly
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery import policies
from meeting_pipeline.store.engine.secrets import signing_secret
from meeting_pipeline.store.outbox.attempts import LeasedDelivery
from meeting_pipeline.store.outbox.webhook_urls import shown_url
from meeting_pipeline.webhooks.deliver import Limits, deliver_due, signed_sender
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline.webhooks.schedule import next_attempt
from meeting_pipeline.webhooks.submission_body import body_for_submission

_log = logging.getLogger(__name__)


@dataclass
class Drained:
    """The result of a drain."""

    delivered: int = 0
    postponed: int = 0
    dead: int = 0
    held: int = 0
    left: int = 0
    given_up: set[str] = field(default_factory=set)
    """Disabled endpoints whose deliveries are held, in displayable form."""


def drain(
    installation: Installation,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    *,
    taker: str = "",
    may_start: Callable[[], bool] = lambda: True,
) -> Drained:
    """Attempt every due delivery, including those that become due during the drain.

    ``taker``: the run that drains. ``may_start``: checked before each attempt; false once others may consider the run dead.
    """
    drained = Drained()
    return _drain(installation, _Outbox(installation, drained, taker), drained, limits, may_start)


def drain_own(
    installation: Installation,
    key: str,
    *,
    taker: str,
    may_start: Callable[[], bool] = lambda: True,
    stopped: StopEvent | None = None,
) -> Drained:
    """Attempt the new deliveries of one recording, in the run that completed it: nobody waits for the next sensor tick.

    Deliveries to receivers that failed last time, or were slow, are left to the sensor: they must not occupy a run slot that
    recordings wait for. ``stopped``: set when the run of many recordings that this is a part of is being ended; what was not
    sent then is due again.
    """
    drained = Drained()
    if not installation.store.deliveries.receivers_are_quick(key, policies.WEBHOOK_QUICK_MS):
        return drained
    outbox = _Outbox(installation, drained, taker, key=key)
    return _drain(installation, outbox, drained, Limits(), may_start, stopped)


def _drain(
    installation: Installation,
    outbox: "_Outbox",
    drained: Drained,
    limits: Limits,
    may_start: Callable[[], bool],
    stopped: StopEvent | None = None,
) -> Drained:
    send = signed_sender(
        signing_secret=signing_secret(installation.settings), allow=installation.settings.webhook_allow
    )
    try:
        drained.left = run_interruptibly(deliver_due(outbox, send, limits, may_start), stopped)
    except Exception:  # every delivery had its turn
        raise
    except asyncio.CancelledError:
        outbox.give_back_all()
    except BaseException:  # the process is ended in order (SIGTERM)
        outbox.give_back_all()
        raise
    return drained


def _with_own_body(due: LeasedDelivery) -> LeasedDelivery:
    body = body_for_submission(due.body, form=due.body_form, reference=due.reference, metadata=due.metadata)
    return replace(due, body=body)


class _Outbox:
    """The store's outbox, adapted for a drain. ``key``: only this recording's deliveries, to endpoints that work."""

    def __init__(self, installation: Installation, drained: Drained, taker: str, *, key: str | None = None) -> None:
        self._taker = taker
        self._key = key
        self._outbox = installation.store.outbox
        self._context = installation.store.context
        self._drained = drained
        self._taken: dict[str, LeasedDelivery] = {}
        """Neither settled nor given back yet."""

    def take(self, *, failing: bool, avoid: Collection[str]) -> Sequence[LeasedDelivery]:
        if failing and self._key is not None:
            return []
        taken = self._outbox.take(
            policies.WEBHOOK_BATCH,
            failing=failing,
            avoid=avoid,
            per_host=policies.WEBHOOK_HOST_BATCH,
            key=self._key,
            taker=self._taker,
        )
        self._taken |= {delivery.delivery_id: delivery for delivery in taken}
        for delivery in taken:
            crash_point("delivering.taken", delivery.recording_key)
        return [_with_own_body(delivery) for delivery in taken]

    def give_back(self, due: LeasedDelivery) -> None:
        self._outbox.give_back(due)
        self._taken.pop(due.delivery_id, None)

    def give_back_all(self) -> None:
        """Return what this drain still has, so that nobody waits for its leases.

        A request that was interrupted may have arrived: it is sent again, with the same event id.
        """
        try:
            for delivery in list(self._taken.values()):
                self.give_back(delivery)
        except StoreUnavailable as error:
            _log.warning("%d deliveries were not released; their leases will expire: %s", len(self._taken), error)

    def settle(self, due: LeasedDelivery, outcome: Outcome) -> None:
        next_at = None
        if not outcome.delivered:
            next_at = next_attempt(
                due.attempt,
                outcome,
                now=self._context.now(),
                random=random.random,
                time_scale=self._context.time_scale,
            )
        crash_point("delivering.sent", due.recording_key)
        state = self._outbox.settle(due, outcome, next_at)
        self._taken.pop(due.delivery_id, None)
        if state is None:
            return
        crash_point("delivering.settled", due.recording_key)
        step_line(
            "webhook",
            state,
            recording_id=due.recording_key,
            attempt=due.attempt,
            duration_ms=outcome.duration_ms,
            code=outcome.error_code,
            host=due.host,
            status=outcome.status,
        )
        if state == "delivered":
            self._drained.delivered += 1
        elif state == "dead":
            self._drained.dead += 1
        elif state == "held":
            self._drained.held += 1
            self._drained.given_up.add(shown_url(due.url))
        else:
            self._drained.postponed += 1
