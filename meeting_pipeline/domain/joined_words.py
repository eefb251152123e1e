"""Words that are written in parts or as one: "e-mail" and "email", "1,500" and "1500", "O'Brien" and "OBrien".

Texts are indexed by their parts, and by what these are together. Belongs here: finding such words. Must not go here: folding
words and parsing queries (``search_queries.py``).
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

_LETTER: Final = r"[^\W\d_]"
_HYPHEN: Final = "[-\u2010\u2011]"
_APOSTROPHE: Final = "['\u2019]"
_MAYBE: Final = re.compile(
    "[-\u2010\u2011'\u2019.,\u00a0\u202f]"  # first the rare characters: this is asked of every line
    rf"(?:(?<={_HYPHEN}){_LETTER}|(?<={_APOSTROPHE}){_LETTER}{{3}}|\d{{3}})"
)
"""Most lines have none, which is seen faster than what there is."""
# None begins within another, so that what is no word in the end is not tried again from each of its parts.
_FOUND: Final = re.compile(
    rf"(?<!\w)(?<!{_LETTER}{_HYPHEN}){_LETTER}++(?:{_HYPHEN}{_LETTER}++)++(?!\w)"  # not "don't" and "we'll": their ends are short
    rf"|(?<!\w){_LETTER}{{1,2}}{_APOSTROPHE}{_LETTER}{{3,}}+(?!\w)"
    r"|(?<![\w.,])(?<!\d['\u2019\u00a0\u202f])\d{1,3}(?:[.,'\u2019\u00a0\u202f]\d{3})++(?![.,]?\d)"
)
_BETWEEN: Final = re.compile("[-\u2010\u2011'\u2019.,\u00a0\u202f]")
_MOST_PARTS: Final = 8
"""A longer chain of hyphens is no word."""


may_be_joined: Final = _MAYBE.search
"""Whether there may be any in a text: it is not ``None`` then."""


def joined_words(text: str) -> Iterator[tuple[str, int, int]]:
    """What parts of words are together, as it is written, with its place in the text: the whole, and each two neighbours."""
    if may_be_joined(text) is None:
        return
    for found in _FOUND.finditer(text):
        parts = [(one[0], one.start(), one.end()) for one in re.finditer(r"\w+", found[0])]
        if len(parts) > _MOST_PARTS:
            continue
        start = found.start()
        yield _BETWEEN.sub("", found[0]), start, found.end()
        if len(parts) > 2 and not found[0][0].isdigit():
            for (first, begin, _), (second, _, end) in pairwise(parts):
                yield first + second, start + begin, start + end
