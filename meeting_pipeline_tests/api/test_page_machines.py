"""Workers and their slots on the page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline.store.machines import CONTROL, SHUTTING_DOWN, WORKER, Machine, Machines
from meeting_pipeline_tests.api.test_page_in_a_browser import Serving
from meeting_pipeline_tests.browsing import grave_problems
from meeting_pipeline_tests.installations import Clock, OpenWith

pytestmark = pytest.mark.browser
Contexts = Callable[..., BrowserContext]
UP = Machine("control", CONTROL, "hq", "q-recordings", 6, "1.0", "0040-a", "key", "secret")
ONE = Machine("one-17", WORKER, "one", "q-recordings", 2, "1.0", "0040-a", "key", "secret")


@pytest.fixture
def queued(open_with: OpenWith) -> Installation:
    return open_with(MEETING_PIPELINE_BROKER_URL="redis://127.0.0.1:1/0")


@pytest.fixture
def page(queued: Installation, context_of: Contexts) -> Iterator[Page]:
    serving = Serving(queued)
    yield context_of(base_url=serving.url, viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
    serving.stop()


def test_workers_are_shown_with_their_slots_and_what_is_wrong_with_them(
    page: Page, queued: Installation, clock: Clock
) -> None:
    right = Machines(queued.store.context, clock)
    wrong = Machines(queued.store.context, lambda: clock() - timedelta(seconds=90))
    area, title, rows = page.locator("#machines-area"), page.locator("#machines-title"), page.locator("#machines > li")
    with page.expect_response("**/v1/machines"):
        page.goto("/")
    expect(area).to_be_hidden()  # no machine has announced itself

    right.announce(replace(ONE, name="gone-3"))
    clock.advance(40)
    right.announce(UP)
    right.announce(ONE)
    right.announce(replace(ONE, name="<b>two</b>-18", slots=1, state=SHUTTING_DOWN))
    wrong.announce(replace(ONE, name="old-4", code="0036-b", slots=3))
    page.reload()
    expect(title).to_have_text("3 workers, 0 of 6 slots busy")
    title.click()
    expect(rows).to_have_count(5)
    shown = [" ".join(text.split()) for text in rows.all_inner_texts()]
    assert shown == [
        "hq (control) at most 6 recordings at a time",
        "<b>two</b>-18 0 of 1 slot busy shutting down",
        "gone-3 0 of 2 slots busy silent",
        "old-4 0 of 3 slots busy another version of the program: it stops; clock 90 s behind",
        "one-17 0 of 2 slots busy",
    ]
    assert grave_problems(page) == []


def test_that_no_worker_is_there_is_said(page: Page, queued: Installation) -> None:
    queued.store.machines.announce(UP)
    page.goto("/")
    expect(page.locator("#machines-title")).to_have_text("No workers: recordings wait")
