"""Data that a submitter attaches to a submission for its own use: a reference, and metadata. Stored, returned, and searchable.

None of it affects the results of a recording. Belongs here: the accepted values, and the digests by which they are found. Must
not go here: where they are stored (``store/recordings/submitter_data.py``).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from meeting_pipeline.domain.strict_json import strict_json
from meeting_pipeline.domain.text import one_line

REFERENCE_CHARACTERS: Final = 200
"""Enough for a URL path or two UUIDs in another system."""
METADATA_BYTES: Final = 8 * 1024
"""Limit of the JSON in UTF-8: room for fifty fields of a form. Each webhook and each entry of a list repeats it."""
METADATA_KEYS: Final = 50
"""A form has some fifty fields."""
METADATA_KEY_CHARACTERS: Final = 64
"""Characters of a key: the name of a field."""
_DEPTH: Final = 8
"""Objects and lists in each other. A form has two levels."""


def _one_line_only(value: str) -> str:
    if not value.strip() or one_line(value) != value:
        raise ValueError("must be one line of text, without spaces at either end")
    return value


def _from_text(value: object) -> object:
    """A form field holds the object as JSON."""
    return strict_json(value) if isinstance(value, str) else value


def _checked(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > METADATA_KEYS:
        raise ValueError(f"must have at most {METADATA_KEYS} keys")
    if any(not 0 < len(key) <= METADATA_KEY_CHARACTERS or one_line(key) != key for key in value):
        raise ValueError(f"each key must be one line of 1 to {METADATA_KEY_CHARACTERS} characters")
    _check_depth(value)
    try:
        size = len(_text(value).encode())
    except UnicodeEncodeError:
        raise ValueError("must not have half of a surrogate pair") from None
    except ValueError:
        raise ValueError("must be JSON") from None
    if size > METADATA_BYTES:
        raise ValueError(f"must be at most {METADATA_BYTES // 1024} KB of JSON")
    return value


def _check_depth(value: object) -> None:
    """No recursion: the value may be nested more deeply than Python's stack."""
    level: list[object] = [value]
    for _ in range(_DEPTH):
        for one in level:
            if not isinstance(one, str | int | float | bool | dict | list | tuple | None):
                raise ValueError("must be JSON")
            if isinstance(one, str) and "\0" in one:
                raise ValueError("must not have the character U+0000")
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return
    raise ValueError(f"must not be nested more than {_DEPTH} levels deep")


def _inner(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


Reference = Annotated[str, Field(min_length=1, max_length=REFERENCE_CHARACTERS), AfterValidator(_one_line_only)]
Metadata = Annotated[dict[str, Any], BeforeValidator(_from_text), AfterValidator(_checked)]


@dataclass(frozen=True)
class SubmitterData:
    """The submitter data of a recording: reference and metadata of the latest submission that had any, and all references.

    ``references`` are distinct, latest first.
    """

    reference: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    references: tuple[str, ...] = ()


NOTHING_ATTACHED: Final = SubmitterData()


def reference_digest(reference: str) -> str:
    """What a recording is found by if one of its submissions has this reference: SHA-256, in hex."""
    return _digest("reference", reference)


def metadata_digest(entry: str) -> str:
    """What a recording is found by if the metadata of one of its submissions has this entry, ``NAME=VALUE``."""
    return _digest("metadata", entry)


def digests(reference: str | None, metadata: Mapping[str, Any] | None) -> frozenset[str]:
    """Everything that a submission is found by. Of metadata: each text, number, boolean and null at the top."""
    found = {metadata_digest(entry) for entry in _entries(metadata or {})}
    return frozenset(found | ({reference_digest(reference)} if reference is not None else set()))


def _entries(metadata: Mapping[str, Any]) -> Iterator[str]:
    for key, value in metadata.items():
        if isinstance(value, str):
            yield f"{key}={value}"
        elif not isinstance(value, dict | list):
            yield f"{key}={_text(value)}"


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
