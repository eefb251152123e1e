"""Isolation of items in a batch: an unexpected error of one item is logged, and the others continue.

Errors that would affect all items are raised: the database, Dagster's storage, the disk or the machine fails. Must not
go here: when a failed item is retried (``steps/intake/back_off.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable, WorkerFenced
from meeting_pipeline.foundation.disk_space import infrastructure_error_of
from meeting_pipeline.store.engine.driver_errors import typed_error


@dataclass
class IsolatedItem:
    """The result of an item: ``error`` is the unexpected error, if there was one."""

    error: Exception | None = None

    @property
    def failed(self) -> bool:
        """Whether an unexpected error occurred."""
        return self.error is not None


@contextmanager
def isolated_item(log: logging.Logger, what: str, *, quoting: bool = True) -> Iterator[IsolatedItem]:
    """Log an unexpected error of the block and continue after it. ``what`` names the item and the work.

    ``quoting``: whether to log the error's message, which may quote what people said.

    Raises: StoreUnavailable, WorkerFenced: they would affect every other item too.
    """
    item = IsolatedItem()
    try:
        yield item
    except (StoreUnavailable, WorkerFenced):
        raise
    except Exception as error:
        for_all = _error_for_all(error)
        if for_all is not None:
            raise for_all from error
        if not quoting:
            name = error.code if isinstance(error, PipelineError) else type(error).__name__
            log.error("%s failed; the others continue: %s", what, name)
        elif isinstance(error, PipelineError):
            log.warning("%s failed; the others continue: %s", what, error)
        else:
            log.exception("%s failed; the others continue", what)
        item.error = error


def _error_for_all(error: Exception) -> StoreUnavailable | None:
    if isinstance(error, SQLAlchemyError):
        return typed_error(error, "Dagster's storage", type(error).__name__)
    return infrastructure_error_of(error) if isinstance(error, OSError) else None
