"""Requests to services of this system: plain HTTP to this machine, whatever the environment says about proxies."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from meeting_pipeline.foundation.own_services import Answer, ask

SECONDS = 30.0


class Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/garbage":
            self.wfile.write(b"this is no HTTP\r\n\r\n")
            return
        self.send_response(200 if self.path == "/well" else 503)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps([self.headers["Authorization"], self.headers["Host"], body]).encode())

    def log_message(self, *_arguments: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_answer_has_the_status_and_the_body(service: str) -> None:
    assert ask(f"http://{service}/well", seconds=SECONDS) == Answer(200, b"/well")
    assert ask(f"http://{service}/ill", seconds=SECONDS) == Answer(503, b"/ill")


def test_a_body_and_headers_are_sent(service: str) -> None:
    answer = ask(f"http://{service}/x", seconds=SECONDS, headers={"Authorization": "Bearer t"}, body=b"{}")
    assert json.loads(answer.body) == ["Bearer t", service, "{}"]


def test_a_proxy_of_the_environment_is_not_asked(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(f"http://{service}/well", seconds=SECONDS).status == 200


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/well", "http://[::1]:9/well"])
def test_nobody_there_is_an_error_of_the_system(url: str) -> None:
    with pytest.raises(OSError, match=r"refused|assign|unreachable|supported"):
        ask(url, seconds=SECONDS)


def test_an_answer_that_is_no_http_is_an_error_of_the_system(service: str) -> None:
    with pytest.raises(ConnectionError):
        ask(f"http://{service}/garbage", seconds=SECONDS)
