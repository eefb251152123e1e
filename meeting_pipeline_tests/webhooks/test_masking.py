"""Secrets of a request that its response repeats."""

import html
import json
from urllib.parse import quote

import pytest

from meeting_pipeline.webhooks.masking import masked, secrets_of

SECRET = "it's \"4 & <more>"
HEADERS = {"X-Webhook-Secret": SECRET, "webhook-signature": "v1,c2lnbmF0dXJl", "webhook-id": "evt_12345678"}


@pytest.mark.parametrize(
    "shown", [SECRET, json.dumps({"secret": SECRET}), html.escape(SECRET), quote(SECRET, safe=""), "v1,c2lnbmF0dXJl"]
)
def test_a_secret_is_masked_however_the_receiver_escapes_it(shown: str) -> None:
    found = masked(f"got {shown} here", secrets_of(HEADERS))
    assert "more" not in found
    assert "c2ln" not in found
    assert "[masked]" in found


def test_the_query_is_masked_whole_by_its_values_and_decoded() -> None:
    secrets = secrets_of({}, b"/hook?token=canary%2Dtoken&v=1")
    for shown in ("/hook?token=canary%2Dtoken&v=1", "token: canary-token", "canary%2Dtoken"):
        assert "canary" not in masked(shown, secrets)


def test_what_is_no_secret_stays_readable() -> None:
    assert masked("evt_12345678: no /hook, v=1", secrets_of(HEADERS, b"/hook?v=1")) == "evt_12345678: no /hook, v=1"
