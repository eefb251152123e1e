"""The page with many tabs, long meetings, slow responses and full disks, in a real browser with the real service."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from meeting_pipeline.api.uploads import admission
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import TALK, Serving, meeting, open_meeting
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.steps.journeys import begun

pytestmark = pytest.mark.browser

Contexts = Callable[..., BrowserContext]
SEEN_S = 30.0
TABS = 9
"""More than the six connections that a browser opens to a host over HTTP/1.1."""


@pytest.fixture
def serving(installation: Installation) -> Iterator[Serving]:
    serving = Serving(installation)
    yield serving
    serving.stop()


@pytest.fixture
def context(serving: Serving, context_of: Contexts) -> BrowserContext:
    return context_of(base_url=serving.url, locale="en-GB", reduced_motion="reduce")


def streams_of(serving: Serving) -> float:
    """Number of open streams of the service."""
    text = httpx.get(f"{serving.url}/metrics", trust_env=False, timeout=60).text
    return next(
        float(line.split()[1]) for line in text.splitlines() if line.startswith("meeting_pipeline_event_streams")
    )


def wait_for(page: Page, happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SEEN_S
    while not happened():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def shown_in(page: Page, title: str) -> None:
    expect(page.get_by_role("link", name=title)).to_be_visible()


def test_all_tabs_of_a_browser_share_one_stream(
    context: BrowserContext, serving: Serving, installation: Installation
) -> None:
    tabs = [context.new_page() for _ in range(TABS)]
    for tab in tabs:
        tab.goto("/")
        expect(tab.get_by_text("No recordings yet.")).to_be_visible()
    accepted(installation, "one.vtt", TALK, title="First")
    for tab in tabs:
        shown_in(tab, "First")
    assert streams_of(serving) == 1
    tabs.pop(0).close()  # the tab that holds the connection
    accepted(installation, "two.vtt", TALK.replace("today", "tomorrow"), title="Second")
    for tab in tabs:
        shown_in(tab, "Second")
    assert streams_of(serving) == 1


def test_a_tab_that_takes_over_misses_nothing_that_happened_in_between(
    context: BrowserContext, serving: Serving, installation: Installation
) -> None:
    first, second = context.new_page(), context.new_page()
    for tab in (first, second):
        tab.goto("/")
        expect(tab.get_by_text("No recordings yet.")).to_be_visible()
    accepted(installation, "one.vtt", TALK, title="First")
    shown_in(second, "First")
    context.route("**/v1/events", lambda route: route.abort())  # the next connection fails for now
    first.close()
    accepted(installation, "two.vtt", TALK.replace("today", "tomorrow"), title="Second")
    expect(second.locator("#connection")).not_to_be_empty()
    context.unroute("**/v1/events")
    shown_in(second, "Second")
    expect(second.locator("#connection")).to_be_empty()


def test_without_a_shared_stream_the_tabs_look_by_themselves(
    context: BrowserContext, serving: Serving, installation: Installation
) -> None:
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', {value: undefined})")
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    accepted(installation, "one.vtt", TALK, title="First")
    shown_in(page, "First")
    assert streams_of(serving) == 0


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(
    context: BrowserContext, installation: Installation
) -> None:
    row = accepted(installation, "one.wav", wav("one"), title="First")
    page = context.new_page()
    page.goto("/")
    shown = page.locator("li.recording")
    expect(shown).to_have_attribute("data-status", "pending")
    held: list[tuple[Route, Any]] = []

    def hold(route: Route) -> None:
        """Fetch the response to the first request now, but deliver it later."""
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(f"**/v1/recordings/{row.key}", hold)
    page.evaluate("id => import('/page/recordings.js').then(list => { window.late = list.refresh(id) })", row.key)
    wait_for(page, lambda: bool(held))
    begun(installation, row)
    expect(shown).to_have_attribute("data-status", "processing")
    held[0][0].fulfill(response=held[0][1])
    page.evaluate("window.late.then(() => null)")
    expect(shown).to_have_attribute("data-status", "processing")


def test_an_upload_for_which_there_is_no_room_is_told_so_before_it_is_sent(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "lacking", lambda _folder, wanted: wanted or None)
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto("/")
    page.locator("#files").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": wav("a")})
    page.get_by_role("button", name="Submit").click()
    refused = page.locator(".upload")
    expect(refused.locator("code")).to_have_text("disk_full")
    assert "POST" not in sent
    monkeypatch.undo()
    refused.get_by_role("button", name="Try again").click()
    shown_in(page, "a")


def test_an_upload_that_was_refused_while_it_was_sent_is_told_why(
    context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()
    monkeypatch.setattr(admission, "lacking", lambda _folder, _wanted: 1 if full.is_set() else None)
    page = context.new_page()

    def cut(route: Route) -> None:
        full.set()
        route.abort("connectionreset")  # how browsers report a response to a half-sent body

    page.route("**/v1/recordings", lambda route: cut(route) if route.request.method == "POST" else route.continue_())
    page.goto("/")
    page.locator("#files").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": wav("a")})
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".upload code")).to_have_text("disk_full")


def test_a_meeting_with_two_thousand_items_is_drawn_in_parts(
    context: BrowserContext, installation: Installation
) -> None:
    key = meeting(installation).key
    page = context.new_page()

    def many(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        item = document["meeting"]["action_items"][0]
        document["meeting"]["action_items"] = [{**item, "task": f"Task {number}"} for number in range(2000)]
        route.fulfill(response=answer, body=json.dumps(document))

    page.route(f"**/v1/meetings/{key}", many)
    open_meeting(page, key)
    items = page.locator(".part.action-items li.item")
    expect(items).to_have_count(100)
    expect(page.locator(".part.action-items .count")).to_have_text("2000")
    page.get_by_role("button", name="Show all 2000 action items").click()
    expect(items).to_have_count(2000)
    expect(items.nth(100).locator("button").first).to_be_focused()
    page.get_by_role("button", name="Rename Dana").click()
    page.get_by_role("textbox", name="Name of speaker A").fill("Ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename Ada")).to_be_visible()
    expect(items).to_have_count(2000)
