"""Links into the page name what the page's own router understands."""

import pytest

from meeting_pipeline.domain.page_links import meeting_page


@pytest.mark.parametrize("base", ["", "/records", "https://meetings.example.org/records"])
def test_a_link_leads_to_the_meeting_below_the_address_of_the_service(base: str) -> None:
    assert meeting_page(base, "2026-11-20-weekly-0a1b2c3d") == f"{base}/#/meetings/2026-11-20-weekly-0a1b2c3d"


def test_a_segment_says_more_than_a_time() -> None:
    assert meeting_page("", "a", segment=0, at_ms=5) == "/#/meetings/a/segments/0"
    assert meeting_page("", "a", at_ms=0) == "/#/meetings/a/at/0"


def test_a_key_cannot_change_the_address() -> None:
    assert meeting_page("", "a?b#c") == "/#/meetings/a%3Fb%23c"
