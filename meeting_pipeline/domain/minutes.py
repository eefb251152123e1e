"""The minutes of a meeting, from its record: as Markdown and as plain text.

Belongs here: which sections there are, in which order, and what each says when its result is missing, partial or a
draft. A new insight gets a section here. Must not go here: escaping (``document.py``), sentences about drafts and
gaps (``status_notes.py``), subtitles and JSON (``exports.py``).
"""

from collections.abc import Iterator, Sequence

from meeting_pipeline.domain.document import Block, Entry, Heading, Notice, Paragraph, Speech, to_markdown, to_text
from meeting_pipeline.domain.models import ActionItem, Decision, Evidence, Insight
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.status_notes import coverage_note, gap_note, notices
from meeting_pipeline.domain.text import clock

_CANDIDATES = "The transcript is too uncertain to state these as facts. Compare each with the recording."


def minutes_markdown(record: MeetingRecord, *, with_transcript: bool = False) -> str:
    """The minutes in Markdown. Text of the meeting cannot become markup."""
    return to_markdown(minutes(record, with_transcript=with_transcript))


def minutes_text(record: MeetingRecord, *, with_transcript: bool = False, with_makers: bool = True) -> str:
    """The minutes as plain text, safe to print on a terminal."""
    return to_text(minutes(record, with_transcript=with_transcript, with_makers=with_makers))


def minutes(record: MeetingRecord, *, with_transcript: bool = False, with_makers: bool = True) -> Iterator[Block]:
    """The blocks of the minutes.

    ``with_makers``: whether to say who made each result and which are drafts; off where that is said once for many minutes.
    """
    yield Heading(1, record.title)
    yield Paragraph(_facts(record))
    yield from (Notice(text) for text in notices(record, drafts=with_makers))
    if record.transcript is not None:
        yield from _summary(record)
        yield from _decisions(record)
        yield from _action_items(record)
        yield from _speakers(record)
        if with_makers:
            yield from _makers(record)
    if with_transcript:
        yield from _transcript(record)


def _facts(record: MeetingRecord) -> str:
    date, length = record.meeting_date.isoformat(), clock(record.duration_ms)
    return f"{date} · {length} long · {record.status.value} · {record.key}"


def _summary(record: MeetingRecord) -> Iterator[Block]:
    yield Heading(2, "Summary")
    yield from _standing(record, Insight.SUMMARY, missing=record.summary is None)
    if record.summary is None:
        return
    yield Paragraph(record.summary.short_summary)
    if record.summary.topics:
        yield Heading(3, "Topics")
    for topic in record.summary.topics:
        yield Entry(topic.title, (f"{clock(topic.start_ms)} to {clock(topic.end_ms)}",))


def _decisions(record: MeetingRecord) -> Iterator[Block]:
    yield Heading(2, "Decisions")
    yield from _standing(record, Insight.DECISIONS, missing=record.decisions is None)
    if record.decisions is None:
        return
    facts = [_decision(record, item) for item in record.decisions if not item.candidate]
    candidates = [_decision(record, item) for item in record.decisions if item.candidate]
    yield from _facts_and_candidates("Candidate decisions", facts, candidates)


def _action_items(record: MeetingRecord) -> Iterator[Block]:
    yield Heading(2, "Action items")
    yield from _standing(record, Insight.ACTION_ITEMS, missing=record.action_items is None)
    if record.action_items is None:
        return
    facts = [_action_item(record, item) for item in record.action_items if not item.candidate]
    candidates = [_action_item(record, item) for item in record.action_items if item.candidate]
    yield from _facts_and_candidates("Candidate action items", facts, candidates)


def _facts_and_candidates(heading: str, facts: Sequence[Entry], candidates: Sequence[Entry]) -> Iterator[Block]:
    yield from facts
    if not facts:
        yield Paragraph("None that can be stated as a fact." if candidates else "None were found.")
    if candidates:
        yield Heading(3, heading)
        yield Paragraph(_CANDIDATES)
        yield from candidates


def _action_item(record: MeetingRecord, item: ActionItem) -> Entry:
    owner = record.speaker_name(item.owner) if item.owner else "nobody was named"
    return Entry(item.task, (f"Owner: {owner}", f"Due: {_due(item)}", _quote(record, item.evidence)))


def _decision(record: MeetingRecord, item: Decision) -> Entry:
    people = ", ".join(record.speaker_name(speaker) for speaker in item.decided_by)
    decided_by = (f"Decided by: {people}",) if people else ()
    return Entry(item.decision, (*decided_by, _quote(record, item.evidence)))


def _due(item: ActionItem) -> str:
    if item.due_date is None:
        return f"“{item.due_words}” (no date could be told)" if item.due_words else "not said"
    return item.due_date.isoformat() + (f" (“{item.due_words}”)" if item.due_words else "")


def _quote(record: MeetingRecord, evidence: Evidence) -> str:
    start_ms = record.start_ms(evidence.segment_ids)
    at = "Said" if start_ms is None else f"Said at {clock(start_ms)}"
    return f"{at}: “{evidence.quote}”"


def _speakers(record: MeetingRecord) -> Iterator[Block]:
    yield Heading(2, "Speakers")
    yield from _standing(record, Insight.SPEAKERS, missing=record.speakers is None)
    confidence = {speaker.label: speaker.confidence for speaker in record.speakers or () if speaker.name}
    for label in record.transcript.speakers if record.transcript else ():
        name = record.speaker_name(label)
        sure = f"confidence of the name {confidence[label]:.2f}" if label in confidence else "no name was told"
        given = record.transcript is not None and label in record.transcript.speaker_names
        if label in record.named:
            sure = "named by a person"
        elif given and label not in confidence:
            sure = "named by the transcript"
        merged = [other for other, into in record.merged.items() if into == label]
        labels = f"Labels {', '.join([label, *merged])}" if merged else f"Label {label}"
        yield Entry(name, (f"{labels}, {sure}",))


def _standing(record: MeetingRecord, insight: Insight, *, missing: bool) -> Iterator[Block]:
    """What the reader must know about one result: that it is missing, out of date, or rests on a part only."""
    gap = next((gap for gap in record.gaps if gap.insight is insight), None)
    if gap is not None:
        yield Notice(gap_note(record, gap, missing=missing))
    elif missing:
        yield Paragraph("Not made yet.")
    stamp = record.stamps.get(insight.value)
    if stamp is not None and stamp.coverage is not None and not stamp.coverage.complete:
        yield Notice(coverage_note(stamp.coverage))


def _makers(record: MeetingRecord) -> Iterator[Block]:
    """Who made the results. Those of one maker share an entry, so that no note is repeated."""
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
