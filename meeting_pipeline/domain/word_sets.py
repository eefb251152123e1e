"""Sets of words and lists of phrases, written as text: how they are read, and whether a phrase is among words.

Must not go here: the words themselves, which are beside the rules that use them.
"""

from collections.abc import Iterable, Sequence


def word_set(words: str) -> frozenset[str]:
    """The words of a text, which spaces and line breaks separate."""
    return frozenset(words.split())


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a text, which slashes separate."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("/"))


def has_phrase(words: Sequence[str], wanted: Iterable[str]) -> bool:
    """Whether one of these phrases is among the words."""
    text = f" {' '.join(words)} "
    return any(f" {phrase} " in text for phrase in wanted)
