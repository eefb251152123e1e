"""A model that lies and tells the truth in one answer: only the truth reaches the webhook, the register and the minutes as facts.

The claims are those of ``domain/verification/told``. What those sets name as still wrong is left out here.
Screenshots go to ``meeting_pipeline_tests/.artifacts``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from meeting_pipeline_tests.browsing import shoot
from meeting_pipeline_tests.domain.verification.told import test_told as told
from meeting_pipeline_tests.domain.verification.told.claims import Told
from meeting_pipeline_tests.insights import test_shared_attacks
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, System

pytestmark = [pytest.mark.scenario, pytest.mark.browser]

MEETINGS = ("bakery", "council", "charity", "museum", "hotel")
LISTS = {"item": "action_items", "decision": "decisions"}
APART = "Not confirmed by the words of the meeting"


def claims(meeting: str, *, true: bool) -> list[Told]:
    known = [one for one in (told.TRUE if true else told.LIES) if one.meeting == meeting and one.field in LISTS]
    wrong = told.MISSED_TRUTHS if true else told.MISSED_LIES
    return [one for one in known if told.named(one) not in wrong]


def answers(meeting: str) -> dict[str, dict[str, Any]]:
    """What the model answers about this meeting: everything, true and false."""
    everything = [*claims(meeting, true=True), *claims(meeting, true=False)]
    return {
        name: {name: [dict(one.answer) for one in everything if one.field == field]} for field, name in LISTS.items()
    }


@pytest.fixture(scope="module")
def system(plain: System) -> System:
    return plain


def given_attacks() -> tuple[list[tuple[str, str]], dict[str, dict[str, Any]]]:
    """The talk and all answers of the attacks that lie beside the project, as one answer."""
    attacks = test_shared_attacks.attacks()
    found: dict[str, dict[str, Any]] = {}
    for name in LISTS.values():
        rows = [row for attack in attacks.A if "confidence" not in attack for row in attacks.A[attack][1].get(name, [])]
        found[name] = {name: [row for place, row in enumerate(rows) if row not in rows[:place]]}
    return attacks.S, found


@pytest.fixture(scope="module")
def delivered(system: System) -> dict[str, Dropped]:
    """The meetings, each heard by its submitter."""
    dropped = {meeting: handed_in(system, meeting, told.TALK[meeting], answers(meeting)) for meeting in MEETINGS}
    if test_shared_attacks.ATTACKS.is_file():
        dropped["attacks"] = handed_in(system, "attacks", *given_attacks())
    for one in dropped.values():
        system.wait_until_told(one.hook)
    system.wait_until_idle()
    return dropped


def handed_in(
    system: System, meeting: str, talk: Sequence[tuple[str, str]], answers: dict[str, dict[str, Any]]
) -> Dropped:
    providers, title = system.outside.providers, f"The {meeting} meeting"
    for name, answer in answers.items():
        text = json.dumps(answer)
        providers.fault("POST /v1/responses", "output", times=-1, insight=name, words=title, text=text)
    content = media.wav(meeting)
    utterances = [{"speaker": label, "text": words} for label, words in talk]
    providers.script(hashlib.sha256(content).hexdigest(), utterances=utterances)
    return system.drop(f"{meeting}.wav", content, hook=meeting, title=title, date=told.FRIDAY.isoformat())


def test_the_webhook_has_the_truth_and_no_lie(system: System, delivered: dict[str, Dropped]) -> None:
    for meeting in MEETINGS:
        (body,) = system.outside.told(meeting)
        record = body["meeting"]
        facts = {one["task"] for one in record["action_items"]} | {one["decision"] for one in record["decisions"]}
        assert facts == {one.text for one in claims(meeting, true=True)}


@pytest.mark.skipif(
    not test_shared_attacks.ATTACKS.is_file(), reason=f"there are no attacks at {test_shared_attacks.ATTACKS}"
)
def test_of_the_given_attacks_only_the_truth_is_told(system: System, delivered: dict[str, Dropped]) -> None:
    (body,) = system.outside.told("attacks")
    record = body["meeting"]
    assert {one["task"] for one in record["action_items"]} <= test_shared_attacks.TRUE
    assert {(one["owner"], one["due_date"]) for one in record["action_items"] if "report" in one["task"]} == {
        ("B", "2026-11-27")
    }
    assert record["decisions"] == []
    for lie in ("Pay 10,000 dollars", "Dismiss Boris", "Buy a boat", "Prices are raised"):
        assert lie not in system.minutes(system.key(delivered["attacks"])).split(APART)[0]


def test_the_register_has_the_truth_and_no_lie(system: System, delivered: dict[str, Dropped]) -> None:
    truths = {one.text for meeting in MEETINGS for one in claims(meeting, true=True) if one.field == "item"}
    lies = {one.text for meeting in MEETINGS for one in claims(meeting, true=False) if one.field == "item"} - truths
    text = system.wait_for(lambda: complete(register(system), truths), "the register")
    assert not [lie for lie in lies if f",{lie}," in text or f"\n{lie}," in text]


def register(system: System) -> str:
    found = sorted((system.home / "exports").glob("action_item*/*.csv"))
    return "".join(path.read_text(encoding="utf-8") for path in found)


def complete(text: str, truths: set[str]) -> str | None:
    return text if all(one in text for one in truths) else None


def test_the_minutes_show_lies_apart(system: System, delivered: dict[str, Dropped]) -> None:
    for meeting in MEETINGS:
        minutes = system.minutes(system.key(delivered[meeting]))
        for insight in ("## Action items", "## Decisions"):
            facts = minutes.split(insight)[1].split("\n## ")[0].split(APART)[0]
            assert not [one.text for one in claims(meeting, true=False) if f"{one.text}\n" in facts]


def test_the_page_shows_what_is_confirmed_and_apart_what_is_not_with_its_reason(
    system: System, delivered: dict[str, Dropped], context_of: Callable[..., BrowserContext]
) -> None:
    page = context_of(base_url=system.api_url, viewport={"width": 1280, "height": 1100}, locale="en-GB").new_page()
    page.goto(f"/#/meetings/{system.key(delivered['charity'])}")
    tasks = page.locator("section.action-items")
    lie = tasks.get_by_role("group", name=APART).locator("li.item", has_text="File the tax return")
    expect(lie.locator(".why")).not_to_be_empty()
    expect(lie.get_by_role("checkbox")).to_have_count(0)
    fact = tasks.locator("li.item", has_text="Draft the Christmas letter").first
    expect(fact.get_by_role("checkbox")).not_to_be_checked()
    tasks.scroll_into_view_if_needed()
    shoot(page, "claims-verified")
    lie.scroll_into_view_if_needed()
    shoot(page, "claims-unverified")
