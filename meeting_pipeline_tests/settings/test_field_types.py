"""Addresses: one that no client can use is refused, and not shown."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.settings import load_settings

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize("variable", ["ASSEMBLYAI_BASE_URL", "OPENAI_BASE_URL", "MEETING_PIPELINE_PUBLIC_URL"])
@pytest.mark.parametrize(
    "value",
    [f"https://me:{SECRET}@host", f"https://host:{SECRET}", f"host/{SECRET}", "https://", f"ftp://{SECRET}",
     f"https://host?{SECRET}", f"https://host#{SECRET}", f"https://ho st/{SECRET}", "http://["],
)  # fmt: skip
def test_an_address_that_no_client_can_use_is_refused_and_not_shown(variable: str, value: str) -> None:
    with pytest.raises(PermanentError) as caught:
        load_settings({variable: value})
    assert caught.value.code == "bad_setting"
    assert SECRET not in str(caught.value)


def test_white_space_around_an_address_is_dropped() -> None:
    assert load_settings({"OPENAI_BASE_URL": " https://host/v1/ \n"}).openai_base_url == "https://host/v1/"
