"""Rate limits in the headers of OpenAI's answers."""

import pytest

from meeting_pipeline.domain.rate_limits import RateLimit, RateLimits
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.openai_limits import duration_s, limits_in

REQUESTS = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-reset-requests": "1s",
}
TOKENS = {
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-remaining-tokens": "149984",
    "x-ratelimit-reset-tokens": "6m0s",
}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0.0),
        ("1s", 1.0),
        ("20ms", 0.02),
        ("6m0s", 360.0),
        ("2m59.56s", 179.56),
        ("1.5ms", 0.0015),
        ("1h2m3s", 3723.0),
        ("8h12m", 29_520.0),
        ("1s500ms", 1.5),
        ("400d", policies.PROVIDER_RETRY_AFTER_MAX_SECONDS),
        ("999999s", policies.PROVIDER_RETRY_AFTER_MAX_SECONDS),
    ],
)
def test_a_duration_is_read_and_limited(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    ["", "0", "60", "1 s", " 1s", "1s\n", "-1s", "+1s", "1e3s", "nan", "infs", "s", ".5s", "1.s", "1.5m", "1s2m", "1m1m", "1S",
     "1ns", "5µs", "٣s", "1" * 7 + "s", "1." + "0" * 10 + "s", "1s" * 1000, "2026-03-01T12:00:00Z"],
)  # fmt: skip
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration_s(text) is None


def test_both_limits_are_read() -> None:
    assert limits_in({**REQUESTS, **TOKENS}) == RateLimits(
        requests=RateLimit(most=60, remaining=59, reset_s=1.0),
        tokens=RateLimit(most=150_000, remaining=149_984, reset_s=360.0),
    )


def test_a_limit_that_is_not_told_in_full_is_left_out() -> None:
    without_most = {
        name: value for name, value in REQUESTS.items() if "-limit-" not in name.removeprefix("x-ratelimit")
    }
    assert limits_in(without_most) == RateLimits(requests=RateLimit(most=None, remaining=59, reset_s=1.0))
    for missing in ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"):
        rest = {name: value for name, value in REQUESTS.items() if name != missing}
        assert limits_in(rest) is None
        assert limits_in({**rest, **TOKENS}) == limits_in(TOKENS)


@pytest.mark.parametrize("remaining", ["-1", "", "1.5", "1e3", "many", " 1", "٣", "9" * 16])
def test_a_count_in_another_form_tells_nothing(remaining: str) -> None:
    assert limits_in({**REQUESTS, "x-ratelimit-remaining-requests": remaining}) is None


def test_a_server_that_mentions_no_limits_has_none() -> None:
    assert limits_in({"content-type": "application/json", "retry-after": "1"}) is None
