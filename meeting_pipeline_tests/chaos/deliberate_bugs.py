"""Inject bugs into a system from outside, to check that the harness finds them. The package has no switch for any of them.

A folder with a ``sitecustomize.py`` goes into ``PYTHONPATH``: every Python process of the system imports it first, and
it patches modules of the package when they are loaded. Must not go here: the bugs (``bugs/``), what the harness should
report (``test_the_harness.py``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

_SITE = """
import importlib.abc
import importlib.util
import sys
import {modules}

BUGS = {{}}
for bug in ({modules},):
    BUGS.setdefault(bug.MODULE, []).append(bug)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in BUGS:
            return None
        bugs = BUGS.pop(name)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            for bug in bugs:
                bug.spoil(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"""

BUGS = {
    "I1": "stays_with_the_provider",
    "I2": "a_delivery_forgotten",
    "I3": "other_bytes",
    "I4": "order_id_not_stored",
    "I5": "a_row_too_few",
    "I6": "a_number_left_out",
    "I7": "a_secret_in_the_log",
    "I8": "a_copy_left_behind",
    "I9": "completed_and_then_not",
    "I10": "stays_with_the_provider",
}
"""Invariant -> the bug that breaks it: a module of ``bugs``."""
TRACES = {
    "I1": "I1 r1.wav:",
    "I2": "I2 h2: completed in revision 1, heard []",
    "I3": "I3 h3: other bytes",
    "I4": "I4 {4}: ordered 2 times",
    "I5": "I5 {5}:",
    "I6": "I6 {6}:",
    "I7": "a secret (",
    "I8": "I8 temporary folders of ours",
    "I9": "I9 {9}: was completed, is processing",
    "I10": "I10 it did not come to rest",
}
"""What the harness reports for each. A number in braces stands for the key of that recording."""
RECORDINGS = 10


def write_bugs(folder: Path) -> Path:
    """Create the folder for ``PYTHONPATH``, with all bugs."""
    folder.mkdir(parents=True)
    names = sorted(set(BUGS.values()))
    for name in names:
        shutil.copy(Path(__file__).parent / "bugs" / f"{name}.py", folder / f"bug_{name}.py")
    modules = ", ".join(f"bug_{name}" for name in names)
    (folder / "sitecustomize.py").write_text(_SITE.format(modules=modules), encoding="utf-8")
    return folder
