"""State of the loopback providers: keys, scripts, orders, and the ledger of everything that would be billed.

Belongs here: plain state without HTTP. Must not go here: routes (``assemblyai.py``, ``openai.py``).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from meeting_pipeline_tests.fakes.faults import FaultBook

ASSEMBLYAI_KEY = "aai-loopback-key"
OPENAI_KEY = "sk-loopback-key"

SPEECH_HABITS: dict[str, Any] = {
    "formats": ["diarized_json", "verbose_json", "json"], "unknown_format": 400, "shape": "openai", "max_bytes": 25 * 1024**2,
    "max_seconds": 1400.0, "keyed": True, "seconds": 0.0, "answers": None, "raw": None,
}  # fmt: skip
"""How a transcription server behaves unless a test says otherwise; see ``speech.py``."""


@dataclass
class Order:
    """One transcription order. ``script`` defines what was spoken; see ``story.py``."""

    id: str
    audio_url: str
    sha256: str | None
    config: dict[str, Any]
    time: float
    due: float
    script: dict[str, Any]
    deleted: bool = False
    webhook_status: int | None = None

    def status(self) -> str:
        """The current status: queued, processing, completed or error (as scripted)."""
        now = time.monotonic()
        if self.script.get("never"):
            return "processing"
        if now < self.due:
            return "processing" if now > self.due - self.script.get("processing_seconds", 0.0) * 0.7 else "queued"
        return "error" if "error" in self.script else "completed"


@dataclass
class Ledger:
    """Everything requested, in order of arrival. Times are Unix seconds, sizes bytes."""

    uploads: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    llm_calls: list[dict[str, Any]] = field(default_factory=list)
    speech_calls: list[dict[str, Any]] = field(default_factory=list)
    embedding_calls: list[dict[str, Any]] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    refused_calls: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    most_open: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The ledger as `GET /_ledger` returns it."""
        return {
            "uploads": self.uploads,
            "orders": self.orders,
            "llm_calls": self.llm_calls,
            "speech_calls": self.speech_calls,
            "embedding_calls": self.embedding_calls,
            "deletions": self.deletions,
            "webhooks": self.webhooks,
            "refused_calls": self.refused_calls,
            "requests": dict(self.requests),
            "most_open": self.most_open,
        }


class ProviderState:
    """The state behind both providers; ``reset`` restores the initial state."""

    def __init__(self, *, processing_seconds: float = 0.0, llm_seconds: float = 0.0) -> None:
        self.initial = {"processing_seconds": processing_seconds, "llm_seconds": llm_seconds}
        self.webhook_tasks: set[asyncio.Task[None]] = set()
        self.reset()

    def reset(self) -> None:
        """Clear orders, scripts, faults and the ledger; webhooks that are not sent yet are dropped."""
        for task in self.webhook_tasks:
            task.cancel()
        self.ledger = Ledger()
        self.uploads: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.cached: set[str] = set()
        self.scripts: dict[str, dict[str, Any]] = {}
        self.open: Counter[str] = Counter()
        self.reset_behaviour()

    def reset_behaviour(self) -> None:
        """Behave as at first from now on, and let everything go that waits. What was asked and what is spoken stays."""
        self.settings: dict[str, Any] = {
            "assemblyai_key": ASSEMBLYAI_KEY,
            "openai_key": OPENAI_KEY,
            "extra_models": [],
            "webhook_pause_seconds": 10.0,
            "rate_headers": {},
            "calls_per_window": None,
            "window_seconds": 1.0,
            "speech": dict(SPEECH_HABITS),
            **self.initial,
        }
        self.faults = FaultBook()
        self.next_scripts: list[dict[str, Any]] = []
        self.window_ends, self.window_calls = 0.0, 0
        self.finish_orders()

    def finish_orders(self) -> None:
        """Finish all orders in progress."""
        now = time.monotonic()
        for order in self.orders.values():
            order.due = min(order.due, now)

    def script_for(self, sha256: str | None) -> dict[str, Any]:
        """The script registered for these bytes; ``{}`` means the default story."""
        return dict(self.scripts.get(sha256 or "", {}))
