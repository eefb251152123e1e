"""What the prober requests, and how it interprets the responses."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent import futures
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import grpc
import pytest

from meeting_pipeline.foundation import dagster_api
from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.supervisor import policies, prober
from meeting_pipeline.supervisor.prober import probe_all, probe_code_server, probe_http, reports
from meeting_pipeline.supervisor.reports import Report, Targets, busy_factor, parse_report

NOWHERE = "http://127.0.0.1:9"
PATIENCE_S = 300.0
"""Of an answer that comes."""


class Pinged(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """A code server that answers a ping or fails."""

    def __init__(self, works: bool) -> None:
        self.works = works

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        def answer(_request: bytes, context: grpc.ServicerContext) -> bytes:
            if not self.works:
                context.abort(grpc.StatusCode.UNKNOWN, "No available client to code server")
            return b""

        return grpc.unary_unary_rpc_method_handler(answer) if details.method == "/api.DagsterApi/Ping" else None


@pytest.mark.parametrize("works", [True, False])
def test_a_code_server_works_if_it_answers_a_ping(tmp_path: Path, works: bool) -> None:
    socket = tmp_path / "s"
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), handlers=[Pinged(works)])
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    try:
        words = probe_code_server(Targets(str(tmp_path), str(socket), NOWHERE, NOWHERE), PATIENCE_S)
    finally:
        server.stop(None)
    assert words == ("" if works else "no answer (unknown)")


def test_a_socket_that_is_gone_is_no_answer(tmp_path: Path) -> None:
    assert "no answer" in probe_code_server(Targets(str(tmp_path), str(tmp_path / "gone"), NOWHERE, NOWHERE), 1.0)


@pytest.fixture
def service() -> Iterator[str]:
    """An HTTP service that is alive but not ready."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ready = self.path != "/readyz"
            problems = [{"at": "outbox", "problem": "A webhook is late."}, {"at": "parts", "problem": "Ours."}]
            self.send_response(200 if ready else 503)
            self.end_headers()
            self.wfile.write(json.dumps({} if ready else {"errors": problems}).encode())

        def log_message(self, *_arguments: object) -> None:
            """Keep the tests' output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_part_that_does_not_answer_hides_no_other(tmp_path: Path, service: str) -> None:
    found = probe_all(Targets(str(tmp_path), str(tmp_path / "gone"), NOWHERE, service), 1.0)
    assert found.answers["http-service"] == ""
    assert "no answer" in found.answers["webserver"]
    assert "no answer" in found.answers["code-server"]
    assert found.problems == {"outbox": "A webhook is late."}, "and nothing that `up` itself has said"
    assert found.beats is None, "nobody could be asked about the daemon"


WELL = Report({"webserver": ""}, ticks="1", beats={"SENSOR": 1.5})


@pytest.mark.parametrize(
    ("latest", "asked"),
    [
        (WELL, [True, False, False, True, False]),
        (replace(WELL, problems={"disk": "It is full."}), [True] * 5),
        (replace(WELL, answers={"webserver": "no answer"}), [True] * 5),
        (replace(WELL, ahead=60.0), [True] * 5),
        (replace(WELL, ticks=None), [True] * 5),
        (replace(WELL, beats=None), [True] * 5),
    ],
)
def test_what_costs_most_is_asked_in_each_round_only_while_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, latest: Report, asked: list[bool]
) -> None:
    found: list[bool] = []

    def ask(_targets: Targets, _busy: float, known: Report | None) -> Report:
        found.append(known is None)
        return latest

    monkeypatch.setattr(prober, "probe_all", ask)
    now = [0.0]
    rounds = reports(Targets("", "", NOWHERE, NOWHERE), lambda: now[0])
    for _ in asked:
        next(rounds)
        now[0] += policies.PROBE_SECONDS
    assert found == asked


def test_marks_that_are_not_asked_for_are_repeated(tmp_path: Path, service: str) -> None:
    found = probe_all(Targets(str(tmp_path), str(tmp_path / "gone"), NOWHERE, service), 1.0, WELL)
    assert (found.ticks, found.beats, found.problems) == (WELL.ticks, WELL.beats, {})
    assert "no answer" in found.answers["webserver"]


def test_an_answer_that_is_an_error_is_none(service: str) -> None:
    assert probe_http(f"{service}/healthz", PATIENCE_S) == ""
    assert probe_http(f"{service}/readyz", PATIENCE_S) == "it answers 503"


def test_a_report_survives_the_pipe_and_half_of_one_is_refused() -> None:
    report = Report({"webserver": "no answer"}, ticks="1,2", beats={"SENSOR": 1.5}, ahead=3.0, busy=2.0)
    line = json.dumps(asdict(report)).encode()
    assert parse_report(line) == report
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        parse_report(line[: len(line) // 2])


def test_without_a_thread_it_says_nothing_of_the_parts_and_why_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own
    reading, writing = os.pipe()
    targets = json.dumps(asdict(Targets(str(tmp_path), NOWHERE, NOWHERE, "nobody")))
    try:
        with pytest.raises(SystemExit, match="limit of processes"):
            prober.main([str(writing), targets])
        os.set_blocking(reading, False)
        assert os.read(reading, 100) == b""
    finally:
        os.close(reading)


@pytest.mark.parametrize(("load", "late", "factor"), [(0.1, 0.0, 1.0), (40.0, 0.0, 10.0), (0.1, 15.0, 4.0)])
def test_patience_follows_the_load_and_how_late_its_own_turn_came(
    monkeypatch: pytest.MonkeyPatch, load: float, late: float, factor: float
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert busy_factor(late) == min(factor, policies.PROBE_BUSY_MAX)


def answered(monkeypatch: pytest.MonkeyPatch, location: dict[str, object]) -> dagster_api.Progress:
    daemons = [{"daemonType": "SENSOR", "required": True, "lastHeartbeatTime": 90.0}]
    data = {
        "instance": {"daemonHealth": {"allDaemonStatuses": daemons}},
        "workspaceOrError": {"locationEntries": [{"name": "here", "locationOrLoadError": location}]},
    }
    monkeypatch.setattr(DagsterApi, "_ask", lambda _self, _query, **_variables: data)
    return DagsterApi(NOWHERE).progress(100.0)


def sensor(status: str, latest: float, past: str) -> dict[str, object]:
    state = {"status": status, "ticks": [{"timestamp": latest}], "past": [{"id": past}]}
    return {"name": "s", "sensorState": state}


def test_ticks_are_those_of_sensors_that_are_on(monkeypatch: pytest.MonkeyPatch) -> None:
    repository = {"sensors": [sensor("RUNNING", 3700.0, "7"), sensor("STOPPED", 9000.0, "8")]}
    found = answered(monkeypatch, {"__typename": "RepositoryLocation", "repositories": [repository]})
    assert (found.ticks, found.beats, found.ahead, found.locations) == ("7", {"SENSOR": 90.0}, 3600.0, {"here": ""})


def test_without_a_sensor_that_is_on_there_is_no_tick_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    repository = {"sensors": [sensor("STOPPED", 10.0, "8")]}
    assert answered(monkeypatch, {"__typename": "RepositoryLocation", "repositories": [repository]}).ticks is None


def test_code_that_is_not_loaded_is_told_by_the_last_line_of_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answered(monkeypatch, {"__typename": "PythonError", "message": "Traceback:\nModuleNotFoundError: x\n"})
    assert found.locations == {"here": "its code cannot be loaded: ModuleNotFoundError: x"}
    assert found.ticks is None
