"""To whom and from where: "report it to the head of services" does not mean the auditor.

Must not go here: the object of a verb (``pieces.py``), marks of speakers (``mentioned_speakers.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import STOP_WORDS, TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, content_stems, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_PREPOSITIONS: Final = frozenset(("to", "with", "from"))
_DETERMINERS: Final = word_set("the a an our my his her their your its all every each both this that these those")
_ENDS: Final = MARKS | word_set(
    "and or but by before on at in for about so because if until with to from that which who when"
)
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)


def recipient_exchanged(wording: Wording, said: Said) -> bool:
    """Whether the quoted words say after the same preposition whom they mean, and the claim says somebody else.

    Only one thing of each kind counts: with two recipients in the words, nobody can tell which is meant.
    """
    for preposition, claimed in _phrases(wording.plain):
        given = [words for sentence in said.own for one, words in _phrases(sentence.text) if one == preposition]
        if len(given) != 1 or claimed & given[0]:
            continue
        if claimed & (said.own_stems | said.names):
            continue
        return True
    return False


def _phrases(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each preposition before a thing or a person with a capital, and the stems of that."""
    raw = tokens_of(text, fold=False)
    folded = [token.casefold() for token in raw]
    for place, token in enumerate(folded[:-1]):
        if token not in _PREPOSITIONS or not _is_noun(raw, folded, place + 1):
            continue
        rest = _until_end(folded[place + 1 :])
        found = frozenset(content_stems(rest)) - META_STEMS
        if found and not found & _TIME_STEMS:
            yield token, found


def _is_noun(raw: Sequence[str], folded: Sequence[str], at: int) -> bool:
    """Whether a thing or a person is here, and not a verb."""
    return folded[at] in _DETERMINERS or (raw[at][0].isupper() and folded[at] not in STOP_WORDS)


def _until_end(words: Sequence[str]) -> Sequence[str]:
    return words[: next((at for at, word in enumerate(words) if word in _ENDS and at), len(words))]
