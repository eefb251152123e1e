"""A thread that reports every few seconds that this worker is alive.

Must not go here: what a beat renews (``defs/resources/worker.py``, ``store/ledger/orders.py``).
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError

_log = logging.getLogger(__name__)


@contextmanager
def beating(beat: Callable[[], object], seconds: float = policies.HEARTBEAT_SECONDS) -> Iterator[None]:
    """Call ``beat`` every ``seconds`` until the block ends. A failed beat is logged; the next one follows as usual."""
    done = threading.Event()

    def run() -> None:
        while not done.wait(seconds):
            try:
                beat()
            except Exception as error:  # noqa: BLE001 - a short database outage must not end the heartbeat
                _log.warning(
                    "heartbeat not noted: %s", error if isinstance(error, PipelineError) else type(error).__name__
                )

    thread = threading.Thread(target=run, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(seconds)
