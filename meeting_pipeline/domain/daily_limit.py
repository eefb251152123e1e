"""The daily limit of an installation: what may be spent automatically on a day, and who would spend it.

Must not go here: what was spent (``store/ledger/spending.py``), who buys (``providers/paid_providers.py``).
"""

from dataclasses import dataclass

from meeting_pipeline.domain.outage import Service


@dataclass(frozen=True)
class Buyer:
    """A provider and the service with which it sells. ``unpriced``: what of its price is unknown; ``None`` if nothing is."""

    provider: str
    service: Service
    unpriced: str | None = None


@dataclass(frozen=True)
class DailyLimit:
    """US dollars that may be spent automatically from midnight to midnight UTC, by these buyers."""

    usd: float
    buyers: tuple[Buyer, ...] = ()
