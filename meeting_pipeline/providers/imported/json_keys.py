"""The names that programs give to words, times and speakers in JSON, whatever their spelling: ``startTime`` is ``start_time``.

Must not go here: where the talk is (``json_lists.py``), what a time means (``json_times.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

TEXTS: Final = (
    "text", "sentence", "transcript", "body", "content", "caption", "utterance", "display", "displaytext", "spokentext",
    "punctuatedword", "word", "words", "value",
)  # fmt: skip
TRANSCRIPT_TEXTS: Final = frozenset({"transcript", "sentence", "utterance", "caption", "spokentext"})
"""Chats have no text of such a name."""
STARTS: Final = (
    "start", "starttime", "startms", "startoffset", "starttimestamp", "startdatetime", "begin", "beginoffsetmillis", "datastart",
    "offsetinticks", "offsetmilliseconds", "startmilliseconds", "offset", "from",
)  # fmt: skip
WEAK_STARTS: Final = ("timestamp", "time")
"""Chats have these too, so they count only within a transcript."""
ENDS: Final = (
    "end", "endtime", "endms", "endoffset", "endtimestamp", "enddatetime", "endoffsetmillis", "dataend", "endmilliseconds", "to",
    "resultendtime", "resultendoffset",
)  # fmt: skip
LENGTHS: Final = ("durationinticks", "durationmilliseconds", "durationmillisecond", "durationms", "duration", "dur")
SPEAKERS: Final = (
    "speakerdisplayname", "speakername", "displayname", "personname", "participantname", "speaker", "speakerlabel", "speakertag",
    "participant", "participantrole", "speakerid", "participantid", "user", "name",
)  # fmt: skip
"""The best first, in each list."""
_OWNERS: Final = frozenset(SPEAKERS) - {"name", "user", "displayname"}
"""Keys of an object that say who spoke the list inside it. Files and meetings have names too."""
NAMES: Final = ("name", "displayname", "speakername", "label", "username", "id")
_CHANNELS: Final = ("channel", "channeltag", "channellabel", "channelid", "channelnumber", "channelindex")
_LONGEST_CHANNEL: Final = 12
"""Characters of a number or side: ``left``, ``ch_0``."""
_IDENTIFIERS: Final = ("id", "speakerid", "participantid", "userid")


@lru_cache(maxsize=10_000)
def plain(key: str) -> str:
    """A key in small letters, without what separates its words."""
    return key.replace("_", "").replace("-", "").replace(" ", "").casefold()


def plain_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item by its plain keys; of two that are alike, the first that is not ``null``."""
    found: dict[str, Any] = {}
    for key, value in item.items():
        short = plain(key)
        if found.get(short) is None:
            found[short] = value
    return found


def common_key(items: Sequence[Mapping[str, Any]], keys: Iterable[str], kinds: tuple[type, ...]) -> str | None:
    """The best key that all of the first items have, with a value of these types."""
    first = items[:3]
    return next((key for key in keys if first and all(isinstance(one.get(key), kinds) for one in first)), None)


def any_key(items: Sequence[Mapping[str, Any]], keys: Iterable[str], kinds: tuple[type, ...]) -> str | None:
    """The best key that one of the first items has, with a value of these types."""
    return next((key for key in keys if any(isinstance(one.get(key), kinds) for one in items[:3])), None)


def channel_of(item: Mapping[str, Any]) -> str | None:
    """The channel of sound that an item with plain keys is from. Where each person has one, it is who speaks."""
    for key in _CHANNELS:
        value = item.get(key)
        if isinstance(value, int | str) and not isinstance(value, bool) and len(str(value)) <= _LONGEST_CHANNEL:
            return f"Channel {str(value).removeprefix('ch_')}"
    return None


def owner_in(item: Mapping[str, Any]) -> Any:
    """Who spoke what is listed inside this object; ``None`` if it does not say."""
    for key in SPEAKERS:
        value = item.get(key)
        if key in _OWNERS and value is not None and not isinstance(value, list):
            return value
    return channel_of(item)


def named(value: Any) -> Any:
    """The name or identifier in a value that may be an object about a person."""
    if not isinstance(value, dict):
        return value
    item = plain_keys(value)
    return next((item[key] for key in NAMES if item.get(key) not in (None, "")), None)


def people_in(listed: Iterable[Any] | Mapping[str, Any]) -> dict[str, str]:
    """Identifier -> name, of a list of speakers or participants, or of an object with a name or person at each identifier."""
    found: dict[str, str] = {}
    if isinstance(listed, dict):
        names = {key: named(value) for key, value in listed.items()}
        return {key: name for key, name in names.items() if isinstance(name, str) and name.strip()}
    for one in listed:
        if not isinstance(one, dict):
            continue
        item = plain_keys(one)
        name = next((item[key] for key in NAMES[:-1] if isinstance(item.get(key), str) and item[key].strip()), None)
        for key in _IDENTIFIERS:
            if name is not None and isinstance(item.get(key), str | int):
                found.setdefault(str(item[key]), name)
    return found
