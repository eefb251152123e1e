"""The lists of objects in the JSON of any program, each with the speaker that the objects around it name.

Lists at the same path belong together: a program may write one list of words for each turn, result or speaker.
Must not go here: which list is the talk (``json_talk.py``), what a key means (``json_keys.py``), times (``json_times.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.providers.imported.json_keys import (
    TEXTS,
    owner_in,
    people_in,
    plain,
    plain_keys,
)
from meeting_pipeline.providers.imported.json_listed import Listed, Path, joined

_DEEPEST: Final = 12
"""Levels of a JSON document that are searched for lists."""
_CHOICES: Final = frozenset({"alternatives", "nbest", "instances"})
"""Lists whose first item is meant; the others are second choices."""
PEOPLE: Final = frozenset({"speakers", "participants", "users", "speakernames", "speakermap", "speakermapping"})
"""Keys of the people of a meeting."""


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
            if items and path and plain(path[-1]) in PEOPLE:
                people.update({key: name for key, name in people_in(items).items() if key not in people})
            if items:
                known = lists.setdefault(path, Listed(path))
                merged = [_merged(item) for item in items]
                known.items += merged
                known.owners += [owner] * len(merged)
                known.parts.append(owner)
        elif isinstance(one, dict):
            item = plain_keys(one)
            people |= {one: name for one, name in _mapped_people(item).items() if one not in people}
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
    return Lists(list(lists.values()), joined(lists), texts, people)


def _mapped_people(item: Mapping[str, Any]) -> dict[str, str]:
    """The people of an object that has a name at each identifier: ``{"speakers": {"SPEAKER_00": "Ana"}}``."""
    maps = [item[key] for key in PEOPLE if isinstance(item.get(key), dict)]
    return {one: name for inside in maps for one, name in people_in(inside).items()}


def _has_inside(item: Any) -> bool:
    """Whether something may be listed inside an item. Most are words."""
    if isinstance(item, dict):
        return any(isinstance(value, dict | list) for value in item.values())
    return isinstance(item, list)


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
