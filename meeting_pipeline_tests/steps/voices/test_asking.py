"""What the sandbox answers about voices is checked: it has decoded an untrusted file."""

import pytest

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.steps.voices.asking import usable

SPANS = ("A", "B")


def test_voices_of_labels_that_were_asked_for_are_kept_and_others_left_out() -> None:
    assert usable({"A": [0.6, 0.8], "C": [1.0, 0.0], "": "x"}, SPANS, 2) == {"A": [0.6, 0.8]}
    assert usable({}, SPANS, 2) == {}


@pytest.mark.parametrize(
    "found",
    [
        None, [], "voices", {"A": None}, {"A": "ab"}, {"A": []}, {"A": [1.0]}, {"A": [0.6, 0.8, 0.0]}, {"A": [0.6, "0.8"]},
        {"A": [float("nan"), 0.0]}, {"A": [float("inf"), 0.0]}, {"A": [1e30, 0.0]}, {"A": [True, False]},
        {"A": [0.6, 0.8], "B": [1.0]},
    ],
    ids=repr,
)  # fmt: skip
def test_an_answer_that_is_no_voice_is_refused(found: object) -> None:
    with pytest.raises(BadAnswer) as raised:
        usable(found, SPANS, 2)
    assert raised.value.code == "voices_unusable"
