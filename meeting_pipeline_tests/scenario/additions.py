"""Adds the toy insight and the toy provider to a system from outside, as their one file and one line would.

A folder with a ``sitecustomize.py`` goes into ``PYTHONPATH``: every Python process of the system imports it first. It makes
the insight's file part of the package ``insights``, and adds the provider's line to the register.
Must not go here: the toys themselves.
"""

from __future__ import annotations

from pathlib import Path

_TESTS = Path(__file__).parents[1]
_SITE = """
import importlib.abc
import importlib.util
import sys


def insights(module):
    module.__path__.append({insights!r})


def registry(module):
    module.SPEECH_MODULES = {{"toy": "meeting_pipeline_tests.providers.toy_provider", **module.SPEECH_MODULES}}


ADDED = {{"meeting_pipeline.insights": insights, "meeting_pipeline.providers.registry": registry}}


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        add = ADDED.pop(name, None)
        if add is None:
            return None
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            add(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""


def write_additions(folder: Path) -> str:
    """Create the folder, and return the value for ``PYTHONPATH``."""
    folder.mkdir(parents=True)
    text = _SITE.format(insights=str(_TESTS / "insights" / "toy"))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    return f"{folder}:{_TESTS.parent}"
