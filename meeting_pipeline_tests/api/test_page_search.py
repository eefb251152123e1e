"""The search of the page in a real browser: results while somebody types, by keyboard, and the place that they lead to."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import MARKUP, Serving, meeting, page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser


def words(page: Page) -> Locator:
    """The box at the top."""
    return page.get_by_role("searchbox", name="Search everything that was said")


def test_results_appear_while_somebody_types_and_lead_to_the_line(page: Page, installation: Installation) -> None:
    meeting(installation, "Weekly", "run-1")
    row = meeting(installation, "Planning", "run-2")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.keyboard.press("/")
    expect(words(page)).to_be_focused()
    page.keyboard.type("draft of the pla", delay=20)
    expect(page.get_by_text("2 meetings", exact=True)).to_be_visible()
    hit = page.locator("a.search-hit", has_text="I will send the draft").first
    expect(hit.locator("mark")).to_have_text(["the", "draft", "of", "the", "plan"])
    expect(hit.locator(".near")).not_to_have_count(0)
    expect(page).to_have_url(re.compile(r"#/search\?q=draft"))
    assert grave_problems(page) == []
    shoot(page, "page-search")
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.search-hit").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(words(page)).to_be_focused()
    page.locator("li.search-meeting", has_text="Planning").locator("a.search-hit", has_text="draft").first.click()
    place = page.locator(".segment.evidence-here")
    expect(place).to_contain_text("I will send the draft of the plan")
    expect(place).to_be_focused()
    expect(page.get_by_role("heading", name="Planning")).to_be_visible()
    assert row.key in page.url
    page.get_by_role("link", name="Search results").click()
    expect(page.get_by_text("2 meetings", exact=True)).to_be_visible()
    assert errors == []


def test_what_was_said_cannot_become_markup_and_odd_queries_are_harmless(
    page: Page, installation: Installation
) -> None:
    meeting(installation)
    page.goto("/#/search?q=onerror")
    hit = page.locator("a.search-hit", has_text="The word for")
    expect(hit.first.locator("mark")).to_have_text("onerror")
    expect(hit.first).to_contain_text(MARKUP)
    assert page.evaluate("window.hacked") is None
    for text, said in (
        ('"', "Type a word"),
        ("-- 🎉", "Type a word"),
        ("zzz AND NEAR( *", "Nothing found."),
        (" ", "Type words"),
    ):
        words(page).fill(text)
        expect(page.locator("#search-count")).to_contain_text(said)
    expect(page.locator("#search-problem")).to_be_empty()


def test_filters_narrow_and_stay_in_the_address(page: Page, installation: Installation) -> None:
    meeting(installation)
    page.goto("/#/search?q=the")
    expect(page.get_by_text("1 meeting", exact=True)).to_be_visible()
    page.get_by_label("What").select_option("person")
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    page.get_by_label("What").select_option("transcript")
    page.get_by_role("textbox", name="Person").fill("pri")
    expect(page.locator("a.search-hit")).to_have_count(1)
    expect(page.locator("a.search-hit")).to_contain_text("I will send the draft")
    page.reload()
    expect(page.locator("a.search-hit")).to_have_count(1)
    page.get_by_label("To", exact=True).fill("2001-01-01")
    expect(page.get_by_text("Nothing found.")).to_be_visible()


def test_a_late_answer_never_replaces_that_of_what_was_typed_since(page: Page, installation: Installation) -> None:
    meeting(installation)
    held: list[Route] = []

    def hold_first(route: Route, request: Request) -> None:
        if "q=morning" in request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/v1/search?*", hold_first)
    page.goto("/#/search")
    field = words(page)
    field.fill("morning")
    while not held:
        page.wait_for_timeout(20)
    field.fill("friday")
    expect(page.locator("a.search-hit", has_text="by Friday")).not_to_have_count(0)
    held[0].abort()
    expect(page.locator("a.search-hit", has_text="by Friday")).not_to_have_count(0)


def test_the_meeting_opens_at_the_line_and_plays_from_there(page: Page, installation: Installation) -> None:
    row = meeting(installation)
    page.goto(f"/#/meetings/{row.key}/segments/2")
    expect(page.locator(".segment.evidence-here")).to_contain_text("The word for")
    page.goto(f"/#/meetings/{row.key}/at/0")
    expect(page.locator(".segment.evidence-here")).to_contain_text("Good morning")
    expect(page.get_by_role("button", name="Back to where you were")).to_be_hidden()


def test_on_a_narrow_screen_nothing_is_wider_than_it(
    serving: Serving, installation: Installation, context_of: Callable[..., BrowserContext]
) -> None:
    meeting(installation)
    narrow = context_of(
        base_url=serving.url, viewport={"width": 390, "height": 800}, reduced_motion="reduce"
    ).new_page()
    narrow.goto("/#/search?q=the")
    expect(narrow.locator("a.search-hit").first).to_be_visible()
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave_problems(narrow) == []
    shoot(narrow, "page-search-narrow")
