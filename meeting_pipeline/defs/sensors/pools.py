"""Making our pools known to Dagster before its first runs do.

Dagster 1.13 makes a pool's row when a run first claims a slot of it. On PostgreSQL two runs that do so at once, or any
run after ``default_limit`` was changed, end with ``InFailedSqlTransaction``. Must not go here: how large pools are
(``dagster.yaml``), who uses them (``assets/``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies

_POOLS: Final = (policies.TRANSCRIPTION_POOL, policies.LLM_POOL)


def make_pools_known(instance: dg.DagsterInstance) -> None:
    """Give each pool without a limit of its own the default limit. Cheap when they have it."""
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
