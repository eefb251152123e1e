"""Figures are ratios of sums, with intervals over meetings."""

import pytest

from meeting_pipeline.evaluation.figures import METRICS, figures
from meeting_pipeline.evaluation.scoring import Tally

KIND = "action_items"


def tally(predicted: int, right: int, gold: int, found: int) -> Tally:
    facts = {"predicted": predicted, "right": right, "found": found}
    return Tally({f"{KIND}.gold": gold, **{f"{KIND}.facts.{name}": number for name, number in facts.items()}})


def test_precision_recall_and_f1_are_those_of_the_sums() -> None:
    found = figures([tally(4, 2, 3, 1), tally(1, 1, 1, 1)])
    precision, recall = found[f"{KIND}.precision"].value, found[f"{KIND}.recall"].value
    assert (precision, recall) == (3 / 5, 2 / 4)
    assert found[f"{KIND}.f1"].value == pytest.approx(2 * 0.6 * 0.5 / 1.1)


def test_an_interval_holds_the_value_and_is_wider_for_meetings_that_differ() -> None:
    alike = figures([tally(2, 1, 2, 1)] * 6)[f"{KIND}.precision"]
    mixed = figures([tally(2, 2, 2, 2), tally(2, 0, 2, 0)] * 3)[f"{KIND}.precision"]
    assert alike.low == alike.value == alike.high == 0.5
    assert mixed.low is not None
    assert mixed.high is not None
    assert mixed.low < 0.5 < mixed.high


def test_the_same_counts_always_give_the_same_interval() -> None:
    counts = [tally(3, 1, 2, 1), tally(2, 2, 4, 1), tally(0, 0, 1, 0)]
    assert figures(counts) == figures(counts)


def test_one_meeting_has_no_interval_and_what_was_not_measured_has_no_value() -> None:
    found = figures([tally(2, 1, 2, 1)])
    assert found[f"{KIND}.precision"].low is None
    assert found["names.f1"].value is None
    assert found["decisions.precision"].value is None


def test_labels_without_any_item_have_an_f1_of_zero() -> None:
    assert figures([tally(0, 0, 2, 0)])[f"{KIND}.f1"].value == 0.0


def test_every_figure_has_a_name_of_its_own() -> None:
    assert len({metric.name for metric in METRICS}) == len({metric.title for metric in METRICS}) == len(METRICS)
