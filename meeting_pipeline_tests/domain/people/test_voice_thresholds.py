"""How well voices tell people apart, and which threshold is proposed."""

import numpy as np
import pytest

from meeting_pipeline.domain.people.voice_thresholds import (
    FEWEST_DIFFERENT,
    FEWEST_SAME,
    labelled_similarities,
    measure_thresholds,
)


def test_pairs_of_one_person_are_of_two_meetings_and_those_of_two_people_of_any() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert labelled_similarities(vectors, ["anna", "anna", "ben"], ["m1", "m2", "m1"]) == ([1.0], [0.0, 0.0])
    assert labelled_similarities(vectors, ["anna", "anna", "ben"], ["m1", "m1", "m1"]) == ([], [0.0, 0.0])


def test_a_threshold_is_proposed_that_keeps_wrong_suggestions_rare() -> None:
    same = [0.8] * FEWEST_SAME
    different = [0.3] * FEWEST_DIFFERENT + [0.6] * 5
    found = measure_thresholds(same, different)
    assert found.best == pytest.approx(0.61)
    assert found.equal_error == 0
    at = {round(row.threshold, 2): row for row in found.rows}
    assert at[0.5].missed == 0
    assert at[0.5].false == pytest.approx(5 / 105)
    assert at[0.5].wrong == pytest.approx(5 / 25)
    assert at[0.9].missed == 1


def test_nothing_is_proposed_with_few_pairs_or_if_voices_tell_nobody_apart() -> None:
    assert measure_thresholds([0.8] * (FEWEST_SAME - 1), [0.1] * FEWEST_DIFFERENT).best is None
    assert measure_thresholds([0.8] * FEWEST_SAME, [0.1] * (FEWEST_DIFFERENT - 1)).best is None
    assert measure_thresholds([0.5] * FEWEST_SAME, [0.5] * FEWEST_DIFFERENT).best is None
