"""Creates our pools in Dagster before the first runs use them.

Dagster 1.13 creates the row of a pool when a run first claims one of its slots. On PostgreSQL, two runs that do so at the
same time, or any run after ``default_limit`` was changed, fail with ``InFailedSqlTransaction``.
Must not go here: how large pools are (``supervisor/instance.py``, from the settings), who uses them (``assets/``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies

_POOLS: Final = (policies.TRANSCRIPTION_POOL, policies.LLM_POOL)


def make_pools_known(instance: dg.DagsterInstance) -> None:
    """Give each pool without an explicit limit the default limit. Cheap if the pools already have it."""
    default = instance.global_op_concurrency_default_limit
    if default is None:
        return
    storage = instance.event_log_storage
    limits = {limit.name: limit for limit in storage.get_pool_limits()}
    for pool in _POOLS:
        known = limits.get(pool)
        if known is None:
            storage.initialize_concurrency_limit_to_default(pool)
        elif known.from_default and known.limit != default:
            storage.set_concurrency_slots(pool, default)
