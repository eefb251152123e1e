"""The demo: sample recordings through the real system on a temporary home, without keys or network.

``run.py`` is the plot, ``system.py`` the running system, ``samples.py`` what is dropped, ``receiver.py`` the stand-in for
a CMS, ``report.py`` what is printed at the end; ``sample/`` holds the recordings. Must not go here: anything that the
pipeline itself needs.
"""
