"""What the demo prints when everything has its outcome."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from meeting_pipeline.demo.receiver import Hook
from meeting_pipeline.demo.samples import Sample
from meeting_pipeline.domain.minutes import minutes_text
from meeting_pipeline.domain.record import MeetingRecord

_RULE = "─" * 100
_ENOUGH_WORDS = 0.5
"""An item of the script counts as found if at least half of its words stand in an item that was extracted."""


def minutes(records: Sequence[MeetingRecord]) -> Iterator[str]:
    """The minutes of every completed meeting."""
    for record in records:
        yield _RULE
        yield minutes_text(record).rstrip()


def script_check(sample: Sample, record: MeetingRecord) -> Iterator[str]:
    """Which action items of the sample's script were found, and which were missed."""
    if sample.script is None:
        return
    expected = sample.script["expected"]["action_items"]
    missed = [item for item in expected if not _found(item["task"], record)]
    yield f"Action items of the script of {sample.name}: {len(expected) - len(missed)} of {len(expected)} found."
    for item in missed:
        yield f"  missed: {item['task']} ({item['owner']}, {item['due_words']})"


def _found(task: str, record: MeetingRecord) -> bool:
    wanted = _words(task)
    texts = [f"{item.task} {item.evidence.quote}" for item in record.action_items or ()]
    return any(len(wanted & _words(text)) >= _ENOUGH_WORDS * len(wanted) for text in texts)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", text.lower()))


def set_aside(rejected: Path) -> Iterator[str]:
    """The notes of what was refused."""
    for note in sorted(rejected.glob("*/*.error.txt")):
        yield f"Set aside: {note}"
        yield from (f"  {line}" for line in note.read_text(encoding="utf-8").splitlines())


def webhooks(hooks: Sequence[Hook]) -> Iterator[str]:
    """What the receiver got, and whether it could trust it."""
    for hook in hooks:
        secret = "secret ok" if hook.secret_ok else "SECRET WRONG"
        signature = "signature ok" if hook.signature_ok else "SIGNATURE WRONG"
        error = f" ({hook.body['error']['code']})" if hook.body["error"] else ""
        gaps = ", ".join(gap["insight"] for gap in hook.body["gaps"]) or "none"
        yield f"{hook.body['event']:18} {hook.body['meeting']['title']!r}{error}, gaps: {gaps}; {secret}, {signature}"


def timings(dropped: datetime, hooks: Sequence[Hook]) -> Iterator[str]:
    """Seconds from the drop to each webhook."""
    for hook in hooks:
        yield f"{(hook.at - dropped).total_seconds():6.1f} s from drop to webhook: {hook.body['meeting']['title']}"
