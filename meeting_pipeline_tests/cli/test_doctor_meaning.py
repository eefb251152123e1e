"""`doctor` says whether search by meaning works, what it costs, and how many meetings wait for it."""

import pytest

from meeting_pipeline.cli.checkup.findings import Finding, Level
from meeting_pipeline.cli.checkup.meaning import search_by_meaning
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import embed, meaning, meeting

pytestmark = pytest.mark.services


def found(installation: Installation) -> list[Finding]:
    return list(search_by_meaning(installation.settings))


def test_it_is_not_mentioned_while_nobody_wants_it(installation: Installation) -> None:
    assert found(installation) == []


def test_a_model_without_a_key_is_a_warning(open_with: OpenWith) -> None:
    [finding] = found(open_with(MEETING_PIPELINE_EMBEDDINGS_MODEL="m"))
    assert finding.level is Level.WARN
    assert "Search by meaning is off" in finding.message


def test_the_server_is_asked_and_the_meetings_are_counted(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**meaning(providers))
    meeting(installation, 1)
    embed(installation)
    meeting(installation, 2)
    assert [(one.level, one.message) for one in found(installation)] == [
        (
            Level.OK,
            "text-embedding-3-small answers with vectors of 256 dimensions; 0.02 USD per million tokens, as of 2026-11-28.",
        ),
        (Level.OK, "1 meetings have their vectors, 1 are waiting for theirs."),
    ]


def test_an_unknown_price_and_a_server_that_refuses_are_named(open_with: OpenWith, providers: Providers) -> None:
    unknown = open_with(**meaning(providers, MEETING_PIPELINE_EMBEDDINGS_MODEL="loopback-embedding"))
    assert [one.level for one in found(unknown)] == [Level.OK, Level.WARN, Level.OK]
    providers.fault("POST /v1/embeddings", "status", status=401)
    assert found(unknown)[0].level is Level.FAIL
