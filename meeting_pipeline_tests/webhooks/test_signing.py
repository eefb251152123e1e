"""Signatures, checked with the library that receivers use and with published test vectors."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks.signing import (
    check_signing_secret,
    check_submitter_secret,
    new_signing_secret,
    signed_headers,
    verify,
)

SECRET = new_signing_secret()
NO_PREFIX = "c2NlbmFyaW9zY2VuYXJpb3NjZW5hcmlvc2NlbmFyaW8="


def test_the_published_vector_of_standard_webhooks_is_reproduced() -> None:
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        None,
        datetime.fromtimestamp(1614265330, UTC),
    )

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_library_accepts_what_was_signed_whatever_the_zone_of_the_clock() -> None:
    body = '{"title":"Über uns - 会議"}'.encode()
    for zone in (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-7))):
        headers = signed_headers("evt_1", body, SECRET, None, datetime.now(zone))
        assert Webhook(SECRET).verify(body, headers) == {"title": "Über uns - 会議"}


def test_a_naive_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        signed_headers("evt_1", b"{}", SECRET, None, datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_the_submitters_secret_is_echoed_only_if_there_is_one() -> None:
    now = datetime.now(UTC)

    assert signed_headers("evt_1", b"{}", SECRET, "echo me back", now)["X-Webhook-Secret"] == "echo me back"
    assert "X-Webhook-Secret" not in signed_headers("evt_1", b"{}", SECRET, None, now)


@pytest.mark.parametrize("secret", ["with\r\nX-Injected: 1", " leading", "trailing ", "пароль-пароль", "tab\there", ""])
def test_a_secret_that_no_header_can_carry_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_submitter_secret(secret)

    assert caught.value.code == "webhook_secret_refused"
    assert not secret.strip() or secret.strip() not in str(caught.value)


def test_a_forged_old_or_malformed_request_does_not_verify() -> None:
    now = datetime.now(UTC)
    body = b'{"a":1}'
    good = signed_headers("evt_1", body, SECRET, None, now)

    assert verify(body, good, SECRET)
    assert not verify(b'{"a":2}', good, SECRET)
    assert not verify(body, good, new_signing_secret())
    assert not verify(body, {**good, "webhook-id": "evt_2"}, SECRET)
    assert not verify(body, {**good, "webhook-timestamp": "nan"}, SECRET)
    assert not verify(body, {**good, "webhook-signature": "garbage"}, SECRET)
    assert not verify(body, {**good, "webhook-signature": "v1,a,b"}, SECRET)
    assert not verify(b"\xff\xfe", good, SECRET)
    assert not verify(body, {}, SECRET)
    assert not verify(body, signed_headers("evt_1", body, SECRET, None, now - timedelta(minutes=6)), SECRET)


def test_new_secrets_differ_and_have_a_legal_size() -> None:
    assert new_signing_secret() != new_signing_secret()
    assert 24 <= len(base64.b64decode(SECRET.removeprefix("whsec_"))) <= 64
    check_signing_secret(SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "plain", "whsec_not base64 at all!", NO_PREFIX])
def test_an_unusable_signing_secret_is_named_without_being_shown(secret: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_signing_secret(secret)

    assert caught.value.code == "bad_setting"
    assert len(secret) < 8 or secret not in str(caught.value)
