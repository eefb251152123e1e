"""Conservation of words: every word of an export is in its lines, or left out for a reason, and both are counted.

The count does not trust the reader: it compares the words of the file with the words of the lines, each as often as it occurs.
What is in the file, but neither in a line nor in anything that the reader declares, is ``NOT_READ``.
Must not go here: reading (``formats/``), showing the figures (``defs/``).
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.provenance import WordCount
from meeting_pipeline.domain.text import normalized
from meeting_pipeline.providers.imported.lines import Export

NOT_READ: Final = "not read"
_INVISIBLE: Final = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_WORD: Final = re.compile(
    r"(?P<clock>\d{1,9}+(?::\d{1,9}+){1,3}+(?:[.,]\d{1,9}+)?(?:\s?[ap]\.?m\b)?)"
    r"|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]++",
    re.IGNORECASE,
)
"""A clock time; a character of a script that writes no spaces; or a run of letters and digits."""


def word_count(text: str, export: Export) -> WordCount:
    """Count the words of an export. ``text``: the words of the file, ``Export.said`` or else ``Source.text``.

    Clock times that no line contains, and the words of speakers' names, are structure.
    """
    kept = words_of(line.text for line in export.lines)
    rest = words_of([text])
    rest.subtract(kept)
    names = set(words_of({line.speaker for line in export.lines if line.speaker}))
    left: Counter[str] = Counter()
    uncounted = 0
    for part in export.left_out:
        words = words_of([part.text])
        left[part.reason] += words.total()
        rest.subtract(words)
        uncounted += 0 if part.counted else words.total()
    rest.subtract(words_of(export.structure))
    unread = sum(count for word, count in rest.items() if count > 0 and word not in names and ":" not in word)
    if unread:
        left[NOT_READ] += unread
    missing = left.total() - uncounted
    return WordCount(words_in=kept.total() + missing, words_kept=kept.total(), left_out=dict(left))


def words_of(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs, whatever its case and form."""
    found: Counter[str] = Counter()
    for text in texts:
        plain = normalized("NFKC", _INVISIBLE.sub("", text)).casefold()
        found.update(match[0] for match in _WORD.finditer(plain))
    return found
