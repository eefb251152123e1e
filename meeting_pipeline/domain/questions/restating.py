"""Whether a sentence says what somebody said in the same words, apart from the person: "I will send it" is "Anna will send it".

The rules for claims (``domain/verification/``) judge meaning by words, and a fluent sentence that means something else may pass
them. What passes here says nothing that was not said: nothing is added, exchanged or put in another order, and nothing that
counts is left out. Must not go here: those rules, what is shown instead of a sentence (``checking.py``).
"""

import re
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.speaker_placeholders import mark
from meeting_pipeline.domain.verification.words import MARKS, sentences_of, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_MARKED: Final = re.compile(r"(\{[^{}]{1,200}\}(?:['\u2019]s)?)")
_OPENERS: Final = word_set("well good great yes yeah yep ok okay so and then thanks")
"""They may be left out at the beginning, and these anywhere: ..."""
_FILLERS: Final = word_set("a an the that just actually really please also um uh")
_FORMS: Final = {
    "am": "is", "are": "is", "were": "was", "has": "have", "does": "do", "cannot": "can not", "gonna": "will", "%": "percent",
    "'m": "is", "'re": "is", "'s": "is", "'ve": "have", "'ll": "will", "'d": "would", "won't": "will not", "can't": "can not",
    "shan't": "shall not", "us": "we", "our": "we's", "ours": "we's",
}  # fmt: skip
_BEING: Final = word_set("it that there here what who he she this")
_FIRST: Final = {"i": "", "me": "", "myself": "", "my": "'s", "mine": "'s"}
_THIRD: Final = {"he": "", "she": "", "him": "", "they": "", "them": "", "his": "'s", "her": "", "their": "'s"}
_WE: Final = {"they": "we", "them": "we", "their": "we's"}
_SAYS: Final = word_set("said says mentioned mentions explained noted reported stated thinks believes")
_PROMISES: Final = word_set("promised promises agreed agrees committed commits")
_LEAST: Final = 3
"""Words of a sentence that says something."""


def restates(text: str, said: str, speaker: str) -> bool:
    """Whether ``text`` restates all of the one sentence ``said``; speakers are marks (``{A}``) in both.

    ``speaker``: the label of the one who says it.
    """
    if said.rstrip("\"') ").endswith("?") or len([*sentences_of(text)]) != 1:
        return False
    words, told, own = _words(text), _said(said, speaker), mark(speaker)
    if len(words) < _LEAST:
        return False
    if _match(words, told, own, words[0]):
        return True
    if words[0] != own:
        return False
    if words[1] in _SAYS:
        return _match(words[2:], told, own, own)
    return words[1] in _PROMISES and words[2] == "to" and _match([own, "will", *words[3:]], told, own, own)


def _match(words: Sequence[str], told: Sequence[str], own: str, subject: str) -> bool:
    """Whether the words are those that were said. "She sends it" may stand for "I will send it"."""
    at = 0
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if told[at : at + 1] == ["will"] and word != "will" and before == own:
            at += 1
        if at == len(told) or not _same(word, before, told[at], own, subject):
            return False
        at += 1
    return at == len(told)


def _same(word: str, before: str, said: str, own: str, subject: str) -> bool:
    if word == said or _WE.get(word) == said:
        return True
    if said in (own, f"{own}'s"):  # "I" of the one whom the sentence is about
        return subject == own and word in _THIRD and f"{own}{_THIRD[word]}" == said
    return before in (own, "he", "she") and word in (f"{said}s", f"{said}es", f"{said[:-1]}ies")


def _said(text: str, speaker: str) -> list[str]:
    """What was said, with the speaker for "I"."""
    found: list[str] = []
    for word in _words(text):
        if found or word not in _OPENERS:
            found.append(f"{mark(speaker)}{_FIRST[word]}" if word in _FIRST else word)
        if found[-3:] == ["is", "going", "to"]:
            found[-3:] = ["will"]
    return found


def _words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    tokens = (one for part in _MARKED.split(text) for one in ([part] if _MARKED.fullmatch(part) else tokens_of(part)))
    return [word for token in tokens if token not in MARKS for word in _forms(token) if word not in _FILLERS]


def _forms(word: str) -> list[str]:
    """A word without contraction, in the form for all persons."""
    if word.startswith("{"):
        return [word.replace("\u2019", "'")]
    if word in _FORMS:
        return _FORMS[word].split()
    head, apostrophe, ending = word.partition("'")
    if word.endswith("n't"):
        return [*_forms(word[:-3]), "not"]
    if not apostrophe or (ending == "s" and head not in _BEING):
        return [word]
    return [*_forms(head), _FORMS.get(f"'{ending}", ending)]
