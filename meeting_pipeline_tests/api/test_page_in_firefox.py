"""The page in Firefox: it is read, heard by keyboard, edited, kept up to date in two tabs, printed, and has no grave problems."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import TALK, Serving, judged_items, meeting
from meeting_pipeline_tests.firefox import Firefox, firefox
from meeting_pipeline_tests.installations import accepted

__all__ = ["firefox"]
pytestmark = pytest.mark.browser


@pytest.fixture
def serving(installation: Installation) -> Iterator[Serving]:
    serving = Serving(installation)
    yield serving
    serving.stop()


def grave(firefox: Firefox) -> list[str]:
    """The serious and critical findings of axe-core."""
    from axe_playwright_python.base import AXE_SCRIPT

    firefox.run(AXE_SCRIPT)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in firefox.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)"
        )
        if one["impact"] in ("serious", "critical")
    ]


def test_a_meeting_is_read_edited_and_followed_in_firefox(
    serving: Serving, installation: Installation, firefox: Firefox
) -> None:
    key = meeting(installation).key
    judged_items(installation, key)
    firefox.open(f"{serving.url}/")
    firefox.until("document.querySelector('a.recording-title')?.textContent === 'Weekly'")
    firefox.until("document.querySelector('#attention-list')?.textContent.includes('1 with unconfirmed items')")
    assert grave(firefox) == []
    accepted(installation, "later.vtt", TALK.replace("today", "later"), title="Later")
    firefox.until("document.querySelector('a.recording-title')?.textContent === 'Later'")

    firefox.run("localStorage.setItem('meeting-pipeline-editor', 'Grace')")
    firefox.open(f"{serving.url}/?again#/meetings/{quote(key)}", width=390, height=844)
    firefox.until("document.querySelectorAll('.segment').length === 3")
    assert firefox.evaluate("document.documentElement.scrollWidth") <= 390
    firefox.run("document.querySelector('.action-items .tick input').click()")
    firefox.until("document.querySelector('.action-items .status')?.textContent === 'Done'")
    firefox.press("?")
    firefox.until("document.querySelector('dialog.keys')?.open")
    firefox.press("\ue00c")  # Escape
    firefox.until("!document.querySelector('dialog.keys').open")
    firefox.run("document.querySelector('.action-items button.evidence').click()")
    firefox.until("document.querySelector('.segment.evidence-here')?.textContent.includes('I will send the draft')")
    assert grave(firefox) == []
    firefox.shoot("page-meeting-firefox")
    assert firefox.printed().startswith(b"%PDF")
