"""Search by meaning in a real browser: what was said in other words joins the results once somebody has stopped typing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import embed, meaning, meeting, sent

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser


@pytest.fixture
def installation(open_with: OpenWith, providers: Providers) -> Installation:
    """An installation with search by meaning, and two meetings."""
    opened = open_with(**meaning(providers))
    meeting(opened, 1, "The automobile was acquired.", "It is noisy.", title="Other words")
    meeting(opened, 2, "Roses are red.", title="Garden")
    embed(opened)
    return opened


def test_other_words_join_the_results_after_a_pause_and_a_key_buys_nothing(page: Page, providers: Providers) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.keyboard.press("/")
    bought = len(sent(providers))
    page.keyboard.type("purchase vehicle", delay=20)
    expect(page.get_by_text("1 meeting. By words and meaning.", exact=True)).to_be_visible()
    hit = page.locator("a.search-hit")
    expect(hit).to_contain_text("The automobile was acquired. It is noisy.")
    expect(hit).to_contain_text("similar meaning")
    assert sent(providers)[bought:] == [["purchase vehicle"]]
    assert grave_problems(page) == []
    shoot(page, "page-search-by-meaning")
    hit.click()
    expect(page.locator(".segment.evidence-here")).to_contain_text("The automobile was acquired.")
    assert errors == []


def test_the_page_says_why_meaning_takes_no_part(page: Page, providers: Providers) -> None:
    providers.fault("POST /v1/embeddings", "status", status=503, times=-1)
    page.goto("/#/search?q=roses")
    expect(page.locator("#search-count")).to_contain_text(
        "1 meeting. By words alone: The embeddings server gave no vector"
    )
    expect(page.locator("a.search-hit")).to_contain_text("Roses are red.")
