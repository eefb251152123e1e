"""Whether a sentence says what somebody said in the same words, apart from the person: "I will send it" is "Anna will send it".

The rules for claims (``domain/verification/``) judge meaning by words, and a fluent sentence that means something else may pass
them. What passes here says nothing that was not said: nothing is added, exchanged or put in another order, and only what changes
no meaning is left out. Must not go here: those rules, what is shown instead of a sentence (``checking.py``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.speaker_placeholders import mark
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS
from meeting_pipeline.domain.verification.words import MARKS, sentences_of, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_MARKED: Final = re.compile(r"(\{[^{}]{1,200}\}(?:['\u2019]s)?)")
_ARTICLES: Final = word_set("a an the that")
"""They are left out of the comparison on both sides."""
_FILLERS: Final = word_set("just actually really please also um uh")
"""They may be left out anywhere ..."""
_OPENERS: Final = word_set("well good great right yes yeah yep ok okay so and then thanks")
"""... and these at the beginning."""
_CHANGING: Final = word_set("""
    if unless until otherwise except but however although though yet while instead than either or neither nor not no never
    nobody nothing none without only almost nearly hardly barely maybe perhaps possibly probably might could would should
    may can say says said told tell think thinks thought believe hope hopes wish want wants guess heard doubt asked because
    provided depending subject when once before after least minus plus half rather sorry mean wait wrong
    """)
"""What has one of these is never left out: it limits the rest, or says whose opinion it is."""
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
_OF_A_PERSON: Final = word_set("the a an our my your their his her")
_ENDS: Final = word_set("to by on in at for from with about until before after this next and or but if because")
_OPENING: Final = 3
"""Words before a comma at the beginning that may be left out."""
_LEAST: Final = 3
"""Words of a sentence that says something."""


@dataclass(frozen=True)
class _Word:
    """A word as it is compared. ``boundary``: a mark or "and" is before it.

    ``aside``: the number of the recipient or day that it is part of, which may be left out ("to the customer"); 0: of none.
    """

    text: str
    boundary: bool = False
    aside: int = 0

    @property
    def changing(self) -> bool:
        """Whether what has it must not be left out."""
        return self.text in _CHANGING


def restates(text: str, said: str, speaker: str) -> bool:
    """Whether all of ``text`` restates the one sentence ``said``; speakers are marks (``{A}``) in both.

    ``speaker``: the label of the one who says it.
    """
    told = _said(said, speaker)
    parts = [part for part in sentences_of(text) if part.strip(" .")]
    return bool(parts) and not said.rstrip("\"') ").endswith("?") and all(_is(part, told, speaker) for part in parts)


def _is(part: str, told: Sequence[_Word], speaker: str) -> bool:
    words = _plain(part)
    own = mark(speaker)
    if len(words) < _LEAST:
        return False
    if _matches(words, told, own, words[0]):
        return True
    if words[0] != own:
        return False
    if words[1] in _SAYS:
        return _matches(words[2:], told, own, own)
    return words[1] in _PROMISES and words[2] == "to" and _matches([own, "will", *words[3:]], told, own, own)


def _matches(words: Sequence[str], told: Sequence[_Word], own: str, subject: str) -> bool:
    """Whether the words are those that were said, in order, without leaving out anything that counts."""
    at = 0
    for place, word in enumerate(words):
        while at < len(told) and not _same(word, words[place - 1] if place else "", told, at, own, subject):
            step = _skipped(told, at, first=place == 0)
            if not step:
                return False
            at += step
        if at == len(told):
            return False
        at += 1
    rest = told[at:]
    if not rest or all(word.aside for word in rest):
        return True
    return rest[0].boundary and not any(word.changing for word in rest)


def _same(word: str, before: str, told: Sequence[_Word], at: int, own: str, subject: str) -> bool:
    said = told[at].text
    if word == said:
        return True
    if said in (own, f"{own}'s"):  # "I" of the one whom the sentence is about
        return subject == own and word in _THIRD and f"{own}{_THIRD[word]}" == said
    if _WE.get(word) == said:
        return True
    acts = before in (own, "he", "she") and at > 0 and told[at - 1].text in (own, "will")
    return acts and word in (f"{said}s", f"{said}es", f"{said[:-1]}ies")


def _skipped(told: Sequence[_Word], at: int, *, first: bool) -> int:
    """How many words from here on may be left out before the next one; 0: this one counts."""
    if told[at].text in _FILLERS or (first and told[at].text in _OPENERS):
        return 1
    if told[at].text == "will" and at > 0 and told[at - 1].text.startswith("{"):
        return 1
    if first:  # "That's fine, they can wait"
        opening = next((step for step, word in enumerate(told[at : at + _OPENING + 1]) if step and word.boundary), 0)
        return opening if not any(word.changing for word in told[at : at + opening]) else 0
    if not told[at].aside:
        return 0
    return next((step for step, word in enumerate(told[at:]) if word.aside != told[at].aside), len(told) - at)


def _said(text: str, speaker: str) -> list[_Word]:
    """What was said, with the speaker for "I"."""
    raw = _tokens(text)
    found: list[_Word] = []
    boundary, left, aside = False, 0, 0
    for place, token in enumerate(raw):
        folded = _folded(token)
        if token in MARKS:
            boundary, left = True, 0
            continue
        if folded == "and":
            boundary = True
        begins = _aside(raw, place)
        aside, left = aside + bool(begins), begins or max(left - 1, 0)
        for word in _forms(folded):
            named = f"{mark(speaker)}{_FIRST[word]}" if word in _FIRST else word
            if named not in _ARTICLES:
                found.append(_Word(named, boundary, aside if left else 0))
                boundary = False
    return _without_going_to(found)


def _aside(raw: Sequence[str], place: int) -> int:
    """How many tokens from here on are a recipient or a day: "to the customer", "by Friday"; 0 if none."""
    word, following = raw[place].casefold(), raw[place + 1 : place + 2]
    if not following:
        return 0
    next_one = following[0]
    if word == "to" and (next_one.casefold() in _OF_A_PERSON or next_one[0].isupper() or next_one[0] == "{"):
        rest = raw[place + 1 : place + 6]
        return 1 + next((step for step, one in enumerate(rest) if one.casefold() in _ENDS or one in MARKS), len(rest))
    return 2 if word in ("by", "on") and next_one.casefold() in DATE_WORDS else 0


def _without_going_to(words: list[_Word]) -> list[_Word]:
    found: list[_Word] = []
    for word in words:
        found.append(word)
        if [one.text for one in found[-3:]] == ["is", "going", "to"]:
            found[-3:] = [_Word("will", found[-3].boundary)]
    return found


def _plain(text: str) -> list[str]:
    """The words of an answer as they are compared."""
    words = [word for token in _tokens(text) if token not in MARKS for word in _forms(_folded(token))]
    return [word for word in words if word not in _ARTICLES and word != "also"]


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for part in _MARKED.split(text):
        found += [part] if _MARKED.fullmatch(part) else tokens_of(part, fold=False)
    return found


def _folded(token: str) -> str:
    return token.replace("\u2019", "'") if token.startswith("{") else token.casefold()


def _forms(word: str) -> list[str]:
    """A word without contraction, in the form for all persons."""
    if word.startswith("{"):
        return [word]
    if word in _FORMS:
        return _FORMS[word].split()
    head, apostrophe, ending = word.partition("'")
    if word.endswith("n't"):
        return [*_forms(word[:-3]), "not"]
    if not apostrophe or (ending == "s" and head not in _BEING):
        return [word]
    return [*_forms(head), _FORMS.get(f"'{ending}", ending)]
