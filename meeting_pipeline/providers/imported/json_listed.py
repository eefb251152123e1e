"""``Listed``: a list of objects in a JSON file, with the speaker that the objects around it name; and which lists are one talk.

Must not go here: looking through a file (``json_lists.py``), which list is the talk (``json_talk.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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
    plain,
)
from meeting_pipeline.providers.imported.json_times import raw_time

Path = tuple[str, ...]
TIME_TYPES: Final = (int, float, str, dict)
_IN_TRANSCRIPT: Final = ("transcript", "caption", "segment", "monologue")
_USUAL_LISTS: Final = word_set("""
    words segments utterances sentences paragraphs tokens wordsegments items results chunks chapters topics entities captions
    transcript transcription translation highlights summary
""")
"""Programs write several of these, each with all of the talk."""
_SHARED_STARTS: Final = 1.5
"""Where the starts of all lists together are so many times those that differ, they are translations of each other."""


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


def joined(lists: Mapping[Path, Listed]) -> list[Listed]:
    """The lists, with those joined that stand beside nothing else: ``{"Ana": [...], "Ben": [...]}`` has one for each speaker."""
    beside: dict[Path, list[Listed]] = {}
    for path, one in lists.items():
        if path and one.text is not None and one.has_times:
            beside.setdefault(path[:-1], []).append(one)
    result = list(lists.values())
    sizes = Counter(path[:-1] for path in lists if path)
    for parent, group in beside.items():
        usual = {plain(key) for one in group for key in one.path[-1:]} & _USUAL_LISTS
        alone = sizes[parent] == len(group)
        if not usual and alone:
            result += _one_talk((*parent, "*"), group, -1)
    apart: dict[tuple[Path, str], list[Listed]] = {}
    for parent, group in beside.items():
        if len(group) == 1 and len(parent) > 0 and plain(parent[-1]) not in _USUAL_LISTS:
            apart.setdefault((parent[:-1], group[0].path[-1]), []).append(group[0])
    for (parent, last), group in apart.items():
        result += _one_talk((*parent, "*", last), group, -2)
    return result


def _one_talk(path: Path, group: Sequence[Listed], place: int) -> list[Listed]:
    """The lists as one, if they are alike and not the same talk in several languages: then they would start at the same times.

    ``place``: which key of a path says whose list it is.
    """
    if len(group) < 2 or len({(one.text, one.start) for one in group}) > 1:
        return []
    starts = [{str(item.get(one.start or "")) for item in one.items} for one in group]
    if sum(map(len, starts)) > _SHARED_STARTS * len(set().union(*starts)):
        return []
    whole = Listed(path)
    for one in group:
        whole.items += one.items
        whole.owners += [one.path[place] if owner is None else owner for owner in one.owners]
        whole.parts += [one.path[place] if owner is None else owner for owner in one.parts]
    return [whole]
