"""Ambiguous JSON is rejected, with a reason that shows no value."""

import pytest

from meeting_pipeline.domain.strict_json import BadJson, strict_json


def test_plain_json_is_read() -> None:
    assert strict_json(b'\xef\xbb\xbf{"a": [1, 2.5, null, "x"]}') == {"a": [1, 2.5, None, "x"]}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"title": "one", "title": "two"}', "title"),
        ('{"a": {"b": 1, "b": 2}}', '"b"'),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "too large"),
        ('{"a": 1' + "0" * 400 + "}", "too large"),
        ('{"a": 1' + "0" * 5000 + "}", "too large"),
        ("[" * 100_000, "nested"),
        ("secret", "not valid JSON"),
        (b"\xff", "not valid JSON"),
    ],
)
def test_what_would_be_guessed_at_is_refused(text: str | bytes, named: str) -> None:
    with pytest.raises(BadJson) as caught:
        strict_json(text)
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)
