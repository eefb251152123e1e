"""Which calls it is expected to take to make a result again: those that the same recording took last time, at current prices.

A result that a language model has never made is estimated from the length of its transcript.
Must not go here: the sum of many results (``bill.py``), what answers show about the next ones (``measured_answers.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights import policies as insight_policies
from meeting_pipeline.insights.prompting import INSTRUCTIONS
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.insights.support import VERSION as SECOND_OPINION
from meeting_pipeline.insights.wire import canonical
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.providers.selection import analyst_in_use
from meeting_pipeline.providers.token_prices import TokenPrice, price_of
from meeting_pipeline.steps.operations.measured_answers import Seen, seen_of
from meeting_pipeline.store.ledger.last_calls import BilledCall, of_last_run
from meeting_pipeline.store.results.origins import StaleResult

_OUTPUT_TOKENS: Final = 400
"""Output of an insight that no model has made here before: about the average of an hour's action items or summary."""
_SEGMENT_TOKENS: Final = 5
"""Index and label in front of each segment."""


@dataclass(frozen=True)
class Call:
    """A call that is expected."""

    counts: Counts
    second_opinion: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class Expected:
    """What making one result again is expected to take. ``by_length``: estimated, because there were no earlier calls.

    ``untried``: estimated from answers that were made in another way, and not corrected. ``tried``: the number of recordings that
    correct the estimate.
    """

    calls: tuple[Call, ...] = ()
    usd: float = 0.0
    unpriced: int = 0
    by_length: bool = False
    untried: bool = False
    tried: int = 0


@dataclass
class _Prices:
    """The prices of the models that answer. ``paid``: whether calls cost anything."""

    paid: bool
    model: TokenPrice | None
    opinion: TokenPrice | None = field(default=None)

    def of(self, call: Call) -> TokenPrice | None:
        return self.opinion if call.second_opinion else self.model


def expected(installation: Installation, rows: Sequence[StaleResult]) -> dict[tuple[str, str], Expected]:
    """What making each of these results again is expected to take, by recording and insight."""
    prices = _prices(installation)
    if not prices.paid:
        return {(row.key, row.result): Expected() for row in rows}
    calls = installation.store.last_calls.of(list(dict.fromkeys(row.key for row in rows)))
    last = {place: of_last_run(found) for place, found in calls.items()}
    seen = seen_of(installation, calls, list(dict.fromkeys(row.result for row in rows)))
    unknown = [row.key for row in rows if _by_length(row, last)]
    lengths = installation.store.last_calls.lengths(list(dict.fromkeys(unknown)))
    output = _usual_output(last)
    found: dict[tuple[str, str], Expected] = {}
    for row in rows:
        place = (row.key, row.result)
        if _by_length(row, last):
            call = _call_by_length(row, lengths.get(row.key, (0, 0)), output.get(row.result, _OUTPUT_TOKENS))
            found[place] = Expected((call,) if call is not None else (), by_length=True)
        else:
            found[place] = _corrected(tuple(_calls(row, last.get(place, []))), place, seen.get(row.result))
    return {place: _priced(one, prices) for place, one in _from_a_cold_cache(found).items()}


def _corrected(calls: tuple[Call, ...], place: tuple[str, str], seen: Seen | None) -> Expected:
    """Calls of the last run as they are expected now. If that run was made in the new way, it says so itself."""
    if seen is None or not calls or place[0] in seen.made:
        return Expected(calls)
    if not seen.pairs:
        return Expected(calls, untried=True)
    now = tuple(call if call.second_opinion else replace(call, counts=seen.counts(call.counts)) for call in calls)
    return Expected(now, tried=seen.pairs)


def _prices(installation: Installation) -> _Prices:
    settings = installation.settings
    if analyst_in_use(settings).key is None:
        return _Prices(paid=False, model=None)
    opinion = settings.openai_support_model or settings.openai_model
    tier = settings.openai_service_tier or ""
    return _Prices(True, price_of(settings, settings.openai_model, tier), price_of(settings, opinion, tier))


def _by_length(row: StaleResult, last: Mapping[tuple[str, str], Sequence[BilledCall]]) -> bool:
    """Whether no model has made the result, although one would now: the rules of this machine did."""
    return row.provider == "offline" and not row.usage.calls and not last.get((row.key, row.result))


def _call_by_length(row: StaleResult, length: tuple[int, int], output: int) -> Call | None:
    insight = Insight.known(row.result)
    if insight is None or insight not in SPECS:
        return None
    spec, (characters, segments) = SPECS[insight], length
    frame = estimate_tokens(INSTRUCTIONS + spec.question + canonical(spec.schema))
    given = frame + int(characters / insight_policies.TOKEN_BYTES) + segments * _SEGMENT_TOKENS
    return Call(Counts(given=given, made=output))


def _calls(row: StaleResult, last: Sequence[BilledCall]) -> Iterable[Call]:
    """The calls of the last run; those on which the result rests, if that run reused some of them."""
    if len(last) >= row.usage.calls:
        for call in last:
            counts = Counts(
                given=call.input_tokens,
                cached=call.cached_tokens,
                written=call.cache_write_tokens,
                made=call.output_tokens,
            )
            yield Call(counts, call.prompt_version == SECOND_OPINION, call.seconds)
        return
    for number in range(row.usage.calls):
        yield Call(_share(row.usage, number))


def _share(usage: Usage, number: int) -> Counts:
    """The tokens of one of several calls of which only the sum is known."""

    def part(total: int) -> int:
        return total // usage.calls + (number < total % usage.calls)

    return Counts(
        given=part(usage.input_tokens),
        cached=part(usage.cached_tokens),
        written=part(usage.cache_write_tokens),
        made=part(usage.output_tokens),
    )


def _from_a_cold_cache(found: Mapping[tuple[str, str], Expected]) -> dict[tuple[str, str], Expected]:
    """The prompt prefix that calls about a recording share is no longer in the provider's cache: the first call writes it again.

    If that call is not repeated, another one is the first.
    """
    changed = dict(found)
    by_recording: dict[str, list[tuple[str, str]]] = {}
    for place in found:
        by_recording.setdefault(place[0], []).append(place)
    for places in by_recording.values():
        calls = [(place, n, call.counts) for place in places for n, call in enumerate(found[place].calls)]
        cached = [entry for entry in calls if entry[2].cached]
        if not cached or any(counts.written for _, _, counts in calls):
            continue
        place, n, counts = max(cached, key=lambda entry: entry[2].cached)
        first = replace(found[place].calls[n], counts=replace(counts, cached=0, written=counts.cached))
        one = changed[place]
        changed[place] = replace(one, calls=(*one.calls[:n], first, *one.calls[n + 1 :]))
    return changed


def _priced(one: Expected, prices: _Prices) -> Expected:
    usd, unpriced = 0.0, 0
    for call in one.calls:
        price = prices.of(call)
        if price is None:
            unpriced += 1
        else:
            usd += price.usd(call.counts)
    return replace(one, usd=usd, unpriced=unpriced)


def _usual_output(last: Mapping[tuple[str, str], Sequence[BilledCall]]) -> dict[str, int]:
    made: dict[str, list[int]] = {}
    for (_, insight), calls in last.items():
        made.setdefault(insight, []).append(sum(call.output_tokens for call in calls))
    return {insight: sum(counts) // len(counts) for insight, counts in made.items()}
