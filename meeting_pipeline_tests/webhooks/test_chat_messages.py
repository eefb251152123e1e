"""Messages for Slack and Teams: within their limits, and words of the meeting stay words."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from meeting_pipeline.domain.sidecar_options import WebhookBody
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.chat_message import clipped
from meeting_pipeline.webhooks.commitment_payload import build_commitment_payload
from meeting_pipeline.webhooks.payload import build_payload
from meeting_pipeline.webhooks.redaction import without_echoed_content
from meeting_pipeline.webhooks.submission_body import CHATS, body_for_submission
from meeting_pipeline_tests.webhooks.test_payload import RECORD, URL, EventHeader

BODY: dict[str, Any] = json.loads(build_payload(RECORD, EventHeader(), URL, api_url="https://meetings.example.org"))
HOSTILE = "<!channel> @everyone <@U123> *bold* _it_ ~no~ `x` :tada: [a](http://evil.example) {{DATE(2017-02-14T06:00:00Z,SHORT)}} & <at>Ann</at>"  # noqa: E501
EMOJI = "\U0001f600"


def said(text: str, *, items: int = 1, **changes: Any) -> dict[str, Any]:
    """The event with this text wherever people's text can be."""
    item = {"verdict": "verified", "accepted_by": None, "candidate": True, "status": "open"}
    meeting = {
        **BODY["meeting"],
        "title": text,
        "summary": {"short_summary": text, "sentences": [{**item, "text": text}] * items},
        "decisions": [{**item, "decision": text, "decided_by_names": [text]}] * items,
        "action_items": [{**item, "task": text, "owner_name": text, "due_words": text, "due_date": None}] * items,
    }
    return {**BODY, "meeting": meeting, **changes}


def sent(body: dict[str, Any], form: str) -> dict[str, Any]:
    event = json.dumps(body).encode()
    made = body_for_submission(event, form=form, reference="cms-1", metadata={"site": "Ulm"})
    assert made == body_for_submission(event, form=form, reference="cms-1", metadata={"site": "Ulm"})
    message: dict[str, Any] = json.loads(made)
    return message


def slack(body: dict[str, Any]) -> dict[str, Any]:
    return sent(body, "slack")


def teams(body: dict[str, Any]) -> list[dict[str, Any]]:
    message = sent(body, "teams")
    [attachment] = message["attachments"]
    assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert len(body_for_submission(json.dumps(body).encode(), form="teams", reference=None, metadata=None)) <= 28 * 1024
    blocks: list[dict[str, Any]] = attachment["content"]["body"]
    return blocks


def shown(value: object) -> Iterator[str]:
    """Every text that a reader sees."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str) and value.get("type") in ("plain_text", "text", "TextRun"):
            yield value["text"]
        for inner in value.values():
            yield from shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from shown(inner)


def kinds(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["type"]] if isinstance(value.get("type"), str) else []
        for inner in value.values():
            yield from kinds(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from kinds(inner)


def test_every_chat_that_there_is_can_be_chosen_with_a_submission() -> None:
    assert {*CHATS, "full", "thin"} == set(get_args(WebhookBody))


@pytest.mark.parametrize("form", CHATS)
def test_a_message_tells_what_was_decided_and_undertaken_and_leads_to_the_page(form: str) -> None:
    message = sent(BODY, form)
    texts = "\n".join(shown(message))
    meeting = BODY["meeting"]
    for told in (
        "Weekly",
        "2026-03-02",
        "Plans.",
        meeting["action_items"][0]["task"],
        meeting["decisions"][0]["decision"],
    ):
        assert told in texts
    assert "This is a draft" in texts
    assert BODY["links"]["page"] in json.dumps(message)
    assert "cms-1" not in json.dumps(message)
    assert "Ulm" not in json.dumps(message)


def test_slack_reads_no_markup_in_words_of_the_meeting() -> None:
    message = slack(said(HOSTILE))
    used = set(kinds(message["blocks"]))
    assert used <= {
        "header",
        "context",
        "plain_text",
        "rich_text",
        "rich_text_section",
        "rich_text_list",
        "text",
        "link",
    }
    assert {block["text"]["emoji"] for block in message["blocks"] if block["type"] == "header"} == {False}
    assert "<!channel> @everyone <@U123> *bold*" in "\n".join(shown(message["blocks"])), "shown as it was said"
    assert not {"<", ">"} & set(message["text"])
    assert "&lt;!channel&gt; @\u2060everyone &lt;@\u2060U123&gt;" in message["text"]


@pytest.mark.parametrize("braces", ["", "{", "{{"])
def test_teams_reads_no_markup_in_words_of_the_meeting(braces: str) -> None:
    message = sent(said(HOSTILE.replace("{{DATE", f"{braces}{{{{DATE")), "teams")
    content = message["attachments"][0]["content"]
    assert set(kinds(content)) == {"AdaptiveCard", "RichTextBlock", "TextRun", "Action.OpenUrl"}
    assert "entities" not in content["msteams"]
    assert "{{" not in json.dumps(message)
    assert "<!channel> @everyone" in "\n".join(shown(message))


@pytest.mark.parametrize("piece", ["x", EMOJI, "会", '"\\', "&<>", " ", "\n\u202e\x00"])
@pytest.mark.parametrize("items", [0, 20])
def test_messages_stay_within_the_limits_of_blocks_and_characters(piece: str, items: int) -> None:
    body = said(piece * 1300, items=items)
    message = slack(body)
    assert len(message["blocks"]) <= 50
    assert 0 < len(message["text"]) <= 4000
    for block in message["blocks"]:
        texts = list(shown(block))
        assert all(texts), "Slack refuses empty texts"
        assert sum(len(one.encode("utf-16-le")) // 2 for one in texts) <= (150 if block["type"] == "header" else 3000)
        assert all(element["elements"] for element in block.get("elements", []) if "elements" in element)
    for block in teams(body):
        assert all(run["text"] for run in block["inlines"])


def test_what_there_is_no_room_for_is_counted() -> None:
    for message in (slack(said("Send it", items=30)), teams(said("Send it", items=30))):
        assert [text for text in shown(message) if text.startswith("and ")] == [
            f"and {30 - policies.CHAT_LINES} more"
        ] * 2


def test_what_is_marked_as_unverified_is_not_told_as_a_fact() -> None:
    body = said("It is free")
    marked = {"verdict": "unverified", "accepted_by": None}
    for name in ("decisions", "action_items"):
        body["meeting"][name] = [{**one, **marked} for one in body["meeting"][name]]
    body["meeting"]["summary"]["sentences"][0] |= marked
    for message in (slack(body)["blocks"][1:], teams(body)[1:]):
        told = [text for text in shown(message) if "It is free" in text]
        assert len(told) == 3
        assert all(text.removeprefix("• ").startswith("Not confirmed: ") for text in told)


def test_a_failure_is_told_with_its_code() -> None:
    body = {**BODY, "event": "meeting.failed", "status": "failed", "meeting": {"title": "Weekly", "summary": None},
            "error": {"code": "no_audio", "message": "There is no sound.", "advice": ""}}  # fmt: skip
    for form in CHATS:
        assert "It failed: There is no sound. [no_audio]" in list(shown(sent(body, form)))


def test_a_change_of_a_commitment_is_a_message_too() -> None:
    commitment = {
        "id": "c",
        "insight": "action_items",
        "text": "Send <!here> the plan",
        "state": "done",
        "owner": None,
        "due_date": "2026-03-06",
    }
    before = {"text": "x", "state": "open", "owner": "Ann", "due_date": "2026-03-06"}
    body = json.loads(build_commitment_payload(EventHeader(), "key", commitment, before, URL))
    for form in CHATS:
        texts = [text.removeprefix("• ") for text in shown(sent(body, form))]
        assert texts[0] == "Action item changed: Send <!here> the plan"
        assert {"State: done (was open)", "Owner: none (was Ann)", "Due: 2026-03-06"} <= set(texts)


@pytest.mark.parametrize(
    "broken",
    [{}, {"meeting": None}, {"meeting": {"summary": [], "decisions": {}, "action_items": [1, None, {}]}, "links": 3}],
)
def test_of_a_body_without_the_usual_fields_a_message_can_be_made(broken: dict[str, Any]) -> None:
    for form in CHATS:
        assert "(no title)" in list(shown(sent(broken, form)))


def test_an_answer_that_repeats_a_message_is_stored_without_words_of_the_meeting() -> None:
    body = body_for_submission(
        json.dumps(said("Acquisition of Initech")).encode(), form="slack", reference=None, metadata=None
    )
    kept = without_echoed_content('invalid_blocks: "Acquisition of Initech"', body)
    assert "Acquisition" not in kept
    assert "Initech" not in kept
    assert kept.startswith("invalid_blocks")


def test_text_is_cut_by_utf_16_units_and_never_within_a_character() -> None:
    assert clipped(EMOJI * 10, 20) == EMOJI * 10
    assert clipped(EMOJI * 11, 20) == EMOJI * 9 + "…"
    assert clipped("  a \n b ", 3) == "a b"
