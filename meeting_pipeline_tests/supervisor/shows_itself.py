"""Run as a program by ``test_prefork.py``: prints what it sees of itself, as JSON, and ends as its first argument says."""

import json
import os
import signal
import sys
from pathlib import Path

import psutil

if __name__ == "__main__":
    this = psutil.Process()
    seen = {
        "arguments": sys.argv[1:],
        "command": [word for word in this.cmdline() if word],
        "environment": this.environ(),
        "own_environment": dict(os.environ),
        "parent": os.getppid(),
        "leads_session": os.getsid(0) == os.getpid(),
        "umask": os.umask(0),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    if sys.argv[1] == "wait":
        signal.pause()
    sys.exit(int(sys.argv[1]))
