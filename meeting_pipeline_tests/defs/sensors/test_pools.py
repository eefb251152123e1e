"""Pools exist, with the right limit, before a run requests a slot."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import instance_for_test

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.sensors.pools import register_pools

POOLS = {policies.TRANSCRIPTION_POOL, policies.LLM_POOL}

MakeInstance = Callable[[int], dg.DagsterInstance]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def instance_with(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeInstance]:
    """Creates instances that share one storage, each with its default limit."""
    storage: dict[str, object] = {"sqlite": {"base_dir": str(tmp_path / "storage")}}
    if request.param == "postgres":
        storage = {"postgres": {"postgres_url": request.getfixturevalue("empty_postgres_url")}}
    with ExitStack() as stack:

        def make(default_limit: int) -> dg.DagsterInstance:
            overrides = {"storage": storage, "concurrency": {"pools": {"default_limit": default_limit}}}
            return stack.enter_context(instance_for_test(overrides=overrides))

        yield make


def _limits(instance: dg.DagsterInstance) -> dict[str, int]:
    return {limit.name: limit.limit for limit in instance.event_log_storage.get_pool_limits()}


def test_pools_get_the_default_limit_before_any_run(instance_with: MakeInstance) -> None:
    instance = instance_with(4)
    register_pools(instance)
    register_pools(instance)
    assert _limits(instance) == dict.fromkeys(POOLS, 4)


def test_pools_follow_a_changed_default_limit(instance_with: MakeInstance) -> None:
    register_pools(instance_with(4))
    for limit in (6, 3, 8):
        later = instance_with(limit)
        register_pools(later)
        assert _limits(later) == dict.fromkeys(POOLS, limit)


def test_a_limit_that_a_person_set_stays(instance_with: MakeInstance) -> None:
    instance = instance_with(4)
    instance.event_log_storage.set_concurrency_slots(policies.LLM_POOL, 1)
    register_pools(instance)
    assert _limits(instance) == {policies.LLM_POOL: 1, policies.TRANSCRIPTION_POOL: 4}
