"""One line per event of a recording, for people who follow it.

Must not go here: reading events (``store/event_log/``), printing them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from meeting_pipeline.domain.text import clock


def _until(moment: object) -> str:
    """The end of the wait; empty if it is unknown: when an outage ends, or when a person fixes a key."""
    return f" until {moment}" if moment else ""


_SENTENCES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "retried": lambda data: "tried again",
    "stage": lambda data: str(data.get("stage")),
    "run_started": lambda data: "a run has started",
    "worker_lost": lambda data: "the worker was lost; another run takes over",
    "waiting": lambda data: f"waits{_until(data.get('until'))}: {data.get('code')}",
    "refused": lambda data: f"refused at intake: {data.get('code')}",
    "result": lambda data: f"{data.get('result')}: version {data.get('version')} is stored",
    "version_held": lambda data: f"{data.get('result')}: version {data.get('version')} is held",
    "version_promoted": lambda data: f"{data.get('result')}: version {data.get('version')} is promoted",
    "version_discarded": lambda data: f"{data.get('result')}: version {data.get('version')} is discarded",
    "version_restored": lambda data: f"{data.get('result')}: an earlier version is restored as {data.get('version')}",
    "gap": lambda data: f"{data.get('insight')} is missing: {data.get('code')}",
    "failed": lambda data: f"failed: {data.get('code')}",
    "reprocessing_failed": lambda data: f"reprocessing failed; the earlier results stay: {data.get('code')}",
    "mail": lambda data: (
        f"mail {data.get('state')} (attempt {data.get('attempt')})" + (f": {data['code']}" if data.get("code") else "")
    ),
    "webhook": lambda data: f"webhook {data.get('state')} (attempt {data.get('attempt')})",
}


def describe(kind: str, data: Mapping[str, Any], key: str, duration_ms: int) -> str:
    """One line about an event of a recording. For an unknown type it is the type's name."""
    if kind == "accepted":
        return f"accepted as {key} ({clock(duration_ms)} long)"
    if kind == "completed":
        gaps = ", ".join(data.get("gaps") or ())
        return "completed" + (f", still missing: {gaps}" if gaps else "")
    sentence = _SENTENCES.get(kind)
    return sentence(data) if sentence else kind
