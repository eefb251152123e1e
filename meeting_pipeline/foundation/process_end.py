"""How our processes end: without one more garbage collection over everything that is loaded.

At its end Python runs the garbage collector over all objects, several times. For a process that has loaded Dagster, that takes a
second of CPU time (1.1 s of 4.4 in a trial), and the operating system frees the memory anyway.
Must not go here: what a process still has to do before it ends.
"""

import atexit
import gc
from functools import cache


@cache
def end_quickly() -> None:
    """At the end of this process, leave out the collection of garbage. Exit handlers run as usual."""
    atexit.register(gc.freeze)
