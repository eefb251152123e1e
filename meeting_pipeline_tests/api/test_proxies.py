"""The service behind nginx and Caddy, configured as in ``docs/proxies.md``: base path, uploads, events, the page.

Tests are skipped if a proxy is not installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.completion_hook import HEADER
from meeting_pipeline.steps.transcription.completion_hooks import hook_for
from meeting_pipeline_tests.api.serving import Served, served
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.scenario.system import _end_with_the_tests

DOCUMENT = Path(__file__).parents[2] / "docs" / "proxies.md"
START_S = 30.0
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port}; {snippet} }}
}}
"""
CADDY = "{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n{snippet}\n}}\n"


def _snippet(name: str, service: str) -> str:
    found = re.search(rf"<!-- {name}:begin -->\n```\w+\n(.*?)```\n<!-- {name}:end -->", DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return found[1].replace("127.0.0.1:3001", service.removeprefix("http://"))


def _installed(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def _nginx(folder: Path, port: int, service: str, name: str = "nginx") -> list[str]:
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, snippet=_snippet(name, service)))
    return [_installed("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _caddy(folder: Path, port: int, service: str, name: str = "caddy") -> list[str]:
    (folder / "Caddyfile").write_text(CADDY.format(port=port, snippet=_snippet(name, service)))
    return [_installed("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def _running(command: list[str], folder: Path, url: str, path: str = "/healthz", status: int = 200) -> Iterator[str]:
    log = folder / "proxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, preexec_fn=_end_with_the_tests,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_S
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                if httpx.get(f"{url}{path}", trust_env=False, timeout=60).status_code == status:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


Proxied = tuple[str, Served, dict[str, str]]


@pytest.fixture(params=[_nginx, _caddy], ids=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, installation: Installation, tmp_path: Path) -> Iterator[Proxied]:
    """The URL through the proxy, the service, and the header with a key."""
    key = installation.store.api_keys.create("cms", "submit").key
    port = free_port()
    url = f"http://127.0.0.1:{port}/meetings"
    make: Callable[[Path, int, str], list[str]] = request.param
    with served(installation.settings.home, {"MEETING_PIPELINE_API_PUBLIC_URL": url}) as service:
        folder = tmp_path / "proxy"
        folder.mkdir()
        with _running(make(folder, port, service.url), folder, url):
            yield url, service, {"Authorization": f"Bearer {key}"}


def test_links_lead_through_the_proxy_and_uploads_and_events_pass_unbuffered(
    proxied: Proxied, installation: Installation
) -> None:
    url, _, bearer = proxied
    root = url.removesuffix("/meetings")
    with httpx.Client(headers=bearer, trust_env=False, timeout=60) as client:
        answer = client.post(f"{url}/v1/recordings", files={"file": ("a.wav", wav("proxied"))}, data={"title": "A"})
        assert answer.status_code == 202, answer.text
        assert client.get(root + answer.headers["location"]).json()["title"] == "A"
        links = client.get(root + answer.headers["location"]).json()["links"]
        assert client.get(root + links["media"]).status_code == 200
        with client.stream("GET", f"{url}/v1/events") as events:
            lines = events.iter_lines()
            assert next(line for line in lines if line.startswith("event:")) == "event: ready"
            accepted(installation, "later.vtt", TALK, title="Later")  # arrives while the stream is open
            assert next(line for line in lines if line.startswith("event:") and "ready" not in line)


def test_a_request_without_a_key_is_refused_through_the_proxy(proxied: Proxied) -> None:
    url, service, _ = proxied
    for address in (url, service.url):
        assert httpx.get(f"{address}/v1/recordings", trust_env=False, timeout=60).json()["code"] == "key_missing"


@pytest.mark.parametrize(("make", "name"), [(_nginx, "hook-nginx"), (_caddy, "hook-caddy")], ids=["nginx", "caddy"])
def test_a_proxy_can_open_the_path_of_the_providers_webhook_alone(
    installation: Installation, tmp_path: Path, make: Callable[[Path, int, str, str], list[str]], name: str
) -> None:
    installation.store.api_keys.create("cms", "submit")
    port = free_port()
    url = f"http://127.0.0.1:{port}/meetings"
    with served(installation.settings.home, {"MEETING_PIPELINE_API_PUBLIC_URL": url}) as service:
        hook = hook_for(installation.settings.model_copy(update={"api_public_url": url}), "assemblyai")
        assert hook is not None
        command = make(tmp_path, port, service.url, name)
        with (
            _running(command, tmp_path, url, "/v1/recordings", 404),
            httpx.Client(trust_env=False, timeout=60) as client,
        ):
            called = {"transcript_id": "p-1", "status": "completed"}
            assert client.post(hook.url, headers={HEADER: hook.secret}, json=called).status_code == 204
            assert client.post(hook.url, json=called).json()["code"] == "hook_refused"
            assert client.get(hook.url).status_code in (403, 404)
            assert client.post(f"{url}/v1/providers/other/finished", json=called).status_code == 404
            assert client.get(f"{url}/healthz").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_forwarded_request_is_refused_while_there_is_no_key(installation: Installation, header: str) -> None:
    with served(installation.settings.home) as service:
        answer = httpx.get(f"{service.url}/v1/recordings", headers={header: "203.0.113.9"}, trust_env=False, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (403, "forwarded_without_key")
        assert (
            httpx.get(
                f"{service.url}/healthz", headers={header: "203.0.113.9"}, trust_env=False, timeout=60
            ).status_code
            == 200
        )


@pytest.mark.browser
def test_the_page_works_below_a_base_path(proxied: Proxied, context_of: Callable[..., object]) -> None:
    url, _, bearer = proxied
    page = context_of().new_page()  # type: ignore[attr-defined]  # a context of the browser
    page.goto(f"{url}/")
    page.get_by_label("API key").fill(bearer["Authorization"].removeprefix("Bearer "))
    page.keyboard.press("Enter")
    page.get_by_text("No recordings yet.").wait_for()
    page.locator("#files").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": wav("a")})
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("link", name="a", exact=True).wait_for()
