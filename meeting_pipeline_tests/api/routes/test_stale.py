"""``GET /v1/stale``."""

from collections.abc import Iterator

import httpx
import pytest

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import with_questions
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.steps.journeys import collected, completed

OTHER = "Question: what was this meeting about?"


@pytest.fixture
def url(paid: Installation) -> Iterator[str]:
    with LoopbackServer(build_app(Service(paid, guarded=False))) as server:
        yield f"{server.url}/v1/stale"


@pytest.fixture
def key(paid: Installation) -> str:
    row = accepted(paid, "weekly.vtt", TALK)
    collected(paid, row)
    completed(paid, row)
    return row.key


def test_it_lists_what_is_stale_with_its_cost(url: str, key: str) -> None:
    assert httpx.get(url, trust_env=False, timeout=60).raise_for_status().json()["versions"] == []
    with with_questions({Insight.SUMMARY: OTHER}):
        found = httpx.get(url, trust_env=False, timeout=60).raise_for_status().json()
        (version,) = found["versions"]
        assert (version["insight"], version["recording_ids"], version["reason"]) == ("summary", [key], "made_otherwise")
        assert version["since"] is None
        assert found["calls"] == version["calls"] == 1
        assert found["cost_usd"] == version["cost_usd"]
        assert httpx.get(url, params={"insight": "decisions"}, trust_env=False, timeout=60).json()["versions"] == []
        assert len(httpx.get(url, params={"insight": "summary"}, trust_env=False, timeout=60).json()["versions"]) == 1


def test_an_unknown_insight_is_not_found(url: str) -> None:
    answer = httpx.get(url, params={"insight": "summry"}, trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_insight")
