"""A series of invented meetings, moved through the store.

Must not go here: what is expected of it.
"""

from datetime import date, timedelta
from typing import Any

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems, Decision, Decisions
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.commitments.relinking import Changed
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Commitment
from meeting_pipeline_tests.store.samples import Journey

MONDAY = date(2025, 3, 3)
PRICES = "Send the price list to Acme"
VENUE = "Book the venue for the summer party"
TEAM = ["Anna", "Ben", "Clara"]


def item(task: str, owner: str | None = "Anna", due: date | None = None, **changes: Any) -> ActionItem:
    fields: dict[str, Any] = {
        "due_words": "as said" if due else None,
        "evidence": Evidence(segment_ids=(1,), quote=task),
        "verdict": Verdict.VERIFIED,
        "status": ItemStatus.OPEN,
    }
    return ActionItem(task=task, owner=owner, due_date=due, **{**fields, **changes})


def decision(text: str, **changes: Any) -> Decision:
    evidence = Evidence(segment_ids=(0,), quote=text)
    return Decision(decision=text, decided_by=(), evidence=evidence, verdict=Verdict.VERIFIED, **changes)


def meeting(
    store: Store, week: int, *items: ActionItem, says: tuple[str, ...] = ("Good morning.", "Let's begin."),
    decisions: tuple[Decision, ...] = (), hook: str | None = None, number: int | None = None,
    **options: Any,
) -> Journey:  # fmt: skip
    """A completed meeting of the series, ``week`` weeks after the first one."""
    given = {
        "title": f"Sales weekly {week}",
        "meeting_date": MONDAY + timedelta(weeks=week),
        "options": SidecarOptions(webhook_url=hook, participants=TEAM),
        **options,
    }
    journey = Journey(store, number=number or week + 1).accept(**given).begin().collect(*says)
    journey.answer(ActionItems(items=items), Decisions(decisions=decisions))
    journey.complete()
    return journey


def link(store: Store) -> list[Changed]:
    """What the step does."""
    changed: list[Changed] = []
    while waiting := store.commitment_links.waiting(100):
        for one in waiting:
            changed += store.commitment_links.link(one)
    return changed


def listed(store: Store, **wanted: Any) -> list[Commitment]:
    return [one.row for one in store.commitments.page(CommitmentFilter(**wanted), 100)[0]]


def states(row: Commitment) -> list[str]:
    return [event["state"] for event in row.events]


def only(store: Store, **wanted: Any) -> Commitment:
    (found,) = listed(store, **wanted)
    return found
