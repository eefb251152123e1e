"""A light stem: one form for the inflected forms of a word, and for the words of one group of synonyms.

Must not go here: cutting text into words and sentences (``words.py``).
"""

from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.verification.synonyms import GROUPS, IRREGULAR

_LONG: Final = 6
"""Characters of a word from which on the first three are in its stem. Of a shorter one two are: "axes" becomes "ax"."""
_VOWELS: Final = frozenset("aeiouy")


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A light stem: the same for the inflected forms of a word, and for words of one group of synonyms."""
    plain = _stem(word.removesuffix("'s").replace("'", ""))
    return _SAME.get(plain, plain)


def _stem(word: str) -> str:
    if word in IRREGULAR:
        word = IRREGULAR[word]
    if len(word) < 4 or not word.isalpha():
        return word
    word = _singular(word)
    if word.endswith("eed") and len(word) > 5:
        word = word[:-1]
    for suffix in ("ing", "ed"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 3 and _VOWELS & set(root):
            word = root[:-1] if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    for suffix in ("ation", "ment", "ion", "ally", "ly", "al"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 4:
            word = root
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    word = word.removesuffix("at") if len(word) > 5 else word
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


_SAME: Final = {_stem(word): _stem(group.split()[0]) for group in GROUPS for word in group.split()}


def beginning(word: str) -> str:
    """What a word has in common with its stem, unless its form is irregular."""
    return word[:3] if len(word) >= _LONG else word[:2]


def stem_beginnings(key: str) -> frozenset[str]:
    """What ``beginning`` may be of words with this stem: all others need not be compared with it."""
    plain = {key, *(one for one, same in _SAME.items() if same == key)}
    odd = {beginning(word) for word, base in IRREGULAR.items() if _stem(base) in plain}
    return frozenset({one[:characters] for one in plain for characters in (2, 3)} | odd)
