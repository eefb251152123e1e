"""The service process: where it listens, how it ends, and what it does without its database."""

import socket
import subprocess
import sys
import time

import httpx

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.serving import served, service_environment
from meeting_pipeline_tests.installations import accepted

NO_DAGSTER = """
import sys
from meeting_pipeline.api import server
loaded = sorted(name for name in sys.modules if name.split(".")[0].startswith("dagster"))
sys.exit(", ".join(loaded) or None)
"""
STOP_SECONDS = 30.0
"""The service gives open requests 3 s; the rest is for a busy machine."""


def test_the_service_imports_no_dagster() -> None:
    ended = subprocess.run([sys.executable, "-c", NO_DAGSTER], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr


def test_it_says_that_it_serves_everybody_on_this_machine_until_there_is_a_key(installation: Installation) -> None:
    with served(installation.settings.home) as service:
        assert httpx.get(f"{service.url}/v1/recordings", timeout=60).status_code == 200
        assert "No key is required" in service.log.read_text()
        key = installation.store.api_keys.create("cms", "read").key
        deadline = time.monotonic() + 300
        while httpx.get(f"{service.url}/v1/recordings", timeout=60).status_code != 401:
            assert time.monotonic() < deadline, "it did not notice its first key"
            time.sleep(0.2)
        assert (
            httpx.get(
                f"{service.url}/v1/recordings", headers={"Authorization": f"Bearer {key}"}, timeout=60
            ).status_code
            == 200
        )
        assert service.end() < STOP_SECONDS
        assert service.process.returncode == 0


def test_it_does_not_listen_beyond_this_machine_without_a_key(installation: Installation) -> None:
    home = installation.settings.home
    environment = service_environment(home, {"MEETING_PIPELINE_API_HOST": "0.0.0.0"})
    command = [sys.executable, "-m", "meeting_pipeline.api.server"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 2
    assert "api_key_needed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_one_line(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        environment = service_environment(installation.settings.home, {"MEETING_PIPELINE_API_PORT": port})
        command = [sys.executable, "-m", "meeting_pipeline.api.server"]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 2
    assert "port_in_use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_ends_soon_although_clients_hold_connections_and_half_sent_requests(installation: Installation) -> None:
    with served(installation.settings.home) as service:
        place = httpx.URL(service.url)
        with socket.create_connection((place.host, place.port or 0)) as half, httpx.Client(timeout=60) as idle:
            half.sendall(b"POST /v1/recordings/x/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{")
            assert idle.get(f"{service.url}/healthz").is_success
            assert service.end() < STOP_SECONDS
        assert service.process.returncode == 0


def test_a_database_that_is_away_ends_no_service_and_lets_nobody_in(installation: Installation) -> None:
    home = installation.settings.home
    with served(home, {"MEETING_PIPELINE_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:9/none"}) as service:
        assert httpx.get(f"{service.url}/healthz", timeout=60).is_success
        answer = httpx.get(f"{service.url}/v1/recordings", timeout=60)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"]
        ready = httpx.get(f"{service.url}/readyz", timeout=60)
        assert ready.status_code == 503
        assert "database" in {one["at"] for one in ready.json()["errors"]}


def test_a_request_without_a_host_gets_nothing_of_the_installation(installation: Installation) -> None:
    key = accepted(installation).key
    with served(installation.settings.home) as service:
        place = httpx.URL(service.url)
        with socket.create_connection((place.host, place.port or 0), timeout=60) as connection:
            connection.sendall(b"GET /v1/recordings HTTP/1.0\r\n\r\n")
            answer = connection.makefile("rb").read().decode()
    assert answer.split()[1] == "403"
    assert key not in answer
