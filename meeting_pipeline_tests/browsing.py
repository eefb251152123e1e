"""A local headless Chromium that can only reach this machine, and the folder for screenshots.

Belongs here: what the tests of the Dagster UI and of the service's own page share. Must not go here: what they look for.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import pytest

if TYPE_CHECKING:  # the plugin is loaded for every test; the library only for those that browse
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route

ARTIFACTS = Path(__file__).parent / ".artifacts"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Names searched on the path, after the variable ``CHROMIUM`` and before the browser that playwright installs."""
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
PATIENCE_MS = 300_000.0
"""Of all that a page or the browser is waited for: beside other tests, a page of the Dagster UI takes a minute. A wait ends with
its event."""
ASKED_MS = 6_000.0
"""How long the page asks whether something is really meant."""
EDITOR = "Grace"
"""The name that our own page keeps with edits, so that it need not ask for it in every test."""
_NAMED = f"try {{ localStorage.setItem('meeting-pipeline-editor', '{EDITOR}') }} catch {{}}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The local browser; the tests are skipped if there is none."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        found = installed()
        bundled = Path(playwright.chromium.executable_path)
        if found is None and not bundled.exists():
            pytest.skip("no browser is installed: install Chromium, or name it in the variable CHROMIUM")
        running = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS), timeout=PATIENCE_MS)
        yield running
        running.close()


def installed() -> str | None:
    """The path of a local browser other than playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture
def context_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Create contexts whose pages can only reach this machine; they are closed after the test."""
    made: list[BrowserContext] = []

    def make(**settings: Any) -> BrowserContext:
        context = browser.new_context(**settings)
        made.append(context)
        context.route("**/*", _only_loopback)
        context.add_init_script(_NAMED)
        context.set_default_timeout(PATIENCE_MS)
        return context

    yield make
    for context in made:
        # A request that is still being handled must not fail the test at its end.
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.unroute_all(behavior="ignoreErrors")
        context.close()


def _only_loopback(route: Route) -> None:
    if urlparse(route.request.url).hostname == "127.0.0.1":
        route.continue_()
    else:
        route.abort()


def press_twice(place: Locator, name: str, sure: str) -> None:
    """Press a button that asks once more under another name. It takes the question back after six seconds: then again."""
    from playwright.sync_api import TimeoutError as TooLate

    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        place.get_by_role("button", name=name, exact=True).click()
        try:
            place.get_by_role("button", name=sure, exact=True).click(timeout=ASKED_MS)
        except TooLate:
            assert time.monotonic() < deadline, f"never pressed in time: {sure}"
        else:
            return


def shoot(page: Page, name: str) -> Path:
    """Take a screenshot. One that shows only the background is a failure."""
    from playwright.sync_api import Error

    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    try:
        page.screenshot(path=path)
    except Error as error:
        raise AssertionError(f"no screenshot of {name}") from error
    assert path.stat().st_size > 10_000
    return path


def wait_until(page: Page, expression: str, arg: Any = None) -> None:
    """Wait until a JavaScript expression is true. Playwright's own wait evaluates text in the page, which its policy forbids."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression, arg):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(100)


def eventually(page: Page, happened: Callable[[], bool], what: str) -> None:
    """Wait until something happens outside of the page, which may show it a moment earlier."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not happened():
        assert time.monotonic() < deadline, f"not in time: {what}"
        page.wait_for_timeout(100)


def grave_problems(page: Page) -> list[str]:
    """The serious and critical findings of axe-core, as readable lines."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)  # through the debugger, which the page's policy does not restrict
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
