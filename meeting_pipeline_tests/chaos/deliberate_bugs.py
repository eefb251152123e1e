"""Bugs put into a system from outside, to see that the harness finds them. The package has no switch for any of them.

A bug is a folder with a ``sitecustomize.py``, which every Python process of the system imports first: it changes one module
of the package when that is loaded. Must not go here: what the harness ought to say (``test_the_harness.py``).
"""

from __future__ import annotations

from pathlib import Path

_WHEN_LOADED = """
import importlib.abc
import importlib.util
import sys


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            spoil(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""

_ORDER_ID_NOT_STORED = """
MODULE = "meeting_pipeline.store.orders"


def spoil(module):
    ordered = module.Orders.ordered

    def forgetful(self, order_id, provider_id):
        ordered(self, order_id, provider_id)
        with self._context.database.write() as session:
            order = session.get_one(module.TranscriptionOrder, order_id, with_for_update=True)
            order.state, order.provider_id = "uploaded", None

    module.Orders.ordered = forgetful
"""

_OUTBOX_AFTER_THE_COMMIT = """
MODULE = "meeting_pipeline.store.lifecycle"


def spoil(module):
    complete = module.Lifecycle.complete

    def in_two_transactions(self, key, run_id):
        telling = self._rules._telling
        telling.tell = lambda session, row: None
        try:
            complete(self, key, run_id)
        finally:
            del telling.tell
        module.crash_point("bug.between", key)
        with self._context.database.write() as session:
            return telling.tell(session, module.locked_recording(session, key))

    module.Lifecycle.complete = in_two_transactions
"""

BUGS = {"order id not stored": _ORDER_ID_NOT_STORED, "outbox row after the commit": _OUTBOX_AFTER_THE_COMMIT}
BETWEEN = "bug.between"
"""A crash point of the second bug: after the outcome, before the outbox row."""


def write_bug(folder: Path, name: str) -> Path:
    """Make the folder to put into ``PYTHONPATH``."""
    folder.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(BUGS[name] + _WHEN_LOADED, encoding="utf-8")
    return folder
