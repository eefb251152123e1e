"""Search by words and meaning: what was said in other words is found, and words alone do where meaning is not available."""

import itertools

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.asking.search import search
from meeting_pipeline.steps.embedding import policies
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.search.values import Found, Question
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import embed, meaning, meeting, sent

pytestmark = pytest.mark.services
EMBEDDINGS = "POST /v1/embeddings"
CAR = "We will purchase a fast car."


@pytest.fixture
def opened(open_with: OpenWith, providers: Providers) -> Installation:
    """Meetings about a car in other words, in these words, and about other things; all have vectors."""
    installation = open_with(**meaning(providers))
    meeting(installation, 1, "The automobile was acquired.", title="Other words")
    meeting(installation, 2, "The printer is noisy.", "A car park was closed.", title="These words")
    for number in range(3, 9):
        meeting(installation, number, f"Topic {number} concerns gardening number {number}.", title=f"Garden {number}")
    embed(installation)
    return installation


def find(installation: Installation, text: str, limit: int = 10, **more: object) -> Found:
    return search(installation, Question(text, **more), limit=limit, lines=3)  # type: ignore[arg-type]


def titles(found: Found) -> list[str]:
    return [meeting.title for meeting in found.meetings]


def test_what_was_said_in_other_words_is_found_by_its_meaning_and_not_by_words(opened: Installation) -> None:
    asked = Question("purchase vehicle")
    assert opened.store.search.find(asked, limit=10, lines=3).meetings == ()
    found = search(opened, asked, limit=10, lines=3)
    assert titles(found)[0] == "Other words"
    [hit] = found.meetings[0].hits
    assert (hit.by_meaning, hit.text, hit.segment_id, hit.highlights) == (True, "The automobile was acquired.", 0, ())
    assert hit.people == ("Speaker A",)
    assert (found.by_meaning, found.why_not) == (True, None)


def test_both_orders_are_joined_and_what_is_good_in_both_is_first(opened: Installation) -> None:
    meeting(opened, 20, "The car is here.", title="Both")
    embed(opened, "again")
    found = find(opened, "car")
    assert titles(found)[0] == "Both"
    assert set(titles(found)) >= {"Both", "Other words", "These words"}
    words = next(one for one in found.meetings if one.title == "These words")
    assert [hit.by_meaning for hit in words.hits] == [False]


def test_what_has_nothing_to_do_with_it_is_left_out(opened: Installation) -> None:
    assert not any(title.startswith("Garden") for title in titles(find(opened, "purchase vehicle")))


def test_pages_neither_repeat_nor_skip_a_meeting(opened: Installation) -> None:
    for number in range(30, 45):
        meeting(opened, number, f"A car number {number}.", title=f"Car {number}")
    embed(opened, "again")
    asked = Question("car")
    after, seen, pages = None, list[str](), 0
    for _ in itertools.count():
        page = search(opened, asked, limit=3, lines=1, after=after)
        assert page.by_meaning is (after is None)
        seen += [one.key for one in page.meetings]
        pages += 1
        after = page.after
        if after is None:
            break
    by_words = opened.store.search.find(asked, limit=50, lines=1)
    assert len(seen) == len(set(seen))
    assert {one.key for one in by_words.meetings} <= set(seen)
    assert pages >= 6


@pytest.mark.parametrize(
    "question",
    [
        Question("car", typing=True),
        Question('"car park"'),
        Question("car", speaker="Ada"),
        Question("car", status="open"),
    ],
)
def test_meaning_takes_no_part_where_it_cannot_help_and_nothing_is_bought(
    opened: Installation, providers: Providers, question: Question
) -> None:
    before = len(sent(providers))
    found = search(opened, question, limit=10, lines=3)
    assert (found.by_meaning, found.why_not) == (False, None)
    assert len(sent(providers)) == before


def test_conditions_hold_for_what_is_found_by_meaning_too(opened: Installation) -> None:
    assert titles(find(opened, "purchase vehicle", title="Garden")) != ["Other words"]
    assert (
        find(opened, "purchase vehicle", since=find(opened, "car").meetings[0].meeting_date.replace(year=2099)).meetings
        == ()
    )
    [one] = [one for one in find(opened, "purchase vehicle").meetings if one.title == "Other words"]
    assert titles(find(opened, "purchase vehicle", recording_key=one.key)) == ["Other words"]


def test_the_same_search_is_bought_once_and_its_cost_is_in_the_ledger(
    opened: Installation, providers: Providers
) -> None:
    before = len(sent(providers))
    for _ in range(3):
        find(opened, "purchase  vehicle")
    assert sent(providers)[before:] == [["purchase vehicle"]]
    kinds = {row.insight: row for row in opened.store.costs.answers_by_model(Span())}
    assert kinds.keys() == {"embedding"}
    assert opened.store.questions.counted_today() == 0.0, "questions have a limit of their own"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 401},
        {"kind": "html"},
        {"kind": "close"},
        {"kind": "slow", "seconds": 5.0},
    ],
)
def test_words_alone_do_if_there_is_no_vector_and_the_answer_says_why(
    opened: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    monkeypatch.setattr(policies, "QUERY_SECONDS", 0.5)
    providers.fault(EMBEDDINGS, **fault)  # type: ignore[arg-type]
    found = find(opened, "car park")
    assert titles(found) == ["These words"]
    assert not found.by_meaning
    assert found.why_not is not None
    assert "gave no vector [" in found.why_not


def test_after_a_failure_the_next_searches_do_not_wait_for_the_server(
    opened: Installation, providers: Providers
) -> None:
    providers.fault(EMBEDDINGS, "status", status=503, times=-1)
    find(opened, "car park")
    hits = providers.ledger()["fault_hits"]
    assert find(opened, "another car").why_not is not None
    assert providers.ledger()["fault_hits"] == hits


def test_beyond_the_limit_of_the_day_words_alone_do(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**meaning(providers, MEETING_PIPELINE_EMBEDDINGS_USD_PER_DAY="0"))
    meeting(installation, 1, CAR)
    found = find(installation, "car")
    assert len(found.meetings) == 1
    assert found.why_not == "The limit of 0.00 USD per day for embeddings is reached."
    assert sent(providers) == []


def test_nothing_of_a_deleted_meeting_is_found(opened: Installation) -> None:
    found = find(opened, "purchase vehicle")
    opened.store.deletions.delete(found.meetings[0].key, "ops")
    assert "Other words" not in titles(find(opened, "purchase vehicle"))


def test_an_installation_without_meaning_searches_as_before(installation: Installation) -> None:
    meeting(installation, 1, CAR)
    found = find(installation, "car")
    assert (len(found.meetings), found.by_meaning, found.why_not) == (1, False, None)
