"""What insights are extracted from, and the stored answers to exactly the same input, which need not be bought again.

Must not go here: asking (``extract.py``), paid responses that are not stored as results (``run_ledger.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.result_versions import Hold
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import Artifact


@dataclass(frozen=True)
class MeetingInput:
    """The transcript of a meeting, and what is known of the meeting besides."""

    transcript: Transcript
    context: MeetingContext


def input_of(installation: Installation, key: str) -> MeetingInput:
    """What the insights of a recording are extracted from now. Raises: PermanentError ``no_transcript``."""
    row = installation.store.recordings.get(key)
    artifact = installation.store.results.current(key, ResultKind.TRANSCRIPT).get(ResultKind.TRANSCRIPT)
    if artifact is None:
        raise PermanentError(
            "no_transcript",
            "This recording has no transcript yet.",
            "Materialize `transcript` first; everything else depends on it.",
        )
    context = MeetingContext(
        row.title, row.meeting_date, tuple(row.participants), row.timezone, tuple(str(term) for term in row.keyterms)
    )
    return MeetingInput(Transcript.model_validate(artifact.payload), context)


def input_hash(installation: Installation, insight: Insight, meeting: MeetingInput) -> str:
    """A hash of everything that an answer depends on: the meeting, who is asked, and the prompt."""
    context = meeting.context
    return hash_json(
        [
            insight.value,
            meeting.transcript.model_dump(mode="json"),
            installation.analyst.name,
            installation.analyst.prompt_version(insight),
            [
                context.title,
                context.meeting_date.isoformat(),
                list(context.participants),
                context.time_zone,
                list(context.keyterms),
            ],
        ]
    )


def current_answer(versions: Sequence[Artifact], digest: str, bought_by: Collection[str] | None) -> Artifact | None:
    """The current good version, if it answers this input and one of these runs has bought it (``None``: any run)."""
    good = [version for version in versions if version.available]
    current = max(good, key=lambda version: version.version, default=None)
    if current is None or current.input_hash != digest:
        return None
    return current if bought_by is None or current.run_id in bought_by else None


def held_answer(versions: Sequence[Artifact], digest: str, bought_by: Collection[str] | None) -> Artifact | None:
    """The newest held version that answers this input and that one of these runs has bought.

    Only its own run reuses it: another answer that exists already is not a reason to wait.
    """
    mine = [
        version
        for version in versions
        if version.hold == Hold.HELD and version.input_hash == digest and version.run_id in (bought_by or ())
    ]
    return mine[-1] if mine else None
