"""The sandbox process: answers each question about untrusted bytes in a separate fork, with limits enforced by the kernel.

This process reads nothing untrusted itself, has one thread, and ends with its parent; the fork dies with it. The available
questions are in ``untrusted.py``. Must not go here: asking them (``sandbox.py``).
"""

import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, NoReturn

from meeting_pipeline.foundation.parent_death import end_with_parent

_REAP_SECONDS: Final = 0.005
"""Between two looks whether a fork has ended: it has answered, and ends within milliseconds."""
_PARENT_LOOK_SECONDS: Final = 1.0
"""Between two looks whether the parent is there, where the system does not tell: a fork may outlive it by this much."""
_BLOCK: Final = 64 * 1024
"""Bytes that are read at once: a pipe holds no more."""
_EXIT_SECONDS: Final = 1.0
"""The time a fork has to exit after it closed its pipe."""
_OUR_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

NOT_BEGUN: Final = "not begun"
"""The end of a question that could not start: the machine had no descriptor, memory or process left."""
KILL: Final = b"kill"
DEMOTE: Final = b"demote"
"""Commands for the question in progress."""


def serve(channel: Connection) -> None:
    """Answer questions until the parent closes the connection."""
    while True:
        try:
            asked = channel.recv_bytes()
            if asked in (KILL, DEMOTE):
                continue  # its question has been answered meanwhile
            outcome, answer = _call_in_fork(channel, json.loads(asked))
            channel.send_bytes(json.dumps(outcome).encode())
            channel.send_bytes(answer)
        except (EOFError, OSError):
            return


def _call_in_fork(channel: Connection, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    for module in question["preload"]:  # once for all forks
        with suppress(ImportError):
            importlib.import_module(module)
    me = os.getpid()
    try:
        reader, writer = os.pipe()
    except OSError:
        return {"ended": NOT_BEGUN}, b""
    try:
        fork = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return {"ended": NOT_BEGUN}, b""
    if fork == 0:
        os.close(reader)
        _be_the_fork(channel, me, writer, question)
    os.close(writer)
    collected = bytearray()
    outcome = {"ended": "lost"}
    try:
        outcome = _collect(channel, fork, reader, collected, question["limits"])
    finally:  # also when the parent has closed the connection
        os.close(reader)
        status = _reap(fork, at_once=outcome["ended"] != "exit")
    if outcome["ended"] == "exit" and os.WIFSIGNALED(status):
        outcome = {"ended": "time" if os.WTERMSIG(status) == signal.SIGXCPU else f"signal {os.WTERMSIG(status)}"}
    return outcome, bytes(collected) if outcome["ended"] == "exit" else b""


def _collect(
    channel: Connection, fork: int, reader: int, collected: bytearray, limits: dict[str, Any]
) -> dict[str, Any]:
    ends = time.monotonic() + limits["seconds"]
    while (left := ends - time.monotonic()) > 0:
        ready = wait([channel, reader], timeout=left)
        if channel in ready:
            command = channel.recv_bytes()
            if command == KILL:
                return {"ended": "killed"}
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, fork, os.getpriority(os.PRIO_PROCESS, 0) + limits["nice"])
        if reader in ready:
            block = os.read(reader, _BLOCK)
            if not block:
                return {"ended": "exit"}
            collected += block
            if len(collected) > limits["answer_bytes"]:
                return {"ended": "output"}
    return {"ended": "time"}


def _reap(fork: int, *, at_once: bool) -> int:
    ends = time.monotonic() + (0.0 if at_once else _EXIT_SECONDS)
    while True:
        found, status = os.waitpid(fork, os.WNOHANG)
        if found:
            return status
        if time.monotonic() >= ends:
            os.kill(fork, signal.SIGKILL)
            return os.waitpid(fork, 0)[1]
        time.sleep(_REAP_SECONDS)


def _be_the_fork(channel: Connection, parent: int, writer: int, question: dict[str, Any]) -> NoReturn:
    try:
        channel.close()
        _die_with(parent)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        for number in _OUR_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        _limit_myself(question["limits"])
        from meeting_pipeline.steps.sandbox.untrusted import answer

        left = memoryview(answer(question["name"], question["given"]))
        while left:
            left = left[os.write(writer, left) :]
        os._exit(0)
    finally:
        os._exit(1)


def _limit_myself(limits: dict[str, Any]) -> None:
    """Set limits that the kernel enforces. If it lacks one of them, the parent's time limit still applies."""
    with suppress(OSError):  # when memory runs out, this is killed before the caller
        Path("/proc/self/oom_score_adj").write_text("1000")
    if limits["demoted"]:
        with suppress(OSError):
            os.nice(limits["nice"])
    cpu = limits["cpu_seconds"]
    kept = (
        (resource.RLIMIT_CPU, (cpu, cpu + 5)),
        (resource.RLIMIT_AS, (limits["memory_bytes"],) * 2),
        (resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2),
        (resource.RLIMIT_CORE, (0, 0)),
    )
    for kind, values in kept:
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, values)


def _die_with(parent: int) -> None:
    if not end_with_parent(signal.SIGKILL):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def serve_as_fork(descriptor: int, parent: int) -> None:
    """Serve in a fork of a process that has other signal handlers and may die before closing the connection."""
    for number in (*_OUR_SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it asks the run to end, which then ends this process
    if os.getppid() == parent:
        serve(Connection(descriptor))


def main() -> None:
    """Serve on the inherited socket whose descriptor is the only argument."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads use address space, and a fork loses them
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    serve(Connection(descriptor))


if __name__ == "__main__":
    main()
