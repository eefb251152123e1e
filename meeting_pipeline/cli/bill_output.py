"""How a bill is shown: for people, and as JSON.

Must not go here: what is in it (``steps/operations/bill.py``).
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from meeting_pipeline.steps.operations.bill import bill_figures
from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan


def money(usd: float, unpriced: int) -> str:
    """A sum, with what is not in it: an unknown price is not zero."""
    if unpriced and not usd:
        return "unknown (no price is known)"
    rest = f" and {unpriced} purchases with unknown prices" if unpriced else ""
    return f"{usd:.2f} USD{rest}" if usd >= 1 else f"{usd:.4f} USD{rest}"


def bill_lines(again: PricedPlan) -> Iterator[str]:
    """The bill for people."""
    bill = again.bill
    yield f"Recordings: {bill.recordings}"
    made = f"{bill.results} results by {bill.calls} calls, {bill.input_tokens} tokens in ({bill.cached_tokens} cached)"
    yield f"To redo: {made}, {bill.output_tokens} out"
    yield f"Expected cost: {money(bill.total_usd, bill.unpriced)}"
    if bill.by_length:
        yield f"Estimated from the length of the transcript: {bill.by_length} results that no model has made before"
    if bill.tried:
        yield f"Adjusted by {bill.tried} recordings that were already made this way"
    if bill.untried:
        yield (
            f"Not known yet: how long the new answers are ({bill.untried} results were made in another way). To find out, run a "
            "sample first: --sample 10 --hold"
        )
    yield f"Transcripts bought: {bill.transcripts}" + (f", {bill.transcripts_usd:.2f} USD" if bill.transcripts else "")
    yield f"Webhooks that follow: at most {bill.webhooks}"
    minutes = (
        "unknown" if bill.minutes is None else f"about {max(bill.minutes, 0.1):.1f} minutes, as far as limits allow"
    )
    yield f"Time: {minutes}"
    if again.plan.retried:
        yield f"Not in the bill: {len(again.plan.retried)} failed recordings, which start over"
    if again.drafts:
        yield f"Left as they are: {again.drafts} results of a language model; without a key, rules would replace them with drafts"


def bill_json(again: PricedPlan) -> dict[str, Any]:
    """The plan with its bill, for programs."""
    return {
        **bill_figures(again.bill),
        "starts_over": list(again.plan.retried),
        "recording_ids": list(again.plan.backfilled),
        "left": [asdict(left) for left in again.plan.left],
        "drafts_left": again.drafts,
    }
