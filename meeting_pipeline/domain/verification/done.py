"""Tasks that were already done when they were mentioned: "I have already sent it", "we called them yesterday".

Must not go here: tasks that nobody agreed to (``commitment.py``).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.polarity import Clause
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.synonyms import PARTICIPLES
from meeting_pipeline.domain.word_sets import word_set

_FUTURE: Final = word_set("""
    will i'll we'll you'll he'll she'll they'll it'll shall going gonna must should need needs have has let let's lets
    please can could would want wants to'll ll
    """)
_TIMES_PAST: Final = frozenset(("yesterday", "ago"))


def done_already(clause: Clause | None, content: Sequence[str]) -> bool:
    """Whether the clause tells of something done: "I have already sent it", "we called them yesterday"."""
    if clause is None or clause.strong:
        return False
    words, places = clause.words, set(clause.places(content))
    text = f" {' '.join(words)} "
    ahead = bool(_FUTURE & set(words)) and not _has_perfect(words)
    if (" already " in text or _tells_of_the_past(words)) and not ahead:
        return any(place in places for place in range(len(words)) if is_past(words[place])) or " already done " in text
    return any(_is_done(words, place) for place in places if is_past(words[place])) or _done_by_another(words, content)


def _done_by_another(words: Sequence[str], content: Sequence[str]) -> bool:
    """Whether somebody who is named has done it: "Emeka signed the bill"."""
    if not content or _FUTURE & set(words):
        return False
    return any(
        stem(word) == content[0] and is_past(word) and words[place + 1 : place + 2] and words[place + 1] in _OBJECTS
        for place, word in enumerate(words)
        if place and words[place - 1] not in _BEFORE_PARTICIPLES
    )


_OBJECTS: Final = word_set("the a an it them him her my our your his their all this that these those both")
_BEFORE_PARTICIPLES: Final = word_set("to be get gets got is are being not if once when until till unless by with")


def stands_done(clause: Clause, content: Sequence[str]) -> bool:
    """Whether the clause says that a thing has had this done to it: "episode ten's cut", "the letters are sent"."""
    if not content or clause.strong or _FUTURE & set(clause.words) or _AHEAD & set(clause.words):
        return False
    return any(
        stem(word) == content[0]
        and (is_past(word) or word in _SAME_FORMS)
        and clause.words[place - 1].endswith(_STANDS)
        and clause.words[place - 1].partition("'")[0] not in _SUBJECTS
        for place, word in enumerate(clause.words)
        if place
    )


_STANDS: Final = ("'s", "is", "are", "'re")
_AHEAD: Final = word_set("when once if until till on by tomorrow being next before to let's that's it's what's")


def describes_past(clause: Clause | None, content: Sequence[str], *, quoted: bool) -> bool:
    """Whether a decision is only what was done another time: "last season we gave them away".

    ``quoted``: the clause belongs to the quote, and so "we used it in Dover" is past, too.
    """
    if (
        clause is None
        or not (
            _tells_of_the_past(clause.words)
            or (quoted and _PAST_CHOICES.isdisjoint(clause.words) and only_tells(clause.words))
        )
        or _DECIDED & set(clause.words)
        or _FUTURE & set(clause.words)
    ):
        return False
    return bool(clause.places(content)) and any(is_past(word) or word in _SIMPLE_PAST for word in clause.words)


def only_past(clauses: Sequence[Clause], content: Sequence[str]) -> bool:
    """Whether a sentence only tells what was tried or done before, and no choice: "we tried until nine"."""
    words = [word for clause in clauses for word in clause.words]
    if (_PAST_CHOICES | _DECIDED | _FUTURE) & set(words):
        return False
    if _tells_of_the_past(words) and words[-1:] and words[-1] in ("were", "was", "did", "had"):
        return True  # "Last year we were."
    if not only_tells(words):
        return False
    about = [clause for clause in clauses if set(content) & set(clause.stems)]
    return all(only_tells(clause.words) for clause in about)


_PAST_CHOICES: Final = word_set("""
    picked went opted dropped ruled cancelled moved scrapped rejected accepted postponed raised lowered have has i've we've
    """)
"""What was done with these words just now may be what was decided."""
_DECIDED: Final = word_set("decided agreed voted resolved chose settled approved")
_SIMPLE_PAST: Final = word_set("gave used had did went was were got let put set cut read")
_PERIODS: Final = word_set(
    "week month year season quarter summer spring autumn winter time monday tuesday wednesday thursday friday"
)


def only_tells(words: Sequence[str]) -> bool:
    """Whether a sentence only reports what somebody did: "I asked, they haven't got any". A reported promise still counts."""
    known = set(words)
    if (_FUTURE - {"have", "has"} | _UNDERTOOK) & known or any(
        word.endswith(("'ll", "'d", "'m", "'re")) for word in words
    ):
        return False
    if any(pair in _TOOK for pair in pairwise(words)):
        return True
    return any(
        word in _SUBJECTS
        and (is_past(following) or following in _SIMPLE_PAST - _SAME_FORMS)
        and (following not in _BARE or len(words) > 4)
        and after != "to"  # "I forgot to send it"
        for word, following, after in zip(words, words[1:], (*words[2:], ""), strict=False)
    )


_TOOK: Final = frozenset((("it", "took"), ("that", "took"), ("it", "went"), ("that", "went")))
"""They tell how something went: "it took eleven hours"."""
_SAME_FORMS: Final = frozenset(("let", "put", "set", "cut", "read"))
"""Present and past look the same: "we put the stage by the river"."""
_SUBJECTS: Final = frozenset(("i", "we", "they", "he", "she"))
_BARE: Final = frozenset(("did", "was", "were", "had"))
"""In short answers they confirm something else: "I did, yes"."""
_UNDERTOOK: Final = word_set("""
    promised agreed decided said offered volunteered undertook told meant planned wanted needed supposed
    still yet
    """)


def _tells_of_the_past(words: Sequence[str]) -> bool:
    return bool(_TIMES_PAST & set(words)) or any(
        word == "last" and following in _PERIODS for word, following in pairwise(words)
    )


def is_past(word: str) -> bool:
    """Whether the word is a form of the past that differs from the present."""
    return word in PARTICIPLES or (word.endswith("ed") and len(word) > 4)


def _has_perfect(words: Sequence[str]) -> bool:
    return any(
        words[place] in ("have", "has", "i've", "we've", "they've", "he's", "she's") and is_past(word)
        for place in range(len(words))
        for word in words[place + 1 : place + 4]
    )


def _is_done(words: Sequence[str], place: int) -> bool:
    """Whether the past form at this place is an action done: after its subject, "have", "was" or "been"."""
    before = [
        word
        for word in words[max(place - 4, 0) : place]
        if word not in ("already", "just", "also", "then", "both", "all")
    ]
    if not before or {"to", "be", "get", "will", "going", "needs", "want", "should", "must", "gets"} & set(before):
        return False
    last = before[-1]
    return last in (
        "i",
        "we",
        "he",
        "she",
        "they",
        "have",
        "has",
        "i've",
        "we've",
        "they've",
        "was",
        "were",
        "been",
        "had",
        "he's",
        "she's",
    )
