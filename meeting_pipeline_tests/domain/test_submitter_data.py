"""A submitter's reference and metadata are kept as they are, or refused with a reason that shows no value."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.submitter_data import METADATA_BYTES, digests, metadata_digest, reference_digest


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("given", ["", " ", "a\nb", " a", "a ", "a\x1bb", "x" * 201, 7, "a\ud800"])
def test_a_reference_is_one_line_of_bounded_length(given: object) -> None:
    with pytest.raises(ValidationError):
        SidecarOptions.model_validate({"reference": given})


@pytest.mark.parametrize("given", ["cms/meetings/4711", "Протокол 12", "会議-9", "x" * 200])
def test_a_reference_is_kept_as_it_is(given: str) -> None:
    assert SidecarOptions.model_validate({"reference": given}).reference == given


@pytest.mark.parametrize(
    "given",
    [
        [],
        "text",
        '["a"]',
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        7,
        {"": 1},
        {"a\nb": 1},
        {"k" * 65: 1},
        {"a": "x" * METADATA_BYTES},
        {"a": "é" * (METADATA_BYTES // 2)},
        {"a": "\ud800"},
        {"a": "\0"},
        {"a": {"\0": 1}},
        {"a": deep(9)},
        {"a": deep(100_000)},
        {"a": float("inf")},
        {"a": object()},
        {str(n): n for n in range(51)},
    ],
)
def test_metadata_is_an_object_of_bounded_size(given: object) -> None:
    with pytest.raises(ValidationError) as refused:
        SidecarOptions.model_validate({"metadata": given})
    shown = [error["msg"] for error in refused.value.errors(include_input=False)]
    assert shown
    assert not any("xxx" in one for one in shown)


@pytest.mark.parametrize(
    "given", [{}, {"a": None, "b": [1, {"c": "d"}], "ключ": "значение\nв две строки"}, {str(n): n for n in range(50)}]
)
def test_metadata_is_kept_as_it_is_also_from_a_form(given: dict[str, Any]) -> None:
    assert SidecarOptions.model_validate({"metadata": given}).metadata == given
    assert SidecarOptions.model_validate({"metadata": json.dumps(given)}).metadata == given


def test_a_submission_is_found_by_its_reference_and_the_simple_values_of_its_metadata() -> None:
    metadata = {
        "site": "Ulm",
        "number": 7,
        "share": 0.5,
        "live": True,
        "gone": None,
        "a=b": "c",
        "list": [1],
        "in": {"a": 1},
    }
    found = digests("cms-1", metadata)
    entries = ("site=Ulm", "number=7", "share=0.5", "live=true", "gone=null", "a=b=c")
    assert found == {reference_digest("cms-1"), *map(metadata_digest, entries)}
    assert reference_digest("site=Ulm") not in found


def test_a_submission_without_them_is_found_by_nothing() -> None:
    assert digests(None, None) == digests(None, {}) == frozenset()
