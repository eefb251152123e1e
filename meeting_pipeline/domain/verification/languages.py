"""Whether a transcript is in a language that the checks know. They know English.

Must not go here: the lists of words that the checks use.
"""

from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verification.wordlists import listed
from meeting_pipeline.domain.verification.words import tokens_of

_FREQUENT: Final = listed("""
    the and to that this with you have are for my your our they what will would i'll i'm it's we'll don't can't there from
    about be do not but if it is i of yes thank thanks please
    """)
"""Frequent words of English. No other language that is written with these letters uses many of them."""


def is_english(transcript: Transcript) -> bool:
    """By the language that the source names; if it names none, by the words."""
    named = (transcript.language or "").replace("-", "_").partition("_")[0].casefold()
    if named:
        return named in ("en", "english")
    words: list[str] = []
    for segment in transcript.segments:
        words.extend(token for token in tokens_of(segment.text[: policies.LANGUAGE_CHARACTERS]) if token[0].isalpha())
        if len(words) >= policies.LANGUAGE_WORDS:
            break
    return bool(words) and sum(word in _FREQUENT for word in words) / len(words) >= policies.LANGUAGE_SHARE
