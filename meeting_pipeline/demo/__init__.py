"""The demo: sample recordings processed by the real system in a temporary home, without keys or network.

``run.py`` is the sequence of steps, ``system.py`` starts the running system, ``samples.py`` drops the files, ``receiver.py``
stands in for a CMS, ``progress.py`` and ``report.py`` print; ``sample/`` holds the recordings. Must not go here: anything
that the pipeline itself needs.
"""
