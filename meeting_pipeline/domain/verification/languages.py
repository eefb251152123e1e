"""Whether a transcript is in a language that the checks know. They know English.

Must not go here: the lists of words that the checks use.
"""

from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verification.words import tokens_of
from meeting_pipeline.domain.word_sets import word_set

_ENGLISH: Final = word_set("""
    the and that that's this with you are your our they what would i'll i'm it's we'll you'll don't can't there about be not
    but if it yes thank thanks please he she been because should could going how why which think just know let's
    """)
"""Frequent words of English that are rare in other languages. "I", "is", "of", "for", "do" and "will" are not."""
_FOREIGN: Final = word_set("""
    og det er ikke vi til af som skal har jeg med och att inte jag het een van niet dat wij ik op voor zijn de der und das
    ist nicht ich ein eine wir mit auf nie jest na si\u0119 \u017ce que para uma os com el los y una les et des est pas vous nous
    il che di non p\u00e5 \u00e4r f\u00f6r n\u00e3o
    """)
"""Frequent words of Danish, Norwegian, Swedish, Dutch, German, Polish and Romance languages."""
_UNNAMED: Final = word_set("und auto multi mul unknown")
_FEW_WORDS: Final = 20
"""In fewer words than this, one frequent word decides: there are not several to find."""
_DIFFERENT_WORDS: Final = 3
"""Different frequent words that must occur: one alone may be a name."""
_CLEARLY: Final = 3
"""So many times as many frequent words of other languages contradict a source that names English."""


def is_english(transcript: Transcript) -> bool:
    """By the language that the source names; if it names none, by the words.

    Talk that is named English and is clearly in another language is not: some sources name a language without listening.
    """
    named = (transcript.language or "").replace("-", "_").partition("_")[0].casefold()
    if named and named not in _UNNAMED and named not in ("en", "eng", "english"):
        return False
    words = _words(transcript)
    english = [word for word in words if word in _ENGLISH]
    foreign = sum(word in _FOREIGN for word in words)
    if named and named not in _UNNAMED:
        return not (foreign >= _FEW_WORDS and foreign > _CLEARLY * len(english))
    different = 1 if len(words) < _FEW_WORDS else _DIFFERENT_WORDS
    return (
        len(set(english)) >= different
        and len(english) / len(words) >= policies.LANGUAGE_SHARE
        and len(english) > foreign
    )


def _words(transcript: Transcript) -> list[str]:
    """The first words of the talk."""
    words: list[str] = []
    for segment in transcript.segments:
        words.extend(token for token in tokens_of(segment.text[: policies.LANGUAGE_CHARACTERS]) if token[0].isalpha())
        if len(words) >= policies.LANGUAGE_WORDS:
            break
    return words
