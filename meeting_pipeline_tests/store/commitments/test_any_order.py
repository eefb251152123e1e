"""Whatever happens to the meetings of a series, and in whatever order: its commitments are those of linking it all anew."""

import random
from datetime import timedelta
from typing import Any

import pytest

from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.commitments.series import MONDAY, PRICES, VENUE, item, link, listed, meeting
from meeting_pipeline_tests.store.commitments.test_commitments import reprocess
from meeting_pipeline_tests.store.samples import Clock, Journey

TASKS = (PRICES, "Email Acme the price list", VENUE, "Send the price list to Globex", "Send the price list")
SAYINGS = (
    "Hello.", "I sent the price list to Acme.", "We drop the summer party venue.", "I need until next Friday for the price list.",
    "The summer party venue is booked.", "I'll take over the summer party venue.",
)  # fmt: skip
STEPS = 14


def _snapshot(store: Store) -> list[Any]:
    return sorted(
        (
            row.text,
            row.owner or "",
            row.state,
            row.state_by or "",
            str(row.due_date),
            [(event["day"], event["state"]) for event in row.events],
        )
        for row in listed(store)
    )


class _Life:
    """A series to which things happen at random."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.random = store, random.Random(seed)
        self.alive: dict[int, Journey] = {}
        self.number = 0

    def items(self) -> list[Any]:
        tasks = self.random.sample(TASKS, self.random.randrange(3))
        return [
            item(task, self.random.choice(("Anna", "Ben", None)), MONDAY + timedelta(days=self.random.randrange(60)))
            for task in tasks
        ]

    def arrive(self) -> None:
        week, self.number = self.random.randrange(8), self.number + 1
        says = ("Good morning.", self.random.choice(SAYINGS))
        self.alive[self.number] = meeting(self.store, week, *self.items(), says=says, number=self.number)

    def reprocess(self) -> None:
        reprocess(self.random.choice(list(self.alive.values())), *self.items())

    def delete(self) -> None:
        gone = self.alive.pop(self.random.choice(list(self.alive)))
        self.store.deletions.delete(gone.key, "ops", drop_deliveries=True)

    def correct_date(self) -> None:
        self._correct({"date": str(MONDAY + timedelta(weeks=self.random.randrange(8)))})

    def rename(self) -> None:
        self._correct({"title": self.random.choice(("Sales weekly", "Garden club"))})

    def _correct(self, change: dict[str, str]) -> None:
        from meeting_pipeline.store.commitments.noting import note_commitment_change

        key = self.random.choice(list(self.alive.values())).key
        self.store.recording_edits.change(key, change, "Grace")
        with self.store.database.write() as session:
            note_commitment_change(session, key, self.store.context.now())

    def say(self) -> None:
        rows = listed(self.store)
        if rows:
            state = self.random.choice((CommitmentState.DONE, CommitmentState.OPEN, CommitmentState.DROPPED))
            self.store.commitment_edits.set_state(self.random.choice(rows).id, state, "Grace")

    def join(self) -> None:
        rows = listed(self.store)
        if len(rows) > 1:
            one, other = self.random.sample(rows, 2)
            if one.series == other.series and one.insight == other.insight:
                self.store.commitment_edits.link(one.id, other.id, "Grace")

    def separate(self) -> None:
        several = [row for row in listed(self.store) if len(self.store.commitments.get(row.id).parts) > 1]
        if several:
            row = self.random.choice(several)
            part = self.random.choice(self.store.commitments.get(row.id).parts[1:])[0]
            self.store.commitment_edits.unlink(row.id, part.id, "Grace")

    def step(self) -> None:
        happenings = [
            self.arrive,
            self.arrive,
            self.reprocess,
            self.delete,
            self.correct_date,
            self.rename,
            self.say,
            self.join,
            self.separate,
        ]
        happening = self.arrive if len(self.alive) < 2 else self.random.choice(happenings)
        happening()
        if self.random.random() < 0.7:
            link(self.store)


@pytest.mark.parametrize("seed", range(2))
def test_commitments_are_those_of_linking_all_anew(store: Store, clock: Clock, seed: int) -> None:
    clock.now = clock.now.replace(month=3, day=20)
    life = _Life(store, seed)
    for _ in range(STEPS):
        life.step()
    link(store)
    found = _snapshot(store)
    store.commitment_links.note_all()
    link(store)
    assert found == _snapshot(store)
