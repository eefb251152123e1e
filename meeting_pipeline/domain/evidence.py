"""Evidence: checks that a quote really occurs in the segments it cites.

Quotes are compared word by word: case, white space, punctuation and Unicode composition are ignored.
Belongs here: the check that every statement of every analyst must pass. Must not go here: the content of a statement.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.domain.transcript import Evidence, Segment

_WORD: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+")
"""A word, or one character in scripts that do not separate words (Thai to Khmer, Japanese, Chinese)."""
ELISION: Final = re.compile(r"\.{3,}+|…|\[[….]{1,10}+\]")
"""Marks words left out of a quote."""
_APOSTROPHES: Final = str.maketrans("", "", "'`\u2018\u2019\u00b4")


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, normalized for comparison."""
    folded = normalized("NFKC", text).casefold().translate(_APOSTROPHES)
    return tuple(_WORD.findall(folded.replace("_", " ")))


def verified(segment_ids: Collection[int], quote: str, segments: Mapping[int, Segment]) -> Evidence:
    """Verified evidence. ``segments`` are those that the analyst was given, by index.

    If the quote is found within ``policies.EVIDENCE_NEIGHBOURS`` segments of the cited ones, the ids are corrected.
    An ellipsis may mark words left out of a quote.

    Raises: BadAnswer ``invented_evidence``: an id that does not exist, no id, no quote, or a quote that is
    not found.
    """
    ids = sorted(set(segment_ids))
    if not ids or any(index not in segments for index in ids):
        raise no_such_segment()
    fragments = [" ".join(words) for part in ELISION.split(quote) if (words := words_of(part))]
    found = _locate(fragments, [segments[index] for index in ids]) or _nearby(fragments, ids, segments)
    if len(ids) > policies.EVIDENCE_SEGMENTS or not set(found) <= set(ids):
        ids = found
    return Evidence(segment_ids=tuple(ids[: policies.EVIDENCE_SEGMENTS]), quote=shown_quote(quote))


def occurs_in(quote: str, segments: Iterable[Segment]) -> bool:
    """Whether the words of ``quote`` occur in one of the segments, or across consecutive ones."""
    words = words_of(quote)
    if not words:
        return False
    wanted = " ".join(words)
    run: list[str] = []
    tail = 0
    for segment in segments:
        run.extend(words_of(segment.text))
        if len(run) - tail >= len(words):  # enough new words that the search costs no more than reading them
            if WordRun(run).find(wanted) is not None:
                return True
            run = run[-len(words) :]
            tail = len(run)
    return WordRun(run).find(wanted) is not None


def no_such_segment() -> BadAnswer:
    """The error for an id that does not exist."""
    return BadAnswer(
        "invented_evidence",
        "The answer cites a segment that the transcript does not have, or none.",
        "It is retried; if this happens often, use another model.",
    )


def _nearby(fragments: Sequence[str], ids: Sequence[int], segments: Mapping[int, Segment]) -> list[int]:
    """Ids of the segments near ``ids`` that contain the quote. Raises: BadAnswer ``invented_evidence``."""
    reach = policies.EVIDENCE_NEIGHBOURS
    for index in ids:
        window = [segments[i] for i in range(index - reach, index + reach + 1) if i in segments]
        found = _locate(fragments, window)
        if found:
            return found
    raise BadAnswer(
        "invented_evidence",
        "The answer quotes words that are not in the segments it cites.",
        "It is retried; if this happens often, use another model.",
    )


def _locate(fragments: Sequence[str], segments: Sequence[Segment]) -> list[int]:
    """Ids of the segments that contain all fragments in order; empty if they do not."""
    homes: list[int] = []
    words: list[str] = []
    for segment in segments:
        found = words_of(segment.text)
        words.extend(found)
        homes.extend([segment.index] * len(found))
    touched: list[int] = []
    run = WordRun(words)
    for fragment in fragments:
        at = run.find(fragment)
        if at is None:
            return []
        touched.extend(homes[at : at + fragment.count(" ") + 1])
    return list(dict.fromkeys(touched))


class WordRun:
    """A sequence of words, searched from left to right.

    Kept as one string, so that a search takes linear time even where words repeat. No word contains a space.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._text = f" {' '.join(words)} "
        self._at = 0
        self._words_before = 0

    def find(self, words: str) -> int | None:
        """How many words precede the next occurrence of ``words`` (joined by spaces); the next search starts after it."""
        wanted = f" {words} "
        at = self._text.find(wanted, self._at)
        if at < 0:
            return None
        before = self._words_before + self._text.count(" ", self._at, at)
        # The space after these words is also the space before the next word.
        self._at, self._words_before = at + len(wanted) - 1, before + words.count(" ") + 1
        return before


def shown_quote(quote: str) -> str:
    """The quote on one line, without control characters, cut at a word."""
    flat = one_line(quote)
    limit = policies.EVIDENCE_QUOTE_CHARACTERS
    return flat if len(flat) <= limit else flat[: limit - 1].rsplit(" ", 1)[0] + "…"
