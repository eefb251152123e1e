"""Whether two event bodies of a recording have the same outcome.

A newer version of the program adds fields, an installation gets another address, advice is reworded: none of this changes a
meeting, so it causes no new webhook. Must not go here: building bodies (``webhooks/payload.py``).
"""

import json
from typing import Any, Final

from meeting_pipeline.domain.result_kinds import Insight

_OF_THE_EVENT: Final = frozenset(("event_id", "revision", "occurred_at", "results_url", "links"))
_OF_A_VERSION: Final = frozenset(("version", "transcript_version"))
_OF_AN_EDIT: Final = ("edited_by", "added")
"""Fields that are only there if somebody edited. Any other field that an older body lacks was added by an upgrade, unless it is
an insight with a result."""


def same_outcome(before: bytes, now: bytes) -> bool:
    """Whether ``now`` tells nothing that ``before`` did not. False for bodies that are no JSON objects."""
    try:
        old, new = json.loads(before), json.loads(now)
    except ValueError:
        return False
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    news = frozenset((*_OF_AN_EDIT, *(insight.value for insight in Insight)))
    return _same(_outcome(old), _outcome(new), news)


def _outcome(body: dict[str, Any]) -> dict[str, Any]:
    """The body without what differs between two events of one outcome."""
    told = {name: value for name, value in body.items() if name not in _OF_THE_EVENT}
    if isinstance(told.get("error"), dict):
        told["error"] = {name: value for name, value in told["error"].items() if name != "advice"}
    if isinstance(told.get("gaps"), list):
        told["gaps"] = [gap.get("insight") if isinstance(gap, dict) else gap for gap in told["gaps"]]
    meeting = told.get("meeting")
    if isinstance(meeting, dict) and isinstance(meeting.get("provenance"), dict):
        stamps = {kind: _without_versions(stamp) for kind, stamp in meeting["provenance"].items()}
        told["meeting"] = {**meeting, "provenance": stamps}
    return told


def _without_versions(stamp: Any) -> Any:
    if not isinstance(stamp, dict):
        return stamp
    return {name: value for name, value in stamp.items() if name not in _OF_A_VERSION}


def _same(old: Any, new: Any, news: frozenset[str]) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        added = new.keys() - old.keys()
        if old.keys() - new.keys() or any(new[name] for name in added & news):
            return False
        return all(_same(old[name], new[name], news) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_same(*pair, news) for pair in zip(old, new, strict=True))
    return type(old) is type(new) and bool(old == new)
