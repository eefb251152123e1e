"""Questions for a person or a thing and their answers: after "Who pays for that?" "The hospital does.", the lab does not pay.

Must not go here: owners of tasks (``owners.py``), choices of two (``alternatives.py``).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems, is_content, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_WHO: Final = frozenset(("who", "who's", "who'll", "which"))
_SELF: Final = frozenset(
    ("i", "me", "i'll", "i'm", "we", "us", "you", "nobody", "everybody", "everyone", "somebody", "he", "she", "they")
)
_DOES: Final = word_set("do does will is has can must pays should")
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_LONGEST: Final = 8
"""Words of an answer that only names who it is."""


def another_does(wording: Wording, said: Said) -> bool:
    """Whether the answer to "who" names somebody whom the claim about the same deed leaves out."""
    content = frozenset(wording.content)
    sentences = sorted({*said.before, *said.own, *said.near}, key=lambda sentence: sentence.order)
    for question, answer in pairwise(sentences):
        if not question.question or question.words[:1] == [] or question.words[0] not in _WHO:
            continue
        deed = frozenset(content_stems(question.words)) - META_STEMS - _TIME_STEMS
        if not deed or not deed <= content or question.speaker == answer.speaker:
            continue
        named = _named(answer, sentences, said.names | said.mentioned)
        if named and not named & content and not named & set(tokens_of(wording.text)):
            return True
    return False


def _named(answer: Sentence, sentences: Sequence[Sentence], known: frozenset[str]) -> frozenset[str]:
    """Who is named before "does", or alone; empty if it is a pronoun or the answer says more."""
    words = answer.words
    if answer.question or not words or len(words) > _LONGEST:
        return frozenset()
    at = next((place for place, word in enumerate(words) if word in _DOES), len(words))
    subject: Sequence[str] = words[:at]
    if not subject or _SELF & set(subject) or any(word.endswith("n't") or word == "not" for word in words[: at + 2]):
        return frozenset()
    if at == len(words) and not _is_somebody(words, sentences, known):
        return frozenset()
    return frozenset(content_stems(subject)) - META_STEMS


def _is_somebody(words: Sequence[str], sentences: Sequence[Sentence], known: frozenset[str]) -> bool:
    """Whether the words alone are a person or a thing: "The hospital", "Rosa", and not "Pasta for all"."""
    if words[0] in _DETERMINERS:
        return len(words) <= _NAME
    names = known.union(*(Wording(sentence.text).names() for sentence in sentences))
    content = [word for word in words if is_content(word)]
    return bool(content) and names.issuperset(content)


_DETERMINERS: Final = word_set("the my our your his her their this that")
_NAME: Final = 4
"""Words of an answer that is only somebody: "the man next door"."""
