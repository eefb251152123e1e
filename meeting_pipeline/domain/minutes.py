"""The minutes of a meeting, rendered from its record as Markdown, as plain text and as a Word document.

Belongs here: which sections exist, in which order, and what each says when its result is missing, partial or a
draft. Must not go here: the section of one insight, which its form provides (``insight_forms.py``), formats of
documents (``document.py``, ``document_docx.py``), sentences about drafts and gaps (``status_notes.py``), subtitles and JSON
(``exports.py``).
"""

from collections.abc import Iterator
from typing import Any

from meeting_pipeline.domain.claim_edits import judged
from meeting_pipeline.domain.document import Block, Entry, Heading, Notice, Paragraph, Speech, to_markdown, to_text
from meeting_pipeline.domain.document_docx import Properties, to_docx
from meeting_pipeline.domain.insight_forms import Form, forms_by_place
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.remote_advice import record_for_remote
from meeting_pipeline.domain.status_notes import coverage_note, gap_note, notices
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.unverified import unverified_section


def minutes_markdown(record: MeetingRecord, *, with_transcript: bool = False, remote: bool = False) -> str:
    """The minutes in Markdown. Text from the meeting cannot become markup. ``remote``: see ``minutes``."""
    return to_markdown(minutes(record, with_transcript=with_transcript, remote=remote))


def minutes_text(record: MeetingRecord, *, with_transcript: bool = False, with_makers: bool = True) -> str:
    """The minutes as plain text, safe to print on a terminal."""
    return to_text(minutes(record, with_transcript=with_transcript, with_makers=with_makers))


def minutes_docx(record: MeetingRecord, *, with_transcript: bool = False, remote: bool = False) -> bytes:
    """The minutes as a Word document. ``remote``: see ``minutes``."""
    about = Properties(record.title, record.completed_at or record.submitted_at, record.revision)
    return to_docx(minutes(record, with_transcript=with_transcript, remote=remote), about)


def minutes(
    record: MeetingRecord,
    *,
    with_transcript: bool = False,
    with_makers: bool = True,
    remote: bool = False,
    with_unverified: bool = True,
) -> Iterator[Block]:
    """The blocks of the minutes.

    ``with_makers``: whether to name the maker of each result and the drafts; off where this is stated once for many minutes.
    ``with_unverified``: whether what is not confirmed is below each result, apart from the facts.
    ``remote``: for somebody who cannot run commands of this installation, so that neither they nor the recording's id are named.
    """
    record = judged(record_for_remote(record) if remote else record)
    yield Heading(1, record.title)
    yield Paragraph(_facts(record, remote=remote))
    yield from (Notice(text) for text in notices(record, drafts=with_makers))
    if record.transcript is not None:
        for form in forms_by_place():
            yield from _insight(record, form, remote=remote, with_unverified=with_unverified)
        if with_makers:
            yield from _makers(record)
    if with_transcript:
        yield from _transcript(record)


def _facts(record: MeetingRecord, *, remote: bool) -> str:
    facts = [record.meeting_date.isoformat(), f"{clock(record.duration_ms)} long", record.status.value]
    return " · ".join(facts if remote else [*facts, record.key])


def _insight(record: MeetingRecord, form: Form[Any], *, remote: bool, with_unverified: bool) -> Iterator[Block]:
    result = record.results.get(form.insight)
    yield Heading(2, form.title)
    yield from _standing(record, form, missing=result is None or _only_added(record, form), remote=remote)
    for block in form.section(result, record):
        # A summary of which no sentence is a fact is empty.
        yield block if block != Paragraph("") else Paragraph("Nothing that can be stated as a fact.")
    if with_unverified:
        yield from unverified_section(record, form.insight)


def _only_added(record: MeetingRecord, form: Form[Any]) -> bool:
    """Whether nothing was made, and all that there is was added by people."""
    own = [claim for claim in record.claims or () if claim.insight is form.insight]
    return bool(own) and all(claim.added for claim in own) and form.insight.value not in record.stamps


def _standing(record: MeetingRecord, form: Form[Any], *, missing: bool, remote: bool) -> Iterator[Block]:
    """What the reader must know about one result: it is missing, out of date, or based on a part of the meeting only."""
    gap = next((gap for gap in record.gaps if gap.insight is form.insight), None)
    if gap is not None:
        yield Notice(gap_note(record, gap, missing=missing, with_command=not remote))
    elif missing:
        yield Paragraph("Not made yet.")
    stamp = record.stamps.get(form.insight.value)
    if stamp is not None and stamp.coverage is not None and not stamp.coverage.complete:
        yield Notice(coverage_note(stamp.coverage))


def _makers(record: MeetingRecord) -> Iterator[Block]:
    """Who made the results. Results of the same maker share an entry, so that no note is repeated."""
    made: dict[tuple[str, str], list[str]] = {}
    for kind, stamp in sorted(record.stamps.items()):
        maker = f"{stamp.provenance.provider}, {stamp.provenance.model}"
        made.setdefault((maker, stamp.provenance.note), []).append(kind.replace("_", " "))
    if made:
        yield Heading(2, "Made by")
    for (maker, note), kinds in made.items():
        yield Entry(f"{', '.join(kinds).capitalize()}: {maker}", (note,) if note else ())


def _transcript(record: MeetingRecord) -> Iterator[Block]:
    yield Heading(2, "Transcript")
    if record.transcript is None:
        yield Paragraph("There is no transcript.")
        return
    for segment in record.transcript.segments:
        yield Speech(f"{clock(segment.start_ms)} {record.speaker_name(segment.speaker)}:", segment.text)
