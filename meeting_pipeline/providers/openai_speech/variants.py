"""The forms of request that servers accept, best first: with speakers, with times, only text.

Servers refuse a form that they or their model do not know, or answer with less than was requested. The caller remembers which
form worked, per server. Must not go here: requests (``server.py``), reading answers (``answers.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final


class Detail(IntEnum):
    """How much an answer tells."""

    TEXT = 1
    TIMES = 2
    SPEAKERS = 3


@dataclass(frozen=True)
class Variant:
    """A form of request. ``name`` is stored; ``prompted``: whether it takes a prompt with words to expect."""

    name: str
    asks_for: Detail
    fields: Mapping[str, Any] = field(default_factory=dict)
    prompted: bool = True
    takes_language: bool = True


_DIARIZED: Final = Variant(
    # ``chunking_strategy`` is required for more than 30 s: https://platform.openai.com/docs/guides/speech-to-text
    "diarized_json", Detail.SPEAKERS, {"response_format": "diarized_json", "chunking_strategy": "auto"}, prompted=False
)  # fmt: skip
_VERBOSE_WORDS: Final = Variant(
    "verbose_json_words",
    Detail.TIMES,
    {"response_format": "verbose_json", "timestamp_granularities": ["segment", "word"]},
)
_VERBOSE: Final = Variant("verbose_json", Detail.TIMES, {"response_format": "verbose_json"})
_TEXT: Final = Variant("json", Detail.TEXT, {"response_format": "json"})
_MISTRAL: Final = Variant(
    # Mistral's own: no formats, and no language together with times: https://docs.mistral.ai/capabilities/audio_transcription
    "diarize", Detail.SPEAKERS, {"extra_body": {"diarize": True}, "timestamp_granularities": ["segment"]},
    prompted=False, takes_language=False,
)  # fmt: skip
_ALL: Final = (_DIARIZED, _VERBOSE_WORDS, _VERBOSE, _TEXT)


def ladder(model: str, known: str | None) -> tuple[Variant, ...]:
    """Return the forms to try, in order; from the one that is ``known`` to work, if it is one of them."""
    steps = (_MISTRAL, *_ALL) if "voxtral" in model.lower() else _ALL
    names = [variant.name for variant in steps]
    return steps[names.index(known) :] if known in names else steps


def next_time(tried: Variant, got: Detail, steps: tuple[Variant, ...]) -> str:
    """Return the form to try first for the next part: this one, or the next if it brought less than was asked for."""
    after = steps[steps.index(tried) + 1 :]
    return after[0].name if got < tried.asks_for and after else tried.name
