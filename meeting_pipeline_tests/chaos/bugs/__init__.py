"""One deliberate bug a file, each for one invariant and one recording. ``deliberate_bugs.py`` puts them into a system.

A file names the module that it changes (``MODULE``) and how (``spoil``). It is copied out of this package, so it imports
nothing of it. Its recording is the one with the title ``Chaos number N``: all others are treated as they should be.
"""
