"""Requests that another site's page can make a browser send to the UI, and those of the UI's page and of programs."""

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from meeting_pipeline.ui import policies
from meeting_pipeline_tests.ui.asking import (
    CHANGE,
    HOST,
    JSON,
    LOOK,
    ORIGIN,
    OWN_PAGE,
    PUBLIC,
    Asked,
    bearer,
    graphql,
)

FOREIGN_PAGES = (
    (("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")),
    (("origin", "null"), ("sec-fetch-site", "cross-site")),
    (("origin", "http://127.0.0.1:8000"), ("sec-fetch-site", "same-site")),
    (("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")),
    (("origin", "https://127.0.0.1:3000"), ("sec-fetch-site", "same-site")),
    (("origin", "https://evil.example"),),
    (("origin", ""),),
    (("sec-fetch-site", "cross-site"),),
    (("sec-fetch-site", "same-site"),),
    (("sec-fetch-site", "none"),),
    (("sec-fetch-site", "something new"),),
    (("origin", ORIGIN), ("sec-fetch-site", "cross-site")),
    (("origin", ORIGIN), ("origin", "https://evil.example")),
    (("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")),
)
IMAGE = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image"))
LINK = (
    ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"),
    ("accept", "text/html"),
)  # fmt: skip
ENCODED = urlencode({"query": CHANGE})
REPORTS = ("materialization", "check", "observation")


# --- what the addresses can do, without the guard -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "headers", "query", "body"),
    [
        ("GET", (), ENCODED, b""),
        ("POST", (("content-type", "text/plain"),), ENCODED, b""),
        ("POST", (("content-type", "text/plain; application/json"),), "", graphql(CHANGE)),
        ("POST", (("content-type", "text/plain; application/graphql"),), "", CHANGE.encode()),
    ],
)
def test_dagsters_own_application_changes_something_for_whoever_asks(
    ui: Asked, method: str, headers: Any, query: str, body: bytes
) -> None:
    guard, ui.app = (
        ui.app,
        lambda scope, receive, send: ui._dagster(  # type: ignore[assignment]  # without the guard
            {**scope, "meeting_pipeline.may_write": True}, receive, send
        ),
    )
    assert ui.send(method, "/graphql", *headers, query=query, body=body, host="evil.example").status == 200
    assert ui.changed
    ui.app = guard


# --- the UI's own page, and programs ------------------------------------------------------------------------------------


def test_the_uis_own_page_changes_things(ui: Asked) -> None:
    assert ui.ask(CHANGE, *OWN_PAGE).status == 200
    assert ui.changed


@pytest.mark.parametrize("headers", [(("origin", ORIGIN),), (("sec-fetch-site", "same-origin"),)])
def test_one_of_the_two_headers_is_enough(ui: Asked, headers: Any) -> None:
    assert ui.ask(CHANGE, *headers).status == 200
    assert ui.changed


def test_a_program_of_this_machine_changes_things(ui: Asked) -> None:
    assert ui.ask(CHANGE).status == 200
    assert ui.changed


def test_a_program_reports_a_materialization(ui: Asked) -> None:
    assert ui.send("POST", "/report_asset_materialization/weather", JSON, body=b"{}").status == 200
    assert ui.reported


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_json_may_say_that_it_is_utf8(ui: Asked, kind: str) -> None:
    assert ui.send("POST", "/graphql", ("content-type", kind), body=graphql(CHANGE)).status == 200
    assert ui.changed


def test_a_query_by_get_is_answered(ui: Asked) -> None:
    variables = {"query": "query Two($yes: Boolean!) { version @include(if: $yes) }", "variables": '{"yes": true}'}
    answer = ui.send("GET", "/graphql", query=urlencode(variables))
    assert (answer.status, json.loads(answer.body)) == (200, {"data": {"version": ""}})


def test_a_person_opens_the_pages(ui: Asked) -> None:
    typed = (("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"))
    for path in ("/", "/assets/minutes", "/graphql", "/runs/abc"):
        answer = ui.send("GET", path, *typed, ("accept", "text/html"))
        assert answer.status == 200
        assert b"<html" in answer.body


def test_a_link_on_another_site_leads_to_a_page(ui: Asked) -> None:
    assert ui.send("GET", "/assets/minutes", *LINK, query="partition=x&view=partitions").status == 200


# --- pages of other sites -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", FOREIGN_PAGES)
def test_no_other_page_changes_anything_by_post(ui: Asked, page: Any) -> None:
    answer = ui.ask(CHANGE, *page)
    assert (answer.status, answer.code) == (403, "foreign_origin")
    assert not ui.changed


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("page", FOREIGN_PAGES)
def test_no_other_page_reports_on_an_asset(ui: Asked, page: Any, kind: str) -> None:
    for headers in (page, (*page, JSON)):
        answer = ui.send("POST", f"/report_asset_{kind}/weather", *headers, query="check_name=c&passed=true")
        assert answer.status == 403
    assert not ui.reported


@pytest.mark.parametrize("headers", [(), IMAGE, LINK, OWN_PAGE, (("accept", "text/html"),)])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "//graphql", "/GraphQL", "/graphql\n", "/graphql//"])
def test_no_mutation_is_taken_by_get_wherever_it_comes_from(ui: Asked, path: str, headers: Any) -> None:
    assert ui.send("GET", path, *headers, query=ENCODED).status >= 400
    assert ui.send("HEAD", path, *headers, query=ENCODED).status >= 400
    assert not ui.changed


@pytest.mark.parametrize(
    "query",
    [
        f"query={quote(LOOK)}&query={quote(CHANGE)}",
        f"query={quote(CHANGE)}&query={quote(LOOK)}",
        urlencode({"query": f"query A {{ version }} {CHANGE.replace('mutation', 'mutation B')}", "operationName": "B"}),
        urlencode({"query": f"query A {{ version }} {CHANGE.replace('mutation', 'mutation B')}", "operationName": "A"}),
        urlencode({"query": f"# a remark\n{CHANGE}"}),
        urlencode({"query": f"\ufeff{CHANGE}"}),
        urlencode({"query": "{" * 20_000}),
        urlencode({"query": "not graphql"}),
        urlencode({"query": f"fragment F on Query {{ version }} {CHANGE}"}),
        "%71uery=" + quote(CHANGE),
    ],
)
def test_a_mutation_by_get_is_recognised_however_it_is_written(ui: Asked, query: str) -> None:
    assert ui.send("GET", "/graphql", query=query).status in (400, 405)
    assert not ui.changed


@pytest.mark.parametrize("origin", [(), (("origin", ORIGIN),)])
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain", "text/plain; application/json", "application/x-www-form-urlencoded", "application/graphql",
        "multipart/form-data; boundary=application/json", "application/json; boundary=x", "application/jsonp", "",
        "application/json, text/plain", "text/plain, application/json", "application/json;charset=utf-16", None,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/weather"])
def test_what_changes_something_is_taken_as_json_only(ui: Asked, path: str, kind: str | None, origin: Any) -> None:
    headers = (*origin, *((("content-type", kind),) if kind is not None else ()))
    for body in (graphql(CHANGE), CHANGE.encode(), b""):
        answer = ui.send("POST", path, *headers, query=ENCODED, body=body)
        assert (answer.status, answer.code) == (415, "not_json")
    assert not ui.changed
    assert not ui.reported


def test_two_content_types_are_none(ui: Asked) -> None:
    answer = ui.send("POST", "/graphql", JSON, ("content-type", "text/plain"), body=graphql(CHANGE))
    assert answer.code == "not_json"
    assert not ui.changed


MISSHAPEN = [
    b"[]", b'[{"query": "query { version }"}]', b"1", b"null", b'"x"', b"", b"{", b"\xff", b"{}", b'{"query": null}',
    b'{"query": 1}', b'{"query": ["x"]}',
    b'{"query": "query { version }", "variables": [1]}', b'{"query": "query { version }", "variables": 1}',
    b'{"query": "query { version }", "variables": "[1]"}', b'{"query": "query { version }", "variables": "{"}',
    b'{"query": "query { version }", "operationName": []}', b'{"query": "\\ud800"}', graphql("{" * 20_000),
    b"[" * 100_000, graphql("query Q($a: " + "[" * 1000 + "Int" + "]" * 1000 + ") { version }"),
]  # fmt: skip


@pytest.mark.parametrize("scope", [None, "admin", "read"])
@pytest.mark.parametrize("body", MISSHAPEN)
def test_a_body_that_is_no_graphql_request_is_refused_with_a_reason(ui: Asked, body: bytes, scope: str | None) -> None:
    shown = () if scope is None else (bearer(ui.installation.store.api_keys.create("ann", scope).key),)
    answer = ui.send("POST", "/graphql", JSON, *shown, body=body)
    assert (answer.status, answer.code) == (400, "bad_request")


def test_a_body_that_is_too_large_is_refused_whoever_sends_it(ui: Asked) -> None:
    answer = ui.ask(CHANGE + " " * policies.UI_BODY_BYTES)
    assert (answer.status, answer.code) == (413, "too_large")
    assert not ui.changed


@pytest.mark.parametrize("variables", ["[1]", "1", "{", '"x"'])
def test_variables_of_a_get_that_are_no_object_are_refused(ui: Asked, variables: str) -> None:
    answer = ui.send("GET", "/graphql", query=urlencode({"query": LOOK, "variables": variables}))
    assert (answer.status, answer.code) == (400, "bad_request")


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b"", b"{", b"\xff"])
def test_a_report_that_is_no_json_object_is_refused(ui: Asked, kind: str, body: bytes) -> None:
    answer = ui.send("POST", f"/report_asset_{kind}/weather", JSON, body=body)
    assert (answer.status, answer.code) == (400, "bad_request")
    assert not ui.reported


@pytest.mark.parametrize(
    "path",
    [
        "/logs/", "/logs/../", "/logs/..", "/logs/../../x.out", "/logs/a", "/logs/a/b/c", "/logs/a//b/err", "/logs//err",
        "/logs/./err", "/logs/" + "a" * 5000 + "/err", "/download_debug/x", "/download_debug/..",
        "/download_debug/00000000-0000-0000-0000-000000000000", "/notebooks",
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_is_no_fault_of_the_server(ui: Asked, path: str) -> None:
    assert ui.send("GET", path).status == (200 if path == "/notebooks" else 404)


def test_a_request_with_two_lengths_is_refused_and_its_connection_ends(ui: Asked) -> None:
    lengths = (("content-length", "5"), ("transfer-encoding", "chunked"))
    answer = ui.ask(CHANGE, *lengths)
    assert (answer.status, answer.code, answer.header("connection")) == (400, "two_lengths", "close")
    assert not ui.changed


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip"])
def test_a_compressed_body_is_refused(ui: Asked, coding: str) -> None:
    answer = ui.send(
        "POST", "/graphql", JSON, ("content-encoding", coding), *OWN_PAGE, body=gzip.compress(graphql(CHANGE))
    )
    assert (answer.status, answer.code) == (415, "encoded_body")


def test_several_requests_in_one_change_nothing(ui: Asked) -> None:
    answer = ui.send("POST", "/graphql", JSON, body=b"[" + graphql(CHANGE) + b"]")
    assert (answer.status, answer.code) == (400, "bad_request")
    assert not ui.changed


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "QUERY"])
def test_no_other_method_is_taken(ui: Asked, method: str) -> None:
    override = (("x-http-method-override", "POST"), ("x-http-method", "POST"), ("x-method-override", "POST"))
    answer = ui.send(method, "/graphql", JSON, *override, query=ENCODED, body=graphql(CHANGE))
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "access-control-allow-origin" not in dict(answer.headers)
    assert ui.send("GET", "/graphql", *override, body=graphql(CHANGE)).status == 400
    assert not ui.changed


@pytest.mark.parametrize(
    "path", ["/graphql", "/logs/a/b.err", "/download_debug/x", "/notebook", "/dagit/notebook", "//logs/a"]
)
def test_no_other_page_loads_or_links_to_data(ui: Asked, path: str) -> None:
    for headers in (IMAGE, LINK):
        assert ui.send("GET", path, *headers, query=urlencode({"query": LOOK})).status == 403


@pytest.mark.parametrize("target", ["iframe", "frame", "object", "embed", "script", "empty"])
def test_no_other_page_shows_the_ui_inside_itself(ui: Asked, target: str) -> None:
    headers = (("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", target))
    assert ui.send("GET", "/", *headers).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/graphql", "/server_info", "/favicon.png", "/meeting-pipeline/login", "/nothing/here"]
)
def test_every_answer_says_that_no_other_site_may_show_or_load_it(ui: Asked, path: str) -> None:
    for answer in (ui.send("GET", path, ("accept", "text/html")), ui.send("GET", path, host="evil.example")):
        assert answer.header("x-frame-options") == "DENY"
        assert "frame-ancestors 'none'" in answer.header("content-security-policy")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        assert answer.header("referrer-policy") == "same-origin"


def test_dagsters_own_policy_for_scripts_stays(ui: Asked) -> None:
    assert "script-src 'nonce-" in ui.send("GET", "/", ("accept", "text/html")).header("content-security-policy")


# --- host names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:3000", "127.0.0.1.evil.example:3000", "127.0.0.1:3001", "127.0.0.1", "localhost",
        "localhost.:3000", "0.0.0.0:3000", "[::]:3000", "127.0.0.2:3000", "127.1:3000", "2130706433:3000", "[", "", " ",
        "127.0.0.1:3000@evil.example", "evil.example/127.0.0.1:3000", "127.0.0.1:3000, evil.example", "::1", None,
    ],
)  # fmt: skip
def test_a_name_that_somebody_pointed_at_this_machine_is_refused(ui: Asked, host: str | None) -> None:
    own = (("origin", f"http://{host}"), ("sec-fetch-site", "same-origin"))
    for answer in (
        ui.ask(CHANGE, host=host),
        ui.ask(CHANGE, *own, host=host),
        ui.send("GET", "/", ("accept", "text/plain"), host=host),
        ui.send("GET", "/server_info", host=host),
        ui.send("GET", "/meeting-pipeline/login", host=host),
    ):
        assert (answer.status, answer.code) == (403, "foreign_host")
    assert not ui.changed


def test_two_hosts_are_none(ui: Asked) -> None:
    assert ui.ask(CHANGE, ("host", HOST)).code == "foreign_host"
    assert ui.ask(CHANGE, ("host", "evil.example")).code == "foreign_host"


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "LOCALHOST:3000", "[::1]:3000"])
def test_the_names_of_this_machine_are_answered(ui: Asked, host: str) -> None:
    own = (("origin", f"http://{host.lower()}"), ("sec-fetch-site", "same-origin"))
    assert ui.ask(CHANGE, *own, host=host).status == 200
    assert ui.changed


@pytest.mark.parametrize(
    "header", [("x-forwarded-host", "evil.example"), ("forwarded", 'for=1.2.3.4;host="evil.example"'),
               ("x-forwarded-host", f"{HOST}, evil.example")]
)  # fmt: skip
def test_a_host_that_a_proxy_was_called_by_must_be_known_too(ui: Asked, header: tuple[str, str]) -> None:
    assert ui.ask(CHANGE, header).code == "foreign_host"


def test_people_are_told_what_to_do_on_a_page(ui: Asked) -> None:
    answer = ui.send("GET", "/", ("accept", "text/html"), host="evil.example")
    assert b"MEETING_PIPELINE_PUBLIC_URL" in answer.body
    assert b"<script" not in answer.body


def test_the_public_url_is_a_name_too(ui: Asked) -> None:
    ui.served(PUBLIC)
    key = ui.installation.store.api_keys.create("ann", "admin").key
    shown = ("authorization", f"Bearer {key}")
    own = (("origin", PUBLIC), ("sec-fetch-site", "same-origin"))
    for host in ("dagster.example", "dagster.example:443", "Dagster.Example", HOST):  # some proxies set their own host
        assert ui.ask(LOOK, shown, *own, host=host).status == 200
    assert ui.ask(LOOK, shown, ("origin", "http://dagster.example"), host="dagster.example").code == "foreign_origin"
    assert ui.ask(LOOK, shown, *own, host="dagster.example:8443").code == "foreign_host"
    assert ui.ask(LOOK, shown, *own, ("x-forwarded-host", "dagster.example"), host=HOST).status == 200


# --- websockets ---------------------------------------------------------------------------------------------------------


def talk(ui: Asked, *headers: tuple[str, str], frames: tuple[Any, ...] = (), path: str = "/graphql") -> list[Any]:
    """What the UI sends on a websocket that a client opens, writes to, and closes after the last response.

    ``frames``: messages, or functions that make one when it is read.
    """
    sent: list[Any] = []

    async def run() -> None:
        waiting: list[Any] = [{"type": "websocket.connect"}, *frames]
        answered = asyncio.Event()

        async def receive() -> Any:
            if waiting:
                message = waiting.pop(0)
                return message() if callable(message) else message
            await asyncio.wait_for(answered.wait(), 10)
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "websocket.close" or "connection_ack" not in message.get("text", "connection_ack"):
                answered.set()

        scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "scheme": "ws", "path": path, "raw_path": path.encode(),
            "query_string": b"", "root_path": "", "subprotocols": ["graphql-ws"], "state": {},
            "headers": [(name.encode(), value.encode()) for name, value in (("host", HOST), *headers)],
        }  # fmt: skip
        await ui.app(scope, receive, send)

    asyncio.run(run())
    return sent


def frame(document: str) -> dict[str, Any]:
    start = {"id": "1", "type": "start", "payload": {"query": document}}
    return {"type": "websocket.receive", "text": json.dumps(start)}


CAPTURED = 'subscription { capturedLogs(logKey: ["a"]) { cursor } }'


@pytest.mark.parametrize("headers", [(), (("origin", ORIGIN),), (("origin", ORIGIN), ("sec-fetch-site", "cross-site"))])
def test_the_uis_own_page_and_programs_get_news(ui: Asked, headers: Any) -> None:
    init = {"type": "websocket.receive", "text": '{"type": "connection_init"}'}
    sent = talk(ui, *headers, frames=(init, frame("subscription { nonsense }")))
    assert sent[0]["type"] == "websocket.accept"
    assert any("connection_ack" in message.get("text", "") for message in sent)
    assert any('"error"' in message.get("text", "") for message in sent)


@pytest.mark.parametrize(
    "headers",
    [
        (("origin", "https://evil.example"),), (("origin", "null"),), (("origin", "http://127.0.0.1:3001"),),
        (("sec-fetch-site", "cross-site"),), (("host", "evil.example"),), (("x-forwarded-host", "evil.example"),),
        (("origin", ORIGIN), ("origin", "https://evil.example")),
    ],
)  # fmt: skip
def test_no_other_page_opens_a_websocket(ui: Asked, headers: Any) -> None:
    assert [message["type"] for message in talk(ui, *headers)] == ["websocket.close"]


@pytest.mark.parametrize(
    "start",
    [
        {"payload": None}, {}, {"payload": []}, {"payload": {}}, {"payload": {"query": None}}, {"payload": {"query": 1}},
        {"id": [], "payload": {"query": CAPTURED}}, {"id": {}, "payload": {"query": CAPTURED}},
        {"payload": {"query": CAPTURED, "variables": [1]}}, {"payload": {"query": CAPTURED, "variables": "{}"}},
        {"payload": {"query": CAPTURED, "operation_name": 1}}, {"payload": {"query": "\ud800"}}, {"type": None}, {"type": []},
    ],
)  # fmt: skip
def test_a_frame_that_is_no_operation_closes_the_websocket(ui: Asked, start: dict[str, Any]) -> None:
    frames = ({"type": "websocket.receive", "text": json.dumps({"type": "start", "id": "1", **start})},)
    sent = talk(ui, ("origin", ORIGIN), frames=frames)
    assert [one["type"] for one in sent] == ["websocket.accept", "websocket.close"]
    assert sent[-1]["code"] == 1008


@pytest.mark.parametrize("document", [LOOK, "fragment F on Query { version }", "subscription { nonsense }", ""])
def test_an_operation_that_cannot_be_followed_is_answered_with_an_error(ui: Asked, document: str) -> None:
    sent = talk(ui, ("origin", ORIGIN), frames=(frame(document),))
    assert sent[-1]["type"] == "websocket.close" or '"error"' in sent[-1]["text"]


@pytest.mark.parametrize(
    "message",
    [
        frame(CHANGE), frame(f"query A {{ version }} {CHANGE}"), frame("{" * 20_000),
        {"type": "websocket.receive", "text": "[]"}, {"type": "websocket.receive", "bytes": graphql(CHANGE)},
    ],
)  # fmt: skip
def test_nothing_is_changed_over_a_websocket(ui: Asked, message: dict[str, Any]) -> None:
    sent = talk(ui, ("origin", ORIGIN), frames=(message,))
    assert [one["type"] for one in sent] == ["websocket.accept", "websocket.close"]
    assert not ui.changed
