"""How speech becomes text, beyond language and speakers: redaction, profanity, spelling, expected languages.

A submitter can give each of them with a recording; ``None`` means the installation's setting. Belongs here: the options, and
their accepted values. Must not go here: which provider supports which (``providers/``).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from meeting_pipeline.domain.strict_json import strict_json
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.value import Value

Redaction = Literal["off", "text", "text_and_audio"]
LANGUAGE_PATTERN: Final = r"^[a-z]{2,3}(_[a-z]{2})?$"
SPELLINGS: Final = 100
"""Spellings with custom replacements: a page of names and products."""
SPELLED_WORDS: Final = 50
"""Ways to say one of them."""


def _plain(value: str) -> str:
    kept = one_line(value)
    if not kept:
        raise ValueError("must not be empty")
    return kept


def _one_word(value: str) -> str:
    """AssemblyAI refuses a replacement of several words."""
    if len(value.split()) != 1:
        raise ValueError("must be one word")
    return value


def _mapping(value: object) -> object:
    """A form field holds the object as JSON. A single way to say a word needs no list."""
    found = strict_json(value) if isinstance(value, str) else value
    if isinstance(found, Mapping):
        return {key: (said,) if isinstance(said, str) else said for key, said in found.items()}
    return found


_Said = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
_Written = Annotated[str, Field(max_length=200), AfterValidator(_plain), AfterValidator(_one_word)]
Spelling = Annotated[
    dict[_Written, Annotated[tuple[_Said, ...], Field(min_length=1, max_length=SPELLED_WORDS)]],
    Field(max_length=SPELLINGS),
    BeforeValidator(_mapping),
]
"""How to write a word -> what is said: ``{"SQL": ["sequel"]}``."""
_Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN)]


class SpeechOptions(Value):
    """The options. ``None``: what the settings say.

    Attributes:
        languages: languages that may be spoken, for detection; only if no language is given.
        redact_pii: whether personal data is removed, from the text or also from a copy of the audio at the provider.
        filter_profanity: whether profane words are masked.
        custom_spelling: how to write words that are said.
    """

    languages: tuple[_Language, ...] | None = Field(default=None, max_length=20)
    redact_pii: Redaction | None = None
    filter_profanity: bool | None = None
    custom_spelling: Spelling | None = None

    @property
    def redacts(self) -> bool:
        """Whether personal data must be removed."""
        return self.redact_pii in ("text", "text_and_audio")

    def given(self) -> dict[str, Any] | None:
        """The options that were given, as JSON; ``None`` if none was."""
        found = {name: getattr(self, name) for name in SpeechOptions.model_fields}
        only = SpeechOptions.model_validate(found).model_dump(mode="json", exclude_none=True)
        return only or None
