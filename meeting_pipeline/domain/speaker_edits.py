"""Speaker edits made by people, and how they change a record. See ``docs/adr/0014-edits-of-speakers.md``.

Stored results are never rewritten: an edit is applied whenever a record is loaded, and removing it undoes it.
Belongs here: which edits are allowed, and what each does to a record. Must not go here: storing them
(``store/edits/speaker_edits.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from meeting_pipeline import policies
from meeting_pipeline.domain.claim_edits import judged, named_claims, with_claims
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.item_edits import ItemEdit
from meeting_pipeline.domain.judged_claims import ClaimEdit
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.segment_edits import SegmentEdit, corrected, located
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Transcript


@dataclass(frozen=True)
class SpeakerEdit:
    """The edit of one label: a name given by a person, and the label it is merged into. Each may be ``None``."""

    label: str
    name: str | None = None
    merged_into: str | None = None


def clean_name(name: str) -> str:
    """The name on one line. Raises: PermanentError ``bad_name`` (no letter or digit, too long)."""
    found = one_line(name)
    if not any(character.isalnum() for character in found) or len(found) > policies.SPEAKER_NAME_CHARACTERS:
        raise PermanentError(
            "bad_name",
            f"A name has 1 to {policies.SPEAKER_NAME_CHARACTERS} characters and contains a letter.",
            "Send the name as it should appear; null restores the name that was found.",
        )
    return found


def renamed(labels: Sequence[str], edits: Mapping[str, SpeakerEdit], label: str, name: str | None) -> SpeakerEdit:
    """The edit of ``label`` with this name (already cleaned), or without one.

    Raises: PermanentError ``unknown_speaker``, ``merged_speaker``.
    """
    _require(labels, label)
    edit = edits.get(label, SpeakerEdit(label))
    into = in_force(labels, edits).get(label)
    if into is not None and name is not None:
        raise PermanentError(
            "merged_speaker",
            f"{label} is merged into {into}: it does not have its own name.",
            f"Rename {into}, or undo it.",
        )
    return replace(edit, name=name)


def merged(labels: Sequence[str], edits: Mapping[str, SpeakerEdit], label: str, into: str | None) -> SpeakerEdit:
    """The edit that merges ``label`` into ``into``, or undoes its merge if ``into`` is ``None``.

    Raises: PermanentError ``unknown_speaker``, ``merged_into_itself``, ``merge_chain``.
    """
    _require(labels, label)
    edit = edits.get(label, SpeakerEdit(label))
    if into is None:
        return replace(edit, merged_into=None)
    if into == label:
        raise PermanentError("merged_into_itself", f"{label} cannot be merged into itself.", "Name another.")
    _require(labels, into)
    merges = in_force(labels, edits)
    if into in merges:
        raise PermanentError(
            "merge_chain",
            f"{into} is itself merged into {merges[into]}.",
            f"Undo that first, or merge {label} into {merges[into]}." if merges[into] != label else "Undo that first.",
        )
    others = [other for other, target in merges.items() if target == label]
    if others:
        raise PermanentError(
            "merge_chain",
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} merged into {label}.",
            f"Merge {', '.join(others)} into {into} first.",
        )
    return replace(edit, merged_into=into)


def in_force(labels: Sequence[str], edits: Mapping[str, SpeakerEdit]) -> dict[str, str]:
    """The effective merges between labels of the transcript: each label with the final label it leads to.

    A new transcription can have other labels. Edits of labels that are gone have no effect until the labels exist again. After a
    new transcription the edits may form a chain or a cycle; merges that lead into a cycle are ignored.
    """
    direct = {
        edit.label: edit.merged_into
        for edit in edits.values()
        if edit.merged_into is not None and edit.label in labels and edit.merged_into in labels
    }
    ends: dict[str, str] = {}
    for label in direct:
        seen, at = {label}, label
        while at in direct and direct[at] not in seen:
            at = direct[at]
            seen.add(at)
        if at not in direct:  # otherwise it leads into a cycle
            ends[label] = at
    return ends


def applied(
    record: MeetingRecord,
    edits: Sequence[SpeakerEdit],
    claim_edits: Sequence[ClaimEdit] = (),
    item_edits: Sequence[ItemEdit] = (),
    segment_edits: Sequence[SegmentEdit] = (),
) -> MeetingRecord:
    """The record with these edits applied, and with names for the marks in its texts. Evidence keeps the spoken words.

    Claims are judged first: a name that is withheld is nobody's name.
    """
    record = replace(judged(record, claim_edits, item_edits), segment_edits=tuple(segment_edits))
    if record.transcript is None:
        return record
    labels = record.transcript.speakers
    places = located(record.transcript, segment_edits)
    transcript = corrected(record.transcript, places)
    silent = tuple(label for label in labels if label not in transcript.speakers)
    record = replace(record, transcript=transcript, edited_segments=places, silent_labels=silent)
    by_label = {edit.label: edit for edit in edits}
    merges = in_force(labels, by_label)
    edited = replace(record, named=_names(record, by_label, merges), merged=merges)
    if merges:
        edited = replace(edited, transcript=_transcript(transcript, merges))
    known = forms()
    named = replace(edited, results={i: known[i].named(result, edited) for i, result in record.results.items()})
    return with_claims(named, tuple(named_claims(edited, record.claims or ())))


def _names(record: MeetingRecord, edits: Mapping[str, SpeakerEdit], merges: Mapping[str, str]) -> dict[str, str]:
    """The names given by people. A label without any name inherits the name of a label that is merged into it."""
    labels = record.transcript.speakers if record.transcript else ()
    names = {label: edit.name for label, edit in edits.items() if edit.name is not None and label in labels}
    for label in (label for label in labels if label in merges):
        end = merges[label]
        name = names.get(label) or record.known_name(label)
        if name is not None and end not in names and record.known_name(end) is None:
            names[end] = name
    return {label: name for label, name in names.items() if label not in merges}


def _transcript(transcript: Transcript, merges: Mapping[str, str]) -> Transcript:
    segments = tuple(
        segment.model_copy(update={"speaker": merges[segment.speaker]}) if segment.speaker in merges else segment
        for segment in transcript.segments
    )
    names = {label: name for label, name in transcript.speaker_names.items() if label not in merges}
    # Not model_copy: the copy would keep the old labels, which the value caches.
    return Transcript(
        segments=segments,
        language=transcript.language,
        duration_ms=transcript.duration_ms,
        confidence=transcript.confidence,
        provenance=transcript.provenance,
        speaker_names=names,
    )


def _require(labels: Sequence[str], label: str) -> None:
    if label not in labels:
        raise PermanentError(
            "unknown_speaker",
            "The transcript has no speaker with this label.",
            f"There are: {', '.join(labels[:30])}." if labels else "It has no speakers.",
        )
