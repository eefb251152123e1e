"""The secret with which the programs of a home call its UI."""

import json
import stat
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from meeting_pipeline.foundation.dagster_api import DagsterApi
from meeting_pipeline.foundation.ownership import note_owner, owning, running_owner
from meeting_pipeline.foundation.ui_token import read_ui_token, remove_ui_token, write_ui_token


def test_each_start_makes_another_that_only_its_user_can_read(tmp_path: Path) -> None:
    first = write_ui_token(tmp_path)
    second = write_ui_token(tmp_path)
    assert first != second
    assert read_ui_token(tmp_path) == second
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_the_stop_there_is_none(tmp_path: Path) -> None:
    write_ui_token(tmp_path)
    remove_ui_token(tmp_path)
    remove_ui_token(tmp_path)
    assert read_ui_token(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_it_is_known_with_the_running_system_and_shown_by_nothing(tmp_path: Path) -> None:
    with owning(tmp_path):
        token = write_ui_token(tmp_path)
        note_owner(tmp_path, "http://127.0.0.1:3000")
        owner = running_owner(tmp_path)
        assert owner is not None
        assert owner.ui_token == token
        assert token not in repr(owner)
        assert token not in (tmp_path / "up.json").read_text()


def test_the_client_of_the_ui_sends_it() -> None:
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            seen.append(self.headers["authorization"])
            self.send_response(200)
            self.end_headers()
            found = {"runsOrError": {"__typename": "Runs", "results": []}}
            self.wfile.write(json.dumps({"data": found}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        DagsterApi(f"http://127.0.0.1:{server.server_port}", token="of this start").unfinished_runs("key")
        server.shutdown()
        thread.join()
    assert seen == ["Bearer of this start"]
