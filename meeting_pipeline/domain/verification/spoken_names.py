"""Spoken names: of people who introduce themselves, and of people who are addressed.

Must not go here: whose names they are (``meeting.py``, ``introductions.py``).
"""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Final

from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, MONTHS, STOP_WORDS
from meeting_pipeline.domain.verification.words import sentences_of, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_NO_NAMES: Final = (
    STOP_WORDS
    | DATE_WORDS
    | MONTHS
    | word_set("""
    yep yup nope yeah yes no aye okay ok right well sure exactly hmm mhm cheers absolutely correct true indeed perfect lovely
    brilliant wonderful great fine sorry happy glad english german french american british chairing sure done back late here
    """)
)
_INTRODUCTIONS: Final = (("my", "name", "is"), ("my", "name's"), ("i", "am"), ("i'm",), ("this", "is"))
_OWN: Final = ("my",)
_CALLING: Final = frozenset((",", "thanks", "thank", "hi", "hello", "hey", "okay", "ok", "and", "so"))
AFTER_ADDRESS: Final = frozenset((",", "can", "could", "would", "please", "you", "you'll"))
"""Words after a name with which somebody is spoken to."""
_GREETING: Final = word_set(
    "good morning evening afternoon day hi hello hey and so okay yes well everyone all everybody , welcome"
)
_NAME_WORDS: Final = 3
"""Words of a name that somebody says of themselves."""


def opening_name(text: str) -> str | None:
    """The name with which a first turn opens, before the speaker's part: "Nils Petersen, works department"."""
    return next((name for sentence in islice(sentences_of(text), FIRST_SENTENCES) if (name := _opens(sentence))), None)


FIRST_SENTENCES: Final = 2
"""Of a first turn: people laugh or greet before they say who they are."""


def _opens(sentence: str) -> str | None:
    raw = tokens_of(sentence, fold=False)
    folded = [token.casefold() for token in raw]
    own = next((at for at, pair in enumerate(pairwise(folded)) if at > 2 and pair == ("and", "i")), len(raw))
    raw, folded = raw[:own], folded[:own]  # "Jonas, tenor, and I do the accounts"
    if sentence.rstrip().endswith("?") or len(raw) > _INTRODUCTION_WORDS or _TALKING & set(folded):
        return None
    at = next((place for place, word in enumerate(folded) if word not in _GREETING), len(raw))
    end = next((place for place in range(at, len(raw)) if not raw[place][0].isupper()), len(raw))
    if not at < end <= at + _NAME_WORDS or end + 1 >= len(raw) or raw[end] != "," or set(folded[at:end]) & _NO_NAMES:
        return None
    return " ".join(raw[at:end])


_TALKING: Final = word_set("""
    i we you your he she they is are was were will can could would should please do did does have has what who how when where
    thanks thank go let let's i'll we'll you're i'm not it that there yes no
    """)
"""A sentence with one of these says more than a name."""
_INTRODUCTION_WORDS: Final = 10
"""Words of a sentence that only introduces its speaker."""


def vocatives(text: str) -> Iterator[str]:
    """Capitalized words with which a sentence calls somebody: "Ben, can you ...", "thanks, Ben"."""
    raw = tokens_of(text, fold=False)
    for place, word in enumerate(raw):
        folded = word.casefold()
        if not word[0].isupper() or not word.isalpha() or folded in _NO_NAMES or folded == "i":
            continue
        before = raw[place - 1].casefold() if place else ""
        after = raw[place + 1].casefold() if place + 1 < len(raw) else ""
        if (not before and after in AFTER_ADDRESS) or (before in _CALLING and after in ("", ",")):
            yield folded


def introduced(text: str) -> Iterator[tuple[str, bool]]:
    """Names by which a speaker introduces itself: "my name is Ana", "this is Boris", "Carla here".

    The second value is true for wording that cannot introduce somebody else.
    """
    for sentence in sentences_of(text):
        raw = tokens_of(sentence, fold=False)
        folded = [token.casefold() for token in raw]
        for position in range(len(raw)):
            for how in _INTRODUCTIONS:
                end = position + len(how)
                if tuple(folded[position:end]) == how and end < len(raw):
                    name = _name_at(raw, folded, end, strict=how[0] not in _OWN)
                    if name:
                        yield name, how != ("this", "is")
        first = next((at for at, word in enumerate(folded) if word not in _GREETING), len(raw))
        for at in dict.fromkeys((0, first)):
            end = next((place for place in range(at, len(raw)) if not raw[place][0].isupper()), len(raw))
            if at < end <= at + _NAME_WORDS and folded[end : end + 1] and folded[end] in ("here", "speaking", "from"):
                name = _name_at(raw, folded, at, strict=True)
                if name:
                    yield name if end - at == len(name.split()) else raw[end - 1], True


def _name_at(raw: list[str], folded: list[str], at: int, *, strict: bool) -> str | None:
    first = raw[at]
    if folded[at] in _NO_NAMES or not first[0].isalpha() or (strict and not first[0].isupper()):
        return None
    last = raw[at + 1] if at + 1 < len(raw) else ""
    if first[0].isupper() and last[:1].isupper() and last.casefold() not in _NO_NAMES and not last.isupper():
        return f"{first} {last}"
    return first
