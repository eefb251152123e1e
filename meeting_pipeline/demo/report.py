"""The report that the demo prints when every recording has its outcome.

Must not go here: progress lines (``progress.py``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from meeting_pipeline.demo.receiver import Hook
from meeting_pipeline.demo.samples import Sample
from meeting_pipeline.domain.minutes import minutes_text
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.providers.whisper.advice import SPEECH_MODEL_ADVICE

_WIDTH = 100
"""Characters of a headline: as wide as the text below it."""
_DRAFTS = (
    "! These are drafts: no key is set, so speech recognition and rules on this machine made them. With ASSEMBLYAI_API_KEY and\n"
    "  OPENAI_API_KEY set, the providers do."
)
_NO_MODEL = f"  {SPEECH_MODEL_ADVICE}"
_ENOUGH_WORDS = 0.5
"""An action item of the script counts as found if an extracted item contains at least half of its words."""


def titled(blocks: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Yield each block's title and lines; leaves out blocks without lines."""
    for title, lines in blocks:
        found = list(lines)
        if found:
            yield f"\n{f'━━ {title} ':━<{_WIDTH}}"
            yield from found


def minutes(records: Sequence[MeetingRecord]) -> Iterator[str]:
    """Yield the minutes of every completed meeting. The note that they are drafts appears once for all of them."""
    if any(record.draft for record in records):
        yield _DRAFTS
        if any(record.stamps["transcript"].provenance.provider == "offline" for record in records if record.stamps):
            yield _NO_MODEL
    for record in records:
        yield ""
        yield minutes_text(record, with_makers=not record.draft).rstrip()


def script_check(sample: Sample, record: MeetingRecord) -> Iterator[str]:
    """Yield which action items of the sample's script were found, and which were missed."""
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


def rejected_files(rejected: Path) -> Iterator[str]:
    """Yield the notes of rejected files. Paths are relative to the home, which may be gone when this is read."""
    for note in sorted(rejected.glob("*/*.error.txt")):
        yield f"{note.relative_to(rejected.parent)} says:"
        yield from (f"  {line}" for line in note.read_text(encoding="utf-8").splitlines())


def webhooks(hooks: Sequence[Hook], dropped: datetime) -> Iterator[str]:
    """Yield each received webhook, with the time since the drop and whether its secret and signature were valid."""
    for hook in hooks:
        after = f"{(hook.at - dropped).total_seconds():7.1f} s"
        gaps = ", ".join(gap["insight"] for gap in hook.body["gaps"])
        outcome = f", {hook.body['error']['code']}" if hook.body["error"] else ""
        outcome += f", without {gaps}" if gaps else ""
        trusted = "secret and signature ok" if hook.secret_ok and hook.signature_ok else "SECRET OR SIGNATURE WRONG"
        yield f"{after}  {hook.body['event']}: {hook.body['meeting']['title']}{outcome} ({trusted})"
