"""True claims are verified, false ones are not, and each has the reason that belongs to it."""

import pytest

from meeting_pipeline.domain.insight_results import ActionItem
from meeting_pipeline.domain.verdicts import REASONS, Verdict
from meeting_pipeline_tests.domain.verification.false_items import FALSE_DECISIONS, FALSE_TASKS
from meeting_pipeline_tests.domain.verification.longer_meetings import FALSE_CLAIMS, TRUE_CLAIMS
from meeting_pipeline_tests.domain.verification.meetings import Resolution, Task
from meeting_pipeline_tests.domain.verification.true_items import TRUE_DECISIONS, TRUE_TASKS


def named(claim: Task | Resolution) -> str:
    return claim.task if isinstance(claim, Task) else claim.text


@pytest.mark.parametrize("claim", [*TRUE_TASKS, *TRUE_DECISIONS, *TRUE_CLAIMS], ids=named)
def test_what_was_said_is_verified(claim: Task | Resolution) -> None:
    judged = claim.judged()
    assert (judged.verdict, judged.reasons) == (Verdict.VERIFIED, ())


@pytest.mark.parametrize(
    "claim", [claim for claim in (*TRUE_TASKS, *TRUE_CLAIMS) if isinstance(claim, Task)], ids=named
)
def test_a_true_task_keeps_its_due_date(claim: Task) -> None:
    judged = claim.judged()
    assert isinstance(judged, ActionItem)
    assert (judged.due_words, judged.due_date and judged.due_date.isoformat()) == claim.due


@pytest.mark.parametrize("claim", [*FALSE_TASKS, *FALSE_DECISIONS], ids=named)
def test_what_was_not_said_so_is_unverified_and_says_why(claim: Task | Resolution) -> None:
    judged = claim.judged()
    assert judged.verdict is Verdict.UNVERIFIED
    assert judged.withheld
    assert claim.why in judged.reasons


@pytest.mark.parametrize("claim", FALSE_CLAIMS, ids=named)
def test_what_was_not_said_so_in_a_longer_meeting_is_unverified(claim: Task | Resolution) -> None:
    judged = claim.judged()
    assert judged.verdict is Verdict.UNVERIFIED
    assert judged.reasons


@pytest.mark.parametrize("claim", [*FALSE_TASKS, *FALSE_DECISIONS], ids=named)
def test_every_reason_has_words_for_people(claim: Task | Resolution) -> None:
    assert set(claim.judged().reasons) <= REASONS.keys()
