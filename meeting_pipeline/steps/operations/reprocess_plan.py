"""A plan to make results again, with its bill: what is made, what is bought, and what is left untouched.

Must not go here: the estimate (``bill.py``), starting it (``reprocess.py``), asking people (``cli/confirming.py``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.bill import Bill, Purchase, bill, transcripts_to_buy
from meeting_pipeline.steps.operations.reprocess import Plan, make_plan
from meeting_pipeline.steps.operations.stale import stale_results
from meeting_pipeline.steps.processing.one_recording import ordered
from meeting_pipeline.store.results.origins import Chosen, StaleResult


@dataclass(frozen=True)
class PricedPlan:
    """The plan. ``assets``: those of each recording, if they differ; otherwise all get ``same``.

    ``drafts``: stale results of a language model that are left as they are, because only rules would replace them now.
    """

    plan: Plan
    same: tuple[str, ...]
    assets: Mapping[str, tuple[str, ...]] | None
    bill: Bill
    purchases: tuple[Purchase, ...] = ()
    drafts: int = 0


@dataclass(frozen=True)
class StaleChoice:
    """Which stale results are made again. ``sample``: of only this many recordings. ``transcripts``: buy these again too."""

    insights: tuple[str, ...] = ()
    chosen: Chosen = field(default_factory=Chosen)
    sample: int | None = None
    transcripts: bool = False


def plan_stale(installation: Installation, choice: StaleChoice, *, hold: bool = False) -> PricedPlan:
    """Plan to make stale results again, and the minutes of their recordings, unless what is made is held."""
    rows = stale_results(installation, choice.insights, choice.chosen, choice.sample)
    kept = _worth_it(installation, rows)
    purchases: list[Purchase] = []
    if choice.transcripts:
        candidates = installation.store.origins.chosen(choice.chosen)
        if choice.sample is not None:
            candidates = candidates[: choice.sample]
        purchases = transcripts_to_buy(installation, candidates)
    bought = {one.key for one in purchases}
    keys = list(dict.fromkeys([*(row.key for row in kept), *bought]))
    plan = make_plan(installation, keys, (ResultKind.MINUTES.value,), hold=hold)
    ready = set(plan.backfilled)
    with_transcript = installation.store.origins.results_of(sorted(bought & ready), Insight.names())
    rest = [row for row in kept if row.key in ready and row.key not in bought]
    purchases = [one for one in purchases if one.key in ready]
    stale: dict[str, list[str]] = {}
    for row in rest:
        stale.setdefault(row.key, []).append(row.result)
    minutes = () if hold else (ResultKind.MINUTES.value,)
    assets = {
        key: ResultKind.names() if key in bought else ordered([*stale.get(key, ()), *minutes])
        for key in plan.backfilled
    }
    total = bill(installation, [*rest, *with_transcript], purchases)
    return PricedPlan(plan, ResultKind.names(), assets, total, tuple(purchases), len(rows) - len(kept))


def plan_chosen(
    installation: Installation, keys: Sequence[str], assets: Sequence[str], *, hold: bool = False
) -> PricedPlan:
    """Plan to make these assets of these recordings again, stale or not. What starts over is not in the bill.

    Raises: PermanentError ``unknown_recording``.
    """
    plan = make_plan(installation, keys, assets, hold=hold)
    insights = [name for name in assets if name in Insight.names()]
    rows = installation.store.origins.results_of(plan.backfilled, insights)
    purchases: list[Purchase] = []
    if ResultKind.TRANSCRIPT.value in assets:
        purchases = transcripts_to_buy(installation, plan.backfilled)
    return PricedPlan(plan, tuple(assets), None, bill(installation, rows, purchases), tuple(purchases))


def require_permission_to_buy(again: PricedPlan, *, allowed: bool) -> None:
    """Raises: OperatorError ``transcripts_cost_money``: transcripts would be bought again, and nobody said that they may."""
    if allowed or not again.purchases:
        return
    unknown = sum(not one.known for one in again.purchases)
    rest = f", and {unknown} more whose price is unknown" if unknown else ""
    raise OperatorError(
        "transcripts_cost_money",
        f"{len(again.purchases)} transcripts would be bought again, for {again.bill.transcripts_usd:.2f} USD{rest}: the options "
        "of the transcription have changed.",
        "Add --buy-transcripts if you want that, or choose --assets without `transcript`.",
    )


def _worth_it(installation: Installation, rows: Collection[StaleResult]) -> list[StaleResult]:
    """Without results of a language model if only rules would make them now: their drafts are no improvement."""
    if installation.analyst.name != "offline":
        return list(rows)
    return [row for row in rows if row.replaced or row.provider == installation.analyst.name]
