"""One look at the providers for everything in flight: which recordings can go on.

Must not go here: collecting what is ready (``transcribing.py``), requesting runs (``sensors/transcripts_ready.py``).
"""

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.providers.ports import Ready, Rejected
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.store.tables import TranscriptionOrder

_log = logging.getLogger(__name__)


@dataclass
class Looked:
    """What a look found. ``problems`` are errors of providers that could not be asked, by provider."""

    in_flight: int = 0
    moved_on: int = 0
    problems: dict[str, PipelineError] = field(default_factory=dict)


def look(installation: Installation) -> Looked:
    """Make every recording ready whose order is finished, refused or past its deadline. Asks each provider once.

    So is one that waits for an order which is nowhere: who was placing it has given up.
    """
    orders = installation.store.orders.in_flight()
    looked = Looked(in_flight=len(orders))
    for key in installation.store.orders.stranded():
        installation.store.lifecycle.ready(key)
        looked.moved_on += 1
    by_provider: dict[str, list[TranscriptionOrder]] = defaultdict(list)
    for order in orders:
        by_provider[order.provider].append(order)
    now = installation.store.context.now()
    for name, group in by_provider.items():
        finished = _ask(installation, name, group, looked)
        for order in group:
            if order.provider_id in finished or _overdue(order, now):
                installation.store.lifecycle.ready(order.recording_key)
                crash_point("looking.looked", order.recording_key)
                looked.moved_on += 1
    return looked


def _ask(installation: Installation, name: str, orders: list[TranscriptionOrder], looked: Looked) -> set[str]:
    ids = [order.provider_id for order in orders if order.provider_id is not None]
    try:
        answers = installation.speech.named(name).look(ids)
    except PipelineError as error:
        looked.problems[name] = error
        _log.warning("%s could not be asked: %s", name, error.code)
        return set()
    return {order_id for order_id, answer in answers.items() if isinstance(answer, Ready | Rejected)}


def _overdue(order: TranscriptionOrder, now: datetime) -> bool:
    return order.deadline_at is not None and order.deadline_at <= now
