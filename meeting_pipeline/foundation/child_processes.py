"""The direct children of a process, without a look at every process of the machine.

Must not go here: what is done with them.
"""

from contextlib import suppress
from pathlib import Path

import psutil


def children_of(pid: int) -> list[psutil.Process]:
    """The children of a process; those that end meanwhile are left out.

    Linux lists the children of each thread (proc(5), ``/proc/PID/task/TID/children``). Where it does not, psutil reads the parent
    of every process of the machine. Raises: psutil.NoSuchProcess.
    """
    threads = Path("/proc", str(pid), "task")
    try:
        lists = [(thread / "children").read_text() for thread in threads.iterdir()]
    except OSError:  # another system, a kernel without these lists, or a thread or the process has ended
        return psutil.Process(pid).children()
    found = []
    for child in {int(word) for listed in lists for word in listed.split()}:
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(child))
    return found
