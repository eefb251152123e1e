"""The total cost of making results again: calls of language models, transcripts that are bought again, time and webhooks.

Must not go here: what one result costs (``expected_calls.py``), which results are made again (``stale.py``), starting
(``reprocess.py``).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.expected_calls import Call, expected
from meeting_pipeline.steps.processing.catch_up import catch_up_places
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store.results.origins import StaleResult


@dataclass(frozen=True)
class Bill:
    """A sum. ``usd`` is the part with known prices, ``unpriced`` the number of calls and transcripts with unknown ones.

    ``results``: how many are made again; ``by_length``: how many of them are estimated from the length of their transcripts.
    ``tried``: how many recordings have been made in the new way already, by which the estimate is corrected; ``untried``: results
    that nobody has made in the new way yet, so that longer or shorter answers are not foreseen.
    ``minutes``: how long it takes at the usual number of calls at a time, if the provider's limits allow; ``None``: unknown.
    ``webhooks``: how many are sent at most. ``transcripts``: how many are bought again, for ``transcripts_usd``.
    """

    recordings: int = 0
    results: int = 0
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    by_length: int = 0
    tried: int = 0
    untried: int = 0
    minutes: float | None = None
    webhooks: int = 0
    transcripts: int = 0
    transcripts_usd: float = 0.0

    @property
    def total_usd(self) -> float:
        """The sum, as far as prices are known."""
        return self.usd + self.transcripts_usd


@dataclass(frozen=True)
class Purchase:
    """A transcript that would be bought. ``known``: whether ``usd`` is the whole price."""

    key: str
    usd: float
    known: bool


def bill(installation: Installation, rows: Sequence[StaleResult], purchases: Sequence[Purchase] = ()) -> Bill:
    """The sum of making these results again, and of buying these transcripts."""
    found = expected(installation, rows)
    calls = [call for one in found.values() for call in one.calls]
    keys = list(dict.fromkeys([*(row.key for row in rows), *(one.key for one in purchases)]))
    return Bill(
        recordings=len(keys),
        results=len(found),
        calls=len(calls),
        input_tokens=sum(call.counts.given for call in calls),
        cached_tokens=sum(call.counts.cached for call in calls),
        output_tokens=sum(call.counts.made for call in calls),
        usd=sum(one.usd for one in found.values()),
        unpriced=sum(one.unpriced for one in found.values()) + sum(not one.known for one in purchases),
        by_length=sum(one.by_length for one in found.values()),
        tried=max((one.tried for one in found.values()), default=0),
        untried=sum(one.untried for one in found.values()),
        minutes=_minutes(installation, calls),
        webhooks=installation.store.last_calls.webhooks(keys),
        transcripts=len(purchases),
        transcripts_usd=sum(one.usd for one in purchases),
    )


def bill_figures(found: Bill) -> dict[str, Any]:
    """A bill for programs, with its sum."""
    figures = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(found).items()}
    return {**figures, "total_usd": round(found.total_usd, 6)}


def transcripts_to_buy(installation: Installation, keys: Sequence[str]) -> list[Purchase]:
    """The transcripts that would be ordered, and paid for, if these recordings were transcribed with today's options."""
    found = []
    for row, ordered in installation.store.last_calls.orders(keys):
        provider = installation.speech.choose(has_transcript=row.transcript_file is not None)
        if not provider.remote:
            continue
        options = options_of(provider, row)
        if hash_json(options.model_dump(mode="json")) not in ordered:
            price = installation.speech.price(provider.name, options)
            found.append(Purchase(row.key, price.of(row.duration_ms), price.known))
    return found


def _minutes(installation: Installation, calls: Sequence[Call]) -> float | None:
    known = [call.seconds for call in calls if call.seconds is not None]
    if not known:
        return 0.0 if not calls else None
    settings = installation.settings
    at_a_time = catch_up_places(settings.max_concurrent_runs) * settings.batch_calls
    total = sum(known) * len(calls) / len(known)
    return max(total / at_a_time, max(known)) / 60
