"""Texts that could make a pattern slow, derived from the pattern itself.

A backtracking engine becomes slow when a part matches again and again, before something that does not match. So each attack
repeats one part of the pattern, or one beginning of it. Before the repetitions comes either text that leads up to that part
or nothing. After them comes text that may follow the part, text that cannot follow it, or nothing.
"""

import re
from collections.abc import Iterable, Iterator
from re import _constants as words  # the standard library's parser is the only complete one
from re import _parser as parser
from typing import Any, Final

LIMIT: Final = 300
"""Maximum number of attacks per pattern; the largest pattern would have a few more."""
_PROBES: Final = " \n\t\ra_A0.,;:!?-+*/\\|#&<>()[]{}\"'=@~^$%`\u00e9\u3042\u00a0"
_MISFITS: Final = ("", "\x01", "\n", "!", " x")


def attacks(pattern: re.Pattern[str]) -> list[tuple[str, str, str]]:
    """Head, pump and tail of each attack. The pump is repeated."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    parts = list(dict.fromkeys(_parts(tree)))
    heads = list(dict.fromkeys(head for head, _, _ in parts))[:40]
    follows = list(dict.fromkeys(tail for _, _, tail in parts))[:40]
    misfits = list(dict.fromkeys([*_excluded(tree), *_MISFITS]))[:7]
    found: dict[tuple[str, str, str], None] = {}
    for start in dict.fromkeys(_starts(tree)):
        for misfit in misfits[:4]:
            found["", start, misfit] = None
    for head, pump, tail in parts:
        for misfit in (*misfits, tail):
            found[head, pump, misfit] = None
            found["", pump, misfit] = None
            found["", pump + " ", misfit] = None
    for character in _alphabet(pattern.pattern):
        found["", character, ""] = None
        found["", character, "\x01"] = None
        for head in heads:
            found[head, character, "\x01"] = None
        for follow in follows:
            found["", character, follow] = None
    return [attack for attack in found if attack[1]][:LIMIT]


def text_of(attack: tuple[str, str, str], size: int) -> str:
    """The attack as a text of about ``size`` characters."""
    head, pump, tail = attack
    return head + pump * (size // len(pump)) + tail


def _alphabet(source: str) -> Iterator[str]:
    yield from dict.fromkeys(_PROBES + "".join(c for c in source if not c.isalnum())[:20])


def _parts(tree: Iterable[Any]) -> Iterator[tuple[str, str, str]]:
    """Parts to repeat, each as the second of three texts: an example of what precedes it, the part, and what follows."""
    items = list(tree)
    for index, item in enumerate(items):
        before = _examples(items[:index])
        after = _examples(items[index + 1 :])
        for example in _examples_of(item):
            yield before[0], example, after[0]
        for inner in _inside(item):
            for head, pump, tail in _parts(inner):
                yield before[0] + head, pump, tail + after[0]
                yield before[0] + head + pump, pump, "\x01"


def _starts(tree: Iterable[Any]) -> Iterator[str]:
    """Beginnings of matching texts: when one is repeated, the engine tries a match at each repetition."""
    items = list(tree)
    for index, item in enumerate(items):
        yield from _examples(items[: index + 1])
        before = _examples(items[:index])[0]
        for inner in _inside(item):
            yield from (before + start for start in _starts(inner))


def _excluded(tree: Iterable[Any]) -> Iterator[str]:
    """Characters that a negated class of the pattern excludes: they end what such a class has matched."""
    for item in tree:
        kind, value = item
        if kind is words.NOT_LITERAL:
            yield chr(value)
        elif kind is words.IN and value[0][0] is words.NEGATE:
            yield from (chr(option) for name, option in value if name is words.LITERAL)
        for inner in _inside(item):
            yield from _excluded(inner)


def _inside(item: Any) -> list[Any]:
    kind, value = item
    if kind in (words.MAX_REPEAT, words.MIN_REPEAT, words.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is words.SUBPATTERN:
        return [value[3]]
    if kind is words.BRANCH:
        return list(value[1])
    if kind is words.ATOMIC_GROUP:
        return [value]
    return [value[1]] if kind in (words.ASSERT, words.ASSERT_NOT) else []


def _examples(items: list[Any]) -> list[str]:
    """Texts that match the items in sequence: the shortest, and one with a repetition of each."""
    each = [_examples_of(item) for item in items]
    width = max((len(examples) for examples in each), default=1)
    return ["".join(examples[min(i, len(examples) - 1)] for examples in each) for i in range(min(width, 12))] or [""]


def _examples_of(item: Any) -> list[str]:
    kind, value = item
    if kind is words.LITERAL:
        return [chr(value)]
    if kind is words.NOT_LITERAL:
        return ["b" if value == ord("a") else "a"]
    if kind is words.ANY:
        return ["a", " "]
    if kind is words.IN:
        return _members(value)
    if kind is words.BRANCH:
        return [example for option in value[1] for example in _examples(list(option))[:1]]
    if kind in (words.MAX_REPEAT, words.MIN_REPEAT, words.POSSESSIVE_REPEAT):
        return [example * max(value[0], 1) for example in _examples(list(value[2]))]
    if kind is words.SUBPATTERN:
        return _examples(list(value[3]))
    if kind is words.ATOMIC_GROUP:
        return _examples(list(value))
    return [""]  # positions and assertions match no text


def _members(options: list[Any]) -> list[str]:
    """A few characters of a class, as different as possible."""
    one = re.compile(_class_source(options))
    fitting = [character for character in _PROBES if one.fullmatch(character)]
    own = [chr(value) for kind, value in options if kind is words.LITERAL]
    own += [chr(value[0]) for kind, value in options if kind is words.RANGE]
    known = [character for character in own if one.fullmatch(character)]
    return list(dict.fromkeys([*(known + fitting)[:1], *fitting[:4], *known[:3]])) or ["a"]


def _class_source(options: list[Any]) -> str:
    categories = {
        words.CATEGORY_DIGIT: r"\d",
        words.CATEGORY_NOT_DIGIT: r"\D",
        words.CATEGORY_SPACE: r"\s",
        words.CATEGORY_NOT_SPACE: r"\S",
        words.CATEGORY_WORD: r"\w",
        words.CATEGORY_NOT_WORD: r"\W",
    }
    source = ""
    for kind, value in options:
        if kind is words.NEGATE:
            source = "^" + source
        elif kind is words.LITERAL:
            source += re.escape(chr(value))
        elif kind is words.RANGE:
            source += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            source += categories[value]
    return f"[{source}]"
