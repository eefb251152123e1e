"""A sandbox process for tests, in which a file does to its decoder what its first line says. Not part of the product.

``crash``, ``hang`` (using the processor), ``sleep``, ``eat`` (memory), ``print`` (far too much), ``exit`` (silently),
``stop`` (as at a shutdown), ``kill`` (as the kernel does when memory runs out), ``descriptors`` (none left). Any other file
is read normally.
"""

import errno
import os
import signal
import time
from pathlib import Path
from typing import Any

from meeting_pipeline.steps.intake import probe_subprocess
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.sandbox import sandbox_process, untrusted

_real = probe_subprocess.probe_files


def _probe(main: Path, transcript: Path | None, *, multichannel: bool = False) -> ProbeResult:
    word = main.read_bytes()[:20].partition(b"\n")[0]
    if word == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    while word == b"hang":
        pass
    while word == b"sleep":
        time.sleep(60)
    if word == b"eat":
        eaten = [b"x" * 2**26 for _ in range(1024)]
        return ProbeResult(None, len(eaten))
    if word == b"exit":
        os._exit(0)
    if word == b"stop":
        os.kill(os.getpid(), signal.SIGTERM)
    if word == b"kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == b"descriptors":
        raise OSError(errno.EMFILE, "Too many open files")
    return _real(main, transcript, multichannel=multichannel)


_answer = untrusted.answer


def answer(name: str, given: dict[str, Any]) -> bytes:
    """Like the real function, except for files that print."""
    if name == "inspect" and Path(given["main"]).read_bytes()[:5] == b"print":
        return b" " * 2**26
    return _answer(name, given)


if __name__ == "__main__":
    probe_subprocess.probe_files = _probe
    untrusted.answer = answer
    sandbox_process.main()
