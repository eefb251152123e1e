"""What the demo prints when everything has its outcome.

Must not go here: what is printed while the system is at work (``progress.py``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from meeting_pipeline.demo.receiver import Hook
from meeting_pipeline.demo.samples import Sample
from meeting_pipeline.domain.minutes import minutes_text
from meeting_pipeline.domain.record import MeetingRecord

_WIDTH = 100
_DRAFTS = (
    "! These are drafts: no key is set, so speech recognition and rules on this machine made them. With ASSEMBLYAI_API_KEY and\n"
    "  OPENAI_API_KEY set, the providers do."
)
_ENOUGH_WORDS = 0.5
"""An item of the script counts as found if at least half of its words stand in an item that was extracted."""


def titled(blocks: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """The lines of each block below its title; a block without lines is left out."""
    for title, lines in blocks:
        found = list(lines)
        if found:
            yield f"\n{f'━━ {title} ':━<{_WIDTH}}"
            yield from found


def minutes(records: Sequence[MeetingRecord]) -> Iterator[str]:
    """The minutes of every completed meeting. That they are drafts is said once, for all of them."""
    if any(record.draft for record in records):
        yield _DRAFTS
    for record in records:
        yield ""
        yield minutes_text(record, with_makers=not record.draft).rstrip()


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
    """The notes of what was refused. The folder is named below the home, which may be gone when this is read."""
    for note in sorted(rejected.glob("*/*.error.txt")):
        yield f"{note.relative_to(rejected.parent)} says:"
        yield from (f"  {line}" for line in note.read_text(encoding="utf-8").splitlines())


def webhooks(hooks: Sequence[Hook], dropped: datetime) -> Iterator[str]:
    """What the receiver got, how long after the drop, and whether it could trust it."""
    for hook in hooks:
        after = f"{(hook.at - dropped).total_seconds():7.1f} s"
        gaps = ", ".join(gap["insight"] for gap in hook.body["gaps"])
        outcome = f", {hook.body['error']['code']}" if hook.body["error"] else ""
        outcome += f", without {gaps}" if gaps else ""
        trusted = "secret and signature ok" if hook.secret_ok and hook.signature_ok else "SECRET OR SIGNATURE WRONG"
        yield f"{after}  {hook.body['event']}: {hook.body['meeting']['title']}{outcome} ({trusted})"
