"""What callers are told of errors: those from elsewhere learn nothing about the machine."""

import pytest

from meeting_pipeline.api.schemas.advice import message_for
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.installation import Installation

PLACE = "The database at sqlite:////srv/home/meetings.sqlite3 has no space left on its disk."


@pytest.mark.parametrize("error", [StoreUnavailable("disk_full", PLACE, ""), OperatorError("disk_full", PLACE, "")])
def test_a_remote_caller_is_not_told_where_the_database_is(installation: Installation, error: PipelineError) -> None:
    here = installation.settings.model_copy(update={"api_public_url": None})
    assert message_for(here, error) == PLACE
    for public in ({"api_public_url": "https://meetings.example.org"}, {"api_host": "0.0.0.0"}):
        told = message_for(here.model_copy(update=public), error)
        assert "sqlite" not in told
        assert "/srv" not in told


def test_an_error_of_the_caller_is_told_as_it_is(installation: Installation) -> None:
    public = installation.settings.model_copy(update={"api_public_url": "https://meetings.example.org"})
    error = PermanentError("unknown_recording", "There is no such recording.", "")
    assert message_for(public, error) == "There is no such recording."
