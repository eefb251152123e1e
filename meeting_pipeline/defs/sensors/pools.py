"""Creates our pools in Dagster before the first runs use them, and gives them the new limit when the setting has changed.

Dagster 1.13 creates the row of a pool when a run first claims one of its slots. On PostgreSQL its statement for that fails with
``InFailedSqlTransaction`` if the pool exists, so runs there only create pools and leave their limits alone
(``dagster_storage/postgres.py``).
Must not go here: how large pools are (``supervisor/dagster_yaml.py``, from the settings), who uses them (``assets/``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies

_POOLS: Final = (policies.TRANSCRIPTION_POOL, policies.LLM_POOL)


def register_pools(instance: dg.DagsterInstance) -> None:
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
            _keep_following(storage, pool)


def _keep_following(storage: object, pool: str) -> None:
    """Note that a pool has the default limit. Dagster takes every limit that was set for one that a person chose."""
    from meeting_pipeline.dagster_internals import ConcurrencyLimitsTable, SqlEventLogStorage

    if isinstance(storage, SqlEventLogStorage):
        of_pool = ConcurrencyLimitsTable.c.concurrency_key == pool
        with storage.index_transaction() as connection:
            connection.execute(ConcurrencyLimitsTable.update().where(of_pool).values(using_default_limit=True))
