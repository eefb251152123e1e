"""Captions that are shown twice: rolling captions repeat the row above, growing captions repeat themselves with more words.

People repeat themselves too. So a caption counts as repeated only if times and text leave no doubt, or if the whole file follows
this pattern.
Must not go here: joining the lines of one speaker (``build_transcript.py``).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from meeting_pipeline.providers.imported.cues.talk import Spoken, replace_rows

GAP_MS: Final = 100
"""A caption that repeats the one before begins when that ends. YouTube shows it without any gap."""
SHARE: Final = 0.3
"""At least this share of the captions repeats rows, or grows, in a file that is made so."""
_LONGEST_WINDOW: Final = 60
"""Words of a caption that are compared with the next: a caption has some ten."""
_WINDOW_WORDS: Final = 3
"""Two captions that share fewer words at their seam may do so by chance."""
_FEWEST_MARKED: Final = 2
"""A caption of one word has one mark: where it comes again, it was said again."""
_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")


def without_repeats(spoken: Sequence[Spoken]) -> tuple[list[Spoken], list[str]]:
    """The captions with each word once, and the texts that were left out."""
    left_out: list[str] = []
    kept = _grown(spoken, left_out)
    if _is_rolling(spoken) or _is_rolling(kept):
        kept = _unrolled(kept, left_out)
    elif _is_sliding(kept):
        kept = _unslid(kept, left_out)
    return kept, left_out


def _follows(before: Spoken, after: Spoken) -> bool:
    """Whether a caption begins while the one before is shown, or as it ends."""
    if before.start_ms is None or after.start_ms is None or before.speaker != after.speaker:
        return False
    return before.start_ms <= after.start_ms <= (before.end_ms or before.start_ms) + GAP_MS


def _overlap(before: Sequence[str], after: Sequence[str]) -> int:
    """How many of the last rows of a caption are the first of the next."""
    for size in range(min(len(before), len(after), _LONGEST_WINDOW), 0, -1):
        if list(before[-size:]) == list(after[:size]):
            return size
    return 0


def _is_rolling(spoken: Sequence[Spoken]) -> bool:
    """Whether captions repeat rows: some together with a new row, which nobody says by chance."""
    partly = wholly = 0
    for before, after in pairwise(spoken):
        size = _overlap(before.rows, after.rows) if _follows(before, after) else 0
        partly += 0 < size < len(after.rows)
        wholly += 0 < size == len(after.rows)
    pairs = max(1, len(spoken) - 1)
    return partly > 0 and partly + wholly >= 2 and partly + wholly >= SHARE * pairs


def _unrolled(spoken: Sequence[Spoken], left_out: list[str]) -> list[Spoken]:
    kept: list[Spoken] = []
    shown: Spoken | None = None
    for piece in spoken:
        size = _overlap(shown.rows, piece.rows) if shown is not None and _follows(shown, piece) else 0
        shown = piece
        if size:
            left_out.append(" ".join(piece.rows[:size]))
        if size < len(piece.rows):
            kept.append(replace_rows(piece, piece.rows[size:]))
        elif kept:
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms or 0, piece.end_ms or 0))
    return kept


def _words(piece: Spoken) -> list[str]:
    return piece.text.split()


def _is_sliding(spoken: Sequence[Spoken]) -> bool:
    """Whether almost every caption begins with the last words of the one before."""
    slid = sum(
        _WINDOW_WORDS <= _overlap(_words(before), _words(after)) < len(after.text.split()) and _follows(before, after)
        for before, after in pairwise(spoken)
    )
    return slid >= 3 and slid >= 2 * SHARE * (len(spoken) - 1)


def _unslid(spoken: Sequence[Spoken], left_out: list[str]) -> list[Spoken]:
    kept: list[Spoken] = []
    shown: Spoken | None = None
    for piece in spoken:
        words = _words(piece)
        size = _overlap(_words(shown), words) if shown is not None and _follows(shown, piece) else 0
        size = size if size >= _WINDOW_WORDS else 0
        shown = piece
        if size:
            left_out.append(" ".join(words[:size]))
        if size < len(words):
            kept.append(replace_rows(piece, [" ".join(words[size:])]))
        elif kept:
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms or 0, piece.end_ms or 0))
    return kept


def _plain(piece: Spoken) -> list[str]:
    return _PUNCTUATION.sub(" ", piece.text.casefold()).split()


def _grows(before: list[str], after: list[str], *, unfinished: bool = False) -> bool:
    """Whether a caption begins with the words of another. ``unfinished``: its last word may grow, ``every`` to ``everybody``."""
    if not before or len(after) < len(before) or after[: len(before) - 1] != before[:-1]:
        return False
    last, now = before[-1], after[len(before) - 1]
    return now == last or (unfinished and len(before) > 1 and now.startswith(last))


def _marks_words(spoken: Sequence[Spoken], plain: Sequence[list[str]]) -> bool:
    """Whether captions come again for each of their words, with a mark on the word that is being said."""
    again = sum(
        _is_marked_again(before, after) and said == says and len(said) >= _FEWEST_MARKED
        for (before, after), (said, says) in zip(pairwise(spoken), pairwise(plain), strict=True)
    )
    return again >= 2 and again >= SHARE * (len(spoken) - 1)


def _is_marked_again(before: Spoken, after: Spoken) -> bool:
    return before.marked != after.marked and before.cue != after.cue and _follows(before, after)


def _grown(spoken: Sequence[Spoken], left_out: list[str]) -> list[Spoken]:
    """Keep the last state of captions that grow."""
    plain = [_plain(piece) for piece in spoken]
    longer = sum(
        len(after) > len(before) and _grows(before, after) and _follows(spoken[place], spoken[place + 1])
        for place, (before, after) in enumerate(pairwise(plain))
    )
    made_so = longer >= 2 and longer >= SHARE * (len(spoken) - 1)
    words_marked = _marks_words(spoken, plain)
    shown: Spoken | None = None
    kept: list[Spoken] = []
    last: list[str] = []
    for piece, words in zip(spoken, plain, strict=True):
        many = words_marked and len(words) >= _FEWEST_MARKED
        again = many and shown is not None and words == last and _is_marked_again(shown, piece)
        shown = piece
        if kept and (again or _is_same_caption(kept[-1], piece, last, words, made_so)):
            left_out.append(kept[-1].text)
            kept[-1] = replace(piece, start_ms=kept[-1].start_ms, end_ms=max(kept[-1].end_ms or 0, piece.end_ms or 0))
        else:
            kept.append(piece)
        last = words
    return kept


def _is_same_caption(before: Spoken, after: Spoken, said: list[str], says: list[str], made_so: bool) -> bool:
    if before.cue == after.cue or not _grows(said, says, unfinished=made_so) or not _follows(before, after):
        return False
    same_start = before.start_ms == after.start_ms
    if made_so and len(says) == len(said) and says != said:
        return True
    overlaps = (after.start_ms or 0) < (before.end_ms or 0)
    return same_start or (len(says) > len(said) and (overlaps or made_so))
