"""The process that probes each part of a running system and reports to ``up``.

It is a separate process so that a hanging request cannot block ``up``, and so that ``up`` has no threads while it starts other
processes. It reports one JSON object per line and makes no judgement. Must not go here: what follows from a result
(``watchdog.py``).
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.own_services import ask
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.reports import Report, Targets, busy_factor
from meeting_pipeline.supervisor.ui_access import own_ui

_PING: Final = "/api.DagsterApi/Ping"
"""The code server forwards it to the process that has loaded the code. An empty message is a valid request."""
_KNOWN_BETTER: Final = ("parts", "daemon")
"""Entries of ``/readyz`` that come from ``up`` itself."""


def probe_code_server(targets: Targets, seconds: float) -> str:
    """A description of what is wrong; empty if it responds."""
    import grpc

    with grpc.insecure_channel(f"unix:{targets.code_socket}") as channel:
        call = channel.unary_unary(_PING, request_serializer=_as_is, response_deserializer=_as_is)
        try:
            call(b"", timeout=seconds)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            return f"no answer ({code.name.lower() if code is not None else type(error).__name__})"
    return ""


def _as_is(message: bytes) -> bytes:
    return message


def probe_http(url: str, seconds: float) -> str:
    """A description of what is wrong; empty if the response is 200."""
    try:
        answer = ask(url, seconds=seconds)
    except OSError as error:
        return f"no answer ({type(error).__name__})"
    return "" if answer.status == 200 else f"it answers {answer.status}"


def probe_daemon(targets: Targets, seconds: float) -> dict[str, Any]:
    """Marks of ticks and heartbeats, from Dagster's records; empty if they cannot be read."""
    try:
        found = own_ui(Path(targets.home), targets.ui_url, seconds=seconds).progress(time.time())
    except OperatorError:
        return {}
    return {"ticks": found.ticks, "beats": found.beats, "ahead": found.ahead, "answers": found.locations}


def probe_service(targets: Targets, seconds: float) -> dict[str, str]:
    """The problems that the HTTP service reports about what it depends on."""
    try:
        answer = ask(f"{targets.api_url}/readyz", seconds=seconds)
        found = json.loads(answer.body) if answer.status != 200 else {}
    except (OSError, ValueError):
        return {}
    errors = found.get("errors") or () if isinstance(found, dict) else ()
    return {str(one["at"]): str(one["problem"]) for one in errors if one["at"] not in _KNOWN_BETTER}


def probe_all(targets: Targets, busy: float, known: Report | None = None) -> Report:
    """Probe all parts once. Takes about ``PROBE_TIMEOUT_SECONDS`` times ``busy`` at most.

    ``known``: an earlier report without problems, whose marks of the daemon are repeated instead of queried.
    """
    seconds = policies.PROBE_TIMEOUT_SECONDS * busy
    pool = ThreadPoolExecutor(max_workers=5, thread_name_prefix="probe")
    questions: dict[str, Callable[[], Any]] = {
        "code-server": lambda: probe_code_server(targets, seconds),
        "webserver": lambda: probe_http(f"{targets.ui_url}/server_info", seconds),
        "http-service": lambda: probe_http(f"{targets.api_url}/healthz", seconds),
    }
    if known is None:
        questions |= {
            "daemon": lambda: probe_daemon(targets, seconds),
            "service": lambda: probe_service(targets, seconds),
        }
    asked = {name: pool.submit(question) for name, question in questions.items()}
    wait(asked.values(), timeout=seconds * 1.5)
    pool.shutdown(wait=False, cancel_futures=True)
    heard = {name: future.result() for name, future in asked.items() if future.done() and not future.cancelled()}
    daemon, service = heard.pop("daemon", {}), heard.pop("service", {})
    answers = {name: heard.get(name, "no answer in time") for name in ("code-server", "webserver", "http-service")}
    if known is not None:
        return Report(answers, ticks=known.ticks, beats=known.beats, busy=busy)
    for words in daemon.pop("answers", {}).values():
        if words and not answers["code-server"]:
            answers["code-location"] = words
    return Report(answers, problems=service, busy=busy, **daemon)


def nothing_wrong(report: Report) -> bool:
    """Whether all parts work and everything was asked."""
    known = report.ticks is not None and report.beats is not None
    return known and report.ahead <= 0 and not report.problems and not any(report.answers.values())


def reports(targets: Targets, clock: Callable[[], float] = time.monotonic) -> Iterator[Report]:
    """Endless rounds of probes, one for each step; the caller waits in between. ``clock`` gives seconds."""
    due = asked = clock()
    latest: Report | None = None
    while True:
        began = clock()
        known = latest if latest is not None and nothing_wrong(latest) else None
        if began - asked >= policies.PROBE_WORK_SECONDS:
            known = None
        asked = began if known is None else asked
        latest = probe_all(targets, busy_factor(began - due), known)
        due = clock() + policies.PROBE_SECONDS
        yield latest


def main(arguments: Sequence[str]) -> None:
    """``DESCRIPTOR TARGETS``: where to report, and a JSON object of ``Targets``. Ends when nobody reads the reports any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor, targets = int(arguments[0]), Targets(**json.loads(arguments[1]))
    with os.fdopen(descriptor, "wb", buffering=0) as channel:
        try:
            for report in reports(targets):
                channel.write(json.dumps(asdict(report)).encode() + b"\n")
                time.sleep(policies.PROBE_SECONDS)
        except BrokenPipeError:
            return
        except RuntimeError as error:  # no thread: nothing may be said about the parts, and ``up`` starts it again
            sys.exit(f"The prober stops: {error}. The limit of processes (`ulimit -u`) may be too low.")


if __name__ == "__main__":
    main(sys.argv[1:])
