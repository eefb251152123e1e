"""Items are compared with labels by evidence, and what they say by words, owner and date."""

from datetime import date

import pytest

from meeting_pipeline.domain.insight_results import SpeakerName, Speakers
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.evaluation.figures import figures
from meeting_pipeline.evaluation.reported import reported
from meeting_pipeline.evaluation.scoring import Tally, is_trapped, score_items, score_names
from meeting_pipeline_tests.evaluation.sets import action, actions, meeting

FRIDAY = date(2026, 11, 20)


def counts(*items: object, of: object = None) -> Tally:
    found = meeting()
    return score_items(found, reported(found, [actions(*items)]))  # type: ignore[arg-type]


def test_an_item_on_the_labelled_turn_is_right_and_another_is_not() -> None:
    tally = counts(action(1), action(4))
    assert tally["action_items.facts.predicted"] == 2
    assert tally["action_items.facts.right"] == 1
    assert tally["action_items.facts.found"] == tally["action_items.gold"] == 1


def test_candidates_count_beside_facts_and_withheld_items_nowhere() -> None:
    tally = counts(
        action(1, candidate=True), action(1, verdict=Verdict.UNVERIFIED), action(1, verdict=Verdict.VERIFIED)
    )
    assert tally["action_items.facts.predicted"] == 1
    assert tally["action_items.shown.predicted"] == 2
    assert (tally["action_items.withheld"], tally["action_items.all"]) == (1, 3)


@pytest.mark.parametrize(
    ("owner", "due", "owners_right", "dues_right"),
    [("B", FRIDAY, 1, 1), ("A", FRIDAY, 0, 1), (None, None, 0, 0)],
)
def test_owner_and_date_are_scored_where_an_item_was_found(
    owner: str | None, due: date | None, owners_right: int, dues_right: int
) -> None:
    tally = counts(action(1, owner=owner, due=due))
    assert (tally["action_items.owners"], tally["action_items.dues"]) == (1, 1)
    assert (tally["action_items.owners_right"], tally["action_items.dues_right"]) == (owners_right, dues_right)
    assert counts(action(4))["action_items.owners"] == 0


def test_an_owner_may_be_given_by_name() -> None:
    found = meeting(gold={"speakers": {"A": "Ann"}, "actions": [{"text": "Call", "owner": "A", "turns": [1]}]})
    tally = score_items(found, reported(found, [actions(action(1, owner="Ann"))]))
    assert tally["action_items.owners_right"] == 1


def test_words_of_the_label_are_compared() -> None:
    assert counts(action(1, task="Send the report"))["action_items.content"] == 1.0
    assert counts(action(1, task="Water the plants"))["action_items.content"] == 0.0


def test_an_item_that_begins_in_a_trap_is_trapped_unless_it_is_labelled() -> None:
    found = meeting()
    trapped, labelled, elsewhere = reported(found, [actions(action(2), action(1), action(4))])
    assert [is_trapped(found, item) for item in (trapped, labelled, elsewhere)] == [True, False, False]
    assert counts(action(2))["action_items.trapped"] == 1
    assert counts(action(2, candidate=True))["action_items.trapped"] == 0


def test_names_are_right_by_first_name_and_a_name_that_is_not_revealed_is_wrong() -> None:
    named = Speakers(
        names=(
            SpeakerName(label="A", name="Ann Lee", confidence=0.9),
            SpeakerName(label="B", name="Bob", confidence=0.9),
        )
    )
    tally = score_names(meeting(), named)
    assert (tally["names.gold"], tally["names.predicted"], tally["names.right"]) == (1, 2, 1)


def test_perfect_items_agree_perfectly_and_none_agree_by_chance() -> None:
    assert figures([counts(action(1))])["action_items.kappa"].value == 1.0
    assert figures([counts()])["action_items.kappa"].value == 0.0
