"""Sharing a meeting on the page: a link is made, works in a browser without a key, is listed, and revoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import meeting, open_meeting, page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser


def test_a_link_works_without_a_key_until_it_is_revoked(
    page: Page, installation: Installation, context_of: Callable[..., BrowserContext]
) -> None:
    open_meeting(page, meeting(installation).key)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Share this meeting")).to_be_focused()
    page.get_by_label("With the transcript").check()
    page.get_by_label("Valid for").select_option("7")
    page.get_by_role("button", name="Create a link").click()
    field = page.get_by_role("textbox", name="The link")
    expect(field).to_be_focused()
    expect(page.locator(".share-list li")).to_contain_text("Valid · minutes, transcript · by Grace")
    assert grave_problems(page) == []
    shoot(page, "page-sharing")

    requested: list[Request] = []
    visitor = context_of(viewport={"width": 390, "height": 800}).new_page()
    visitor.on("request", lambda request: requested.append(request))
    visitor.goto(field.input_value())
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Weekly")
    expect(visitor.get_by_text("I will send the draft of the plan by Friday.", exact=True)).to_be_visible()
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {request.url.split("/")[3] for request in requested} <= {"shared", "page", "favicon.ico"}
    assert [request.headers.get("referer") for request in requested if request.headers.get("referer")] == []
    assert grave_problems(visitor) == []
    shoot(visitor, "shared-meeting")

    page.get_by_role("button", name="Revoke the link").click()
    expect(page.locator(".share-list li")).to_contain_text("Revoked")
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("No meeting here")
