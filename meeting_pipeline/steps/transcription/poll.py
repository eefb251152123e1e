"""Polls the providers for all orders in flight, and marks the recordings that can continue.

Must not go here: collecting transcripts (``collect.py``), requesting runs (``defs/sensors/transcripts_ready.py``),
probing a provider during an outage (``outages.py``).
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from meeting_pipeline.domain.errors import OperatorError, PipelineError, TransientError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Pending, Ready, Rejected, Unknown
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.transcription.outages import note_neutral, probe, report_success
from meeting_pipeline.store.tables import TranscriptionOrder

_log = logging.getLogger(__name__)
ORDER_UNKNOWN: Final = Problem(
    "order_unknown",
    "The provider does not know the order of this recording: it may have been placed with the key of another account.",
    "Set the key with which it was ordered, and restart `up`: the recording resumes automatically. Without that key it "
    "fails at its deadline, and `meeting-pipeline reprocess` places a new order.",
)


@dataclass
class PollReport:
    """The result of a poll. ``problems``: errors by provider, for example if it could not be polled."""

    in_flight: int = 0
    moved_on: int = 0
    unknown: int = 0
    problems: dict[str, PipelineError] = field(default_factory=dict)


def poll_orders(installation: Installation) -> PollReport:
    """Make every recording ready whose order is finished, refused or past its deadline. Polls each provider once.

    Recordings whose order was never placed become ready too, if no worker is placing it. During an outage a provider is probed
    when a probe is due, but not polled; recordings with orders there wait, even past their deadline.
    """
    with isolated_item(_log, "asking whether a provider is back"):
        probe(installation, Service.TRANSCRIPTION)
    orders = installation.store.orders_in_flight.list()
    looked = PollReport(in_flight=len(orders))
    for key in installation.store.orders_in_flight.stranded():
        with isolated_item(_log, f"moving {key} on"):
            installation.store.lifecycle.ready(key)
            looked.moved_on += 1
    by_provider: dict[str, list[TranscriptionOrder]] = defaultdict(list)
    for order in orders:
        by_provider[order.provider].append(order)
    now = installation.store.context.now()
    told = installation.store.due_work.waiting_with(ORDER_UNKNOWN.code) if orders else set()
    for name, group in by_provider.items():
        answers = _ask(installation, name, group, looked)
        for order in group if answers is not None else []:
            answer = (answers or {}).get(order.provider_id or "")
            with isolated_item(_log, f"moving {order.recording_key} on"):
                if isinstance(answer, Ready | Rejected) or _overdue(order, now):
                    installation.store.lifecycle.ready(order.recording_key)
                    crash_point("looking.looked", order.recording_key)
                    looked.moved_on += 1
                else:
                    _say(installation, order.recording_key, answer, told)
    return looked


def _ask(
    installation: Installation, name: str, orders: list[TranscriptionOrder], looked: PollReport
) -> Mapping[str, Pending | Ready | Rejected | Unknown] | None:
    """The provider's answers by order id; ``None`` if it could not be polled."""
    outage = installation.store.outages.holding(name, Service.TRANSCRIPTION)
    if outage is not None:
        looked.problems[name] = outage.error()
        return None
    ids = [order.provider_id for order in orders if order.provider_id is not None]
    try:
        answers = installation.speech.named(name).poll(ids)
    except PipelineError as error:
        looked.problems[name] = error
        note_neutral(installation, name, Service.TRANSCRIPTION, error)
        return None
    except Exception as error:  # noqa: BLE001 - a bug triggered by one provider's answer must not stop the others
        _log.exception("polling %s failed", name)
        looked.problems[name] = TransientError(
            "internal_error", f"Polling {name} hit a bug ({type(error).__name__}).", "Report it with the log."
        )
        return None
    report_success(installation, name, Service.TRANSCRIPTION)
    looked.unknown = sum(isinstance(answer, Unknown) for answer in answers.values())
    if looked.unknown:
        message = f"{name} does not know {looked.unknown} of {len(ids)} orders in flight."
        looked.problems[name] = OperatorError(ORDER_UNKNOWN.code, message, ORDER_UNKNOWN.advice)
    return answers


def _say(installation: Installation, key: str, answer: Pending | Unknown | None, told: set[str]) -> None:
    """Update the waiting reason that people see of a recording in flight. Written only when it changes."""
    if isinstance(answer, Unknown) and key not in told:
        installation.store.lifecycle.set_waiting_reason(key, ORDER_UNKNOWN)
    elif isinstance(answer, Pending) and key in told:
        installation.store.lifecycle.set_waiting_reason(key, None)


def _overdue(order: TranscriptionOrder, now: datetime) -> bool:
    return order.deadline_at is not None and order.deadline_at <= now
