"""Helpers for tests of campaigns: starting one, and making its recordings as a worker does.

Must not go here: assertions.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from meeting_pipeline.domain.campaigns import InsightChange, ItemState
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.store.campaigns.starting import NewCampaign
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import completed, question, reply

NAME = "better-summaries"


def started(store: Store, recordings: int = 3, *, name: str = NAME, **options: Any) -> list[str]:
    """A campaign over completed recordings. Returns their ids, in order."""
    keys = [completed(store, number).key for number in range(1, recordings + 1)]
    store.campaign_changes.start(
        NewCampaign(name, [(key, ["summary"]) for key in keys], **options), "ada", "a better prompt"
    )
    return keys


def worked_on(store: Store, key: str, run_id: str = "run-c/0", name: str = NAME) -> bool:
    """A worker takes the recording. False if the campaign does not want it made."""
    store.lifecycle.begin(key, run_id, collecting=False)
    return store.campaign_work.begin(name, key, run_id) is not None


def paid(store: Store, key: str, run_id: str, *, name: str = NAME, problem: str | None = None) -> None:
    """A call for the campaign that costs 0.01 USD."""
    begun = store.llm_calls.begin(key, run_id, question(uuid.uuid4().hex), bought_by=(run_id,), campaign=name)
    assert isinstance(begun, Begun)
    store.llm_calls.answered(begun.id, reply(), problem)


def made(store: Store, key: str, run_id: str = "run-c/0", *, size: int = 1, name: str = NAME) -> None:
    """A worker makes the recording, with one call, and ends."""
    assert worked_on(store, key, run_id, name)
    paid(store, key, run_id, name=name)
    store.campaign_work.done(name, key, run_id, {"summary": InsightChange(2, before=1, size=size)})
    store.leases.end(run_id)


def not_made(store: Store, key: str, error: PipelineError, run_id: str = "run-c/0") -> None:
    """A worker fails to make the recording, and ends."""
    assert worked_on(store, key, run_id)
    store.campaign_work.not_done(NAME, key, run_id, error)
    store.leases.end(run_id)


def states(store: Store, name: str = NAME) -> Sequence[ItemState]:
    return [item.state for item in store.campaigns.items(name)]
