"""Finds the talk in the JSON of any program: the list whose objects have words and a start.

Who speaks may be in the item, in an object around it, or in a list of turns beside it.
Must not go here: finding lists (``json_lists.py``), lines (``formats/listed_json.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import words_in
from meeting_pipeline.providers.imported.json_keys import ENDS, SPEAKERS, STARTS, WEAK_STARTS, any_key, common_key
from meeting_pipeline.providers.imported.json_lists import TIME_TYPES, Listed, lists_in

_MUCH_MORE: Final = 1.1
"""A list with fewer words than another is preferred to it only if it has almost as many."""


@dataclass
class Found:
    """What is in a file.

    Attributes:
        talk: the list with the talk; ``None`` if there is none.
        turns: a list of who speaks from when, without words.
        people: identifier -> name.
        whole: the whole talk as one text, if an object around the list has it.
    """

    talk: Listed | None
    turns: Listed | None
    people: dict[str, str]
    whole: str


def found_in(value: Any) -> Found:
    """Look through a parsed file. Linear in its size."""
    lists = lists_in(value)
    talk = _talk(lists.joined)
    around = [lists.texts.get(talk.path[:size], "") for size in range(len(talk.path))] if talk else []
    return Found(talk, _turns(lists.all), lists.people, max(around, key=len, default=""))


def _talk(lists: Sequence[Listed]) -> Listed | None:
    """The list with the most words; of those that have about as many, one with speakers, and the first of these."""
    fitting = []
    for one in lists:
        text = one.text
        if text is not None and (one.has_times or _ends_alone(one)):
            _keep_final(one)
            one.raw = sum(len("".join(words_in(item.get(text)).split())) for item in one.items)
            if one.raw:
                fitting.append(one)
    most = max((one.raw for one in fitting), default=0)
    near = [one for one in fitting if one.raw * _MUCH_MORE >= most]
    return next((one for one in near if one.names_speakers), near[0] if near else None)


def _ends_alone(one: Listed) -> bool:
    """Whether items have only an end, as the results of Google: each begins when the one before it ends."""
    return common_key(one.items, ENDS[-2:], (str,)) is not None


def _keep_final(one: Listed) -> None:
    """Drop items that the program marks as not final: their words come again."""
    kept = [
        (item, owner)
        for item, owner in zip(one.items, one.owners, strict=True)
        if item.get("ispartial") is not True and item.get("isfinal") is not False
    ]
    one.items, one.owners = [item for item, _ in kept], [owner for _, owner in kept]


def _turns(lists: Sequence[Listed]) -> Listed | None:
    return next(
        (
            one
            for one in lists
            if one.text is None
            and any_key(one.items, (*STARTS, *WEAK_STARTS), TIME_TYPES)
            and common_key(one.items, SPEAKERS[:-2], (str, int, dict))
        ),
        None,
    )
