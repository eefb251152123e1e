"""Asking on the page in a real browser: sentences with citations that open the meeting, passages, and what prevents an answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import MARKUP, Serving, meeting, page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot
from meeting_pipeline_tests.steps.asking.scripted import Scripted, sentence, using

__all__ = ["Serving", "page", "serving"]
pytestmark = pytest.mark.browser


def ask(page: Page, text: str) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search everything that was said").fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_citation_opens_the_meeting_at_the_line(page: Page, installation: Installation) -> None:
    meeting(installation, "Weekly")
    model = Scripted()
    using(installation, model)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    ask(page, "who sends the draft of the plan?")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("Not in your meetings")
    line = answer.locator(".passages p", has_text="I will send the draft").first
    expect(line).to_be_visible()
    said = line.inner_text().partition(": ")
    prompt = model.prompts[0]
    found = re.search(rf"\[(M1):(\d+) ([^\]]+)\] {re.escape(said[2])}", prompt)
    assert found is not None
    text = said[2].replace("I will", f"{found[3]} will")
    using(installation, Scripted(sentence(text, ("M1", [int(found[2])], said[2])), sentence("It is done.")))
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer.locator(".answer-sentence")).to_have_text(text)
    expect(answer).to_contain_text("Not shown, because the cited words do not support them: 1 sentence.")
    expect(answer).to_contain_text("0.0020 USD")
    assert grave_problems(page) == []
    shoot(page, "page-answer")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    answer.locator("a.citation").click()
    expect(page.locator(".segment.evidence-here")).to_contain_text("I will send the draft of the plan")
    assert errors == []


def test_what_prevents_an_answer_is_said_and_nothing_becomes_markup(page: Page, installation: Installation) -> None:
    meeting(installation)
    using(installation, None)
    ask(page, "the word for onerror?")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("No language model is set up")
    expect(answer).to_contain_text(MARKUP)
    assert page.evaluate("window.hacked") is None
    using(installation, Scripted(ProviderUnavailable("provider_unavailable", "It is away.", "Wait.")))
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer).to_contain_text("It is away.")
    page.get_by_role("searchbox", name="Search everything that was said").fill("another")
    expect(answer).to_be_hidden()
    page.get_by_role("searchbox", name="Search everything that was said").fill("?!")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(answer).to_contain_text("There is no question")
