"""Asks the broker how many tasks wait in each queue of an installation, and which workers consume it.

For people (``doctor``): no decision depends on the broker's answer. Must not go here: sending runs (``queue_launcher.py``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError

ANSWER_SECONDS: Final = 3.0
"""Workers answer a broadcast within a fraction of a second, also while all their slots are busy: their parent process does."""
_CONNECT_SECONDS: Final = 5.0
"""Whoever looks at the queues waits: a broker that takes longer counts as not responding."""


@dataclass(frozen=True)
class QueueState:
    """A queue at the broker: how many runs wait in it, and the workers that answered that they take from it."""

    waiting: int
    consumers: frozenset[str]


def queue_states(broker_url: str, prefix: str, names: Collection[str]) -> Mapping[str, QueueState]:
    """The queues of these names, and those below the prefix that some worker takes from. A broker may serve others too.

    Raises: OperatorError ``broker_unreachable``, ``bad_broker_url``.
    """
    from celery import Celery
    from kombu.exceptions import KombuError

    try:
        with Celery("meeting_pipeline", broker=broker_url, set_as_current=False) as app:
            app.conf.update(broker_connection_timeout=_CONNECT_SECONDS, redis_socket_connect_timeout=_CONNECT_SECONDS)
            with app.connection_for_read(connect_timeout=_CONNECT_SECONDS) as connection:
                connection.ensure_connection(max_retries=1)
                found = app.control.inspect(timeout=ANSWER_SECONDS, connection=connection).active_queues() or {}
                consumers = _consumers(found, prefix, names)
                return {name: QueueState(_length(connection, name), who) for name, who in consumers.items()}
    except (KombuError, OSError) as error:
        raise OperatorError(
            "broker_unreachable",
            f"The broker does not respond ({type(error).__name__}).",
            "Check that it runs, and MEETING_PIPELINE_BROKER_URL. Recordings wait and resume automatically.",
        ) from error
    except (KeyError, ValueError, ImportError) as error:
        raise OperatorError(
            "bad_broker_url",
            "MEETING_PIPELINE_BROKER_URL cannot be used.",
            "Write redis://HOST:6379/0 or amqp://USER:PASSWORD@HOST//.",
        ) from error


def _consumers(found: Mapping[str, Any], prefix: str, names: Collection[str]) -> dict[str, frozenset[str]]:
    by_queue: dict[str, set[str]] = {name: set() for name in names}
    for worker, queues in found.items():
        for queue in queues:
            if queue["name"].startswith(prefix):
                by_queue.setdefault(queue["name"], set()).add(worker.partition("@")[0])
    return {name: frozenset(workers) for name, workers in sorted(by_queue.items())}


def _length(connection: Any, queue: str) -> int:
    with connection.channel() as channel:
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except connection.channel_errors:  # nothing was sent there yet
            return 0
