"""The part of a running system's Dagster UI API that commands and the HTTP service use.

Belongs here: responses that tests choose. ``scenario/`` uses the real UI.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from meeting_pipeline.foundation.dagster_queries import LAUNCH, RUNS, STATUS
from meeting_pipeline.foundation.dagster_runs_api import BACKFILLS, LAUNCH_RUNS, RUN_CONFIGS, RUN_STATES
from meeting_pipeline.foundation.ownership import note_owner, owning


class Ui:
    """The responses. ``raw`` and ``status`` replace a valid response with an invalid one."""

    def __init__(self) -> None:
        self.runs: dict[str, list[str]] = {}
        self.terminated: list[str] = []
        self.backfills: list[dict[str, Any]] = []
        self.launched: dict[str, Any] = {"__typename": "LaunchBackfillSuccess", "backfillId": "abcdefgh"}
        self.started: list[dict[str, Any]] = []
        """Runs of many."""
        self.refused_after: int | None = None
        """How many runs of many are started before one is refused."""
        self.unfinished: list[dict[str, Any]] = []
        """Configurations of unfinished runs of many."""
        self.unfinished_backfills: list[dict[str, Any]] = []
        self.run_statuses = ["STARTED", "SUCCESS"]
        self.statuses = ["REQUESTED", "COMPLETED_SUCCESS"]
        self.works = True
        self.status = 200
        self.raw: bytes | None = None

    def _unfinished(self, query: str) -> dict[str, Any]:
        if query == BACKFILLS:
            return {"data": {"partitionBackfillsOrError": {"results": self.unfinished_backfills}}}
        runs = [{"runId": f"earlier-{n}", "runConfig": config} for n, config in enumerate(self.unfinished)]
        return {"data": {"runsOrError": {"__typename": "Runs", "results": runs}}}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The response to one request of ``DagsterApi``."""
        if not self.works:
            return {"errors": [{"message": "out of order"}]}
        if asked["query"] == STATUS:
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            return {"data": {"partitionBackfillOrError": {"__typename": "PartitionBackfill", "status": status}}}
        if asked["query"] == LAUNCH:
            self.backfills.append(asked["variables"]["parameters"])
            return {"data": {"launchPartitionBackfill": self.launched}}
        if asked["query"] == LAUNCH_RUNS:
            made: list[dict[str, Any]] = []
            for run in asked["variables"]["runs"]:
                if len(self.started) == self.refused_after:
                    made.append({"__typename": "PythonError", "message": "out of disk"})
                    continue
                made.append({"__typename": "LaunchRunSuccess", "run": {"runId": f"run-{len(self.started)}"}})
                self.started.append(run)
            found = {"__typename": "LaunchMultipleRunsResult", "launchMultipleRunsResult": made}
            return {"data": {"launchMultipleRuns": found}}
        if asked["query"] == RUN_STATES:
            status = self.run_statuses.pop(0) if len(self.run_statuses) > 1 else self.run_statuses[0]
            states = [{"runId": f"run-{n}", "status": status} for n in range(len(self.started))]
            return {"data": {"runsOrError": {"__typename": "Runs", "results": states}}}
        if asked["query"] in (BACKFILLS, RUN_CONFIGS):
            return self._unfinished(asked["query"])
        if asked["query"] == RUNS:
            [tag] = asked["variables"]["filter"]["tags"]
            runs = [{"runId": run} for run in self.runs.get(tag["value"], [])]
            return {"data": {"runsOrError": {"__typename": "Runs", "results": runs}}}
        self.terminated += asked["variables"]["runs"]
        return {"data": {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": []}}}


@contextmanager
def running_ui(home: Path) -> Iterator[Ui]:
    """Pretend that a system runs on this home."""
    found = Ui()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(found.answer(asked)).encode() if found.raw is None else found.raw
            self.send_response(found.status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server, owning(home):
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        note_owner(home, f"http://127.0.0.1:{server.server_port}")
        yield found
        server.shutdown()
        thread.join()
