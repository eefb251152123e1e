"""The webhook receiver."""

from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from meeting_pipeline_tests.fakes.control import Receiver

SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
BODY = '{"event":"meeting.completed"}'


def _post(receiver: Receiver, body: str, headers: dict[str, str], name: str = "cms") -> httpx.Response:
    return httpx.post(receiver.hook(name), content=body, headers=headers, trust_env=False, timeout=60)


def _signed(body: str) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("evt_1", now, body)
    stamp = str(int(now.timestamp()))
    return {"webhook-id": "evt_1", "webhook-timestamp": stamp, "webhook-signature": signature, "x-webhook-secret": "s3"}


def test_a_delivery_is_kept_as_it_came_and_verified(receiver: Receiver) -> None:
    receiver.expect(signing_secret=SECRET, secret="s3")
    assert _post(receiver, BODY, _signed(BODY)).status_code == 204
    assert _post(receiver, BODY + " ", {**_signed(BODY), "x-webhook-secret": "other"}).status_code == 204
    assert _post(receiver, BODY, {}).status_code == 204
    found = receiver.received()
    assert [(entry["signature_ok"], entry["secret_ok"]) for entry in found] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    assert (found[0]["body"], found[0]["headers"]["webhook-id"]) == (BODY, "evt_1")


def test_answers_are_scripted_per_hook(receiver: Receiver) -> None:
    receiver.answer(500, 503, name="cms", headers={"retry-after": "7"})
    receiver.answer(410, name="old", stay=True)
    statuses = [_post(receiver, BODY, {}, name).status_code for name in ("cms", "old", "cms", "old", "cms", "other")]
    assert statuses == [500, 410, 503, 410, 204, 204]
    assert [entry["status"] for entry in receiver.received("old")] == [410, 410]


def test_a_receiver_can_break_the_connection(receiver: Receiver) -> None:
    receiver.fault("POST /hook/cms", "apply_then_reset")
    with pytest.raises(httpx.TransportError):
        _post(receiver, BODY, {})
    assert len(receiver.received()) == 1


def test_its_behaviour_can_be_reset_without_losing_what_was_received(receiver: Receiver) -> None:
    receiver.answer(500, stay=True)
    assert _post(receiver, BODY, {}).status_code == 500
    receiver.fault("POST /hook/cms", "status", times=-1, status=503)
    receiver.reset_behaviour()
    assert _post(receiver, BODY, {}).status_code == 204
    assert [entry["status"] for entry in receiver.received()] == [500, 204]
