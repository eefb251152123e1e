"""The repository methods that write, found from their source."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from meeting_pipeline.store.store import Store

_CALL = re.compile(r"\bself\.(\w+)\(")


def writing_methods(store: Store) -> set[str]:
    """Public methods, as ``repository.method``, that begin a write transaction or call a method of their class that does."""
    return {
        f"{repository}.{name}"
        for repository in vars(store)
        if repository not in ("context", "database")
        for name in _writers(getattr(store, repository))
        if not name.startswith("_")
    }


def _writers(repository: object) -> set[str]:
    sources = {name: _source(method) for name, method in inspect.getmembers(repository, inspect.ismethod)}
    found = {name for name, source in sources.items() if ".write()" in source}
    while more := {name for name, source in sources.items() if found & set(_CALL.findall(source))} - found:
        found |= more
    return found


def _source(method: Callable[..., Any]) -> str:
    return inspect.getsource(inspect.unwrap(getattr(method, "__func__", method)))
