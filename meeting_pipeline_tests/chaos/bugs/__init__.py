"""One deliberate bug per file, each for one invariant and one recording. ``deliberate_bugs.py`` injects them into a system.

A file defines the module that it patches (``MODULE``) and how (``spoil``). It is copied out of this package, so it
imports nothing from it. It passes on every argument that it does not use, so that a new parameter does not
turn it into another bug. It affects only the recording with the title ``Chaos number N``.
"""
