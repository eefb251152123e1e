"""Commands as a person types them, without the time that each takes to import the package.

``quick_program`` is the path of a program that behaves as ``meeting-pipeline`` does; see ``command_process.py``. What a scenario
wants to know about processes, it asks of the real program. Must not go here: any command.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

START_SECONDS = 600.0
"""It takes two seconds; a busy machine gets more."""
_PROGRAM = """#!/bin/sh
'''exec' "{python}" -IS "$0" "$@"
Has a command run by the process at this address, as if it were run here.
'''
import os
import socket
import sys

umask = os.umask(0)
words = [os.fsencode(word) for word in sys.argv[1:]]
variables = [b"%b=%b" % pair for pair in os.environb.items()]
message = b"\\0".join([os.getcwdb(), b"%d" % umask, b"%d" % len(words), *words, *variables])
with socket.socket(socket.AF_UNIX) as channel:
    channel.connect({address!r})
    socket.send_fds(channel, [len(message).to_bytes(8, "big")], [0, 1, 2])
    channel.sendall(message)
    code = channel.recv(1)
sys.exit(code[0] if code else "The process that runs commands has ended.")
"""
"""A program in Python that a shell starts, so that the path of Python may be long or have blanks."""


@cache
def quick_program() -> Path:
    """The path of the program. The first call starts the process behind it, which ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="mpt-"))
    address = folder / "socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "meeting_pipeline_tests.scenario.command_process", str(address)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    def end() -> None:
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    program = folder / "meeting-pipeline"
    program.write_text(_PROGRAM.format(python=sys.executable, address=str(address)))
    program.chmod(0o700)
    ends = time.monotonic() + START_SECONDS
    while not address.is_socket():
        assert process.poll() is None, "the process that runs commands has ended"
        assert time.monotonic() < ends, "the process that runs commands does not start"
        time.sleep(0.02)
    return program
