"""Edits on the page: items are ticked off, changed, added and deleted, lines corrected, details changed, and all of it undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import (
    Serving,
    judged_items,
    meeting,
    open_meeting,
    page,
    serving,
)
from meeting_pipeline_tests.browsing import eventually, grave_problems, shoot, wait_until

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser

Contexts = Callable[..., BrowserContext]
TASK = "Send the draft"


@pytest.fixture
def key(installation: Installation) -> str:
    row = meeting(installation)
    judged_items(installation, row.key)
    return str(row.key)


def fields(installation: Installation, key: str) -> list[tuple[Any, ...]]:
    found = installation.store.records.get(key).action_items or ()
    return [(item.task, item.owner, str(item.due_date), item.status) for item in found]


def editors(installation: Installation, key: str) -> list[str | None]:
    return [entry.edited_by for entry in installation.store.edit_history.newest(key)]


def test_an_item_is_ticked_off_and_the_change_is_undone(page: Page, installation: Installation, key: str) -> None:
    open_meeting(page, key)
    fact = page.locator(".action-items li.item").first
    text = fact.locator(".item-text").inner_text()
    fact.get_by_role("checkbox").check()
    expect(fact.locator(".status")).to_have_text("Done")
    expect(fact).to_contain_text("Edited by Grace")
    page.get_by_text("1 change by people").click()
    page.get_by_role("button", name="Undo change 1").click()
    expect(fact.get_by_role("checkbox")).not_to_be_checked()
    expect(fact.locator(".status")).to_have_count(0)
    assert text
    eventually(page, lambda: editors(installation, key) == ["Grace"] * 2, "two entries of the history")
    assert grave_problems(page) == []


def test_every_change_of_many_is_counted_listed_and_can_be_undone(
    page: Page, installation: Installation, key: str
) -> None:
    for number in range(60):
        installation.store.recording_edits.change(key, {"title": f"Title {number}"}, by="Grace")
    open_meeting(page, key)
    page.get_by_text("60 changes by people", exact=True).click()
    expect(page.locator(".changes-list > li")).to_have_count(60)
    expect(page.get_by_role("button", name="Undo change 1:")).to_be_visible()


def test_a_damaged_address_of_a_meeting_is_a_page_that_says_so(page: Page, key: str) -> None:
    open_meeting(page, key)
    problems: list[object] = []
    page.on("pageerror", lambda error: problems.append(error))
    page.goto(f"{page.url.partition('#')[0]}#/meetings/2026-%E0%A4")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such meeting")
    assert problems == []


def test_an_item_is_edited_with_the_keyboard_alone(page: Page, installation: Installation, key: str) -> None:
    open_meeting(page, key)
    edit = page.locator(".action-items li.item").first.get_by_role("button", name="Edit")
    edit.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Task")).to_be_focused()
    page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    page.keyboard.press("Enter")
    assert grave_problems(page) == []
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Mail the plan")
    page.get_by_label("Owner").fill("Priya")
    page.get_by_label("Due").fill("2026-12-24")
    page.locator(".edit-form").get_by_label("Status").select_option("dropped")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    shown = page.locator(".action-items li.item").first
    expect(shown).to_contain_text("Mail the plan")
    expect(shown.locator(".status")).to_have_text("Dropped")
    expect(shown.get_by_role("button", name="Edit")).to_be_focused()
    assert fields(installation, key)[0][0] == "Mail the plan"
    assert fields(installation, key)[0][2:] == ("2026-12-24", "dropped")
    shoot(page, "page-edits")


def test_items_and_decisions_are_added_and_deleted(page: Page, installation: Installation, key: str) -> None:
    open_meeting(page, key)
    page.get_by_role("button", name="Add an action item").click()
    page.get_by_label("Task").fill("Book <b>a room</b>")
    page.get_by_role("button", name="Save").click()
    added = page.locator(".action-items li.item").filter(has_text="Book <b>a room</b>")
    expect(added).to_contain_text("Added by Grace")
    page.get_by_role("button", name="Add a decision").click()
    page.get_by_label("Decision", exact=True).fill("We meet on Mondays")
    page.get_by_label("Decided by").fill("Dana, Priya")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".decisions li.item").filter(has_text="We meet on Mondays")).to_contain_text("Dana, Priya")
    added.get_by_role("button", name="Delete").click()
    expect(added).to_have_count(0)
    assert "Book <b>a room</b>" not in [one[0] for one in fields(installation, key)]


def test_a_line_of_the_transcript_and_its_speaker_are_corrected(
    page: Page, installation: Installation, key: str
) -> None:
    open_meeting(page, key)
    line = page.locator("#segment-1")
    line.get_by_role("button", name="Correct what was said").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="What was said")).to_be_focused()
    page.get_by_role("textbox", name="What was said").fill("I will send the graph of the plan by Friday.")
    page.locator(".edit-form").get_by_label("Speaker").select_option("Dana")
    page.get_by_role("button", name="Save").click()
    expect(line.locator(".said")).to_have_text("I will send the graph of the plan by Friday.")
    expect(line.locator(".speaker")).to_have_text("Dana")
    record = installation.store.records.get(key)
    assert record.transcript is not None
    assert record.transcript.segments[1].text == "I will send the graph of the plan by Friday."


def test_title_and_date_are_changed_and_a_changed_language_says_its_price(
    page: Page, installation: Installation, key: str
) -> None:
    open_meeting(page, key)
    page.get_by_role("button", name="Edit title, date, people").click()
    page.locator(".edit-form").get_by_label("Title").fill("Board meeting")
    page.locator(".edit-form").get_by_label("Date").fill("2026-05-05")
    page.locator(".edit-form").get_by_label("Language").fill("de")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#meeting-title")).to_have_text("Board meeting")
    expect(page.get_by_text("Expected: 0.0100 USD")).to_be_visible()
    row = installation.store.recordings.get(key)
    assert (row.title, row.meeting_date.isoformat(), row.language) == ("Board meeting", "2026-05-05", "de")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    page: Page, installation: Installation, key: str
) -> None:
    open_meeting(page, key)
    page.locator(".action-items li.item").first.get_by_role("button", name="Edit").click()
    known = next(
        claim for claim in installation.store.records.get(key).claims or () if claim.part == "items" and claim.published
    )
    installation.store.item_edits.change(key, known.claim_id, {"text": "Theirs"}, by="Ben")
    page.get_by_label("Task").fill("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".action-items [role=alert]")).to_contain_text("edited in the meantime")
    expect(page.get_by_label("Task")).to_have_value("Mine")
    assert fields(installation, key)[0][0] == "Theirs"
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".action-items li.item").first).to_contain_text("Theirs")


def test_where_no_key_is_needed_a_name_is_asked_for_once(
    serving: Serving, context_of: Contexts, installation: Installation, key: str
) -> None:
    page = context_of(base_url=serving.url).new_page()
    page.add_init_script("localStorage.removeItem('meeting-pipeline-editor')")
    open_meeting(page, key)
    box = page.locator(".action-items li.item").first.get_by_role("checkbox")
    box.click()
    dialog = page.get_by_role("dialog", name="What is your name?")
    expect(dialog.get_by_label("Your name")).to_be_focused()
    assert grave_problems(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator(".action-items [role=alert]")).to_contain_text("no name was given")
    expect(box).not_to_be_checked()
    assert installation.store.edit_history.newest(key) == []
    box.click()
    dialog.get_by_label("Your name").fill("Jürgen 李")
    page.keyboard.press("Enter")
    status = page.locator(".action-items li.item .status")
    expect(status).to_have_text("Done")
    box.click()
    expect(status).to_have_count(0)
    wait_until(page, "document.querySelector('dialog') === null")
    eventually(page, lambda: editors(installation, key) == ["Jürgen 李"] * 2, "two entries of the history")


def test_the_forms_fit_a_phone_and_text_runs_from_right_to_left(
    serving: Serving, context_of: Contexts, installation: Installation, key: str
) -> None:
    page = context_of(base_url=serving.url, viewport={"width": 390, "height": 844}).new_page()
    open_meeting(page, key)
    page.locator(".action-items li.item").first.get_by_role("button", name="Edit").click()
    task = page.get_by_label("Task")
    task.fill("לשלוח את הצעת המחיר")
    assert task.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Save").click()
    shown = page.locator(".action-items li.item").first.locator(".item-text")
    expect(shown).to_contain_text("לשלוח")
    assert shown.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert grave_problems(page) == []
    shoot(page, "page-edits-phone")
