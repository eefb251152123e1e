"""Reads rows of the contract's views, for the Parquet files.

Must not go here: files (``catalog/contract_files.py``).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, text

from meeting_pipeline.store.contract.columns import VIEWS, view_name
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.transaction_retry import retrying


@retrying
class ContractRows:
    """Repository of the contract's rows. Reading only."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def of(self, table: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows of a view that belong to these recordings, in the order of the view's columns.

        Raises: KeyError for an unknown view.
        """
        names = ", ".join(column.name for column in VIEWS[table])
        query = text(f"SELECT {names} FROM {view_name(table)} WHERE recording_id IN :keys")  # noqa: S608 - our own constants
        wanted = query.bindparams(bindparam("keys", expanding=True))
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), AT_ONCE):
            with self._context.database.read() as session:
                found += [tuple(row) for row in session.execute(wanted, {"keys": list(keys[start : start + AT_ONCE])})]
        return found
