"""Statuses, Retry-After, the wall-clock limit and proxies."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from meeting_pipeline.domain.errors import OperatorError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import (
    SHOWN_CHARACTERS,
    limited,
    proxy_error,
    require_sendable_key,
    retry_after_seconds,
    shown,
    status_error,
)
from meeting_pipeline_tests.chaos.speed import in_time


@pytest.mark.parametrize(("value", "seconds"), [("0", 0.0), ("7", 7.0), (" 2.5 ", 2.5), ("999999999", 86400.0)])
def test_retry_after_in_seconds_is_read_and_bounded(value: str, seconds: float) -> None:
    assert retry_after_seconds(value) == seconds


@pytest.mark.parametrize(
    "value",
    [None, "", "soon", "-3", "nan", "inf", "1e9", "1_0", "٣", "Wed, 99 Foo 2026", "9" * 500, "Mon, 1 Jan 99999"],
)
def test_a_retry_after_that_is_neither_seconds_nor_a_date_is_none(value: str | None) -> None:
    assert retry_after_seconds(value) is None


def test_retry_after_as_a_date_is_counted_from_now_and_never_negative() -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    found = retry_after_seconds(ahead)
    assert found is not None
    assert 30 < found <= 90
    assert retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 0.0
    assert retry_after_seconds("Fri, 31 Dec 2199 23:59:59 GMT") == policies.PROVIDER_RETRY_AFTER_MAX_SECONDS


def test_a_call_within_its_limit_gives_its_result_and_its_error() -> None:
    assert limited(30, lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        limited(30, lambda: 1 // 0)


def test_a_call_over_its_limit_is_abandoned() -> None:
    gate = threading.Event()
    started = time.monotonic()
    with pytest.raises(ProviderUnavailable) as caught:
        limited(0.1, lambda: gate.wait(60), abandon=gate.set)
    assert caught.value.code == "provider_timeout"
    assert gate.is_set()
    assert in_time(time.monotonic() - started, 30)


@pytest.mark.parametrize(
    ("status", "detail", "kind", "code"),
    [
        (401, "", OperatorError, "x_key_refused"),
        (403, "", OperatorError, "x_key_refused"),
        (402, "", OperatorError, "x_no_credit"),
        (429, "insufficient_quota", OperatorError, "x_no_credit"),
        (400, "Your account balance is negative", OperatorError, "x_no_credit"),
        (429, "", ProviderUnavailable, "provider_busy"),
        (408, "", ProviderUnavailable, "provider_unavailable"),
        (500, "", ProviderUnavailable, "provider_unavailable"),
        (529, "", ProviderUnavailable, "provider_unavailable"),
        (302, "", ProviderUnavailable, "provider_unavailable"),
        (400, "no code", ProviderRefused, "provider_refused"),
        (404, "", ProviderRefused, "provider_refused"),
        (422, "", ProviderRefused, "provider_refused"),
    ],
)
def test_every_status_has_one_meaning(status: int, detail: str, kind: type[Exception], code: str) -> None:
    error = status_error("x", status, detail, None)
    assert error.message.endswith(".")  # the advice follows on the same line
    assert type(error) is kind
    assert error.code == code


def test_a_refused_key_is_not_shown_and_a_long_detail_is_cut() -> None:
    assert "sk-ab" not in str(status_error("x", 401, "Incorrect API key provided: sk-ab***cd", None))
    assert len(shown("word\n" * 1000)) == SHOWN_CHARACTERS
    assert shown("a\x00b\r\nc") == "a b c"


@pytest.mark.parametrize("key", ["", " ", "key\n", "schlüssel", "key\nX-Header: 1"])
def test_a_key_that_no_request_can_carry_is_refused_before_anything_is_sent(key: str) -> None:
    with pytest.raises(OperatorError) as caught:
        require_sendable_key("openai", key)
    assert caught.value.code == "openai_key_refused"
    assert "OPENAI_API_KEY" in caught.value.message
    require_sendable_key("openai", "sk-ab12")


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "403 Forbidden"])
def test_a_proxy_that_refuses_is_the_operators_business_and_no_recordings(status: str) -> None:
    error = proxy_error("OpenAI", "provider_unavailable", status)
    assert (type(error), error.code) == (OperatorError, "proxy_refused")
    assert isinstance(proxy_error("OpenAI", "provider_unavailable", "502 Bad Gateway"), ProviderUnavailable)
    assert status_error("assemblyai", 407, "", None).code == "proxy_refused"
