"""What a queue worker prepares before its first fork, so that no run has to: imports, definitions, tables, storage.

Runs work without it, but then each has to do this itself, and shares no memory with the others. So a failure is only logged.
Must not go here: Celery (``queue_app.py``), what the fork server of one machine prepares (``server.py``).
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Final

from dagster import DagsterInstance
from sqlalchemy.orm import configure_mappers

from meeting_pipeline.dagster_internals import PRELOADED_MODULES
from meeting_pipeline.dagster_storage.kept_engines import close_all
from meeting_pipeline.foundation.fork_memory import prepare_for_forks
from meeting_pipeline.launching.server import LOAD_BEFORE_FORKS

DEFINITIONS: Final = "meeting_pipeline.definitions"
IMPORTED: Final = (
    "cffi.cparser",  # a new child of Celery describes a function of the C library to cffi, where that is imported
    "encodings.idna",
    "meeting_pipeline.providers.openai_speech.adapter",
    "upath.implementations.local",
)
"""What runs import inside functions, found by comparing ``sys.modules`` of a run with that of the process it was forked from."""
_log = logging.getLogger(__name__)


def prepare(extra: Sequence[str]) -> list[str]:
    """Prepare everything. ``extra``: modules with what else to load. Returns what failed, which each run does for itself."""
    failed = []
    for name, work in _pieces(extra):
        try:
            work()
        except Exception:  # noqa: BLE001 - boundary: it only saves time, and a run reports where it fails for good
            _log.exception("not prepared before the first run: %s", name)
            failed.append(name)
    close_all()
    prepare_for_forks()
    return failed


def _pieces(extra: Sequence[str]) -> Iterator[tuple[str, Callable[[], object]]]:
    for module in extra:
        yield module, partial(_load, module)
    for module in IMPORTED:
        yield module, partial(import_module, module)
    yield "definitions", _build_definitions
    yield "tables", configure_mappers
    yield "storage", _open_storage


def _load(module: str) -> None:
    load = getattr(import_module(module), LOAD_BEFORE_FORKS, None)
    if load is not None:
        load()


def _build_definitions() -> None:
    for module in PRELOADED_MODULES:
        with contextlib.suppress(ModuleNotFoundError):
            import_module(module)
    import_module(DEFINITIONS).defs().get_repository_def().get_all_jobs()


def _open_storage() -> None:
    """Connect once, so that the database driver and all that the storage needs is there, and what it compiles."""
    with DagsterInstance.get() as instance:
        instance.get_runs(limit=1)
        _ = instance.compute_log_manager
