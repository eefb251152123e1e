"""A stored result on the current transcript, if it was made from an earlier one. Inside the caller's transaction.

Must not go here: what a transcript supports (``domain/relocation.py``), all results when a transcript is replaced
(``replaced_transcript.py``).
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.relocation import Relocation
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store.results.record_rows import current_artifacts
from meeting_pipeline.store.results.version_rows import read_result
from meeting_pipeline.store.tables import Artifact


def on_current_transcript(session: Session, artifact: Artifact) -> tuple[InsightResult, Coverage | None, int | None]:
    """A stored result as the current transcript supports it, with what it covers and that transcript's version."""
    result = read_result(artifact)
    coverage = Coverage.model_validate(artifact.coverage) if artifact.coverage else None
    current = current_artifacts(session, artifact.recording_key, [ResultKind.TRANSCRIPT]).get(ResultKind.TRANSCRIPT)
    if current is None:
        return result, coverage, None
    made_from = _transcript_of(session, artifact)
    if made_from is None or made_from.version == current.version:
        return result, coverage, current.version
    old, new = (Transcript.model_validate(one.payload) for one in (made_from, current))
    relocation = Relocation(old, new)
    if not relocation.needed:
        return result, coverage, current.version
    return relocation.result(result), relocation.coverage(coverage), current.version


def _transcript_of(session: Session, artifact: Artifact) -> Artifact | None:
    """The transcript that a result rests on: the one it names, otherwise the one that was current when it was made."""
    of_kind = (
        Artifact.recording_key == artifact.recording_key,
        Artifact.kind == ResultKind.TRANSCRIPT.value,
        Artifact.available.is_(True),
    )
    number = artifact.transcript_version
    if number is None:
        number = session.scalar(
            select(func.max(Artifact.version)).where(*of_kind, Artifact.created_at <= artifact.created_at)
        )
    return session.scalar(select(Artifact).where(*of_kind, Artifact.version == number))
