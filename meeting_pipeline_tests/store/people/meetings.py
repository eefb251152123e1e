"""Invented meetings in which speaker A and B get names, moved through the store.

Must not go here: what is expected of them.
"""

from datetime import date, timedelta
from typing import Any

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems, SpeakerName, Speakers
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline.store.people.pages import Person
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.commitments.series import link
from meeting_pipeline_tests.store.samples import Journey

MONDAY = date(2025, 3, 3)
SAYS = ("Good morning everybody.", "Let's talk about the price list.")


def met(
    store: Store, number: int, first: str | None, second: str | None = None, *, title: str = "Sales weekly",
    participants: tuple[str, ...] = (), tasks: tuple[tuple[str, str], ...] = (), says: tuple[str, ...] = SAYS,
) -> Journey:  # fmt: skip
    """A completed meeting. ``tasks``: what is to be done, and whose it is (a label or a name)."""
    journey = Journey(store, number=number).accept(
        title=f"{title} {number}", meeting_date=MONDAY + timedelta(weeks=number),
        options=SidecarOptions(participants=participants),
    ).begin().collect(*says)  # fmt: skip
    evidence = Evidence(segment_ids=(1,), quote=says[1])
    known: dict[str, Any] = {"confidence": 0.9, "evidence": evidence, "verdict": Verdict.VERIFIED}
    named = [("A", first), ("B", second)]
    journey.answer(
        Speakers(names=tuple(SpeakerName(label=label, name=name, **known) for label, name in named if name)),
        ActionItems(
            items=tuple(
                ActionItem(
                    task=task, owner=owner, due_date=None, due_words=None, evidence=evidence, verdict=Verdict.VERIFIED,
                    status=ItemStatus.OPEN,
                )
                for task, owner in tasks
            )
        ),
    )  # fmt: skip
    journey.complete()
    link(store)
    return journey


def people(store: Store, text: str = "") -> dict[str, Person]:
    """Everybody, by name."""
    found: dict[str, Person] = {}
    after = None
    while True:
        some, after = store.people.page(text, 2, after)
        found |= {one.name: one for one in some}
        if after is None:
            return found


def spelled(one: Person) -> set[str]:
    return {name.name for name in one.names}
