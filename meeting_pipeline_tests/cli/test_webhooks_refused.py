"""Addresses that no webhook may reach, by any route: the connection is refused, and the reason is shown.

The tests use real deliveries of a real outbox. An audit hook, below every library, sees what the process connects to.
"""

import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.delivery.deliver import drain
from meeting_pipeline.store.outbox.webhook_urls import host_of, target_of
from meeting_pipeline.store.tables import Submission, WebhookDelivery
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import HOOK, completed
from meeting_pipeline_tests.webhooks.servers import answer, serving_in_a_thread

Resolve = Callable[..., list[tuple[Any, ...]]]

URLS = (
    # every form of an address that is not public
    *(f"http://{host}/" for host in (
        "127.0.0.1", "localhost", "localhost.", "127.0.0.1.", "2130706433", "0x7f.1", "0x7f000001", "017700000001",
        "0177.0.0.1", "127.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "168.63.129.16",
        "[fd00:ec2::254]", "[fe80::1]", "[fc00::1]",
        "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
        "[2001:0:a9fe:a9fe::1]",
    )),
    # ranges that Python classifies, or used to classify, as public
    *(f"http://{host}/" for host in (
        "100.64.0.1", "192.0.0.1", "192.88.99.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "224.0.0.1",
        "[64:ff9b::808:808]", "[64:ff9b:1::1]", "[2002:808:808::1]", "[2001::1]", "[3fff::1]", "[5f00::1]", "[100::1]",
    )),
    # anything but a plain URL
    "http://user:canary-word@example.com/", "http://example.com@127.0.0.1/", "http://127.0.0.1:80@example.com/",
    "http://example.com:22/", "http://example.com:6379/", "http://1.1.1.1:8080/", "ftp://example.com/",
    "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
    "http://①②⑦.⓪.⓪.①/", "http://127%2e0%2e0%2e1/", "http://example.com\\@127.0.0.1/",
)  # fmt: skip

ANSWERS = {
    "loopback": ["127.0.0.1"],
    "loopback-six": ["::1"],
    "private": ["10.0.0.1"],
    "metadata": ["169.254.169.254"],
    "mapped": ["::ffff:169.254.169.254"],
    "nat64": ["64:ff9b::a9fe:a9fe"],
    "6to4": ["2002:a9fe:a9fe::1"],
    "carrier": ["100.64.0.1"],
    "public-first": ["93.184.216.34", "127.0.0.1"],
    "public-last": ["127.0.0.1", "93.184.216.34"],
    "public-and-private-six": ["93.184.216.34", "fd00::1"],
    "interface": ["fe80::1%2"],
}

_seen: list[tuple[str, Any]] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _seen.append(("dialled", arguments[1][0]))


sys.addaudithook(_watch)


@pytest.fixture
def dialled() -> list[tuple[str, Any]]:
    """The addresses that this process connects to during the test."""
    _seen.clear()
    return _seen


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Make the system resolver return these answers in turn, repeating the last. Returns the names that are looked up."""
    real: Resolve = socket.getaddrinfo
    left = list(answers)
    asked: list[str] = []

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        if not str(host).endswith("cms.example"):
            return real(host, port, *args, **kwargs)
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        families = [(socket.AF_INET6 if ":" in text else socket.AF_INET, text) for text in found]
        return [(family, socket.SOCK_STREAM, 6, "", (text, port)) for family, text in families]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def stored(installation: Installation, url: str, number: int = 1) -> str:
    """Store a delivery to a URL that would be refused in a submission. Returns its id."""
    key = completed(installation.store, number, hook=HOOK).key
    with installation.store.database.write() as session:
        session.execute(update(Submission).where(Submission.recording_key == key).values(webhook_url=url))
        target = {"target": target_of(url), "host": host_of(url)}
        session.execute(update(WebhookDelivery).where(WebhookDelivery.recording_key == key).values(**target))
    return installation.store.deliveries.list(key=key)[0].id


def refused(run: Run, delivery: str) -> str:
    """The output of ``webhooks show`` for a refused delivery."""
    shown = run("webhooks", "show", delivery).stdout
    assert "state           dead" in shown
    assert "last_error      webhook_url_refused" in shown
    return shown.split("webhook_url_refused: ")[1]


@pytest.mark.slow
def test_no_forbidden_url_is_dialled_and_each_shows_why(
    run: Run, installation: Installation, dialled: list[tuple[str, Any]]
) -> None:
    deliveries = {url: stored(installation, url, number) for number, url in enumerate(URLS, 1)}
    assert drain(installation).dead == len(URLS)
    assert dialled == []
    for url, delivery in deliveries.items():
        reason = refused(run, delivery)
        assert reason.startswith("The webhook URL is refused: "), url
        assert "canary-word" not in run("webhooks", "show", delivery).stdout


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_no_name_that_leads_inside_is_dialled(
    run: Run,
    installation: Installation,
    dialled: list[tuple[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    answers: list[str],
) -> None:
    asked = resolving(monkeypatch, answers)
    delivery = stored(installation, "http://cms.example/")
    assert drain(installation).dead == 1
    assert (asked, dialled) == (["cms.example"], [])
    assert "cms.example leads to " in refused(run, delivery)


def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked(
    home: Any, run: Run, dialled: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, ["127.0.0.2"], ["169.254.169.254"])
    with serving_in_a_thread(answer(), hosts=["127.0.0.2"]) as raw:
        settings = {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.2"}
        opened = open_installation(load_settings(settings))
        first = stored(opened, f"http://cms.example:{raw.port}/", 1)
        assert drain(opened).delivered == 1
        assert (asked, dialled) == (["cms.example"], [("dialled", "127.0.0.2")])
        second = stored(opened, f"http://cms.example:{raw.port}/", 2)
        assert drain(opened).dead == 1
        opened.store.close()
    assert dialled == [("dialled", "127.0.0.2")]
    assert "state           delivered" in run("webhooks", "show", first).stdout
    assert "link-local, metadata" in refused(run, second)


def test_a_redirect_to_the_inside_is_not_followed_and_said(home: Any, run: Run, dialled: list[tuple[str, Any]]) -> None:
    inside = answer("302 Found", "Location: http://169.254.169.254/latest/meta-data\r\n")
    with serving_in_a_thread(inside, hosts=["127.0.0.2"]) as raw:
        settings = {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.2"}
        opened = open_installation(load_settings(settings))
        delivery = stored(opened, f"http://127.0.0.2:{raw.port}/")
        assert drain(opened).postponed == 1
        opened.store.close()
    assert dialled == [("dialled", "127.0.0.2")]
    assert "redirects are not followed" in run("webhooks", "show", delivery).stdout


def test_a_proxy_of_the_environment_is_not_dialled(
    home: Any, dialled: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_in_a_thread(answer("500 Proxy")) as proxy, serving_in_a_thread(answer(), hosts=["127.0.0.2"]) as raw:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        settings = {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.2"}
        opened = open_installation(load_settings(settings))
        stored(opened, f"http://127.0.0.2:{raw.port}/")
        assert drain(opened).delivered == 1
        opened.store.close()
    assert dialled == [("dialled", "127.0.0.2")]
