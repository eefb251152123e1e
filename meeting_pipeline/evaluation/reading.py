"""Read a set of labelled meetings: a folder with one JSON or YAML file per meeting. See ``docs/evaluation.md``.

The folder of the AMI meetings is read as it is. Must not go here: the values (``meetings.py``), the files' fields (``files.py``).
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.files import EvidenceFile, GoldFile, MeetingFile, TurnFile
from meeting_pipeline.evaluation.meetings import Gold, Kind, LabelledMeeting, ScriptedClaim, Stretch, Trap

SETS: Final = "evaluation"
"""Name of the folder below the home with labelled meetings of the installation."""
OWN_SET: Final = Path(__file__).parent / "labelled"
"""The set that comes with the program: scripts with traps."""
_ENDINGS: Final = (".json", ".yaml", ".yml")


def read_set(folder: Path) -> tuple[LabelledMeeting, ...]:
    """Read all meetings of a folder, by name. A folder ``meetings`` in it is read instead, if there is one.

    Raises: OperatorError ``bad_labelled_set``, which names the file.
    """
    inner = folder / "meetings"
    place = inner if inner.is_dir() else folder
    paths = sorted(path for path in place.glob("*") if path.suffix in _ENDINGS and not path.name.startswith("."))
    if not paths:
        raise _bad(f"{place} contains no labelled meeting (*.json, *.yaml).")
    if len(paths) > policies.SET_FILES:
        raise _bad(f"{place} holds more than {policies.SET_FILES:,} files.")
    return tuple(read_meeting(path) for path in paths)


def installed_set(home: Path) -> tuple[LabelledMeeting, ...]:
    """The meetings that come with the program, and those below the home. Raises: OperatorError ``bad_labelled_set``."""
    own = home / SETS
    return read_set(OWN_SET) + (read_set(own) if own.is_dir() else ())


def fingerprint(meetings: Sequence[LabelledMeeting]) -> str:
    """A short hash of the meetings and their labels: figures are compared only if they rest on the same."""
    digest = hashlib.sha256()
    for meeting in meetings:
        digest.update(meeting.model_dump_json().encode())
    return digest.hexdigest()[:12]


def read_meeting(path: Path) -> LabelledMeeting:
    """Read one file. Raises: OperatorError ``bad_labelled_set``."""
    try:
        if path.stat().st_size > policies.FILE_BYTES:
            raise _bad(f"{path} is larger than {policies.FILE_BYTES // 1024**2} MB.")
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        return meeting_of(MeetingFile.model_validate(found), path.stem)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _bad(f"{path}: {'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}.") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _bad(f"{path} cannot be read: {error}") from None


def _bad(message: str) -> OperatorError:
    return OperatorError("bad_labelled_set", message, "The format is described in docs/evaluation.md.")


def meeting_of(file: MeetingFile, stem: str) -> LabelledMeeting:
    """The meeting that a file describes; ``stem`` is its name if the file gives none. Raises: ValueError."""
    name = file.meeting or stem
    segments = _segments(_in_order(file))
    labelled: dict[Kind, list[GoldFile]] = {"action_items": file.gold.actions, "decisions": file.gold.decisions}
    return LabelledMeeting(
        name=name,
        series=file.series or name.rstrip("abcdefghijklmnopqrstuvwxyz") or name,
        transcript=_transcript(segments, file.language),
        title=file.title,
        day=file.date,
        participants=tuple(file.participants),
        gold={kind: tuple(_gold(item, segments) for item in items) for kind, items in labelled.items()},
        speaker_names=dict(file.gold.speakers),
        traps=tuple(Trap(kind=t.kind, evidence=_stretches(t.evidence, t.turns, segments)) for t in file.traps),
        claims=tuple(ScriptedClaim(**claim.model_dump()) for claim in file.claims),
    )


def _in_order(file: MeetingFile) -> list[TurnFile]:
    """The turns in order of time, where no label depends on their place in the file."""
    if file.numbers_turns or any(turn.start is None for turn in file.turns):
        return file.turns
    return sorted(file.turns, key=lambda turn: turn.start or 0.0)


def _segments(turns: Sequence[TurnFile]) -> tuple[Segment, ...]:
    """One segment per turn, in the given order, which must be that of time. Missing times are estimated."""
    segments: list[Segment] = []
    clock_ms = 0
    for index, turn in enumerate(turns):
        start = clock_ms if turn.start is None else round(turn.start * 1000)
        estimated = start + max(1, len(turn.text.split())) * policies.WORD_MS
        end = estimated if turn.end is None else round(turn.end * 1000)
        if end < start or (segments and start < segments[-1].start_ms):
            raise ValueError(f"turn {index} is not in order of time")
        segments.append(Segment(index=index, speaker=turn.speaker, start_ms=start, end_ms=end, text=turn.text))
        # Further apart than the tolerance, so that evidence of one turn is never found in the next.
        clock_ms = end + policies.TOLERANCE_MS + 1
    return tuple(segments)


def _transcript(segments: tuple[Segment, ...], language: str) -> Transcript:
    return Transcript(
        segments=segments,
        language=language,
        duration_ms=max(segment.end_ms for segment in segments),
        confidence=None,
        provenance=Provenance(provider="labelled", model="labelled"),
    )


def _gold(item: GoldFile, segments: tuple[Segment, ...]) -> Gold:
    given: dict[str, Any] = item.model_dump(include={"text", "owner", "due"})
    return Gold(
        evidence=_stretches(item.evidence, item.turns, segments),
        owner_labelled="owner" in item.model_fields_set,
        due_labelled="due" in item.model_fields_set,
        **given,
    )


def _stretches(
    evidence: Sequence[EvidenceFile], turns: Sequence[int], segments: tuple[Segment, ...]
) -> tuple[Stretch, ...]:
    if any(not 0 <= turn < len(segments) for turn in turns):
        raise ValueError("a label names a turn that the meeting does not have")
    timed = [(e.start, e.end) for e in evidence if e.start is not None and e.end is not None]
    return (
        *(Stretch(start_ms=round(start * 1000), end_ms=round(end * 1000)) for start, end in timed),
        *(Stretch(start_ms=segments[turn].start_ms, end_ms=segments[turn].end_ms) for turn in turns),
    )
