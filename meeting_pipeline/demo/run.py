"""The steps of the demo: start, drop, watch, receive, print, stop.

Must not go here: the printed text (``progress.py``, ``report.py``).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from meeting_pipeline.demo import progress, report
from meeting_pipeline.demo.receiver import Receiver, receiving
from meeting_pipeline.demo.samples import drop, samples
from meeting_pipeline.demo.system import demo_environment, system_running
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.foundation.ownership import Owner
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.store.engine.secrets import signing_secret

_SECRET = "demo-secret-of-the-cms"  # noqa: S105 - the demo's own, for a receiver that lives as long as the demo
_LOOK_S = 0.5
"""Between two looks at the database: the times that are printed have tenths of a second."""
_QUIET_S = 15.0
"""After this long without news, the demo prints what is still in progress: speech recognition takes a while."""
Say = Callable[[str], None]


def run_demo(
    home: Path, say: Say, timeout_s: float, *, wait_before_stop: Callable[[Owner], None] | None = None
) -> bool:
    """Process the samples with the real system in ``home``; true if each got its outcome and its webhook in time.

    ``wait_before_stop`` is called with the addresses of the page and the Dagster UI while everything is still running.
    """
    started = time.monotonic()
    with receiving(_SECRET) as receiver:
        port = receiver.url.rsplit(":", 1)[1].split("/")[0]
        environment = demo_environment(home, f"127.0.0.1:{port}")
        settings = load_settings(environment)
        installation = open_installation(settings)
        receiver.signing_secret = signing_secret(settings)
        with system_running(home, environment, say) as owner:
            say(f"Running after {time.monotonic() - started:.0f} s. Page: {owner.api_url}  Dagster UI: {owner.url}")
            dropped = _drop_all(settings, receiver, say)
            complete = _watch(installation, receiver, say, dropped, timeout_s)
            _print(installation, receiver, dropped, say)
            if wait_before_stop is not None:
                wait_before_stop(owner)
            say("Stopping everything ...")
        installation.store.close()
    say(f"Done in {time.monotonic() - started:.0f} s; nothing is left running.")
    return complete


def _drop_all(settings: Settings, receiver: Receiver, say: Say) -> datetime:
    for sample in samples():
        say(f"Dropping {sample.name}: {sample.what}.")
        drop(sample, settings.inbox, receiver.url, receiver.secret)
    return datetime.now(UTC)


def _watch(installation: Installation, receiver: Receiver, say: Say, dropped: datetime, timeout_s: float) -> bool:
    """Print what happens to every recording until all webhooks have arrived."""
    seen: dict[str, int] = {}
    awaited: dict[str, int] = {}
    said = time.monotonic()
    deadline = said + timeout_s
    while time.monotonic() < deadline:
        rows = installation.store.recordings.list()
        for row in reversed(rows):
            events = installation.store.recordings.events(row.key, seen.get(row.key, 0))
            if events and events[-1].type == "result" and awaited.get(row.key) != events[-1].seq:
                awaited[row.key] = events[-1].seq  # more results may follow: wait until the next check
                continue
            for line in progress.news(row, events, dropped):
                say(line)
                said = time.monotonic()
            if events:
                seen[row.key] = events[-1].seq
        if len(receiver.hooks) >= len(samples()):
            return all(hook.secret_ok and hook.signature_ok for hook in receiver.hooks)
        if time.monotonic() - said > _QUIET_S:
            said = time.monotonic()
            say(progress.still(rows, dropped))
        time.sleep(_LOOK_S)
    say(f"Not everything was finished after {timeout_s:.0f} s; read {installation.settings.home / 'logs'}.")
    return False


def _print(installation: Installation, receiver: Receiver, dropped: datetime, say: Say) -> None:
    rows = reversed(installation.store.recordings.list(status=RecordingStatus.COMPLETED))
    records = [installation.store.records.get(row.key) for row in rows]
    by_name = {record.original_name: record for record in records}
    blocks = [
        ("MINUTES", report.minutes(records)),
        (
            "COMPARED WITH THE SCRIPT",
            (line for s in samples() if s.name in by_name for line in report.script_check(s, by_name[s.name])),
        ),
        ("REJECTED", report.rejected_files(installation.settings.rejected)),
        ("WEBHOOKS RECEIVED", report.webhooks(receiver.hooks, dropped)),
    ]
    for line in report.titled(blocks):
        say(line)
    say("")
