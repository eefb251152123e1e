"""One delivery attempt against receivers that behave, fail, and attack. Real sockets on 127.0.0.1."""

import asyncio
import gzip
import itertools
import ssl
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.webhooks import client, policies
from meeting_pipeline.webhooks.client import clean, post
from meeting_pipeline.webhooks.guard import Resolver
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.webhooks.certificates import contexts
from meeting_pipeline_tests.webhooks.servers import LOOPBACK, Raw, Respond, answer, drip, resolving, serving, silence

HEADERS = {"content-type": "application/json", "webhook-id": "evt_1", "X-Webhook-Secret": "canary-secret"}
BODY = b'{"event":"meeting.completed"}'


def attempt(respond: Respond, *, path: str = "/hook", total_s: float = 20.0) -> tuple[Outcome, Raw]:
    """Send one POST to a fresh server with this behaviour."""

    async def run() -> tuple[Outcome, Raw]:
        async with serving(respond) as raw:
            url = f"http://127.0.0.1:{raw.port}{path}"
            return await post(url, BODY, HEADERS, allow=LOOPBACK, total_s=total_s), raw

    return asyncio.run(run())


def attempt_by_name(name: str, resolver: Resolver, allow: tuple[str, ...]) -> tuple[Outcome, Raw]:
    """Send one POST to ``name``, at the port of a server that would respond 200. ``allow``: ``PORT`` stands for its port."""

    async def run() -> tuple[Outcome, Raw]:
        async with serving(answer()) as raw:
            url = f"http://{name}:{raw.port}/"
            given = tuple(entry.replace("PORT", str(raw.port)) for entry in allow)
            return await post(url, BODY, HEADERS, allow=given, resolver=resolver, total_s=20), raw

    return asyncio.run(run())


def test_body_and_headers_arrive_unchanged_and_2xx_is_delivered() -> None:
    outcome, raw = attempt(answer("204 No Content"), path="/hook?token=a%20b")

    head, body = raw.requests[0]
    lines = head.split("\r\n")
    assert outcome.delivered
    assert (outcome.status, outcome.error_code, outcome.detail) == (204, None, "")
    assert outcome.peer == "127.0.0.1"
    assert not outcome.permanent
    assert body == BODY
    assert lines[0] == "POST /hook?token=a%20b HTTP/1.1"
    assert f"Host: 127.0.0.1:{raw.port}" in lines
    assert {"webhook-id: evt_1", "X-Webhook-Secret: canary-secret", "Connection: close"} <= set(lines)
    assert "Accept-Encoding: identity" in lines


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_a_failure_and_is_not_followed(status: int) -> None:
    async def run() -> tuple[Outcome, Raw]:
        async with serving(answer()) as elsewhere:
            location = f"Location: http://127.0.0.1:{elsewhere.port}/\r\n"
            async with serving(answer(f"{status} Moved", location)) as raw:
                outcome = await post(f"http://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK)
        return outcome, elsewhere

    outcome, elsewhere = asyncio.run(run())

    assert (outcome.delivered, outcome.status, outcome.error_code) == (False, status, "webhook_redirected")
    assert not outcome.permanent
    assert elsewhere.connections == 0


def test_an_error_answer_is_kept_short_printable_and_without_the_secret() -> None:
    text = b"bad \x1b[31mtoken\x00 canary-secret \xff\xe2\x80\xae" + b"x" * 5000
    outcome, _ = attempt(answer("400 Bad Request", body=text))

    assert (outcome.delivered, outcome.status, outcome.error_code) == (False, 400, "webhook_http_error")
    assert outcome.detail.startswith("The receiver responded with 400. bad  [31mtoken  [masked]")
    assert outcome.detail.isprintable()
    assert "canary-secret" not in outcome.detail
    assert len(outcome.detail.encode()) <= policies.WEBHOOK_KEEP_BYTES


def test_what_a_receiver_echoes_of_the_urls_query_is_not_kept() -> None:
    outcome, _ = attempt(
        answer("404 Not Found", body=b"no route /hook?token=canary%2Dtoken&v=1 or token=canary-token"),
        path="/hook?token=canary%2Dtoken&v=1",
    )

    assert outcome.detail == "The receiver responded with 404. no route /hook?[masked] or token=[masked]"


def test_cutting_text_to_size_never_splits_a_character() -> None:
    assert clean("é" * 5000) == "é" * (policies.WEBHOOK_KEEP_BYTES // 2)
    assert clean("\ud800a\u2028b") == " a b"


def test_gone_is_permanent() -> None:
    outcome, _ = attempt(answer("410 Gone"))

    assert outcome.gone
    assert outcome.permanent
    assert outcome.error_code == "webhook_gone"


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120.0), ("999999", 86400.0), ("nan", None), ("-1", None), ("1e999", None)]
)
def test_retry_after_of_a_refusal_is_reported(header: str, seconds: float | None) -> None:
    outcome, _ = attempt(answer("429 Too Many Requests", f"Retry-After: {header}\r\n"))

    assert outcome.retry_after_s == seconds


def test_dripping_headers_end_at_the_total_limit() -> None:
    started = time.monotonic()
    outcome, raw = attempt(drip(b"HTTP/1.1 200 OK\r\nX-Drip: ", 0.05), total_s=0.5)

    assert (outcome.delivered, outcome.status, outcome.error_code) == (False, None, "webhook_timeout")
    assert in_time(time.monotonic() - started, 15)
    assert raw.connections == 1


def test_a_dripping_body_cannot_hold_the_sender_or_undo_a_2xx() -> None:
    outcome, _ = attempt(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", 0.05), total_s=0.5)

    assert outcome.delivered
    assert outcome.duration_ms < 15_000


def test_a_dripping_body_of_an_error_is_that_error() -> None:
    outcome, _ = attempt(drip(b"HTTP/1.1 500 Oops\r\nContent-Length: 999\r\n\r\n", 0.05), total_s=0.5)

    assert (outcome.status, outcome.error_code) == (500, "webhook_http_error")


def test_a_silent_receiver_times_out() -> None:
    outcome, _ = attempt(silence, total_s=0.3)

    assert (outcome.status, outcome.error_code) == (None, "webhook_timeout")
    assert not outcome.permanent


def test_no_more_than_the_limit_is_read_of_an_endless_body() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
            sent += 0x8000
            await writer.drain()

    async def run() -> tuple[Outcome, Raw]:
        async with serving(endless) as raw:
            outcome = await post(f"http://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK, total_s=20)
            await asyncio.wait_for(raw.broken.wait(), 20)
            return outcome, raw

    outcome, _ = asyncio.run(run())

    assert outcome.status == 500
    assert len(outcome.detail) <= policies.WEBHOOK_KEEP_BYTES
    # The rest fits in the socket buffers.
    assert sent < 32 * 1024 * 1024


def test_a_compressed_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    outcome, _ = attempt(answer("500 Oops", "Content-Encoding: gzip\r\n", bomb))

    assert outcome.status == 500
    assert len(outcome.detail) <= policies.WEBHOOK_KEEP_BYTES


def test_hostile_answers_at_once_cost_little_memory_and_end() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)

    async def gigabyte(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1_000_000_000 // 0x8000):
            writer.write(b"x" * 0x8000)
            await writer.drain()

    async def hostile(writer: asyncio.StreamWriter) -> None:
        await next(kinds)(writer)

    async def run(count: int) -> list[Outcome]:
        async with serving(hostile) as raw:
            url = f"http://127.0.0.1:{raw.port}/"
            return await asyncio.gather(*(post(url, BODY, HEADERS, allow=LOOPBACK, total_s=2.0) for _ in range(count)))

    gzipped = answer("500 Oops", "Content-Encoding: gzip\r\n", bomb)
    kinds = itertools.cycle([gigabyte, gzipped, drip(b"HTTP/1.1 500 Oops\r\n\r\n", 0.05)])
    asyncio.run(run(3))  # loads everything that is loaded only once
    tracemalloc.start()
    outcomes = asyncio.run(run(30))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [outcome.delivered for outcome in outcomes] == [False] * 30
    assert all(len(outcome.detail.encode()) <= policies.WEBHOOK_KEEP_BYTES for outcome in outcomes)
    # This includes the servers' buffers. Read completely, or unpacked, the responses would be ten gigabytes.
    assert peak < 16 * 1024 * 1024


def test_endless_headers_are_cut_off() -> None:
    async def headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            writer.write(f"X-{number}: {'y' * 100}\r\n".encode())
        await writer.drain()

    outcome, _ = attempt(headers)

    assert (outcome.delivered, outcome.error_code) == (False, "webhook_bad_answer")
    assert "16 KiB" in outcome.detail


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "webhook_bad_answer"),
        (b"HTTP/1.1 200", "webhook_bad_answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "webhook_bad_answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "webhook_bad_answer"),
    ],
)
def test_an_answer_that_is_none_is_a_failure(said: bytes, code: str) -> None:
    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    outcome, _ = attempt(respond)

    assert (outcome.delivered, outcome.error_code) == (False, code)


def test_a_broken_connection_is_a_failure_that_can_be_tried_again() -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    outcome, _ = attempt(reset)

    assert not outcome.delivered
    assert outcome.error_code in ("webhook_connection_lost", "webhook_bad_answer")
    assert not outcome.permanent


def test_a_refused_connection_is_a_failure_that_can_be_tried_again() -> None:
    async def run() -> Outcome:
        async with serving(answer()) as raw:
            pass
        return await post(f"http://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK)

    outcome = asyncio.run(run())

    assert (outcome.error_code, outcome.peer, outcome.permanent) == ("webhook_connect_failed", "127.0.0.1", False)


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> tuple[Outcome, Raw, Raw]:
        async with serving(answer("500 Proxy")) as proxy, serving(answer()) as raw:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            outcome = await post(f"http://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK)
            return outcome, proxy, raw

    outcome, proxy, raw = asyncio.run(run())

    assert outcome.delivered
    assert (proxy.connections, raw.connections) == (0, 1)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]", "0", "localhost."],
)
def test_a_service_of_this_machine_is_not_reached_by_any_spelling(host: str) -> None:
    async def run() -> tuple[Outcome, Raw]:
        async with serving(answer()) as raw:
            return await post(f"http://{host}:{raw.port}/", BODY, HEADERS, allow=(), total_s=20), raw

    outcome, raw = asyncio.run(run())

    assert (outcome.error_code, outcome.permanent, raw.connections) == ("webhook_url_refused", True, 0)


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%2"],
        ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"],
        ["2606:4700:4700::1111", "fc00::1"],
    ],
)
def test_a_name_with_any_internal_address_is_refused_before_anything_is_dialled(answers: Sequence[str]) -> None:
    async def run() -> Outcome:
        return await post("http://cms.example/", BODY, HEADERS, allow=(), resolver=resolving(answers), total_s=20)

    outcome = asyncio.run(run())

    assert (outcome.error_code, outcome.permanent, outcome.peer) == ("webhook_url_refused", True, None)


def test_metadata_is_refused_for_an_allowed_name_too() -> None:
    outcome, raw = attempt_by_name("cms.example", resolving(["169.254.169.254"]), ("cms.example", "0.0.0.0/0"))

    assert (outcome.error_code, raw.connections) == ("webhook_url_refused", 0)


def test_an_allowed_name_reaches_a_private_address_under_its_own_host_header() -> None:
    outcome, raw = attempt_by_name("cms.example", resolving(["127.0.0.1"]), ("cms.example:PORT",))

    assert outcome.delivered
    assert f"Host: cms.example:{raw.port}" in raw.requests[0][0].split("\r\n")


def test_a_name_that_leads_to_an_allowed_network_is_reached_by_any_port() -> None:
    outcome, _ = attempt_by_name("cms.example", resolving(["127.0.0.1"]), ("127.0.0.0/8",))

    assert outcome.delivered


def test_a_public_address_is_not_reached_by_an_unusual_port_because_a_network_is_allowed() -> None:
    outcome, raw = attempt_by_name("cms.example", resolving(["93.184.216.34"]), ("10.0.0.0/8",))

    assert (outcome.error_code, outcome.peer, raw.connections) == ("webhook_url_refused", None, 0)


def test_the_name_is_resolved_once_so_that_a_second_answer_is_never_dialled() -> None:
    asked: list[str] = []
    answers = resolving(["127.0.0.1"], ["169.254.169.254"])

    async def counting(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return await answers(host, port)

    outcome, raw = attempt_by_name("cms.example", counting, ("127.0.0.1",))

    assert (outcome.delivered, outcome.peer, raw.connections) == (True, "127.0.0.1", 1)
    assert asked == ["cms.example"]


def test_a_name_that_was_allowed_and_now_leads_inside_is_refused_at_the_next_attempt() -> None:
    rebinding = resolving(["127.0.0.1"], ["127.0.0.2"])
    first, _ = attempt_by_name("cms.example", rebinding, ("127.0.0.1",))
    second, raw = attempt_by_name("cms.example", rebinding, ("127.0.0.1",))

    assert first.delivered
    assert (second.error_code, raw.connections) == ("webhook_url_refused", 0)


def test_the_next_address_of_a_name_is_tried_when_the_first_does_not_answer() -> None:
    outcome, _ = attempt_by_name("cms.example", resolving(["127.0.0.9", "127.0.0.1"]), ("127.0.0.0/8",))

    assert (outcome.delivered, outcome.peer) == (True, "127.0.0.1")


def test_an_unknown_name_can_be_tried_again() -> None:
    async def fails(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    for resolver in (fails, resolving([])):
        outcome, _ = attempt_by_name("cms.example", resolver, ("cms.example",))
        assert (outcome.error_code, outcome.permanent) == ("webhook_unresolved", False)


def test_a_name_server_that_hangs_is_bounded_by_the_total_limit() -> None:
    async def hangs(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(3600)
        return []

    async def run() -> Outcome:
        return await post("http://cms.example/", BODY, HEADERS, allow=(), resolver=hangs, total_s=0.2)

    assert asyncio.run(run()).error_code == "webhook_timeout"


def test_the_systems_resolver_is_asked_by_default() -> None:
    async def run() -> Outcome:
        async with serving(answer()) as raw:
            return await post(f"http://localhost:{raw.port}/", BODY, HEADERS, allow=("localhost",), total_s=20)

    assert asyncio.run(run()).delivered


def test_tls_checks_the_name_of_the_url_and_not_the_address(tmp_path: Path) -> None:
    server, client = contexts(tmp_path, "cms.example")

    async def run(name: str) -> tuple[Outcome, Raw]:
        async with serving(answer(), tls=server) as raw:
            url = f"https://{name}:{raw.port}/"
            resolver = resolving(["127.0.0.1"])
            return await post(url, BODY, HEADERS, allow=LOOPBACK, resolver=resolver, tls=client, total_s=20), raw

    right, raw_right = asyncio.run(run("cms.example"))
    wrong, raw_wrong = asyncio.run(run("other.example"))

    assert right.delivered
    assert f"Host: cms.example:{raw_right.port}" in raw_right.requests[0][0].split("\r\n")
    assert (wrong.delivered, wrong.error_code, wrong.permanent) == (False, "webhook_tls_failed", False)
    assert "other.example" in wrong.detail
    assert raw_wrong.requests == []


def test_tls_with_an_expired_or_unknown_certificate_is_refused(tmp_path: Path) -> None:
    expired, trusting = contexts(tmp_path, "cms.example", expired=True)
    valid, _ = contexts(tmp_path, "cms.example")

    async def run(server: ssl.SSLContext, client: ssl.SSLContext | None) -> Outcome:
        async with serving(answer(), tls=server) as raw:
            url = f"https://cms.example:{raw.port}/"
            return await post(
                url, BODY, HEADERS, allow=LOOPBACK, resolver=resolving(["127.0.0.1"]), tls=client, total_s=20
            )

    assert asyncio.run(run(expired, trusting)).error_code == "webhook_tls_failed"
    assert asyncio.run(run(valid, None)).error_code == "webhook_tls_failed"


def test_no_more_than_the_limit_is_read_within_tls(tmp_path: Path) -> None:
    server, client = contexts(tmp_path, "cms.example")

    async def run() -> Outcome:
        long = answer("500 Oops", body=b"x" * 1_000_000)
        async with serving(long, tls=server) as raw:
            url = f"https://cms.example:{raw.port}/"
            return await post(
                url, BODY, HEADERS, allow=LOOPBACK, resolver=resolving(["127.0.0.1"]), tls=client, total_s=20
            )

    outcome = asyncio.run(run())

    assert (outcome.status, outcome.error_code) == (500, "webhook_http_error")


def test_a_url_that_is_refused_is_an_outcome_and_not_an_exception() -> None:
    outcome = asyncio.run(post("ftp://example.com/", BODY, HEADERS, allow=()))

    assert (outcome.error_code, outcome.permanent) == ("webhook_url_refused", True)


def test_certificates_that_cannot_be_loaded_stop_https_before_anything_is_sent_and_plain_http_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_trusted", client._trusted.__wrapped__)
    monkeypatch.setenv("SSL_CERT_FILE", "/gone/cacert.pem")

    async def run() -> tuple[Outcome, Raw]:
        async with serving(answer()) as raw:
            plain = await post(f"http://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK, total_s=20)
            with pytest.raises(OperatorError) as caught:
                await post(f"https://127.0.0.1:{raw.port}/", BODY, HEADERS, allow=LOOPBACK, total_s=20)
            assert "SSL_CERT_FILE" in caught.value.message
            return plain, raw

    plain, raw = asyncio.run(run())
    assert plain.delivered
    assert raw.connections == 1
