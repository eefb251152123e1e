"""What submitters say about how speech becomes text."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions


def test_a_spelling_takes_one_way_to_say_it_or_several_also_as_json() -> None:
    right = {"SQL": ("sequel",), "Kubernetes": ("cooper netties", "k8s")}
    given: dict[str, Any] = {"SQL": "sequel", "Kubernetes": ["cooper netties", "k8s"]}
    assert SpeechOptions(custom_spelling=given).custom_spelling == right
    text: Any = '{"SQL": "sequel", "Kubernetes": ["cooper netties", "k8s"]}'
    assert SpeechOptions(custom_spelling=text).custom_spelling == right


@pytest.mark.parametrize(
    "fields",
    [
        {"custom_spelling": "SQL"},
        {"custom_spelling": '{"SQL": 5}'},
        {"custom_spelling": {"two words": ["x"]}},
        {"custom_spelling": {"SQL": []}},
        {"custom_spelling": {"": ["x"]}},
        {"redact_pii": "yes"},
        {"languages": ["German"]},
        {"filter_profanity": "perhaps"},
    ],
)
def test_what_no_provider_could_use_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SpeechOptions.model_validate(fields)


def test_only_what_is_given_is_kept() -> None:
    assert SpeechOptions().given() is None
    assert SpeechOptions(filter_profanity=False, redact_pii="off").given() == {
        "filter_profanity": False, "redact_pii": "off",
    }  # fmt: skip


def test_options_of_orders_placed_before_these_existed_look_as_they_did() -> None:
    options = TranscriptionOptions(provider="assemblyai", speech_models=("universal-2",), language="en")
    assert options.identity() == {
        "provider": "assemblyai", "speech_models": ["universal-2"], "language": "en", "keyterms": [],
        "speakers_expected": None,
    }  # fmt: skip


def test_an_option_that_is_set_makes_another_order() -> None:
    plain = TranscriptionOptions(provider="assemblyai")
    others = [
        plain.model_copy(update={"speech": SpeechOptions(filter_profanity=True)}),
        plain.model_copy(update={"multichannel": True}),
        plain.model_copy(update={"redact_policies": ("drug",)}),
        plain.model_copy(update={"server": "http://127.0.0.1:8000/v1"}),
    ]
    assert len({json.dumps(one.identity()) for one in (plain, *others)}) == 5


def test_what_of_the_later_options_is_not_used_is_not_in_the_identity() -> None:
    options = TranscriptionOptions(provider="assemblyai", speech=SpeechOptions(redact_pii="text"), instead_of="offline")
    assert options.identity()["speech"] == {"redact_pii": "text"}
    assert "instead_of" not in options.identity()
    assert TranscriptionOptions.model_validate(options.model_dump(mode="json")) == options
