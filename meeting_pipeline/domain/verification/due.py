"""Due dates: are the words about this task, and do they mean the given day?

Must not go here: what due words mean (``domain/due_dates.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import NUMBER_WORDS, TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, bare, content_stems, is_content
from meeting_pipeline.domain.word_sets import word_set

_LONGEST_DAY = 5
"""Words that name one day: "the twentieth of March 2026"."""
_CARDINALS = word_set("""
    zero one two three four five six seven eight nine ten hundred thousand million billion dozen k m mn bn
""")
_UNTIL = frozenset(("by", "before", "on", "within", "until"))


@dataclass(frozen=True)
class Due:
    """What may be kept of a due date. ``reason``: why the claim does not hold; ``None`` if it does."""

    words: str | None
    day: date | None
    reason: str | None = None


def check_due(
    words: str | None,
    day: date | None,
    meeting_date: date,
    own: Sequence[Sentence],
    near: Sequence[Sentence],
    content: Collection[str],
    *,
    implausible: bool = False,
) -> Due:
    """Check the due words and the model's day. ``implausible``: a day was given, out of the range of due dates."""
    if not words:
        return Due(None, None)
    if not (_has_time(words) or _stands_as_due(words, own)) or not _was_said(words, own, near, content):
        return Due(None, None, "due_not_said")
    meant = resolve_due(words, meeting_date)
    if meant is None:
        return Due(words, None)  # words that mean no single day are kept; a day that nobody can check is not
    if implausible or (day is not None and day != meant):
        return Due(words, None, "due_differs")
    return Due(words, day)


def says_day(sentences: Sequence[Sentence], day: date, meeting_date: date) -> bool:
    """Whether a few consecutive words mean this day."""
    for sentence in sentences:
        words = sentence.words
        for place in range(len(words)):
            for length in range(1, _LONGEST_DAY + 1):
                if resolve_due(" ".join(words[place : place + length]), meeting_date) == day:
                    return True
    return False


def _has_time(words: str) -> bool:
    said = words_of(words)
    first = said[0] if said else ""
    ordinal = first in _UNTIL and any(word in NUMBER_WORDS and word not in _CARDINALS for word in said)
    return ordinal or any(word in TIME_WORDS or word[0].isdigit() for word in said)


def _stands_as_due(words: str, own: Sequence[Sentence]) -> bool:
    """Whether a quoted sentence has the words after "by" or "before": "before the audit" says when, without a day."""
    wanted = words_of(words)
    first = wanted[0] if wanted else ""
    if first not in _UNTIL and not any(is_content(word) for word in wanted):
        return False  # "the", of "on the first"
    starts = [wanted] if first in _UNTIL else [[one, *wanted] for one in sorted(_UNTIL)]
    said = [f" {' '.join(bare(word) for word in sentence.words)} " for sentence in own]
    return any(f" {' '.join(start)} " in text for start in starts for text in said)


def _was_said(words: str, own: Sequence[Sentence], near: Sequence[Sentence], content: Collection[str]) -> bool:
    """Whether the words are in a quoted sentence, or in one near that speaks of the same thing or of nothing else."""
    wanted = " ".join(words_of(words))
    due_stems = {stem(word) for word in words_of(words)}
    about = set(content) - due_stems
    for sentence in (*own, *near):
        if f" {wanted} " not in f" {' '.join(bare(word) for word in sentence.words)} ":
            continue
        others = [word for word in content_stems(sentence.tokens) if word not in due_stems]
        if sentence in own or about & sentence.stems or len(others) <= 1:
            return True
    return False
