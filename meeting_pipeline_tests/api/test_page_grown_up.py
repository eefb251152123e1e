"""The page with much on it: sixty items, three hours of talk, many recordings, and what needs a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.test_page_in_a_browser import (
    TALK,
    Serving,
    judged_items,
    meeting,
    open_meeting,
    page,
    serving,
)
from meeting_pipeline_tests.api.test_page_print import with_items
from meeting_pipeline_tests.browsing import grave_problems, press_twice, shoot, wait_until
from meeting_pipeline_tests.installations import accepted, drop
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.steps.journeys import collected, completed

__all__ = ["page", "serving"]
pytestmark = pytest.mark.browser

Contexts = Callable[..., BrowserContext]
SEGMENTS = 2000
"""About what is said in three hours."""


def test_sixty_items_are_a_line_each_fold_and_are_found_while_they_are_folded(
    page: Page, installation: Installation
) -> None:
    open_meeting(page, with_items(installation, 60))
    actions = page.get_by_role("region", name="Action items")
    rows = actions.locator("ol.items").first
    expect(rows.locator(".item.folded")).to_have_count(60)
    box = rows.bounding_box()
    assert box is not None
    assert box["height"] <= 2 * 900, "sixty items fit on two screens"
    first = rows.locator(".item").first
    expect(first.locator("button.evidence")).not_to_be_visible()
    first.get_by_role("button", name="Details: Task number 0 ").click()
    expect(first.locator("button.evidence")).to_be_visible()
    expect(first.get_by_role("button", name="Details: Task number 0 ")).to_have_attribute("aria-expanded", "true")
    assert rows.locator(".item-more").nth(1).get_attribute("hidden") == "until-found"
    rows.locator(".item-more").nth(1).dispatch_event("beforematch")
    expect(rows.locator(".item").nth(1).locator("button.evidence")).to_be_visible()
    actions.get_by_role("button", name="Unfold all: action items").click()
    expect(rows.locator(".item.folded")).to_have_count(0)
    actions.get_by_role("button", name="Fold all: action items").click()
    expect(rows.locator(".item.folded")).to_have_count(60)
    assert grave_problems(page) == []
    shoot(page, "page-sixty-items")


def test_an_unfolded_item_stays_so_when_the_meeting_is_drawn_again(page: Page, installation: Installation) -> None:
    open_meeting(page, with_items(installation, 12))
    item = page.locator(".action-items .item").nth(3)
    item.get_by_role("button", name="Details:").click()
    item.get_by_role("checkbox").check()
    expect(page.locator(".action-items .status")).to_have_text("Done")
    expect(page.locator(".action-items .item:not(.folded).dense")).to_have_count(1)


def test_the_contents_lead_to_each_part_and_fold_on_a_small_screen(
    page: Page, serving: Serving, context_of: Contexts, installation: Installation
) -> None:
    key = with_items(installation, 60)
    open_meeting(page, key)
    contents = page.get_by_role("navigation", name="Contents of this meeting")
    contents.get_by_role("button", name="Speakers").click()
    expect(page.get_by_role("heading", name="Speakers")).to_be_focused()
    expect(page.get_by_role("heading", name="Speakers")).to_be_in_viewport()
    expect(contents).to_be_in_viewport()
    expect(contents.get_by_role("button", name="Action items 60")).to_be_visible()
    small = context_of(base_url=serving.url, viewport={"width": 390, "height": 844}).new_page()
    open_meeting(small, key)
    contents = small.get_by_role("navigation", name="Contents of this meeting")
    expect(contents.get_by_role("button", name="Transcript")).to_be_hidden()
    contents.get_by_text("Contents", exact=True).click()
    contents.get_by_role("button", name="Transcript").click()
    expect(small.get_by_role("heading", name="Transcript", exact=True)).to_be_in_viewport()
    expect(contents.get_by_role("button", name="Transcript")).to_be_hidden()
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave_problems(small) == []


def test_downloads_are_above_what_was_found(page: Page, installation: Installation) -> None:
    open_meeting(page, meeting(installation).key)
    expect(page.get_by_role("link", name="Minutes Word")).to_be_in_viewport()
    last = page.get_by_role("button", name="Print with transcript").bounding_box()
    summary = page.get_by_role("heading", name="Summary").bounding_box()
    assert last is not None
    assert summary is not None
    assert last["y"] < summary["y"]


def test_the_sound_is_faster_skips_and_is_followed_by_keys_that_can_be_switched_off(
    page: Page, installation: Installation
) -> None:
    drop(installation, "weekly.vtt", TALK)
    row = accepted(installation, "weekly.wav", wav("weekly", seconds=40), title="Weekly")
    collected(installation, row)
    completed(installation, row)
    open_meeting(page, row.key)
    speed = page.get_by_role("combobox", name="Speed")
    page.keyboard.press("f")
    expect(speed).to_have_value("1.25")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25
    page.keyboard.press("s")
    expect(speed).to_have_value("1")
    page.keyboard.press("l")
    expect(page.locator(".time")).to_contain_text("0:10 /")
    page.keyboard.press("j")
    expect(page.locator(".time")).to_contain_text("0:00 /")
    page.keyboard.press("t")
    expect(page.get_by_role("checkbox", name="Follow")).not_to_be_checked()
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".segment[aria-current]")).to_have_count(1)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()

    page.get_by_placeholder("Search the transcript").press("f")
    expect(speed).to_have_value("1")
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Back ten seconds")).to_be_visible()
    assert grave_problems(page) == []
    shoot(page, "page-keys")
    keys.get_by_role("checkbox", name="Single-letter shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.press("/")
    expect(speed).to_have_value("1")
    expect(page.get_by_label("Search everything that was said")).not_to_be_focused()


def test_the_transcript_follows_the_sound_until_somebody_scrolls(page: Page, installation: Installation) -> None:
    key = meeting(installation).key
    many_segments(page, key)
    open_meeting(page, key)
    expect(page.locator(".segment")).to_have_count(SEGMENTS)
    at = """(ms) => import('/page/transcript.js').then(({ TranscriptView }) => {
      window.view ??= new TranscriptView(null);
      if (!view.segments.length) {
        view.update({ speakers: [], language: 'en', segments: Array.from({ length: 300 }, (_, id) => (
          { id, speaker: 'A', text: `Line ${id}`, start_ms: id * 1000, end_ms: id * 1000 + 900 })) });
        document.querySelector('.transcript').replaceChildren(view.element);
      }
      view.at(ms, true, true);
    })"""
    page.evaluate(at, 200_000)
    spoken = page.locator(".segment.spoken")
    expect(spoken).to_contain_text("Line 200")
    expect(spoken).to_be_in_viewport()
    page.locator(".transcript-scroll").dispatch_event("wheel")
    page.evaluate(at, 20_000)
    expect(spoken).to_contain_text("Line 20")
    expect(spoken).not_to_be_in_viewport()


def many_segments(page: Page, key: str) -> None:
    """Answer with a transcript of three hours."""

    def answer(route: Route) -> None:
        given = route.fetch()
        document = given.json()
        first = document["meeting"]["segments"][0]
        said = "of the talk " * 8
        document["meeting"]["segments"] = [
            {**first, "id": at, "start_ms": at * 5400, "end_ms": at * 5400 + 5000, "text": f"Line {at} {said}"}
            for at in range(SEGMENTS)
        ]
        route.fulfill(response=given, body=json.dumps(document))

    page.route(f"**/v1/meetings/{key}", answer)


def test_three_hours_of_talk_are_all_there_to_be_found_and_printed(page: Page, installation: Installation) -> None:
    key = meeting(installation).key
    many_segments(page, key)
    open_meeting(page, key)
    expect(page.locator(".segment")).to_have_count(SEGMENTS)
    assert page.evaluate(f"window.find('Line {SEGMENTS - 1} of')"), "what was never on the screen is found"
    page.evaluate("document.getElementById('meeting').classList.add('with-transcript')")
    page.emulate_media(media="print")
    wait_until(page, "() => getComputedStyle(document.querySelector('.chunk')).contentVisibility === 'visible'")
    assert page.evaluate("document.querySelectorAll('*').length") < 9 * SEGMENTS


def test_how_much_each_person_talked_is_shown_and_follows_merging(page: Page, installation: Installation) -> None:
    open_meeting(page, meeting(installation).key)
    talk = page.locator(".speakers .talk")
    expect(talk).to_have_count(2)
    shares = [int(words.split(" ")[0]) for words in talk.all_inner_texts()]
    assert sum(shares) == 100
    assert shares[0] > shares[1]
    page.get_by_role("button", name="Rename Priya").click()
    page.get_by_label("Is the same person as").select_option(label="Dana")
    page.get_by_role("button", name="Save").click()
    expect(talk).to_have_count(1)
    expect(talk).to_contain_text("100 %")


def test_the_list_is_grouped_by_day_or_series_with_what_moves_at_the_top(
    page: Page, installation: Installation
) -> None:
    for number, day in enumerate((date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 9))):
        title = "Board call" if number == 2 else f"Weekly {number + 1}"
        row = accepted(
            installation, f"{number}.vtt", TALK.replace("today", f"{number}"), title=title, date=day.isoformat()
        )
        collected(installation, row, f"run-{number}")
        completed(installation, row, f"run-{number}")
    accepted(installation, "moves.wav", wav("moves"), title="Moves", date="2026-01-01")
    page.goto("/")
    groups, links = page.locator("li.group h3"), page.locator("a.recording-title")
    expect(groups).to_have_text(["In progress", "Mon, 9 Mar 2026 2", "Mon, 2 Mar 2026"])
    expect(links).to_have_text(["Moves", "Board call", "Weekly 2", "Weekly 1"])
    facts = page.locator(".recording.over .facts")
    expect(facts.filter(has_text="March 2026")).to_have_count(0)  # the heading says the day
    tops = [where["y"] for where in map(Locator.bounding_box, (groups.last, links.last)) if where is not None]
    assert abs(tops[0] - tops[1]) < 20, "a day stands beside its meetings"
    page.get_by_label("Arrange by").select_option("series")
    expect(facts.filter(has_text="March 2026")).to_have_count(3)
    expect(groups).to_have_text(["In progress", "Weekly 2", "Other meetings"])
    expect(links).to_have_text(["Moves", "Weekly 2", "Weekly 1", "Board call"])
    assert grave_problems(page) == []


def test_what_needs_a_person_is_counted_and_leads_there(page: Page, installation: Installation) -> None:
    page.goto("/")
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    expect(page.get_by_role("region", name="Needs attention")).to_be_hidden()
    row = meeting(installation)
    judged_items(installation, row.key)
    needs = page.get_by_role("region", name="Needs attention")
    needs.get_by_text("1 with unconfirmed items").click()
    expect(needs.get_by_role("link", name="Weekly")).to_be_visible()
    accepted(installation, "broken.wav", wav("broken"), title="Broken")
    broken = page.locator("li.recording", has_text="Broken")
    press_twice(broken, "Cancel: Broken", "Really cancel: Broken?")
    needs.get_by_role("button", name="1 failed").click()
    expect(page.locator("a.recording-title")).to_have_text(["Broken"])
    expect(page.get_by_role("heading", name="Recordings", exact=True)).to_be_focused()
    assert grave_problems(page) == []
    needs.get_by_role("link", name="Weekly").click()
    page.get_by_role("button", name="Accept: Delete the database").click()
    expect(page.locator(".unconfirmed")).to_have_count(0)
    page.get_by_role("link", name="All recordings").click()
    expect(needs.get_by_text("unconfirmed")).to_have_count(0)


def test_the_date_of_a_file_is_asked_for_and_what_is_not_applied_is_said(
    page: Page, installation: Installation
) -> None:
    page.goto("/")
    sound = {"name": "call 2026-03-05.wav", "mimeType": "audio/wav", "buffer": wav("dated")}
    page.locator("#files").set_input_files(sound)  # type: ignore[arg-type]
    expect(page.get_by_text("Empty: from the file, 5 Mar")).to_be_visible()
    page.get_by_label("Date of call 2026-03-05.wav").fill("2026-03-04")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("a.recording-title")).to_have_text(["call 2026-03-05"])
    (row,) = installation.store.recordings.list(limit=5)
    assert row.meeting_date == date(2026, 3, 4)
    page.locator("#files").set_input_files(sound)  # type: ignore[arg-type]
    page.get_by_label("Date of call 2026-03-05.wav").fill("2026-03-06")
    page.get_by_role("button", name="Submit").click()
    upload = page.locator(".upload")
    expect(upload).to_contain_text("It was submitted before.")
    expect(upload.locator(".ignored li")).to_have_count(1)


def test_a_meeting_whose_scripts_did_not_arrive_is_opened_once_they_do(
    page: Page, serving: Serving, installation: Installation
) -> None:
    meeting(installation)
    away = [True]  # not taken away again: a request may be on its way through the handler just then
    page.route("**/page/meeting.js", lambda route: route.abort() if away else route.fallback())
    page.goto("/")
    page.get_by_role("link", name="Weekly").click()
    expect(page.locator("#meeting .notice")).to_contain_text("The service does not respond.")
    away.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
