"""Commitments on the page in a real browser: lists, ticking off with undo, separating items."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot
from meeting_pipeline_tests.store.commitments.series import MONDAY, PRICES, VENUE, decision, item, link, meeting

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def made(installation: Installation) -> None:
    store = installation.store
    meeting(store, 0, item(PRICES, due=MONDAY), item(VENUE, "Ben"), decisions=(decision("We paint it blue"),))
    meeting(store, 1, item(PRICES), item(f"Remove {MARKUP} from the site", "Clara"), title="Sales weekly, week 2")
    link(store)


def row(page: Page, text: str) -> Locator:
    return page.locator("li.commitment", has_text=text)


def name_me(page: Page, name: str) -> None:
    page.evaluate("name => localStorage.setItem('meeting-pipeline-editor', name)", name)


def test_open_commitments_are_listed_narrowed_and_grouped(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.get_by_role("link", name="Commitments", exact=True).click()
    expect(page.get_by_text("3 commitments", exact=True)).to_be_visible()
    expect(row(page, PRICES)).to_contain_text("Overdue")
    expect(row(page, MARKUP)).to_be_visible()
    assert grave_problems(page) == []
    shoot(page, "page-commitments")
    page.get_by_label("Show").select_option("overdue")
    expect(page.get_by_text("1 commitment", exact=True)).to_be_visible()
    page.get_by_label("Show").select_option("decisions")
    expect(row(page, "We paint it blue")).to_be_visible()
    page.get_by_label("Show").select_option("open")
    page.get_by_label("Name").fill("ben")
    expect(page.get_by_text("1 commitment", exact=True)).to_be_visible()
    page.get_by_label("Name").fill("nobody of this name")
    expect(page.get_by_text("No commitment matches", exact=True)).to_be_visible()
    page.get_by_label("Name").fill("")
    page.get_by_label("Group by").select_option("person")
    expect(page.get_by_role("heading", name="Clara")).to_be_visible()
    page.get_by_label("Group by").select_option("series")
    page.get_by_label("Title of the meetings").fill("Sales weekly 44")
    expect(page.locator("#commitments-list h2")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Group by")).to_have_value("series")
    expect(page.get_by_text("3 commitments", exact=True)).to_be_visible()
    name_me(page, "Ben")
    page.get_by_label("Show").select_option("mine")
    expect(page.get_by_text("1 commitment", exact=True)).to_be_visible()
    assert errors == []


def test_a_commitment_is_ticked_off_and_the_tick_is_undone(page: Page, installation: Installation) -> None:
    page.goto("/#/commitments")
    expect(row(page, PRICES)).to_be_visible()
    name_me(page, "Grace")
    row(page, PRICES).get_by_role("checkbox").check()
    expect(row(page, PRICES)).to_contain_text("said by Grace")
    assert installation.store.commitments.counts() == {"done": 1, "open": 3}
    page.set_viewport_size({"width": 1280, "height": 300})
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_role("alert").get_by_role("button", name="Undo")).to_be_in_viewport()
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(row(page, PRICES)).not_to_contain_text("said by Grace")
    expect(row(page, PRICES).get_by_role("checkbox")).not_to_be_checked()
    assert installation.store.commitments.counts() == {"open": 4}


def test_an_item_is_separated_and_joined_again(page: Page, installation: Installation) -> None:
    page.goto("/#/commitments")
    expect(row(page, PRICES)).to_be_visible()
    name_me(page, "Grace")
    row(page, PRICES).get_by_text("What was said").click()
    expect(row(page, PRICES).locator("q")).to_have_text([PRICES, PRICES])
    row(page, PRICES).get_by_role("button", name="Not the same").click()
    expect(page.get_by_text("4 commitments", exact=True)).to_be_visible()
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("3 commitments", exact=True)).to_be_visible()


def test_a_narrow_screen_shows_everything(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/#/commitments")
    expect(row(page, PRICES)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shoot(page, "page-commitments-narrow")
