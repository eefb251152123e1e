"""Who has access once keys exist: the login form, its cookie, keys in a header, and the programs of this home."""

import re
from urllib.parse import quote, urlencode

import pytest

from meeting_pipeline import policies
from meeting_pipeline.ui import policies as ui_policies
from meeting_pipeline_tests.installations import Clock
from meeting_pipeline_tests.ui.asking import (
    CHANGE,
    HOST,
    INTERNAL,
    JSON,
    LOOK,
    ORIGIN,
    OWN_PAGE,
    PUBLIC,
    Answer,
    Asked,
    bearer,
    graphql,
)
from meeting_pipeline_tests.ui.test_guard import LINK, frame, talk

FORM = ("content-type", "application/x-www-form-urlencoded")
BROWSER = (*OWN_PAGE, ("accept", "text/html"))
LOGIN = "/meeting-pipeline/login"
LOGOUT = "/meeting-pipeline/logout"


@pytest.fixture(autouse=True)
def notice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process checks the keys for every request, not every two seconds."""
    monkeypatch.setattr(policies, "API_KEYS_SEEN_SECONDS", 0.0)


def make_key(ui: Asked, scope: str = "admin") -> tuple[str, str]:
    """Create a key; returns its id and the key."""
    made = ui.installation.store.api_keys.create(f"ann-{scope}", scope)
    return made.id, made.key


def log_in(ui: Asked, key: str, to: str = "/", headers: tuple[tuple[str, str], ...] = BROWSER) -> Answer:
    return ui.send("POST", LOGIN, FORM, *headers, body=f"key={quote(key)}&to={quote(to)}".encode())


def cookie_of(answer: Answer) -> tuple[str, str]:
    found = re.match(r"(meeting_pipeline_ui_\d+=[^;]+);", answer.header("set-cookie"))
    assert found, answer
    return ("cookie", found[1])


# --- when a key is asked for --------------------------------------------------------------------------------------------


def test_from_the_first_key_on_nobody_gets_in_without_one(ui: Asked) -> None:
    assert ui.ask(LOOK).status == 200
    make_key(ui)
    answer = ui.ask(CHANGE, *OWN_PAGE)
    assert (answer.status, answer.code) == (401, "key_missing")
    assert answer.header("www-authenticate").startswith("Bearer")
    for path in ("/", "/graphql", "/logs/a.err", "/download_debug/x", "/_next/static/x.js", "/dagit_info"):
        assert ui.send("GET", path).status == 401
    assert ui.send("POST", "/report_asset_materialization/weather", JSON, body=b"{}").status == 401
    assert [message["type"] for message in talk(ui)] == ["websocket.close"]
    assert not ui.changed
    assert not ui.reported


def test_whether_it_lives_is_no_secret(ui: Asked) -> None:
    make_key(ui)
    assert ui.send("GET", "/server_info").status == 200


def test_a_ui_with_a_public_url_lets_nobody_in_without_a_key(ui: Asked) -> None:
    ui.served(PUBLIC)
    assert ui.ask(LOOK).code == "key_missing"
    assert ui.ask(LOOK, host="dagster.example").code == "key_missing"
    assert b"There is no key yet" in ui.send("GET", LOGIN, *BROWSER).body


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-proto"])
def test_what_a_proxy_hands_on_needs_a_key_whatever_the_settings_say(ui: Asked, header: str) -> None:
    assert ui.ask(LOOK, (header, "for=192.0.2.7")).code == "key_missing"


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000", "http://localhost:8080", "http://[::1]:3000/"])
def test_a_public_url_on_this_machine_asks_for_nothing(ui: Asked, url: str) -> None:
    ui.served(url)
    assert ui.ask(LOOK).status == 200


def test_this_homes_own_programs_get_in(ui: Asked) -> None:
    make_key(ui)
    assert ui.ask(CHANGE, bearer(INTERNAL)).status == 200
    assert ui.changed


def test_this_homes_secret_is_no_pass_for_another_page(ui: Asked) -> None:
    assert ui.ask(CHANGE, bearer(INTERNAL), ("origin", "https://evil.example")).code == "foreign_origin"


# --- what a key may do --------------------------------------------------------------------------------------------------


def test_an_admin_key_may_do_everything(ui: Asked) -> None:
    _, key = make_key(ui)
    assert ui.ask(CHANGE, bearer(key)).status == 200
    assert ui.changed
    assert ui.send("POST", "/report_asset_materialization/weather", JSON, bearer(key), body=b"{}").status == 200


@pytest.mark.parametrize("scope", ["read", "submit"])
@pytest.mark.parametrize(
    "body",
    [
        graphql(CHANGE),
        graphql(f"query A {{ version }} {CHANGE.replace('mutation', 'mutation B')}", operationName="A"),
        graphql(f"query A {{ version }} {CHANGE.replace('mutation', 'mutation B')}", operationName="B"),
        b'{"query": "{version}", "query": ' + graphql(CHANGE)[10:],
        graphql(CHANGE).decode().encode("utf-16"),
        b"[" + graphql(CHANGE) + b"]",
        graphql("{" * 20_000),
        b"[" * 100_000,
        b'{"query": {"a": "b"}}',
        graphql(LOOK + " " * ui_policies.UI_BODY_BYTES),
    ],
)
def test_who_may_look_changes_nothing(ui: Asked, scope: str, body: bytes) -> None:
    _, key = make_key(ui, scope)
    assert ui.send("POST", "/graphql", JSON, bearer(key), body=body).status in (400, 403, 413)
    assert not ui.changed


@pytest.mark.parametrize("scope", ["read", "submit"])
def test_who_may_look_looks_and_the_page_knows_that_it_is_all(ui: Asked, scope: str) -> None:
    _, key = make_key(ui, scope)
    answer = ui.ask("query Rights { permissions { permission value } }", bearer(key))
    assert answer.status == 200
    assert b'"value":true' not in answer.body
    assert ui.ask(CHANGE, bearer(key)).code == "scope_missing"
    assert (
        ui.send("POST", "/report_asset_materialization/weather", JSON, bearer(key), body=b"{}").code == "scope_missing"
    )
    assert not ui.reported


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_what_is_checked_is_what_dagster_reads(ui: Asked, kind: str) -> None:
    _, key = make_key(ui, "read")
    query = urlencode({"query": CHANGE})
    answer = ui.send("POST", "/graphql", ("content-type", kind), bearer(key), query=query, body=graphql(LOOK))
    assert answer.body == b'{"data":{"version":""}}'
    assert not ui.changed


def test_an_admin_page_knows_that_it_may_change_things(ui: Asked) -> None:
    _, key = make_key(ui)
    assert b'"value":true' in ui.ask("{ permissions { permission value } }", bearer(key)).body


def test_dagster_itself_refuses_a_request_that_the_guard_did_not_mark(ui: Asked) -> None:
    ui.app = ui._dagster  # type: ignore[assignment]  # without the guard
    assert b"UnauthorizedError" in ui.ask("mutation { wipeAssets(assetPartitionRanges: []) { __typename } }").body


def test_a_revoked_or_unknown_key_is_refused(ui: Asked) -> None:
    make_key(ui)
    identity, key = make_key(ui)
    ui.installation.store.api_keys.revoke(identity)
    for shown in (key, "mp_wrong", "", "é"):
        answer = ui.ask(LOOK, bearer(shown))
        assert (answer.status, answer.code) == (401, "key_unknown")


# --- the form and its cookie --------------------------------------------------------------------------------------------


def test_a_person_is_led_to_the_form_and_back(ui: Asked) -> None:
    _, key = make_key(ui)
    asked = ui.send("GET", "/assets/minutes", ("accept", "text/html"), query="view=partitions")
    assert (asked.status, asked.header("location")) == (303, f"{LOGIN}?to=%2Fassets%2Fminutes%3Fview%3Dpartitions")
    form = ui.send("GET", LOGIN, *BROWSER, query="to=%2Fassets%2Fminutes")
    assert b'value="/assets/minutes"' in form.body
    logged_in = log_in(ui, key, "/assets/minutes")
    assert (logged_in.status, logged_in.header("location")) == (303, "/assets/minutes")
    assert ui.ask(CHANGE, *OWN_PAGE, cookie_of(logged_in)).status == 200
    assert ui.changed
    opened = talk(ui, ("origin", ORIGIN), cookie_of(logged_in), frames=(frame("{"),))
    assert opened[0]["type"] == "websocket.accept"


def test_the_cookie_is_for_this_site_and_no_script(ui: Asked) -> None:
    _, key = make_key(ui)
    given = log_in(ui, key).header("set-cookie").lower()
    assert "httponly" in given
    assert "samesite=strict" in given
    assert "secure" not in given
    assert key not in given
    assert f"max-age={int(ui_policies.UI_SESSION_SECONDS)}" in given


def test_the_cookie_stays_within_tls(ui: Asked) -> None:
    ui.served(PUBLIC)
    _, key = make_key(ui)
    own = (("origin", PUBLIC), ("sec-fetch-site", "same-origin"))
    assert "secure" in log_in(ui, key, headers=own).header("set-cookie").lower()


def test_a_link_on_another_site_reaches_who_is_logged_in(ui: Asked) -> None:
    """The browser withholds a strict cookie for such a link, but sends it when our page redirects."""
    _, key = make_key(ui)
    page = ui.send("GET", "/runs", *LINK)
    step = re.search(rb'refresh" content="0; url=([^"]+)"', page.body)
    assert step, page
    assert step[1] == b"/meeting-pipeline/login?to=%2Fruns"
    back = ui.send("GET", LOGIN, *BROWSER, cookie_of(log_in(ui, key)), query="to=%2Fruns")
    assert (back.status, back.header("location")) == (303, "/runs")


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x", "", LOGOUT]
)
def test_a_login_leads_to_the_ui_and_nowhere_else(ui: Asked, to: str) -> None:
    _, key = make_key(ui)
    assert log_in(ui, key, to).header("location") == "/"


@pytest.mark.parametrize(
    "page",
    [
        (), (("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")), (("origin", "null"),),
        (("sec-fetch-site", "cross-site"),), (("origin", "http://127.0.0.1:3001"), ("sec-fetch-site", "same-site")),
    ],
)  # fmt: skip
def test_no_other_page_logs_anybody_in_or_out(ui: Asked, page: tuple[tuple[str, str], ...]) -> None:
    _, key = make_key(ui)
    assert log_in(ui, key, headers=page).status == 403
    cookie = cookie_of(log_in(ui, key))
    assert ui.send("POST", LOGOUT, FORM, cookie, *page).status == 403
    assert ui.ask(LOOK, *OWN_PAGE, cookie).status == 200


def test_a_session_is_no_pass_for_another_page_or_for_what_is_no_browser(ui: Asked) -> None:
    _, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))
    assert ui.ask(CHANGE, cookie, ("origin", "https://evil.example")).code == "foreign_origin"
    assert ui.ask(CHANGE, cookie).code == "key_missing"
    assert ui.send("GET", "/graphql", cookie, ("sec-fetch-site", "cross-site"), query="query={version}").status == 403
    assert not ui.changed


def test_a_logout_ends_the_session_also_for_a_copy_of_its_cookie(ui: Asked) -> None:
    _, key = make_key(ui)
    cookie, other = cookie_of(log_in(ui, key)), cookie_of(log_in(ui, key))
    assert b"Sign out" in ui.send("GET", LOGIN, *BROWSER, cookie).body
    assert ui.send("POST", LOGOUT, FORM, *BROWSER, cookie).header("set-cookie").startswith(f'{ui.cookie}="";')
    assert ui.ask(LOOK, *OWN_PAGE, cookie).code == "key_missing"
    assert ui.ask(LOOK, *OWN_PAGE, other).status == 200


def test_a_session_ends_with_its_key(ui: Asked) -> None:
    make_key(ui)
    identity, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))
    assert ui.ask(LOOK, *OWN_PAGE, cookie).status == 200
    ui.installation.store.api_keys.revoke(identity)
    assert ui.ask(LOOK, *OWN_PAGE, cookie).code == "key_missing"


def test_a_session_ends_after_a_working_day(ui: Asked, clock: Clock) -> None:
    _, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))
    clock.advance(ui_policies.UI_SESSION_SECONDS - 60)
    assert ui.ask(LOOK, *OWN_PAGE, cookie).status == 200
    clock.advance(61)
    assert ui.ask(LOOK, *OWN_PAGE, cookie).code == "key_missing"


def test_a_session_outlives_the_process(ui: Asked) -> None:
    _, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))
    ui.served()
    assert ui.ask(LOOK, *OWN_PAGE, cookie).status == 200


def test_a_cookie_that_was_made_up_or_changed_is_none(ui: Asked) -> None:
    identity, key = make_key(ui, "read")
    admin, _ = make_key(ui)
    name, value = cookie_of(log_in(ui, key))[1].split("=", 1)
    for forged in (
        "x",
        "a.b.c.d",
        "",
        "." * 1000,
        value[:-1],
        value.replace(identity, admin),
        f"9{value}",
        "\x80",
        '"',
    ):
        assert ui.ask(LOOK, *OWN_PAGE, ("cookie", f"{name}={forged}")).code == "key_missing"


def test_an_open_websocket_ends_with_the_key(ui: Asked) -> None:
    make_key(ui)
    identity, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))

    def asked_after_the_key_was_revoked() -> dict[str, str]:
        ui.installation.store.api_keys.revoke(identity)
        return {"type": "websocket.receive", "text": '{"type": "connection_init"}'}

    sent = talk(ui, ("origin", ORIGIN), cookie, frames=(asked_after_the_key_was_revoked,))
    assert [one["type"] for one in sent] == ["websocket.accept", "websocket.close"]


# --- guessing -----------------------------------------------------------------------------------------------------------


def test_unknown_keys_are_looked_up_a_few_times_a_minute(ui: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = make_key(ui)
    cookie = cookie_of(log_in(ui, key))
    for number in range(ui_policies.UI_FAILED_LOGINS):
        failed = log_in(ui, f"mp_{number}")
        assert failed.status == 401
        assert b'role="alert"' in failed.body
        assert f"mp_{number}".encode() not in failed.body
    refused = log_in(ui, "mp_again")
    assert refused.status == 429
    assert 0 < int(refused.header("retry-after")) <= ui_policies.UI_FAILED_LOGINS_SECONDS + 1
    assert ui.ask(LOOK, bearer("mp_again")).code == "too_many_unknown_keys"
    assert ui.ask(LOOK, bearer(key)).status == 200  # a key that worked before is no guess
    assert ui.ask(LOOK, bearer(INTERNAL)).status == 200
    assert ui.ask(LOOK, *OWN_PAGE, cookie).status == 200
    monkeypatch.setattr(ui_policies, "UI_FAILED_LOGINS_SECONDS", 0.0)
    assert log_in(ui, "mp_again").status == 401


def test_a_form_without_end_is_cut_off(ui: Asked) -> None:
    make_key(ui)
    assert ui.send("POST", LOGIN, FORM, *OWN_PAGE, body=b"key=" + b"x" * 100_000).status == 413


def test_no_key_is_asked_for_while_there_is_none(ui: Asked) -> None:
    assert b"No sign-in needed" in ui.send("GET", LOGIN, *BROWSER, host=HOST).body


def test_while_the_database_is_away_nobody_is_let_in_but_this_homes_programs(
    ui: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meeting_pipeline.domain.errors import StoreUnavailable

    def away() -> bool:
        raise StoreUnavailable("database_unreachable", "It does not answer.")

    monkeypatch.setattr(ui.installation.store.api_keys, "any_in_force", away)
    answer = ui.ask(LOOK)
    assert (answer.status, answer.code) == (503, "database_unreachable")
    assert ui.ask(LOOK, bearer(INTERNAL)).status == 200
    assert ui.send("GET", "/server_info").status == 200
