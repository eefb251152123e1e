"""The lists of objects in the JSON of any program, each with the speaker that the objects around it name.

Lists at the same path belong together: a program may write one list of words for each turn, result or speaker.
Must not go here: which list is the talk (``json_talk.py``), what a key means (``json_keys.py``), times (``json_times.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from meeting_pipeline.domain.word_sets import word_set
from meeting_pipeline.providers.imported.json_keys import (
    SPEAKERS,
    STARTS,
    TEXTS,
    TRANSCRIPT_TEXTS,
    WEAK_STARTS,
    any_key,
    common_key,
    named,
    owner_in,
    people_in,
    plain,
    plain_keys,
)
from meeting_pipeline.providers.imported.json_times import raw_time

_DEEPEST: Final = 12
_CHOICES: Final = frozenset({"alternatives", "nbest", "instances"})
"""Lists whose first item is meant; the others are second choices."""
_PEOPLE: Final = frozenset({"speakers", "participants", "users"})
TIME_TYPES: Final = (int, float, str, dict)
_IN_TRANSCRIPT: Final = ("transcript", "caption", "segment", "monologue")

_USUAL_LISTS: Final = word_set("""
    words segments utterances sentences paragraphs tokens wordsegments items results chunks chapters topics entities captions
    transcript transcription translation highlights summary
""")
"""Programs write several of these, each with all of the talk."""

Path = tuple[str, ...]


@dataclass
class Listed:
    """The items at one path, in the order of the file, each with the speaker of the objects around it."""

    path: Path
    items: list[dict[str, Any]] = field(default_factory=list)
    owners: list[Any] = field(default_factory=list)
    parts: list[Any] = field(default_factory=list)
    """The owner of each list in the file that these items are from."""
    raw: int = 0
    """Letters of their words."""

    @property
    def text(self) -> str | None:
        """The key of the words."""
        return common_key(self.items, TEXTS, (str,))

    @property
    def start(self) -> str | None:
        """The key of the start."""
        return any_key(self.items, STARTS, TIME_TYPES) or self._weak_start()

    def _weak_start(self) -> str | None:
        inside = self.text in TRANSCRIPT_TEXTS or any(
            mark in plain(key) for key in self.path for mark in _IN_TRANSCRIPT
        )
        return any_key(self.items, WEAK_STARTS, TIME_TYPES) if inside else None

    @property
    def has_times(self) -> bool:
        """Whether one of the first items has a start."""
        key = self.start
        return key is not None and any(raw_time(item.get(key), key) is not None for item in self.items[:20])

    @property
    def has_list_per_speaker(self) -> bool:
        """Whether each speaker has one list, so that the order of the file is not that of the talk."""
        people = {str(named(owner)) for owner in self.parts if owner is not None}
        return len(people) > 1 and len(people) == len(self.parts)

    @property
    def names_speakers(self) -> bool:
        """Whether items say who speaks."""
        return any(owner is not None for owner in self.owners) or any(
            item.get(key) is not None for item in self.items for key in SPEAKERS
        )


@dataclass
class Lists:
    """What is in a file.

    Attributes:
        all: the lists at each path, in the order of the file.
        joined: the same, and those that are one list in several pieces, as one.
        texts: path -> the longest text that an object there has.
        people: identifier -> name.
    """

    all: list[Listed]
    joined: list[Listed]
    texts: dict[Path, str]
    people: dict[str, str]


def lists_in(value: Any) -> Lists:
    """Look through a parsed file. Linear in its size."""
    lists: dict[Path, Listed] = {}
    texts: dict[Path, str] = {}
    people: dict[str, str] = {}
    stack: list[tuple[Any, Path, Any]] = [(value, (), None)]
    while stack:
        one, path, owner = stack.pop()
        if isinstance(one, list):
            stack += [(item, path, owner) for item in reversed(one) if _has_inside(item)]
            items = [item for item in one if isinstance(item, dict)]
            if items and path and plain(path[-1]) in _PEOPLE:
                people.update({key: name for key, name in people_in(items).items() if key not in people})
            if items:
                known = lists.setdefault(path, Listed(path))
                merged = [_merged(item) for item in items]
                known.items += merged
                known.owners += [owner] * len(merged)
                known.parts.append(owner)
        elif isinstance(one, dict):
            item = plain_keys(one)
            said = max((text for key in TEXTS[:3] if isinstance(text := item.get(key), str)), key=len, default="")
            full = item.get("fulltranscript")
            texts.setdefault(path, full if isinstance(full, str) else said)
            if len(path) < _DEEPEST:
                within = owner_in(item)
                owner = owner if within is None else within
                for key, inside in reversed(one.items()):
                    if plain(key) in _CHOICES and isinstance(inside, list):
                        stack += [(choice, path, owner) for choice in inside[:1]]
                    elif isinstance(inside, dict | list):
                        stack.append((inside, (*path, key), owner))
    return Lists(list(lists.values()), _joined(lists), texts, people)


def _has_inside(item: Any) -> bool:
    """Whether something may be listed inside an item. Most are words."""
    if isinstance(item, dict):
        return any(isinstance(value, dict | list) for value in item.values())
    return isinstance(item, list)


def _joined(lists: Mapping[Path, Listed]) -> list[Listed]:
    """The lists, with those joined that are beside nothing else: ``{"Ana": [...], "Ben": [...]}`` has one for each speaker."""
    beside: dict[Path, list[Listed]] = {}
    for path, one in lists.items():
        if path and one.text is not None and one.has_times:
            beside.setdefault(path[:-1], []).append(one)
    result = list(lists.values())
    for parent, group in beside.items():
        usual = {plain(key) for one in group for key in one.path[-1:]} & _USUAL_LISTS
        alike = len({(one.text, one.start) for one in group}) == 1
        if len(group) > 1 and not usual and alike and sum(path[:-1] == parent for path in lists if path) == len(group):
            whole = Listed((*parent, "*"))
            for one in group:
                whole.items += one.items
                whole.owners += [one.path[-1] if owner is None else owner for owner in one.owners]
                whole.parts += [one.path[-1] if owner is None else owner for owner in one.parts]
            result.append(whole)
    return result


def _merged(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its first choice: ``{"start_time": 1, "alternatives": [{"content": "Good"}]}``."""
    found = plain_keys(item)
    for key in _CHOICES:
        choices = found.get(key)
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            for name, value in plain_keys(choices[0]).items():
                if found.get(name) is None:
                    found[name] = value
    return found
