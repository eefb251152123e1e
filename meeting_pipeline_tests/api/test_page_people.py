"""People on the page in a real browser: the list, suggestions, a person, and edits that are undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot
from meeting_pipeline_tests.store.people.meetings import met

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def made(installation: Installation) -> None:
    met(installation.store, 1, "Anna Meyer", "Tom", tasks=(("Send the price list", "A"),))
    met(installation.store, 2, "A. Meyer", f"Eve {MARKUP}", tasks=(("Book the venue", "A"),))
    met(installation.store, 3, "אנה מאיר", "Tom")


def test_people_are_merged_from_a_suggestion_opened_renamed_split_and_undone(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.evaluate("localStorage.setItem('meeting-pipeline-editor', 'Grace')")
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="People", exact=True)).to_be_focused()
    expect(page.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
    expect(page.get_by_text("5 people", exact=True)).to_be_visible()
    expect(page.locator("li.somebody", has_text=MARKUP)).to_be_visible()
    expect(page.get_by_role("heading", name="May be one person")).to_be_visible()
    assert grave_problems(page) == []
    shoot(page, "page-people")
    page.get_by_role("button", name="Anna Meyer are one person").or_(
        page.get_by_role("button", name="A. Meyer are one person")
    ).click()
    expect(page.get_by_text("4 people", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="May be one person")).to_be_hidden()
    page.get_by_label("Find somebody").fill("meyer")
    expect(page.get_by_text("1 person", exact=True)).to_be_visible()
    expect(page.get_by_label("Find somebody")).to_be_focused()  # who types goes on typing
    expect(page.locator("li.somebody")).to_contain_text("2 meetings · spoke")
    page.get_by_role("link", name="Anna Meyer").click()
    expect(page.get_by_role("heading", name="Anna Meyer", level=1)).to_be_visible()
    expect(page.get_by_text("Send the price list")).to_be_visible()
    expect(page.get_by_text("Book the venue")).to_be_visible()
    assert page.locator("#person").evaluate("place => place.lastElementChild === place.lastChild"), "no stray words"
    page.get_by_text("Rename").click()
    page.get_by_label("Shown as").fill("Dr. Anna Meyer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Dr. Anna Meyer", level=1)).to_be_visible()
    page.get_by_text("Split off a name", exact=True).click()
    page.get_by_label("Which name").select_option("A. Meyer")
    page.get_by_role("button", name="Split off").click()
    expect(page.get_by_text("Book the venue")).to_have_count(0)
    assert grave_problems(page) == []
    shoot(page, "page-person")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Book the venue")).to_be_visible()
    expect(page.get_by_text("(undone by Grace)")).to_be_visible()
    page.get_by_role("link", name="Search what this person said").click()
    expect(page.locator("#search-meetings > li")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/#/people")
    expect(page.get_by_text("4 people", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    assert errors == []
