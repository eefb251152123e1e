"""How many calls a provider's limits leave room for."""

import pytest

from meeting_pipeline.domain.rate_limits import RateLimit, RateLimits
from meeting_pipeline.steps.processing import policies
from meeting_pipeline.steps.processing.headroom import Headroom

NOW = 1000.0


def requests(remaining: int, reset_s: float = 10.0, most: int | None = 10) -> RateLimits:
    return RateLimits(requests=RateLimit(most=most, remaining=remaining, reset_s=reset_s))


def tokens(remaining: int, reset_s: float = 10.0, most: int = 1000) -> RateLimits:
    return RateLimits(tokens=RateLimit(most=most, remaining=remaining, reset_s=reset_s))


def after(limits: RateLimits | None, used: int = 100) -> Headroom:
    """The room after one call was answered with these limits."""
    room = Headroom()
    assert room.begin(NOW) == 0
    room.answered(room.begun, limits, used, NOW)
    return room


def begun_at_once(room: Headroom, now: float = NOW, most: int = 50) -> int:
    """How many calls may begin now."""
    return next((count for count in range(most) if room.begin(now) > 0), most)


def test_without_a_word_of_limits_there_is_always_room() -> None:
    assert begun_at_once(Headroom()) == 50
    assert begun_at_once(after(None)) == 50


def test_as_many_calls_begin_as_are_left_and_the_next_waits_for_the_reset() -> None:
    room = after(requests(3, most=None))
    assert begun_at_once(room) == 3
    assert room.begin(NOW + 4) == pytest.approx(6.0)


def test_a_little_is_left_to_others() -> None:
    room = after(requests(5, most=100))
    assert policies.LIMIT_MARGIN * 100 == 2
    assert begun_at_once(room) == 3


def test_after_the_reset_there_is_as_much_again_once() -> None:
    room = after(requests(0, most=None))
    assert begun_at_once(room) == 0
    room = after(requests(0, most=4))
    assert begun_at_once(room, NOW + 10) == 3, "all but the share of others"
    assert room.begin(NOW + 20) == policies.LIMIT_RESET_CAP_SECONDS - 10, "until an answer tells more"
    room.unanswered()
    room.unanswered()
    room.answered(room.begun, requests(3, most=4), 1, NOW + 21)
    assert begun_at_once(room, NOW + 21) == 2


def test_calls_under_way_may_count_after_the_reset() -> None:
    room = Headroom()
    for _ in range(4):
        room.begin(NOW)
    room.answered(4, requests(0, most=10), 1, NOW)
    room.unanswered()
    assert begun_at_once(room, NOW + 10) == 7, "two are under way, and a share is left to others"


def test_without_any_answer_a_call_is_tried_once_a_minute() -> None:
    room = after(requests(0, most=1))
    for minute in range(3):
        assert begun_at_once(room, NOW + 10 + 60 * minute) == 1


def test_after_the_reset_at_least_one_call_begins_however_small_the_limit() -> None:
    assert begun_at_once(after(requests(0, most=1)), NOW + 10) == 1
    assert begun_at_once(after(tokens(0, most=50), used=400), NOW + 10) == 1


def test_calls_begun_since_are_subtracted_from_what_an_answer_tells() -> None:
    room = Headroom()
    for _ in range(3):
        room.begin(NOW)
    room.answered(1, requests(5, most=None), 1, NOW)
    assert begun_at_once(room) == 3, "two of five are taken by calls that began after it"


def test_an_earlier_call_that_is_still_on_its_way_may_take_what_a_new_window_allows() -> None:
    room = Headroom()
    for _ in range(4):
        room.begin(NOW)
    room.answered(2, requests(0, most=None), 1, NOW)
    room.answered(4, requests(3, most=None), 1, NOW + 11)
    assert begun_at_once(room, NOW + 11) == 1, "the first and the third have not arrived yet"


def test_the_answer_to_a_later_call_knows_more_than_one_that_comes_after_it() -> None:
    room = Headroom()
    for _ in range(2):
        room.begin(NOW)
    room.answered(2, requests(0), 1, NOW)
    room.answered(1, requests(9), 1, NOW)
    assert begun_at_once(room) == 0


def test_tokens_are_left_for_as_many_calls_as_usually_fit() -> None:
    assert begun_at_once(after(tokens(350), used=100)) == 3
    assert begun_at_once(after(tokens(99), used=100)) == 0


def test_the_scarcer_of_two_limits_counts() -> None:
    both = RateLimits(
        requests=RateLimit(most=None, remaining=9, reset_s=1.0), tokens=RateLimit(most=None, remaining=0, reset_s=7.0)
    )
    assert after(both).begin(NOW) == pytest.approx(7.0)


def test_no_wait_is_longer_than_a_minute() -> None:
    assert after(requests(0, reset_s=86_400.0)).begin(NOW) == policies.LIMIT_RESET_CAP_SECONDS == 60.0


def test_a_call_that_is_not_made_after_all_takes_nothing() -> None:
    room = after(requests(1, most=None))
    assert room.begin(NOW) == 0
    room.not_made()
    assert begun_at_once(room) == 1


def test_an_answer_with_more_ends_the_wait() -> None:
    room = Headroom()
    for _ in range(2):
        room.begin(NOW)
    room.answered(1, requests(1, most=None), 1, NOW)
    assert begun_at_once(room) == 0, "the other call has taken it"
    room.answered(2, requests(2, most=None), 1, NOW)
    assert begun_at_once(room) == 2
