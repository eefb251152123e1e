"""The Dagster UI in a real browser: pages of other sites change nothing, its own page does, and keys are required.

Screenshots go to ``meeting_pipeline_tests/.artifacts``.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from meeting_pipeline_tests.browsing import ARGUMENTS, PATIENCE_MS, grave_problems, installed, shoot, wait_until
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, RESPONSE_SECONDS, System

pytestmark = [pytest.mark.scenario, pytest.mark.browser]

EVIL = "evil.example"
POOL = "transcription"
BACKFILL = (
    'mutation { launchPartitionBackfill(backfillParams: {assetSelection: [{path: ["summary"]}], allPartitions: true}) '
    "{ __typename } }"
)
SHUTDOWN = 'mutation { shutdownRepositoryLocation(repositoryLocationName: "meeting_pipeline") { __typename } }'
LIMIT = f'mutation {{ setConcurrencyLimit(concurrencyKey: "{POOL}", limit: 0) }}'
ATTACK = """<!doctype html><title>attack</title><script>
const [ui, changes] = ARGUMENTS;
window.said = [];
const note = what => outcome => window.said.push(`${what}: ${outcome}`);
const image = query => new Promise(done => {
  const shown = new Image(); shown.onload = () => done("loaded"); shown.onerror = () => done("failed");
  shown.src = `${ui}/graphql?query=${encodeURIComponent(query)}`;
});
const send = (path, options) => fetch(ui + path, options).then(answer => answer.status || answer.type, () => "failed");
const socket = query => new Promise(done => {
  const open = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
  open.onopen = () => open.send(JSON.stringify({id: "1", type: "start", payload: {query}}));
  open.onmessage = message => done(`message ${message.data}`);
  open.onclose = () => done("closed");
});
const form = query => new Promise(done => {
  const frame = document.createElement("iframe"); frame.name = `f${Math.random()}`; document.body.append(frame);
  const sent = document.createElement("form"); sent.method = "post"; sent.enctype = "text/plain"; sent.target = frame.name;
  sent.action = `${ui}/graphql?query=${encodeURIComponent(query)}`; document.body.append(sent);
  frame.onload = () => done("answered"); sent.submit();
});
addEventListener("load", async () => {
  for (const query of changes) {
    const body = JSON.stringify({query}), address = `/graphql?query=${encodeURIComponent(query)}`;
    await image(query).then(note("image"));
    await send(address, {mode: "no-cors"}).then(note("get"));
    await send(address, {method: "POST", mode: "no-cors", body}).then(note("text"));
    await send("/graphql", {method: "POST", mode: "no-cors", body, headers: {"content-type": "text/plain; application/json"}})
      .then(note("disguised"));
    await send("/graphql", {method: "POST", body, headers: {"content-type": "application/json"}}).then(note("json"));
    await socket(query).then(note("socket"));
    await form(query).then(note("form"));
  }
  await send("/report_asset_materialization/summary?partition=x", {method: "POST", mode: "no-cors"}).then(note("report"));
  window.said.push("done");
});
</script><body>"""


@dataclass(frozen=True)
class Guarded:
    """A system with one completed recording: it gets keys, and is attacked."""

    system: System
    key: str
    backfills: frozenset[str]
    """Those of the modules before this one."""

    def ask(self, query: str) -> dict[str, object]:
        return self.system.ui.ask(query)

    def assert_unchanged(self) -> None:
        """Assert that nothing the attack tries has happened."""
        assert backfills_of(self.system) == self.backfills
        found = self.ask(
            """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } }
            instance { concurrencyLimits { concurrencyKey slotCount } } }"""
        )
        assert found["workspaceOrError"] == {
            "locationEntries": [{"locationOrLoadError": {"__typename": "RepositoryLocation"}}]
        }
        limits = found["instance"]["concurrencyLimits"]  # type: ignore[index]  # an object
        assert {"concurrencyKey": POOL, "slotCount": 0} not in limits

    def refusals(self) -> int:
        """Number of requests that the guard has refused so far. The last line of the log may not be complete yet."""
        lines = (self.system.home / "logs" / "webserver.log").read_text().rpartition("\n")[0].splitlines()
        return sum(1 for line in lines if json.loads(line)["message"].startswith("refused: "))

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on this home."""
        return subprocess.run(
            self.system.quick_command(*words),
            env=self.system.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )


def backfills_of(system: System) -> frozenset[str]:
    found = system.ui.ask("{ partitionBackfillsOrError { ... on PartitionBackfills { results { id } } } }")
    return frozenset(one["id"] for one in found["partitionBackfillsOrError"]["results"])


@pytest.fixture(scope="module")
def guarded(plain: System) -> Iterator[Guarded]:
    dropped = plain.drop("guarded.wav", media.wav("guarded"), hook="guarded", title="Guarded")
    plain.wait_until_told("guarded")
    plain.wait_until_idle()  # it is told before Dagster has the run's last events
    guarded = Guarded(plain, plain.key(dropped), backfills_of(plain))
    yield guarded
    for made in plain.rows("SELECT id FROM api_keys WHERE revoked_at IS NULL"):  # others use the system without a key
        guarded.command("keys", "revoke", made["id"])


@pytest.fixture(scope="module")
def misled(browser: Browser) -> Iterator[Browser]:
    """A browser that resolves an attacker's host name to this machine, and no other name."""
    rules = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    # Chromium's own protection is new and not in every browser; our guard must work without it.
    unprotected = "--disable-features=LocalNetworkAccessChecks"
    running = browser.browser_type.launch(
        executable_path=installed(), args=[*ARGUMENTS, rules, unprotected], timeout=PATIENCE_MS
    )
    yield running
    running.close()


def page_of(misled: Browser, **settings: Any) -> Page:
    """A page of that browser."""
    context = misled.new_context(**settings)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def _attack(ui: str) -> str:
    return ATTACK.replace("ARGUMENTS", json.dumps([ui, [BACKFILL, SHUTDOWN, LIMIT]]))


@contextlib.contextmanager
def another_site(page: str) -> Iterator[str]:
    """A third-party web server on another port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _said(page: Page) -> list[str]:
    wait_until(page, "window.said.includes('done')")
    said: list[str] = page.evaluate("window.said")
    return said


def test_a_page_of_another_site_changes_nothing(guarded: Guarded, context_of: Callable[..., BrowserContext]) -> None:
    ui = guarded.system.ui.url
    loaded: list[str] = []
    before = guarded.refusals()
    with another_site(_attack(ui)) as address:
        page = context_of().new_page()
        page.on(
            "response", lambda answer: loaded.append(answer.url) if answer.url.startswith(ui) and answer.ok else None
        )
        page.goto(address)
        said = _said(page)
    assert len(said) == 3 * 7 + 2
    assert not [one for one in said if "message" in one or "loaded" in one]
    assert loaded == []
    guarded.system.wait_for(lambda: guarded.refusals() >= before + 3 * 7 + 1, "the refusals in the log")
    guarded.assert_unchanged()


def test_a_name_that_was_rebound_to_this_machine_changes_nothing(guarded: Guarded, misled: Browser) -> None:
    rebound = f"http://{EVIL}:{guarded.system.ui.url.rpartition(':')[2]}"
    page = page_of(misled)
    # The attacker's own server delivered the page; from now on its host name resolves to this machine.
    page.route(f"{rebound}/attack", lambda route: route.fulfill(body=_attack(rebound), content_type="text/html"))
    page.goto(f"{rebound}/attack")
    said = _said(page)
    assert set(said) == {
        "image: failed", "get: 403", "text: 403", "disguised: 403", "json: 403", "socket: closed", "form: answered",
        "report: 403", "done",
    }  # fmt: skip
    page.goto(rebound)
    expect(page.get_by_text("The UI does not serve this host name.")).to_be_visible()
    guarded.assert_unchanged()


def _partition(page: Page, key: str) -> None:
    page.goto(f"/assets/summary?view=partitions&partition={key}", wait_until="domcontentloaded")
    expect(page.get_by_text("outcome", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_the_uis_own_page_launches_a_run_and_follows_it(
    guarded: Guarded, context_of: Callable[..., BrowserContext]
) -> None:
    news: list[str] = []
    page = context_of(base_url=guarded.system.ui.url, viewport={"width": 1440, "height": 1100}).new_page()
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: news.append(str(frame))))
    _partition(page, guarded.key)
    page.get_by_role("button", name="Materialize").first.click()
    with page.expect_response(lambda answer: "LaunchPipelineExecution" in (answer.request.post_data or "")) as launched:
        page.get_by_role("button", name="Launch 1 run").click()
    run = launched.value.json()["data"]["launchPipelineExecution"]["run"]["id"]
    page.goto(f"/runs/{run}", wait_until="domcontentloaded")
    expect(page.get_by_text("RUN_SUCCESS").first).to_be_visible(timeout=PATIENCE_MS * 2)
    assert [frame for frame in news if "pipelineRunLogs" in frame]
    assert len(guarded.system.artifacts(guarded.key, "summary")) == 2
    shoot(page, "guarded-run")


def status_of(url: str) -> int:
    return httpx.get(url, trust_env=False, timeout=RESPONSE_SECONDS).status_code


def metrics(system: System, key: str) -> str:
    """The metrics. A look at the UI has a limit of its own, which a busy machine exceeds now and then."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{system.api_url}/metrics", headers=headers, trust_env=False, timeout=RESPONSE_SECONDS).text


def _sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


def _key(guarded: Guarded, scope: str) -> str:
    made = guarded.command("keys", "create", "--name", scope, "--scope", scope)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_with_keys_people_sign_in_and_this_homes_programs_need_not(guarded: Guarded, misled: Browser) -> None:
    system, ui = guarded.system, guarded.system.ui.url
    admin, read = _key(guarded, "admin"), _key(guarded, "read")
    system.wait_for(lambda: status_of(f"{ui}/graphql") == 401, "the UI to ask for a key")

    page = page_of(misled, base_url=ui, viewport={"width": 1440, "height": 1100})
    page.goto(f"/assets/summary?view=partitions&partition={guarded.key}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert grave_problems(page) == []
    shoot(page, "guard-login")
    _sign_in(page, "mp_wrong")
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    assert grave_problems(page) == []
    shoot(page, "guard-login-failed")
    _sign_in(page, admin)
    expect(page.get_by_text("outcome", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Materialize").first).to_be_enabled()
    page.goto("/meeting-pipeline/login")
    expect(page.get_by_text("You can view and change everything.")).to_be_visible()
    assert grave_problems(page) == []
    shoot(page, "guard-signed-in")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    _sign_in(page, read)
    expect(page.get_by_text("Overview").first).to_be_visible(timeout=PATIENCE_MS)
    _partition(page, guarded.key)
    expect(page.get_by_role("button", name="Materialize").first).to_be_disabled()
    shoot(page, "guard-read-only")

    page.route(
        f"http://{EVIL}/", lambda route: route.fulfill(body=f"<a href='{ui}/runs'>go</a>", content_type="text/html")
    )
    page.goto(f"http://{EVIL}/")
    page.get_by_role("link", name="go").click()  # without the cookie, which is sent with the next step
    expect(page).to_have_url(f"{ui}/runs")
    expect(page.get_by_text("Overview").first).to_be_visible(timeout=PATIENCE_MS)

    doctor = guarded.command("doctor")
    assert f"UI at {ui}" in doctor.stdout
    assert "It is running;" in doctor.stdout
    again = guarded.command("reprocess", guarded.key, "--assets", "decisions", "--wait")
    assert again.returncode == 0, again.stderr
    system.wait_for(lambda: status_of(f"{system.api_url}/readyz") == 200, "it to be ready")
    system.wait_for(
        lambda: "meeting_pipeline_dagster_ui_up 1.0" in metrics(system, admin), "the UI to be up in the metrics"
    )
