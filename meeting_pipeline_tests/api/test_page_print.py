"""A meeting on paper is its minutes: all items, compact, on real pages, without player and buttons."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.minutes import minutes_markdown
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import TALK, open_meeting, page, serving
from meeting_pipeline_tests.browsing import ARTIFACTS, wait_until
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.steps.journeys import collected, completed
from meeting_pipeline_tests.store.samples import answer

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser
QUOTE = "I will send the draft of the plan by Friday."


def with_items(installation: Installation, number: int) -> str:
    """A finished meeting with so many action items, and one more that its words do not confirm."""
    row = accepted(installation, "weekly.vtt", TALK, title="Weekly", participants=["Dana", "Priya"])
    collected(installation, row, "run-1")
    completed(installation, row, "run-1")
    items = [
        ActionItem(
            task=f"Task number {place} for the release of the plan", owner="Priya", due_date=None, due_words="by Friday",
            candidate=False, evidence=Evidence(segment_ids=(1,), quote=QUOTE),
        )
        for place in range(number)
    ]  # fmt: skip
    items.append(
        items[0].model_copy(
            update={"task": "Never said", "verdict": Verdict.UNVERIFIED, "reasons": ("quote_not_found",)}
        )
    )
    installation.store.lifecycle.begin(row.key, "judged", collecting=False)
    installation.store.results.store_answer(row.key, "judged", answer(ActionItems(items=tuple(items))), input_hash="i")
    installation.store.leases.end("judged")
    return row.key


def printed(page: Page, name: str) -> Path:
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"{name}.pdf"
    page.pdf(path=path, format="A4", prefer_css_page_size=False, margin=None)
    return path


def pages(path: Path) -> int:
    """Chromium writes the objects of pages uncompressed."""
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def text_of(path: Path) -> str:
    """The words of a PDF, if there is a program that reads them."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed: Debian's package is poppler-utils")
    done = subprocess.run([reader, "-layout", str(path), "-"], capture_output=True, text=True, timeout=300, check=True)
    return done.stdout


def test_sixty_items_are_a_few_pages_with_every_item(page: Page, installation: Installation) -> None:
    open_meeting(page, with_items(installation, 60))
    expect(page.get_by_text("Task number 59 ")).to_be_visible()
    path = printed(page, "print-sixty-items")
    assert pages(path) <= 3
    words = text_of(path)
    assert [place for place in range(60) if f"Task number {place} for" not in words] == []
    assert re.search(r"Not confirmed by the words of the meeting.*Never said", words, re.DOTALL)
    assert re.search(rf"\b1\s*/\s*{pages(path)}\b", words)


def test_more_items_than_the_screen_shows_at_first_are_all_printed(page: Page, installation: Installation) -> None:
    open_meeting(page, with_items(installation, 130))
    expect(page.get_by_role("button", name="Show all 130 action items")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".action-items .items").first.locator(".item")).to_have_count(130)


def test_nothing_that_only_works_on_a_screen_is_printed(page: Page, installation: Installation) -> None:
    open_meeting(page, with_items(installation, 3))
    expect(page.get_by_text("Task number 2 ")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    for shown in (page.get_by_role("heading", level=1), page.get_by_text("Task number 2 "), page.locator("q").first):
        expect(shown).to_be_visible()
    visible = page.locator("button:visible").evaluate_all("all => all.map((one) => one.className)")
    assert set(visible) <= {"evidence", "topic", "person"}
    for gone in (
        page.locator("header.top"),
        page.locator("#meeting .back"),
        page.locator(".side"),
        page.locator(".downloads"),
    ):
        expect(gone).to_be_hidden()
    assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(0, 0, 0)"
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_transcript_is_printed_if_asked_for_and_on_pages_of_its_own(page: Page, installation: Installation) -> None:
    open_meeting(page, with_items(installation, 3))
    page.evaluate("window.print = () => { window.printedWith = document.getElementById('meeting').className }")
    page.get_by_role("button", name="Print with transcript").click()
    wait_until(page, "window.printedWith === 'with-transcript'")
    path = printed(page, "print-with-transcript")
    assert pages(path) == 2
    words = text_of(path)
    assert re.search(r"Dana\s+0:00\s+Good morning, we decided to ship the release in two steps\.", words)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.get_by_role("button", name="Print", exact=True).click()
    wait_until(page, "window.printedWith === ''")


def test_the_minutes_are_copied_with_their_formatting_and_as_text(page: Page, installation: Installation) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key = with_items(installation, 1)
    open_meeting(page, key)
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("The minutes were copied.").wait_for(state="visible")  # not only for screen readers
    read = "async (type) => (await (await navigator.clipboard.read())[0].getType(type)).text()"
    assert page.evaluate(read, "text/plain") == minutes_markdown(installation.store.records.get(key))
    copied = page.evaluate(read, "text/html")
    assert "<h1" in copied
    assert "<li" in copied


def test_the_minutes_are_copied_as_markdown(page: Page, installation: Installation) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    key = with_items(installation, 1)
    open_meeting(page, key)
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.locator("#announcer")).to_contain_text("The minutes were copied.")
    assert page.evaluate("navigator.clipboard.readText()") == minutes_markdown(installation.store.records.get(key))
