"""The tools: what an assistant can ask, answered with the same fields as the HTTP API.

Claims that are withheld are left out, unless the installation marks them, as everywhere. Must not go here: how tools are
described to assistants (``server.py``).
"""

from datetime import date
from typing import Any, Final

from meeting_pipeline.api.schemas.commitments import commitment_json
from meeting_pipeline.api.schemas.questions import answer_of
from meeting_pipeline.api.schemas.search import search_page
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.mcp_server import policies
from meeting_pipeline.steps.asking.ask import ask
from meeting_pipeline.steps.asking.search import search
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.recordings.queries import RecordingFilter
from meeting_pipeline.store.search.values import Question

_TEXTS: Final = ("segments", "provenance")


class Tools:
    """What assistants can ask of an installation. Raises everywhere: PipelineError."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def search(
        self,
        query: str,
        kind: LineKind | None,
        person: str | None,
        since: date | None,
        until: date | None,
        limit: int,
    ) -> dict[str, Any]:
        """Lines with all these words, by meeting, best first."""
        settings = self._installation.settings
        question = Question(
            text=query, kind=kind, person=person, since=since, until=until, unverified=settings.mark_unverified
        )
        found = search(self._installation, question, limit=limit, lines=policies.LINES)
        page = search_page(settings, question, found).model_dump(mode="json")
        more = found.after is not None
        return {
            "meetings": page["meetings"], "more": more, "ranking": page["ranking"], "not_indexed_yet": found.pending
        }  # fmt: skip

    def list_meetings(self, title: str | None, limit: int) -> dict[str, Any]:
        """Completed meetings, those submitted last first."""
        page = self._installation.store.overviews.page(
            RecordingFilter(status=RecordingStatus.COMPLETED, title=title), limit
        )
        meetings = [
            {
                "recording_id": overview.row.key,
                "title": overview.row.title,
                "date": overview.row.meeting_date.isoformat(),
                "duration_ms": overview.row.duration_ms,
                "draft": overview.draft,
                "missing": [gap.insight for gap in overview.gaps],
            }
            for overview in page.items
        ]
        return {"meetings": meetings, "more": page.after is not None}

    def get_meeting(self, recording_id: str, transcript_from: int | None) -> dict[str, Any]:
        """The record without its transcript, or with ``policies.SEGMENTS`` of it from this segment on."""
        record = self._record(recording_id)
        fields = meeting_fields(record, mark_unverified=self._installation.settings.mark_unverified)
        segments = fields["segments"] or []
        answer = {
            "recording_id": record.key,
            "status": record.status.value,
            "missing": [gap.insight.value for gap in record.gaps],
            **{name: value for name, value in fields.items() if name not in _TEXTS},
            "segment_count": len(segments),
        }
        if transcript_from is not None:
            end = transcript_from + policies.SEGMENTS
            answer["segments"] = segments[transcript_from:end]
            answer["next_transcript_from"] = end if end < len(segments) else None
        return answer

    def list_commitments(
        self, person: str | None, series: str | None, *, closed: bool, overdue: bool, limit: int
    ) -> dict[str, Any]:
        """Commitments, the earliest due first."""
        store, settings = self._installation.store, self._installation.settings
        criteria = CommitmentFilter(owner=person, series=series, closed=None if closed else False, overdue=overdue)
        found, after = store.commitments.page(criteria, limit)
        today = store.commitments.today()
        commitments = [commitment_json(settings, one, today).model_dump(mode="json") for one in found]
        behind = store.commitment_links.behind()
        return {"commitments": commitments, "more": after is not None, "not_linked_yet": behind}

    def ask(self, question: str, title: str | None, since: date | None, until: date | None) -> dict[str, Any]:
        """Verified sentences, or the reason why there are none; and the best passages."""
        asked = Question(question, title=title, since=since, until=until)
        return answer_of(self._installation.settings, ask(self._installation, asked)).model_dump(mode="json")

    def _record(self, key: str) -> MeetingRecord:
        if not is_key(key):
            raise PermanentError(
                "unknown_recording", "There is no such meeting.", "Use a recording_id of list_meetings or search."
            )
        return self._installation.store.records.get(key)
