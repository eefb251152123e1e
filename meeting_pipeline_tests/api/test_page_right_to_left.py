"""A meeting in Hebrew on the page: what people said and wrote runs from right to left, the page around it does not."""

# ruff: noqa: RUF001 - letters of other scripts look like Latin ones

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import open_meeting, page, serving
from meeting_pipeline_tests.browsing import grave_problems, shoot
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.steps.journeys import collected, completed
from meeting_pipeline_tests.store.samples import answer

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser

TASK = "לשלוח את הצעת המחיר של Acme Turbo 3 ללקוח"
TALK = vtt(
    ("דנה כהן", "בוקר טוב, החלטנו להוציא את הגרסה בשני שלבים."),
    ("יוסי לוי", "אני אשלח את הצעת המחיר של Acme Turbo 3 ללקוח עד יום שישי, 13:30 (לא מאוחר יותר)."),
    ("דנה כהן", "תודה! נדבר מחר על ה-roadmap."),
)


def test_words_run_from_right_to_left_and_the_page_does_not(page: Page, installation: Installation) -> None:
    row = accepted(installation, "hebrew.vtt", TALK, title="פגישה שבועית - Acme", participants=["דנה כהן", "יוסי לוי"])
    collected(installation, row, "run-1")
    completed(installation, row, "run-1")
    item = ActionItem(
        task=TASK, owner="יוסי לוי", due_date=None, due_words="עד יום שישי", candidate=False,
        evidence=Evidence(segment_ids=(1,), quote="אני אשלח את הצעת המחיר של Acme Turbo 3 ללקוח"),
    )  # fmt: skip
    installation.store.lifecycle.begin(row.key, "judged", collecting=False)
    installation.store.results.store_answer(row.key, "judged", answer(ActionItems(items=(item,))), input_hash="i")
    installation.store.leases.end("judged")
    open_meeting(page, row.key)
    task = page.get_by_text(TASK)
    expect(task).to_be_visible()
    for place in (task, page.locator(".segment .said").first, page.locator("#meeting-title"), page.locator("q").first):
        assert place.evaluate("element => getComputedStyle(element).direction") == "rtl"
    line = page.locator(".segment").first
    name, time = line.locator(".speaker").bounding_box(), line.locator(".at").bounding_box()
    assert name is not None
    assert time is not None
    assert name["x"] > time["x"], "a line begins at the right, with its speaker"
    assert page.locator("body").evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert grave_problems(page) == []
    shoot(page, "page-right-to-left")
